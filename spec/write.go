package spec

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Write writes s in the JSON format that [Read] reads, one item per line, all points inline.
// Reading it back gives s again, to the last bit, except that items without a name get one,
// and that what [Spec.Bind] filled into items to keep is left out (bind again). It fails,
// having written part, for numbers that are not finite and for items that the format does not
// have.
func Write(w io.Writer, s *Spec) error {
	buffered := bufio.NewWriter(w)
	e := encoder{w: buffered}
	e.spec(s)
	if e.err != nil {
		return e.err
	}
	return buffered.Flush()
}

// encoder writes JSON and keeps the first error.
type encoder struct {
	w   *bufio.Writer
	err error
	// place is the item that is being written, for errors.
	place string
}

func (e *encoder) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("%s: %w", e.place, fmt.Errorf(format, args...))
	}
}

// put writes JSON text as it is. Errors of the underlying writer come back from
// Flush.
func (e *encoder) put(parts ...string) {
	for _, p := range parts {
		e.w.WriteString(p)
	}
}

func (e *encoder) number(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		e.fail("number %v, want a finite one", v)
		return
	}
	e.put(strconv.FormatFloat(v, 'g', -1, 64))
}

// str writes a string with JSON's escapes.
func (e *encoder) str(s string) {
	text, err := json.Marshal(s)
	if err != nil {
		e.fail("%w", err)
	}
	e.w.Write(text)
}

// list writes n elements between brackets.
func (e *encoder) list(n int, element func(i int)) {
	e.put("[")
	for i := range n {
		if i > 0 {
			e.put(", ")
		}
		element(i)
	}
	e.put("]")
}

func (e *encoder) numbers(x []float64) {
	if len(x) == 0 {
		e.fail("an empty list of numbers")
	}
	e.list(len(x), func(i int) { e.number(x[i]) })
}

func (e *encoder) spec(s *Spec) {
	e.place = "specification"
	e.put("{\n  \"version\": ", strconv.Itoa(FormatVersion), ",\n")
	if s.Margin < 0 {
		e.fail("margin %v, want one that is not negative", s.Margin)
	}
	switch s.Units {
	case "":
	case "raw", "normalised":
		e.put("  \"units\": ")
		e.str(s.Units)
		e.put(",\n")
	default:
		e.fail("units %q, want \"raw\", \"normalised\" or none", s.Units)
	}
	e.put("  \"classifier\": \"", s.Extremum.String(), "\",\n  \"margin\": ")
	e.number(s.Margin)
	e.put(",\n  \"items\": [")
	for i := range s.Items {
		it := &s.Items[i]
		e.place = fmt.Sprintf("item %d (%s)", i, it.Name)
		if i > 0 {
			e.put(",")
		}
		e.put("\n    ")
		e.item(it)
	}
	e.put("\n  ]\n}\n")
}

func (e *encoder) item(it *Item) {
	e.put("{")
	if it.Name != "" {
		e.put(`"name": `)
		e.str(it.Name)
		e.put(", ")
	}
	switch {
	case it.Keep && it.Point == nil:
		e.fail("only points can be kept as they are")
	case it.Keep:
		e.put(`"keep": `)
		e.numbers(it.Point)
	case it.Segment != nil:
		e.put(`"segment": {"from": `)
		e.numbers(it.Segment.From)
		e.put(`, "to": `)
		e.numbers(it.Segment.To)
		e.put("}")
	case it.Polygon != nil:
		e.put(`"polygon": `)
		e.list(len(it.Polygon.Vertices), func(i int) { e.numbers(it.Polygon.Vertices[i]) })
	default:
		e.put(`"point": `)
		e.numbers(it.Point)
	}
	if !it.Keep {
		e.put(`, "output": `)
		e.output(it.Output)
	}
	e.put("}")
}

func (e *encoder) output(o Output) {
	separator := "{"
	field := func(name string) {
		e.put(separator, `"`, name, `": `)
		separator = ", "
	}
	if len(o.Allowed) > 0 {
		field(o.Extremum.String())
		if len(o.Allowed) == 1 {
			e.put(strconv.Itoa(o.Allowed[0]))
		} else {
			e.list(len(o.Allowed), func(i int) { e.put(strconv.Itoa(o.Allowed[i])) })
		}
	}
	if len(o.HalfSpaces) > 0 {
		field("halfspaces")
		e.list(len(o.HalfSpaces), func(i int) {
			e.put(`{"normal": `)
			e.numbers(o.HalfSpaces[i].Normal)
			e.put(`, "offset": `)
			e.number(o.HalfSpaces[i].Offset)
			if o.HalfSpaces[i].Strict {
				e.put(`, "strict": true`)
			}
			e.put("}")
		})
	}
	if len(o.Bounds) > 0 {
		field("bounds")
		e.put("{")
		seen := map[int]bool{}
		for i, b := range o.Bounds {
			if seen[b.Output] {
				e.fail("two bounds on output %d, the format has one", b.Output)
			}
			seen[b.Output] = true
			if i > 0 {
				e.put(", ")
			}
			e.put(`"`, strconv.Itoa(b.Output), `": `)
			e.bound(b)
		}
		e.put("}")
	}
	if len(o.Shares) > 0 || o.Ties != NoTies && len(o.Allowed) > 0 {
		e.fail("bounds on probabilities of three outputs or more, and classes by the rule of an ArgMax for ties, have no text")
	}
	if separator == "{" {
		e.fail("nothing is required of the output")
	}
	e.put("}")
}

func (e *encoder) bound(b Bound) {
	if err := b.check(b.Output + 1); err != nil {
		e.fail("%w", err)
		return
	}
	sides := []float64{b.Lower, b.Upper}
	e.list(len(sides), func(i int) {
		if math.IsInf(sides[i], 0) {
			e.put("null")
			return
		}
		e.number(sides[i])
	})
}
