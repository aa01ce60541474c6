package spec

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
)

// jsonKind is the kind of a JSON value.
type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonFalse
	jsonTrue
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

// String names the kind as error messages do.
func (k jsonKind) String() string {
	return [...]string{"null", "false", "true", "a number", "a string", "a list", "an object"}[k]
}

// node is one JSON value in a document. Its text is text[start:end].
type node struct {
	start, end int32
	// next is the index in document.nodes of the first node behind this one
	// and all it contains.
	next int32
	kind jsonKind
}

// The sizes of a node and of a number.
const nodeBytes, numberBytes = 16, 8

// document is a parsed JSON text that remembers where each value stands, which
// encoding/json does not. Nodes lie in one slice, each before its contents
// (nodeBytes a value: point data is long); an object's contents are keys and
// values by turns.
type document struct {
	source
	nodes []node
}

// value is a JSON value of a document.
type value struct {
	doc *document
	at  int32
}

func (d *document) root() value { return value{d, 0} }

func (v value) node() *node    { return &v.doc.nodes[v.at] }
func (v value) kind() jsonKind { return v.node().kind }
func (v value) text() string   { n := v.node(); return string(v.doc.text[n.start:n.end]) }

// line is the line on which the value starts, from 1.
func (v value) line() int {
	line, _ := v.doc.lineColumn(int(v.node().start))
	return line
}

// errorf is an error at the value's first character.
func (v value) errorf(format string, args ...any) error {
	return v.doc.errorAt(int(v.node().start), format, args...)
}

// found describes the value in errors of the form "found ..., want ...".
func (v value) found() string {
	const longest = 40
	if k := v.kind(); k != jsonNumber && k != jsonString {
		return k.String()
	}
	if text := v.text(); len(text) <= longest {
		return text
	}
	return v.kind().String()
}

// each has a list's values one by one, or, of an object, its keys and values by turns.
func (v value) each() iter.Seq[value] {
	return func(yield func(value) bool) {
		for i := v.at + 1; i < v.node().next && yield(value{v.doc, i}); i = v.doc.nodes[i].next {
			continue
		}
	}
}

// elements lists what each has.
func (v value) elements() []value {
	return slices.AppendSeq(make([]value, 0, v.length()), v.each())
}

// length is how many values each has.
func (v value) length() int {
	n := 0
	for range v.each() {
		n++
	}
	return n
}

// first is the first of a list that is not empty, and v itself for anything else.
func (v value) first() value {
	for e := range v.each() {
		return e
	}
	return v
}

// number returns a finite number. It returns false for another kind and for a
// number beyond float64.
func (v value) number() (float64, bool) {
	if v.kind() != jsonNumber {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.text(), 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// str returns a string's contents, or false for another kind.
func (v value) str() (string, bool) {
	if v.kind() != jsonString {
		return "", false
	}
	n := v.node()
	var s string
	err := json.Unmarshal(v.doc.text[n.start:n.end], &s)
	return s, err == nil
}

// list returns a list's values, or an error that says what was wanted.
func (v value) list(want string) ([]value, error) {
	if err := v.wantList(want); err != nil {
		return nil, err
	}
	return v.elements(), nil
}

// wantList reports a value that is not a list, or an empty one.
func (v value) wantList(want string) error {
	switch {
	case v.kind() != jsonArray:
		return v.errorf("found %s, want %s", v.found(), want)
	case v.first() == v:
		return v.errorf("found an empty list, want %s", want)
	}
	return nil
}

// integer returns an integer from 0 to math.MaxInt32.
func (v value) integer(want string) (int, error) {
	f, ok := v.number()
	if !ok || f != math.Trunc(f) || f < 0 || f > math.MaxInt32 {
		return 0, v.errorf("found %s, want %s", v.found(), want)
	}
	return int(f), nil
}

// fields returns the members of an object by name. Only the named ones may
// occur, each once. what describes the object in errors.
func (v value) fields(what string, names ...string) (map[string]value, error) {
	if v.kind() != jsonObject {
		return nil, v.errorf("found %s, want %s: an object", v.found(), what)
	}
	members := map[string]value{}
	list := v.elements()
	for i := 0; i < len(list); i += 2 {
		key, _ := list[i].str()
		if !contains(names, key) {
			return nil, list[i].errorf("unknown field %q in %s, want one of %s", key, what, quoted(names))
		}
		if first, twice := members[key]; twice {
			return nil, list[i].errorf("field %q twice, first on line %d", key, first.line())
		}
		members[key] = list[i+1]
	}
	return members, nil
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// quoted lists names for an error: "a", "b", "c".
func quoted(names []string) string {
	s := ""
	for i, n := range names {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprintf("%q", n)
	}
	return s
}
