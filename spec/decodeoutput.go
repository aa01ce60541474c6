package spec

import (
	"math"
	"strconv"

	"github.com/netmend/netmend/set"
)

// require gives the items of one entry their outputs: from "output", "label",
// "labels" or the labels in the data file, exactly one of them; none for keep.
func (d *decoder) require(v value, form string, fields map[string]value, in *inputs) error {
	output, hasOutput := fields["output"]
	label, hasLabel := fields["label"]
	labels, hasLabels := fields["labels"]
	given := 0
	for _, has := range []bool{hasOutput, hasLabel, hasLabels, in.labels != nil} {
		if has {
			given++
		}
	}
	switch {
	case form == "keep" && given > 0:
		return v.errorf("a requirement on points to keep: their present class stays, want none")
	case form == "keep":
		return nil
	case given == 0:
		return v.errorf("item without a requirement, want \"output\", \"label\" or labels")
	case given > 1:
		return v.errorf("more than one of \"output\", \"label\" and labels, want one")
	}
	common := Output{Extremum: d.spec.Extremum}
	switch {
	case hasOutput:
		var err error
		if common, err = d.output(output); err != nil {
			return err
		}
	case hasLabel:
		k, err := label.integer("a class, an integer from 0")
		if err != nil {
			return err
		}
		common.Allowed = []int{k}
	case hasLabels:
		const want = "a list of classes, one for each input set"
		list, err := labels.list(want)
		if err != nil {
			return err
		}
		if len(list) != len(in.items) {
			return labels.errorf("%d labels for %d input sets, want one for each", len(list), len(in.items))
		}
		if in.labels, err = integers(list, "a class, an integer from 0"); err != nil {
			return err
		}
	}
	for i := range in.items {
		in.items[i].Output = common
		if in.labels != nil {
			in.items[i].Output.Allowed = []int{in.labels[i]}
		}
	}
	return nil
}

func integers(list []value, want string) ([]int, error) {
	ks := make([]int, len(list))
	for i, v := range list {
		var err error
		if ks[i], err = v.integer(want); err != nil {
			return nil, err
		}
	}
	return ks, nil
}

// output decodes the requirement on the output.
func (d *decoder) output(v value) (Output, error) {
	o := Output{Extremum: d.spec.Extremum}
	fields, err := v.fields("a requirement on the output", "argmax", "argmin", "classes", "halfspaces", "bounds")
	if err != nil {
		return o, err
	}
	if len(fields) == 0 {
		return o, v.errorf("a requirement on the output that requires nothing")
	}
	conventions := []struct {
		field    string
		extremum Extremum
	}{{"argmax", Argmax}, {"argmin", Argmin}, {"classes", d.spec.Extremum}}
	for _, c := range conventions {
		classes, ok := fields[c.field]
		if !ok {
			continue
		}
		if o.Allowed != nil {
			return o, v.errorf("more than one of \"argmax\", \"argmin\" and \"classes\", want one")
		}
		if o.Allowed, err = allowed(classes, c.field != "classes"); err != nil {
			return o, err
		}
		o.Extremum = c.extremum
	}
	if halfSpaces, ok := fields["halfspaces"]; ok {
		list, err := halfSpaces.list("a list of {\"normal\": [...], \"offset\": b}")
		if err != nil {
			return o, err
		}
		for _, h := range list {
			hs, err := d.halfSpace(h)
			if err != nil {
				return o, err
			}
			o.HalfSpaces = append(o.HalfSpaces, hs)
		}
	}
	if bounds, ok := fields["bounds"]; ok {
		o.Bounds, err = decodeBounds(bounds)
	}
	return o, err
}

// allowed decodes a list of distinct classes or, where single, one class too.
func allowed(v value, single bool) ([]int, error) {
	if single && v.kind() == jsonNumber {
		k, err := v.integer("a class, an integer from 0")
		return []int{k}, err
	}
	list, err := v.list("classes: a list of integers from 0")
	if err != nil {
		return nil, err
	}
	classes, err := integers(list, "a class, an integer from 0")
	if err != nil {
		return nil, err
	}
	seen := map[int]bool{}
	for i, k := range classes {
		if seen[k] {
			return nil, list[i].errorf("class %d twice", k)
		}
		seen[k] = true
	}
	return classes, nil
}

func (d *decoder) halfSpace(v value) (set.HalfSpace, error) {
	var h set.HalfSpace
	fields, err := v.fields("a half-space", "normal", "offset", "strict")
	if err != nil {
		return h, err
	}
	normal, ok := fields["normal"]
	if !ok {
		return h, v.errorf("half-space without \"normal\", want normal . y <= offset")
	}
	offset, ok := fields["offset"]
	if !ok {
		return h, v.errorf("half-space without \"offset\", want normal . y <= offset")
	}
	if h.Normal, err = d.coordinates(normal, "the half-space's normal, a list of numbers"); err != nil {
		return h, err
	}
	if n := len(h.Normal); d.outputs == 0 {
		d.outputs, d.outputsLine = n, normal.line()
	} else if n != d.outputs {
		return h, normal.errorf("normal with %d numbers, the one on line %d has %d: want one for each output", n, d.outputsLine, d.outputs)
	}
	zero := true
	for _, a := range h.Normal {
		zero = zero && a == 0
	}
	if zero {
		return h, normal.errorf("normal of zeros only: it bounds nothing")
	}
	if h.Offset, ok = offset.number(); !ok {
		return h, offset.errorf("found %s, want the half-space's offset, a finite number", offset.found())
	}
	if strict, ok := fields["strict"]; ok {
		if k := strict.kind(); k != jsonTrue && k != jsonFalse {
			return h, strict.errorf("found %s, want true or false: whether the half-space is normal . y < offset", strict.found())
		}
		h.Strict = strict.kind() == jsonTrue
	}
	return h, nil
}

// decodeBounds decodes {"output": [lower, upper], ...}.
func decodeBounds(v value) ([]Bound, error) {
	if v.kind() != jsonObject {
		return nil, v.errorf("found %s, want bounds: an object such as {\"0\": [-1, null]}", v.found())
	}
	list := v.elements()
	if len(list) == 0 {
		return nil, v.errorf("found no bounds, want an object such as {\"0\": [-1, null]}")
	}
	var bounds []Bound
	seen := map[int]value{}
	for i := 0; i < len(list); i += 2 {
		key := list[i]
		name, _ := key.str()
		k, err := strconv.ParseInt(name, 10, 32)
		if err != nil || k < 0 || strconv.FormatInt(k, 10) != name {
			return nil, key.errorf("found %s, want the number of an output in quotes, from \"0\"", key.found())
		}
		if first, twice := seen[int(k)]; twice {
			return nil, key.errorf("output %d twice, first on line %d", k, first.line())
		}
		seen[int(k)] = key
		b, err := decodeBound(int(k), list[i+1])
		if err != nil {
			return nil, err
		}
		bounds = append(bounds, b)
	}
	return bounds, nil
}

func decodeBound(output int, v value) (Bound, error) {
	b := Bound{output, math.Inf(-1), math.Inf(1)}
	var pair []value
	if v.kind() == jsonArray {
		pair = v.elements()
	}
	if len(pair) != 2 {
		return b, v.errorf("found %s of another length than 2, want [lower, upper], null for an open side", v.found())
	}
	for i, side := range []*float64{&b.Lower, &b.Upper} {
		if pair[i].kind() == jsonNull {
			continue
		}
		var ok bool
		if *side, ok = pair[i].number(); !ok {
			return b, pair[i].errorf("found %s, want a finite number, or null for an open side", pair[i].found())
		}
	}
	if err := b.check(output + 1); err != nil {
		return b, v.errorf("%w", err)
	}
	return b, nil
}
