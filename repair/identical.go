package repair

import (
	"slices"

	"github.com/netmend/netmend/nn"
)

// settler finds out which ties matter. Where the candidates of a maximum are
// identical all over a set, such as on the plain background of a picture, either
// piece gives the same function there, also after a change of the layer: see
// [nn.Identities]. One goroutine uses it at a time.
type settler struct {
	k      *keyPoints
	ids    *nn.Identities
	pieces []uint8
}

// newSettler returns nil where no unit could be found not to matter.
func newSettler(k *keyPoints) *settler {
	ids := nn.NewIdentities(k.net)
	if ids == nil {
		return nil
	}
	return &settler{k: k, ids: ids, pieces: make([]uint8, k.net.PatternLen())}
}

// find numbers the values on a part of the hull of some points, one a row of x: the
// linear region, or face, that has row r of the trace in its relative interior. There
// each unit has the piece that it has in the trace, unless it lies on a breakpoint as
// far as float64 can tell, or is one of the units named. size has the sizes of the terms
// that the values are summed from.
func (s *settler) find(x nn.Matrix, t *nn.Trace, r int, size [][]float64, unknown []int32) {
	for i, node := range s.k.net.Nodes {
		f, ok := node.Op.(*nn.Piecewise)
		if !ok {
			continue
		}
		in := node.Inputs[0]
		from, _ := s.k.net.Units(i)
		for u, z := range t.Of(in).Row(r) {
			s.pieces[from+u] = uint8(f.Piece(z))
			for _, at := range f.Breaks {
				if onBreak(z, at, size[in+1][u]) {
					s.pieces[from+u] = nn.UnknownPiece
				}
			}
		}
	}
	for _, u := range unknown {
		s.pieces[s.k.unit+int(u)] = nn.UnknownPiece
	}
	s.ids.Find(x, s.pieces)
}

// mattering removes the ties that do not matter on the set looked at by find.
func (s *settler) mattering(ts []tie) []tie {
	at := s.lookUp(s.ids.Idle)
	return slices.DeleteFunc(ts, func(t tie) bool { return at(t.unit, t.piece) })
}

// lookUp returns a function that asks about relevant units by node and index there.
func (s *settler) lookUp(ask func(node, unit int, upper uint8) bool) func(unit int32, upper uint8) bool {
	return func(unit int32, upper uint8) bool {
		node, index := s.k.net.UnitAt(int(unit) + s.k.unit)
		return ask(node, index, upper)
	}
}

// settleCells keeps, of the units that vanish throughout a cell, those that matter. Where
// they are too many to be tried with either piece, those that tie exactly leave too: of
// these the upper piece executes, which is the cell's. (A few are kept, for floating point
// may execute the other one.)
func (k *keyPoints) settleCells(workers int) {
	var cells []*cell
	for i := range k.cells {
		if len(k.cells[i].zero) > 0 {
			cells = append(cells, &k.cells[i])
		}
	}
	if len(cells) == 0 || nn.NewIdentities(k.net) == nil {
		return
	}
	sizes := newTermSizes(k.net)
	k.chunks(len(cells), workers, func(a, b int) {
		s := newSettler(k)
		x := nn.NewMatrix(b-a, k.net.InDim())
		for i, c := range cells[a:b] {
			k.middle(x.Row(i), c)
		}
		t := k.net.RunActivation(x, 1)
		for i, c := range cells[a:b] {
			s.find(k.hull(c.item), t, i, sizes.at(t, i), c.zero)
			pattern := k.patterns[c.tail]
			idle := s.lookUp(s.ids.Idle)
			c.zero = slices.DeleteFunc(c.zero, func(u int32) bool { return idle(u, pattern[u]) })
			if len(c.zero) > maxUndecided {
				s.ids.FindExecuted(k.hull(c.item), s.pieces)
				tied := s.lookUp(s.ids.Tied)
				c.zero = slices.DeleteFunc(c.zero, func(u int32) bool { return tied(u, pattern[u]) })
			}
		}
	})
}

// middle writes the mean of a cell's vertices.
func (k *keyPoints) middle(x []float64, c *cell) {
	for _, p := range c.places {
		for d, v := range k.at(k.places[p]) {
			x[d] += v / float64(len(c.places))
		}
	}
}

// hull are points whose convex hull contains some items.
func (k *keyPoints) hull(items ...int32) nn.Matrix {
	var points [][]float64
	for _, item := range items {
		switch it := &k.spec.Items[item]; {
		case it.Segment != nil:
			points = append(points, it.Segment.From, it.Segment.To)
		case it.Polygon != nil:
			points = append(points, it.Polygon.Vertices...)
		default:
			points = append(points, it.Point)
		}
	}
	m, _ := nn.MatrixOf(points) // of one length: the specification was checked
	return m
}

// hullAt are points whose convex hull contains all items that have a place.
func (k *keyPoints) hullAt(place int32) nn.Matrix {
	return k.hull(append([]int32{k.places[place].item}, k.sharing[place]...)...)
}
