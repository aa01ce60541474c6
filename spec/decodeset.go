package spec

import (
	"fmt"

	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/set"
)

// coordinates decodes a list of finite numbers and counts them.
func (d *decoder) coordinates(v value, want string) ([]float64, error) {
	if err := v.wantList(want); err != nil {
		return nil, err
	}
	n := v.length()
	if err := within.Need(d.ctx, numberBytes*int64(n), reading); err != nil {
		return nil, v.errorf("%w", err)
	}
	x := make([]float64, 0, n)
	for c := range v.each() {
		number, ok := c.number()
		if !ok {
			if c.kind() == jsonNumber {
				return nil, c.errorf("number %s is too large for float64", c.found())
			}
			return nil, c.errorf("found %s, want a number", c.found())
		}
		x = append(x, number)
	}
	return x, d.count(v, n)
}

// count adds to the coordinates of all items.
func (d *decoder) count(v value, n int) error {
	if d.numbers += n; d.numbers > maxNumbers {
		return v.errorf("more than %d numbers in all points", maxNumbers)
	}
	return nil
}

// dimension notes the dimension of a set and compares it with that of the first.
func (d *decoder) dimension(v value, n int) error {
	if d.inputs == 0 {
		d.inputs, d.inputsLine = n, v.line()
	}
	if n != d.inputs {
		return v.errorf("point with %d numbers, the item on line %d has %d", n, d.inputsLine, d.inputs)
	}
	return nil
}

// vector decodes the coordinates of a point of the input space.
func (d *decoder) vector(v value) ([]float64, error) {
	x, err := d.coordinates(v, "a point, a list of numbers")
	if err != nil {
		return nil, err
	}
	return x, d.dimension(v, len(x))
}

// vectors decodes a list of points.
func (d *decoder) vectors(v value, want string) ([][]float64, error) {
	list, err := v.list(want)
	if err != nil {
		return nil, err
	}
	xs := make([][]float64, len(list))
	for i, p := range list {
		if xs[i], err = d.vector(p); err != nil {
			return nil, err
		}
	}
	return xs, nil
}

func (d *decoder) point(v value) (*inputs, error) {
	x, err := d.vector(v)
	if err != nil {
		return nil, err
	}
	return &inputs{items: []Item{{Point: x}}}, nil
}

func (d *decoder) points(v value) (*inputs, error) {
	if v.kind() == jsonObject {
		return d.pointsFile(v)
	}
	xs, err := d.vectors(v, "a list of points, or an object that names a data file")
	if err != nil {
		return nil, err
	}
	in := &inputs{places: listPlace}
	for _, x := range xs {
		in.items = append(in.items, Item{Point: x})
	}
	return in, nil
}

func listPlace(i int) string { return fmt.Sprintf(" %d", i) }

// keep decodes a point, a list of points or a data file.
func (d *decoder) keep(v value) (*inputs, error) {
	decode := (*decoder).points
	if v.kind() == jsonArray && v.first().kind() == jsonNumber {
		decode = (*decoder).point
	}
	in, err := decode(d, v)
	if err != nil {
		return nil, err
	}
	for i := range in.items {
		in.items[i].Keep = true
	}
	return in, nil
}

func (d *decoder) segment(v value) (*inputs, error) {
	it, err := d.oneSegment(v)
	if err != nil {
		return nil, err
	}
	return &inputs{items: []Item{it}}, nil
}

func (d *decoder) oneSegment(v value) (Item, error) {
	fields, err := v.fields("a segment", "from", "to")
	if err != nil {
		return Item{}, err
	}
	var ends [2][]float64
	for i, name := range []string{"from", "to"} {
		end, ok := fields[name]
		if !ok {
			return Item{}, v.errorf("segment without %q", name)
		}
		if ends[i], err = d.vector(end); err != nil {
			return Item{}, err
		}
	}
	s, err := set.NewSegment(ends[0], ends[1])
	if err != nil {
		return Item{}, v.errorf("%w", err)
	}
	return Item{Segment: &s}, nil
}

func (d *decoder) segments(v value) (*inputs, error) {
	if v.kind() == jsonObject {
		return d.segmentsFile(v)
	}
	list, err := v.list("a list of segments, or an object that names a data file")
	if err != nil {
		return nil, err
	}
	in := &inputs{places: listPlace}
	for _, s := range list {
		it, err := d.oneSegment(s)
		if err != nil {
			return nil, err
		}
		in.items = append(in.items, it)
	}
	return in, nil
}

func (d *decoder) polygon(v value) (*inputs, error) {
	vertices, err := d.vectors(v, "a polygon, the list of its vertices in order")
	if err != nil {
		return nil, err
	}
	p, err := set.NewPolygon(vertices)
	if err != nil {
		return nil, v.errorf("%w", err)
	}
	return &inputs{items: []Item{{Polygon: p}}}, nil
}
