package preimage

import (
	"context"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// split is the step of [Backward] over an activation node. As a function of all
// values it is the functions of its units one after the other, so the preimage
// is taken unit by unit, in a space that has, for each unit, a column for its
// input z and one for its output y. On a piece y = s z + o of unit u, a row
// ... + c y_u <= d becomes ... + c s z_u <= d - c o: equation (9) where s is not
// zero, and equation (10) where it is, which leaves of a row about y_u alone
// whether the constant o lies in the set.
type split struct {
	b     *backward
	node  int
	units int
	op    *nn.Piecewise
	// z and y are the columns of unit 0; they are the same where nothing else
	// reads the node's input.
	z, y int
	dim  int // of the space
	keep int // its first columns, which stay
	// With Prune, bounds of the units' inputs and outputs and of the rest.
	input, output, rest *set.Box
	found               set.Union
}

// splitOf prepares the step over the activation node i.
func (b *backward) splitOf(i int) *split {
	before, after := b.layouts[i], b.layouts[i+1]
	source := b.net.Nodes[i].Inputs[0]
	s := &split{
		b: b, node: i, units: b.net.Dim(i), op: b.net.Nodes[i].Op.(*nn.Piecewise),
		z: before.offset[source], y: before.offset[source], dim: before.dim, keep: before.dim,
	}
	if after.has(source) {
		s.y = before.dim
		s.dim += s.units
	}
	if b.bounds != nil {
		s.input, s.output, s.rest = &b.bounds[source+1], &b.bounds[i+1], b.box(i)
	}
	return s
}

// space bounds the columns once the units before u are settled; nil without
// bounds.
func (s *split) space(u int) *set.Box {
	if s.rest == nil {
		return nil
	}
	box := s.rest.Clone()
	if s.y >= s.keep {
		box.Lo, box.Hi = append(box.Lo, s.output.Lo...), append(box.Hi, s.output.Hi...)
		return &box // columns of units that are settled are zero
	}
	copy(box.Lo[s.y+u:], s.output.Lo[u:])
	copy(box.Hi[s.y+u:], s.output.Hi[u:])
	return &box
}

// lift writes p, in the layout after the node, in the split's space.
func (s *split) lift(p set.Polyhedron) set.Polyhedron {
	from := s.b.layouts[s.node+1].offset[s.node]
	q := s.b.moved(s.node, set.Union{p})[0]
	q.Dim = s.dim
	for r := range q.Rows {
		normal := make([]float64, s.dim)
		copy(normal, q.Rows[r].Normal)
		copy(normal[s.y:s.y+s.units], p.Rows[r].Normal[from:])
		q.Rows[r].Normal = normal
	}
	return q
}

// activation is equation (8) for node i.
func (b *backward) activation(i int, sets set.Union) (set.Union, error) {
	s := b.splitOf(i)
	for _, p := range sets {
		if more, err := s.search(s.lift(p), 0, true); err != nil {
			return nil, err
		} else if !more {
			break
		}
	}
	return s.found, nil
}

// search adds the pieces of p, of which the units before u are settled. checked
// says that p is known not to be empty. It returns false once the limit is
// reached.
func (s *split) search(p set.Polyhedron, u int, checked bool) (bool, error) {
	if err := context.Cause(s.b.ctx); err != nil {
		return false, err
	}
	if !checked && isEmptyIn(solve.Within(s.b.ctx), p, s.space(u)) {
		return true, nil
	}
	if u == s.units {
		if !s.b.room(len(s.found)) {
			return false, nil
		}
		s.found = append(s.found, s.b.simplify(s.cut(p)))
		return true, nil
	}
	if s.b.opt.Simplify && s.independent(p, u) {
		return s.search(p, u+1, true)
	}
	pieces := s.possible(u)
	for k := len(pieces) - 1; k >= 0; k-- {
		if more, err := s.search(s.piece(p, u, pieces[k]), u+1, false); err != nil || !more {
			return more, err
		}
	}
	return true, nil
}

// independent reports whether no row of p has a coefficient for y_u.
func (s *split) independent(p set.Polyhedron, u int) bool {
	return !slices.ContainsFunc(p.Rows, func(h set.HalfSpace) bool { return h.Normal[s.y+u] != 0 })
}

// possible are the pieces that the bounds leave unit u, ascending.
func (s *split) possible(u int) []int {
	var pieces []int
	for k := range s.op.Pieces() {
		if s.input != nil && pieceDomain(s.op, k).Intersect(s.input.Interval(u)).Empty() {
			continue
		}
		pieces = append(pieces, k)
	}
	return pieces
}

// piece is the part of p in which unit u is on piece k, written in z_u.
func (s *split) piece(p set.Polyhedron, u, k int) set.Polyhedron {
	z, y := s.z+u, s.y+u
	slope, offset := s.op.Slope[k], s.op.Offset[k]
	q := set.Polyhedron{Dim: p.Dim, Rows: make([]set.HalfSpace, len(p.Rows), len(p.Rows)+2)}
	for r, h := range p.Rows {
		if c := h.Normal[y]; c != 0 && (z != y || slope != 1 || offset != 0) {
			h.Normal = slices.Clone(h.Normal)
			h.Normal[y] = 0
			h.Normal[z] += float64(c * slope)
			h.Offset -= float64(c * offset)
		}
		q.Rows[r] = h
	}
	d, known := pieceDomain(s.op, k), set.Line()
	if s.input != nil {
		known = s.input.Interval(u)
	}
	if d.Lo > known.Lo {
		q.Rows = append(q.Rows, side(s.dim, z, -1, -d.Lo, false))
	}
	if d.Hi < known.Hi || d.Hi == known.Hi && k < len(s.op.Breaks) && s.op.Jumps(k) {
		q.Rows = append(q.Rows, side(s.dim, z, 1, d.Hi, s.op.Jumps(k)))
	}
	return q
}

// side is {sign x_j <= offset}.
func side(dim, j int, sign, offset float64, strict bool) set.HalfSpace {
	h := set.HalfSpace{Normal: make([]float64, dim), Offset: offset, Strict: strict}
	h.Normal[j] = sign
	return h
}

// cut drops the columns of y where they are not those of z; they are zero.
func (s *split) cut(p set.Polyhedron) set.Polyhedron {
	if s.dim == s.keep {
		return p
	}
	p.Dim = s.keep
	p.Rows = slices.Clone(p.Rows)
	for r := range p.Rows {
		p.Rows[r].Normal = p.Rows[r].Normal[:s.keep:s.keep]
	}
	return p
}
