package cert

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

const (
	// maxNumber is the length of the longest number: a float64 has 24 characters.
	maxNumber = 40
	// maxName is the length of the longest field name.
	maxName = 64
	// maxObjects and maxValues are how many objects and lists, and list elements and
	// fields, a text may have: decoded, an empty list of two characters takes dozens of
	// bytes.
	maxObjects = 4 * maxRows
	maxValues  = maxNumbers
	// valuesBetween is how many values are decoded between two looks at the context.
	valuesBetween = 1 << 10
)

// decoder reads a JSON text into Go values, more strictly than encoding/json, whose
// leniency would let two texts mean the same that only look alike, or one text mean two
// things to two readers. It refuses a field that is missing (all must be there but those
// with omitempty), unknown or repeated, names that differ in case, null, and numbers that
// do not fit. Its depth is that of the types. What it allocates is in proportion to the
// text.
type decoder struct {
	ctx             context.Context
	text            []byte
	at              int
	objects, values int
}

// decode reads the one document that a text is.
func decode(ctx context.Context, text []byte, into any) error {
	d := &decoder{ctx: ctx, text: text}
	if err := d.value(reflect.ValueOf(into).Elem()); err != nil {
		return err
	}
	if d.space(); d.at < len(text) {
		return d.errorf("something follows the document")
	}
	return nil
}

func (d *decoder) errorf(format string, args ...any) error {
	return fmt.Errorf("byte %d: %s", d.at, fmt.Sprintf(format, args...))
}

// value reads the next value.
func (d *decoder) value(v reflect.Value) error {
	if d.values++; d.values > maxValues || d.objects > maxObjects {
		return d.errorf("more than %d values, or %d lists and objects", maxValues, maxObjects)
	}
	if d.values%valuesBetween == 0 && d.ctx.Err() != nil {
		return context.Cause(d.ctx)
	}
	d.space()
	if v.CanAddr() {
		if own, ok := v.Addr().Interface().(json.Unmarshaler); ok {
			return d.scalar(own)
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(v.Elem())
	case reflect.Struct:
		return d.object(v)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return d.bytes(v)
		}
		return d.list(v)
	case reflect.String:
		s, err := d.quoted()
		v.SetString(s)
		return err
	case reflect.Int:
		n, err := strconv.ParseInt(d.number(), 10, 0)
		if err != nil {
			return d.errorf("no whole number, or too large")
		}
		v.SetInt(n)
		return nil
	case reflect.Float64:
		x, err := strconv.ParseFloat(d.number(), 64)
		if err != nil {
			return d.errorf("no number, or too large")
		}
		v.SetFloat(x)
		return nil
	case reflect.Bool:
		for name, b := range map[string]bool{"true": true, "false": false} {
			if strings.HasPrefix(string(d.text[d.at:min(d.at+5, len(d.text))]), name) {
				d.at += len(name)
				v.SetBool(b)
				return nil
			}
		}
		return d.errorf("want true or false")
	}
	panic("cert: no fields of type " + v.Type().String())
}

// scalar reads a number or a string that a type reads itself.
func (d *decoder) scalar(v json.Unmarshaler) error {
	from := d.at
	if d.next('"') {
		d.at = from
		if _, err := d.quoted(); err != nil {
			return err
		}
	} else if d.number() == "" {
		return d.errorf("no number")
	}
	if err := v.UnmarshalJSON(d.text[from:d.at]); err != nil {
		return d.errorf("%v", err)
	}
	return nil
}

// object reads an object with the fields of a struct.
func (d *decoder) object(v reflect.Value) error {
	if d.objects++; !d.next('{') {
		return d.errorf("want an object")
	}
	seen := make([]bool, v.NumField())
	for first := true; ; first = false {
		if d.space(); d.next('}') {
			break
		}
		if !first {
			if !d.next(',') {
				return d.errorf("want a comma or the end of an object")
			}
			d.space()
		}
		name, err := d.quoted()
		if err != nil {
			return err
		}
		if d.space(); !d.next(':') {
			return d.errorf("want a colon after a field's name")
		}
		i := field(v.Type(), name)
		if i < 0 {
			return d.errorf("there is no field %.*q here", maxName, name)
		}
		if seen[i] {
			return d.errorf("field %q stands twice in an object", name)
		}
		seen[i] = true
		if err := d.value(v.Field(i)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for i, there := range seen {
		if name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); !there && option != "omitempty" {
			return d.errorf("the field %q is missing", name)
		}
	}
	return nil
}

// field is the number of the field of a struct with a name in JSON, -1 where there is
// none.
func field(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if known, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); known == name {
			return i
		}
	}
	return -1
}

// list reads a list.
func (d *decoder) list(v reflect.Value) error {
	if d.objects++; !d.next('[') {
		return d.errorf("want a list")
	}
	n := 0
	for ; ; n++ {
		if d.space(); d.next(']') {
			break
		}
		if n > 0 && !d.next(',') {
			return d.errorf("want a comma or the end of a list")
		}
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1) // with an element of zeros
		if err := d.value(v.Index(n)); err != nil {
			return fmt.Errorf("%d: %w", n, err)
		}
	}
	if n == 0 {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	return nil
}

// bytes reads base64.
func (d *decoder) bytes(v reflect.Value) error {
	s, err := d.quoted()
	if err != nil {
		return err
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return d.errorf("base64: %v", err)
	}
	v.SetBytes(b)
	return nil
}

// quoted reads a string.
func (d *decoder) quoted() (string, error) {
	if d.at >= len(d.text) || d.text[d.at] != '"' {
		return "", d.errorf("want a string")
	}
	plain := true
	for end := d.at + 1; end < len(d.text); end++ {
		switch c := d.text[end]; {
		case c == '\\':
			plain = false
			end++
		case c < ' ' || c >= 0x80:
			plain = false
		case c == '"':
			raw := d.text[d.at : end+1]
			s := string(raw[1 : len(raw)-1])
			if !plain && json.Unmarshal(raw, &s) != nil {
				return "", d.errorf("a string that is not one of JSON")
			}
			d.at = end + 1
			return s, nil
		}
	}
	return "", d.errorf("a string without an end")
}

// number reads the characters of a number as JSON has it; none where there is no such
// number.
func (d *decoder) number() string {
	end := d.at
	digits := func() bool {
		from := end
		for end < len(d.text) && '0' <= d.text[end] && d.text[end] <= '9' {
			end++
		}
		return end > from
	}
	is := func(cs string) bool {
		if end < len(d.text) && strings.IndexByte(cs, d.text[end]) >= 0 {
			end++
			return true
		}
		return false
	}
	is("-")
	if !is("0") && !digits() {
		return ""
	}
	if is(".") && !digits() {
		return ""
	}
	if is("eE") {
		if is("+-"); !digits() {
			return ""
		}
	}
	s := d.text[d.at:end]
	if len(s) > maxNumber {
		return ""
	}
	d.at = end
	return string(s)
}

// next takes the next character if it is the one given.
func (d *decoder) next(c byte) bool {
	if d.at < len(d.text) && d.text[d.at] == c {
		d.at++
		return true
	}
	return false
}

// space goes on to the next character that is not one.
func (d *decoder) space() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\t', '\r', '\n':
			d.at++
		default:
			return
		}
	}
}

// filled makes empty lists of those that are nil, so that they are written as such.
func filled(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			filled(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if _, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); option != "omitempty" || v.Field(i).Kind() == reflect.Pointer {
				filled(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		switch v.Type().Elem().Kind() {
		case reflect.Struct, reflect.Slice:
			for i := range v.Len() {
				filled(v.Index(i))
			}
		}
	}
}
