package cert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	// maxNesting is the deepest nesting of lists and objects; no kind needs half.
	maxNesting = 32
	// maxNumber is the length of the longest number: a float64 has 24 characters.
	maxNumber = 40
	// maxFields is the number of fields of the largest object.
	maxFields = 64
	// maxName is the length of the longest field name.
	maxName = 64
	// maxObjects and maxValues are how many objects and list elements or fields a
	// text may have: decoded, an empty object of two characters takes hundreds of
	// bytes.
	maxObjects = maxRows + 1<<10
	maxValues  = maxNumbers
)

// scan refuses texts that are no single JSON document, or nest too deeply, have
// overlong numbers, more values than a certificate has, or an object with a field
// twice, for which readers differ in what they make of it. Field names are of
// small letters, digits and underscores: encoding/json would assign others to
// fields with no regard to case.
func scan(text []byte) error {
	if !json.Valid(text) {
		return errors.New("not a JSON document")
	}
	type object struct {
		names []string
		isMap bool
		key   bool // a name comes next
	}
	var open []object
	objects, values := 0, 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '{' || c == '[':
			if len(open) == maxNesting {
				return fmt.Errorf("lists and objects nest more than %d deep", maxNesting)
			}
			open = append(open, object{isMap: c == '{', key: c == '{'})
			if c == '{' {
				objects++
			}
			i++
		case c == '}' || c == ']':
			open = open[:len(open)-1]
			i++
		case c == ',':
			if o := &open[len(open)-1]; o.isMap {
				o.key = true
			}
			values++
			i++
		case c == '"':
			end := stringEnd(text, i)
			if len(open) > 0 && open[len(open)-1].key {
				o := &open[len(open)-1]
				o.key = false
				name := string(text[i+1 : end-1])
				if len(name) > maxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
					return fmt.Errorf("field name %.40q: want at most %d small letters, digits and underscores", name, maxName)
				}
				if slices.Contains(o.names, name) {
					return fmt.Errorf("field %.40q stands twice in an object", name)
				}
				if o.names = append(o.names, name); len(o.names) > maxFields {
					return fmt.Errorf("an object with more than %d fields", maxFields)
				}
			}
			i = end
		case c == '-' || (c >= '0' && c <= '9'):
			end := i + 1
			for end < len(text) && bytes.IndexByte([]byte("+-.eE0123456789"), text[end]) >= 0 {
				end++
			}
			if end-i > maxNumber {
				return fmt.Errorf("number of %d characters, want at most %d", end-i, maxNumber)
			}
			i = end
		default:
			i++
		}
		if objects > maxObjects || values > maxValues {
			return fmt.Errorf("more than %d objects or %d values", maxObjects, maxValues)
		}
	}
	return nil
}

// stringEnd is the index after the string that starts at i of a valid text.
func stringEnd(text []byte, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}
