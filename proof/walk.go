package proof

import (
	"context"

	"github.com/netmend/netmend/nn"
)

// walker goes through the pieces of a network on one simplex, depth first.
type walker struct {
	cutter
	ctx     context.Context
	net     *network
	corners int
	visit   func(c *cell, end *state) error
	// give may let another walker take over a part, to be started with the function
	// given; nil for nobody.
	give func(start func(*walker) error) bool
	// tell is told of pieces from time to time; told is how many it was not.
	tell func(more int)
	told int
}

// tellAfter is the number of pieces between two calls of tell.
const tellAfter = 256

// run visits every cell of the simplex with its pieces' values. Each point of
// the simplex executes the pieces of exactly one cell visited, to whose part
// that is not open it belongs.
func (w *walker) run(corners [][]float64) error {
	w.corners = len(corners)
	return uninterrupted(func() error { return w.node(simplexCell(len(corners)), inputState(corners), 0) })
}

// node goes on from node i, given the state before it.
func (w *walker) node(c *cell, s *state, i int) error {
	for ; i < len(w.net.nodes); i++ {
		d := &w.net.nodes[i]
		if d.pieces != nil {
			if err := w.ctx.Err(); err != nil {
				return err
			}
			return w.units(c, s, i, make([]uint8, d.to-d.from), 0)
		}
		s = w.net.affineState(s, i)
	}
	if w.told++; w.told == tellAfter && w.tell != nil {
		w.tell(w.told)
		w.told = 0
	}
	return w.visit(c, s)
}

// units divides the cell by the units of activation node i from u on; pattern
// has the pieces of those before, and is this call's to change.
func (w *walker) units(c *cell, s *state, i int, pattern []uint8, u int) error {
	d := &w.net.nodes[i]
	in := s.at(d.inputs[0])
	for ; u < len(pattern); u++ {
		rest := c
		for b := len(d.pieces.breaks) - 1; b >= 0 && rest != nil; b-- {
			if t := w.piece(rest, in, u, d.pieces.breaks[b]); t != undecided {
				if t == above {
					pattern[u], rest = uint8(b+1), nil
				}
				continue
			}
			f := w.net.newForm(in, nn.ActivationChannel, w.corners, []term{{u, 1}}, []float64{-d.pieces.breaks[b]})
			upper, lower := w.split(rest, f)
			if upper != nil && lower == nil {
				pattern[u], rest = uint8(b+1), nil
				continue
			}
			if upper != nil {
				other := append([]uint8(nil), pattern...)
				other[u] = uint8(b + 1)
				next := u + 1
				if w.give == nil || !w.give(func(w *walker) error { return w.units(upper, s, i, other, next) }) {
					if err := w.units(upper, s, i, other, next); err != nil {
						return err
					}
				}
			}
			rest = lower
			c = lower
		}
		if rest != nil {
			pattern[u] = 0
		}
	}
	return w.node(c, w.net.activationState(s, i, pattern), i+1)
}

// side of a breakpoint on which a cell lies.
type side uint8

const (
	undecided side = iota
	above
	below
)

// piece tells on which side of a breakpoint the unit's values lie throughout
// the cell, as far as floats decide: most units of most cells.
func (w *walker) piece(c *cell, in *state, u int, at float64) side {
	v := in.act
	f := form{r: v.r[u]}
	var most float64
	for k, x := range v.c[u*w.corners : (u+1)*w.corners] {
		f.c[k] = x - at
		most = max(most, abs(f.c[k]))
	}
	if at != 0 {
		f.r += float64(2 * unit * (most + abs(at) + f.r))
	}
	first := undecided
	for i, p := range c.vertices {
		x, r := f.enclose(p)
		s := undecided
		if x > r {
			s = above
		} else if x < -r {
			s = below
		}
		if s == undecided || (i > 0 && s != first) {
			return undecided
		}
		first = s
	}
	w.signs += len(c.vertices)
	return first
}
