package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"time"
)

// Schema is the version of the JSON objects; docs/JSON.md describes it.
const Schema = "netmend/1"

// Header begins every JSON object.
type Header struct {
	Schema  string `json:"schema"`
	Command string `json:"command"`
}

func (inv *Invocation) Header() Header { return Header{Schema, inv.Command.Name} }

// Total is the smallest "seconds" object.
type Total struct {
	Total float64 `json:"total"`
}

func (inv *Invocation) Total() Total { return Total{time.Since(inv.start).Seconds()} }

// WriteJSON prints v, a struct, as one JSON object: a field a line, and in lists
// of lists or objects an element a line, which people can read and compare.
func (inv *Invocation) WriteJSON(v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	text, err := LayOut(b.Bytes())
	if err != nil {
		return err
	}
	_, err = inv.Stdout.Write(text)
	return err
}

// LayOut breaks the lines of a compact JSON object.
func LayOut(object []byte) ([]byte, error) {
	var out bytes.Buffer
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	separator := "{\n  "
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		out.WriteString(separator)
		out.Write(name)
		out.WriteString(":")
		if err := layOutValue(&out, value); err != nil {
			return nil, err
		}
		separator = ",\n  "
	}
	out.WriteString("\n}\n")
	return out.Bytes(), nil
}

// layOutValue prints the value of a field.
func layOutValue(out io.Writer, value json.RawMessage) error {
	nested := len(value) > 1 && value[0] == '[' && (value[1] == '[' || value[1] == '{')
	if !nested {
		_, err := out.Write(value)
		return err
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(value, &elements); err != nil {
		return err
	}
	separator := "[\n    "
	for _, e := range elements {
		io.WriteString(out, separator)
		if _, err := out.Write(e); err != nil {
			return err
		}
		separator = ",\n    "
	}
	_, err := io.WriteString(out, "\n  ]")
	return err
}
