package spec

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/netmend/netmend/internal/within"
)

// The limits that keep hostile input from taking the machine: longer point
// data belongs in binary files, and the format itself nests 6 deep.
const (
	maxTextBytes = 128 << 20
	maxValues    = 1 << 24
	maxDepth     = 32
)

// jsonParser turns text (RFC 8259) into the nodes of doc.
type jsonParser struct {
	ctx   context.Context
	doc   *document
	at    int
	depth int
}

// readDocument reads and parses one JSON text.
func readDocument(ctx context.Context, r io.Reader, name string) (*document, error) {
	text, err := within.ReadAll(ctx, r, maxTextBytes, reading, func(part []byte) int64 {
		return int64(len(part)) + (nodeBytes+numberBytes)*int64(valuesAfter(part))
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > maxTextBytes {
		return nil, fmt.Errorf("%s: more than %d MiB: put the points into .npy or .npz files", name, maxTextBytes>>20)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	values := mostValues(text)
	if err := within.Need(ctx, nodeBytes*int64(values), reading); err != nil {
		return nil, fmt.Errorf("%s: %w", name, cmp.Or(within.Need(ctx, (nodeBytes+numberBytes)*int64(values), reading), err))
	}
	p := jsonParser{ctx: ctx, doc: &document{source: source{name: name, text: text}, nodes: make([]node, 0, values)}}
	p.space()
	if err := p.value(); err != nil {
		return nil, err
	}
	if p.space(); p.at < len(text) {
		return nil, p.errorf("found %s after the end of the JSON text", p.here())
	}
	return p.doc, nil
}

// reading is the work that memory is asked for.
const reading = "reading it"

// mostValues is how many values, keys included, a text has at most.
func mostValues(text []byte) int { return min(1+valuesAfter(text), maxValues) }

// valuesAfter is how many of the places there are behind which values stand.
func valuesAfter(text []byte) int {
	n := 0
	for _, before := range []string{"[", "{", ",", ":"} {
		n += bytes.Count(text, []byte(before))
	}
	return n
}

func (p *jsonParser) errorf(format string, args ...any) error {
	return p.doc.errorAt(p.at, format, args...)
}

// peek is the next byte, or 0 at the end.
func (p *jsonParser) peek() byte {
	if p.at < len(p.doc.text) {
		return p.doc.text[p.at]
	}
	return 0
}

// here describes what stands at the current place.
func (p *jsonParser) here() string {
	rest := p.doc.text[p.at:]
	if len(rest) == 0 {
		return "the end of the text"
	}
	if n := p.word(); n > 0 {
		return fmt.Sprintf("%q", rest[:n])
	}
	r, _ := utf8.DecodeRune(rest)
	return fmt.Sprintf("%q", r)
}

// word is the length of the run of letters at the current place.
func (p *jsonParser) word() int {
	const longest = 20
	n := 0
	for rest := p.doc.text[p.at:]; n < len(rest) && n < longest && letter(rest[n]); n++ {
		continue
	}
	return n
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

func (p *jsonParser) space() {
	for {
		switch p.peek() {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

// value parses the value at the current place.
func (p *jsonParser) value() error {
	if len(p.doc.nodes) >= maxValues {
		return p.errorf("more than %d values: put the points into .npy or .npz files", maxValues)
	}
	const often = 1 << 12
	self := len(p.doc.nodes)
	if self%often == often-1 && p.ctx.Err() != nil {
		return context.Cause(p.ctx)
	}
	p.doc.nodes = append(p.doc.nodes, node{start: int32(p.at)})
	kind, err := p.contents()
	if err != nil {
		return err
	}
	n := &p.doc.nodes[self]
	n.kind, n.end, n.next = kind, int32(p.at), int32(len(p.doc.nodes))
	return nil
}

func (p *jsonParser) contents() (jsonKind, error) {
	c := p.peek()
	switch {
	case c == '{':
		return jsonObject, p.sequence('}', p.member)
	case c == '[':
		return jsonArray, p.sequence(']', p.value)
	case c == '"':
		return jsonString, p.str()
	case c == '-' || digit(c):
		return jsonNumber, p.number()
	}
	literals := map[string]jsonKind{"null": jsonNull, "true": jsonTrue, "false": jsonFalse}
	n := p.word()
	if kind, ok := literals[string(p.doc.text[p.at:p.at+n])]; ok {
		p.at += n
		return kind, nil
	}
	return 0, p.errorf("found %s, want a JSON value", p.here())
}

// sequence parses what stands between brackets, separated by commas.
func (p *jsonParser) sequence(closing byte, element func() error) error {
	if p.depth++; p.depth > maxDepth {
		return p.errorf("nested more than %d deep", maxDepth)
	}
	p.at++
	p.space()
	if p.peek() == closing {
		p.at++
		p.depth--
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		p.space()
		switch p.peek() {
		case closing:
			p.at++
			p.depth--
			return nil
		case ',':
			p.at++
			p.space()
		default:
			return p.errorf("found %s, want ',' or '%c'", p.here(), closing)
		}
	}
}

// member parses a key and its value.
func (p *jsonParser) member() error {
	if p.peek() != '"' {
		return p.errorf("found %s, want a field's name in double quotes", p.here())
	}
	if err := p.value(); err != nil {
		return err
	}
	p.space()
	if p.peek() != ':' {
		return p.errorf("found %s, want ':'", p.here())
	}
	p.at++
	p.space()
	return p.value()
}

func (p *jsonParser) str() error {
	start := p.at
	for p.at++; ; p.at++ {
		switch c := p.peek(); {
		case c == '"':
			p.at++
			if !json.Valid(p.doc.text[start:p.at]) {
				return p.doc.errorAt(start, "string with an escape that JSON does not know")
			}
			return nil
		case c == '\\' && p.at+1 < len(p.doc.text):
			p.at++
		case c < ' ': // the end of the text too
			return p.errorf("found %s in a string, want its closing quote", p.here())
		}
	}
}

func (p *jsonParser) number() error {
	start := p.at
	if p.peek() == '-' {
		p.at++
	}
	for c := p.peek(); digit(c) || letter(c) || c == '.' || c == '+' || c == '-'; c = p.peek() {
		p.at++
	}
	if text := p.doc.text[start:p.at]; !json.Valid(text) {
		const longest = 40
		return p.doc.errorAt(start, "found %q, want a JSON number", text[:min(len(text), longest)])
	}
	return nil
}
