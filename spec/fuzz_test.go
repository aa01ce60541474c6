package spec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/netmend/netmend/spec"
)

// FuzzRead: every text gives a specification that is written and read back the
// same, or an error with a position inside the text; and what is accepted is
// JSON to encoding/json too.
func FuzzRead(f *testing.F) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "SPEC.md"))
	if err != nil {
		f.Fatal(err)
	}
	for _, block := range strings.Split(string(text), "```") {
		f.Add([]byte(block))
		f.Add([]byte(strings.TrimPrefix(block, "json\n")))
	}
	f.Add([]byte(`{"version": 1, "items": [{"point": [1e999, NaN, -0], "label": 0}]}`))
	f.Add([]byte(`{"version": 1, "items": [{"keep": {"file": "x.npz", "data": "\u0000"}}]}`))
	f.Add([]byte(strings.Repeat("[", 100)))
	empty := f.TempDir() // so that no data file is found
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("file")) || bytes.Contains(text, []byte(`\u`)) {
			t.Skip("may name files of this machine")
		}
		s, err := spec.Read(bytes.NewReader(text), "s.json", empty)
		if err != nil {
			var at *spec.ParseError
			if !errors.As(err, &at) || at.Line < 1 || at.Line > 1+bytes.Count(text, []byte("\n")) || at.Column < 1 || at.Column > len(text)+1 {
				t.Fatalf("error without a place in the text: %v", err)
			}
			return
		}
		if !json.Valid(bytes.TrimPrefix(text, []byte("\ufeff"))) {
			t.Fatal("accepted a text that is not JSON")
		}
		var b bytes.Buffer
		if err := spec.Write(&b, s); err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		again, err := spec.Read(bytes.NewReader(b.Bytes()), "s.json", empty)
		if err != nil {
			t.Fatalf("not read back: %v\n%s", err, b.Bytes())
		}
		if !reflect.DeepEqual(again, s) {
			t.Fatalf("read back differently: %+v\nwant %+v", again, s)
		}
	})
}
