package fold

import (
	"slices"

	"github.com/netmend/netmend/nn"
)

// form is what a chain computes, element by element: element i is an affine function
// of element from[i] of the source, or a constant where from[i] is -1. The functions
// are entries of the folder's table.
type form struct {
	source int
	from   []int32
	maps   []int32
	nodes  []int // of the chain, its last one last
}

// opaque is a value as the source of a chain.
func (f *folder) opaque(_, j int) *form {
	n := f.net.Dim(j)
	x := &form{source: j, from: make([]int32, n), maps: make([]int32, n)}
	for i := range x.from {
		x.from[i] = int32(i)
	}
	return x
}

// before is input j of node i: the chain that ends there, where it goes on to i.
func (f *folder) before(i, j int) *form {
	if !f.within(i, j) {
		return f.opaque(i, j)
	}
	if f.forms[j] == nil {
		f.forms[j] = f.compose(j, f.opaque)
	}
	if f.forms[j] == nil {
		return f.opaque(i, j)
	}
	return f.forms[j]
}

// compose is what mergeable node i computes of its inputs; nil if that is no
// function of single elements of one value.
func (f *folder) compose(i int, input func(i, j int) *form) *form {
	node := f.net.Nodes[i]
	in := make([]*form, len(node.Inputs))
	y := &form{}
	for k, j := range node.Inputs {
		in[k] = input(i, j)
		if in[k].source != in[0].source {
			return nil
		}
	}
	x := in[0]
	y.nodes = append(joined(in), i)
	y.source = x.source
	t := f.table
	switch op := node.Op.(type) {
	case *nn.Scale:
		y.from, y.maps = x.from, make([]int32, len(x.maps))
		for e, m := range x.maps {
			y.maps[e] = t.then(m, t.ofScale(op, e))
		}
	case *nn.Piecewise:
		y.from, y.maps = x.from, make([]int32, len(x.maps))
		all := t.of(op.Slope[0], op.Offset[0])
		for e, m := range x.maps {
			y.maps[e] = t.then(m, all)
		}
	case *nn.Take:
		y.from, y.maps = make([]int32, len(op.From)), make([]int32, len(op.From))
		fill := t.ofFill(op)
		for e, j := range op.From {
			y.from[e], y.maps[e] = -1, fill
			if j >= 0 {
				y.from[e], y.maps[e] = x.from[j], x.maps[j]
			}
		}
	case *nn.Concat:
		for _, x := range in {
			y.from, y.maps = append(y.from, x.from...), append(y.maps, x.maps...)
		}
	case *nn.Sum:
		return f.sum(y, in, op.Coefficients)
	}
	return y
}

// joined are the nodes of all forms, the longest list first. Their memory is shared with
// that list, which nothing else appends to, since a chain's nodes are used once: a chain
// of many nodes takes memory in proportion to its length.
func joined(in []*form) []int {
	longest := 0
	for k, x := range in {
		if len(x.nodes) > len(in[longest].nodes) {
			longest = k
		}
	}
	nodes := in[longest].nodes
	for k, x := range in {
		if k != longest {
			nodes = append(nodes, x.nodes...)
		}
	}
	return nodes
}

// sum completes y, a sum of forms of one source; nil if it depends on two
// elements of it.
func (f *folder) sum(y *form, in []*form, coefficients []float64) *form {
	n := len(in[0].from)
	y.from, y.maps = make([]int32, n), make([]int32, n)
	multiples := make([]int32, len(in))
	for k, c := range coefficients {
		multiples[k] = f.table.of(c, 0)
	}
	for e := range n {
		y.from[e], y.maps[e] = -1, zeroMap
		for k, x := range in {
			if j := x.from[e]; j >= 0 && y.from[e] != j {
				if y.from[e] >= 0 {
					return nil
				}
				y.from[e] = j
			}
			y.maps[e] = f.table.plus(y.maps[e], f.table.then(x.maps[e], multiples[k]))
		}
	}
	return y
}

// replacement are the fewest operations that compute the form: a Take, with the
// constants as its fill where they are one number, and a Scale.
func (f *folder) replacement(c *form) *replacement {
	n := len(c.from)
	take := &nn.Take{In: f.net.Dim(c.source), From: c.from}
	fill, uniform := f.fill(c)
	_, take.Fill = f.table.rounded(fill)
	scale := &nn.Scale{Factor: make([]float64, n), Shift: make([]float64, n)}
	maps := slices.Clone(c.maps)
	for e := range maps {
		switch {
		case c.from[e] >= 0:
		case uniform:
			maps[e] = identityMap // of the fill
		default:
			maps[e] = f.table.plus(identityMap, maps[e]) // of 0
		}
		if maps[e] == noMap {
			return nil
		}
		scale.Factor[e], scale.Shift[e] = f.table.rounded(maps[e])
	}
	r := &replacement{source: c.source}
	moved, scaled := f.names(c)
	if !identity(take) {
		f.table.fills[take] = fill
		r.nodes = append(r.nodes, nn.Node{Name: moved, Op: take})
	}
	if !identity(scale) {
		f.table.scales[scale] = maps
		r.nodes = append(r.nodes, nn.Node{Name: scaled, Op: scale})
	}
	return r
}

// fill is the map of all constants of a form where they are one number, else 0.
func (f *folder) fill(c *form) (fill int32, uniform bool) {
	fill = -1
	for e, m := range c.maps {
		switch {
		case c.from[e] >= 0:
		case fill >= 0 && !f.table.sameShift(fill, m):
			return zeroMap, false
		default:
			fill = m
		}
	}
	if fill < 0 {
		return zeroMap, false
	}
	return fill, true
}

// names are those of the last nodes of a chain that move and that scale elements.
func (f *folder) names(c *form) (moved, scaled string) {
	root := f.net.Nodes[c.nodes[len(c.nodes)-1]].Name
	moved, scaled = root+"/elements", root+"/constants"
	for _, i := range slices.Sorted(slices.Values(c.nodes)) {
		switch f.net.Nodes[i].Op.(type) {
		case *nn.Take, *nn.Concat:
			moved = f.net.Nodes[i].Name
		default:
			scaled = f.net.Nodes[i].Name
		}
	}
	if moved == scaled { // two parts of one operator of the file
		scaled += "/constants"
	}
	return moved, scaled
}
