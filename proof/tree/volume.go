package tree

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/volume"
)

// Precise is how wide an enclosure of a volume may be, in units of it, so that nothing more
// exact is tried.
const Precise = 4e-7

// Volume encloses the volume of the part of the current cell that lies in the columns, as a
// share of the box of the inputs that vary, of which there is one at least. It is [0, 1] where
// nothing is found. What differs by no more than negligible is not computed more exactly. The
// pieces of all units must be known, those of the last activation node that is split and of
// the nodes behind it aside where there are no columns.
//
// The pieces known, a cell is given by half-spaces of the inputs, up to a set without an
// interior. Either all of them are taken: of each unit of the nodes before, and each split of
// the last node. Node by node, the values of the units are then the exact affine functions
// that bands enclose, and each of them has the piece that it has on the cell, also where the
// network jumps. Or, where it does not jump, the half-spaces of the splits alone are taken,
// and a point in their interior is shown to lie in the cell. On the way from that to another
// point in their interior the values of the units that are split are, in the cell, those
// affine functions, which stay on their sides, and so by continuity nothing leaves the cell.
func (s *State) Volume(columns []Column, negligible float64) (volume.Interval, error) {
	best, found := volume.Interval{Lo: 1, Hi: 1}, false
	if s.halved > 0 {
		return best, errHalved
	}
	if len(s.splits)+len(columns)+len(s.c.problem.Cuts) == 0 {
		return best, nil
	}
	best.Lo = 0
	enough := func(i volume.Interval, ok bool) bool {
		if ok {
			best, found = volume.Interval{Lo: max(best.Lo, i.Lo), Hi: min(best.Hi, i.Hi)}, true
		}
		return found && best.Hi-best.Lo <= max(float64(Precise*best.Lo), negligible)
	}
	vars := s.ExactVars()
	if len(vars) == len(s.c.vars) && s.c.continuous {
		hs, err := s.halfSpaces(s.splits, columns)
		if err != nil {
			return best, err
		}
		if i, ok := s.meter.Enclose(len(vars), hs, 0); ok {
			if ok, err = s.has(s.meter.Centre(), len(columns) > 0); err != nil {
				return best, err
			}
			if ok && enough(i, ok) {
				return best, nil
			}
		}
	}
	sides, err := s.sides(len(columns) > 0)
	if err != nil {
		return best, err
	}
	if len(vars) == len(s.c.vars) {
		hs, err := s.halfSpaces(sides, columns)
		if err != nil {
			return best, err
		}
		for _, shift := range s.shifts() {
			if enough(s.meter.Enclose(len(vars), hs, shift)) {
				return best, nil
			}
		}
	}
	rows, empty, err := s.exactRows(sides, columns)
	switch {
	case err != nil:
		return best, nil // what there is
	case empty:
		return volume.Interval{}, nil
	}
	if s.Units() > fewUnits {
		hs := rounded(rows)
		for _, shift := range s.shifts() {
			if enough(s.meter.Enclose(len(vars), hs, shift)) {
				return best, nil
			}
		}
	}
	v, err := volume.Exactly(len(vars), rows, func() error { return s.c.watch.after(watchEvery) })
	if err != nil {
		return best, err
	}
	return v, nil
}

// fewUnits is the number of units up to which volumes are computed exactly at once where
// float64 does not tell.
const fewUnits = 100

// shifts are how far half-spaces are moved, one after the other, where more facets meet in a
// point, or nearly so, than there are dimensions.
func (s *State) shifts() []float64 {
	if s.Units() <= fewUnits {
		return []float64{0}
	}
	return []float64{0, 0x1p-44, 0x1p-40, 0x1p-36}
}

// last is the last activation node that is split, or -1.
func (s *State) last() int {
	last := -1
	for _, t := range s.splits {
		last = max(last, s.c.nodeOf[t.Unit])
	}
	return last
}

// has reports whether a point of the cube is certainly one of the current cell and an interior
// one of the half-spaces of its splits. Units behind those that are split are looked at with
// all only.
func (s *State) has(t []float64, all bool) (bool, error) {
	x, last := make([]float64, len(t)), s.last()
	for k, v := range t {
		x[k] = s.c.lo[k] + float64(v*(s.c.hi[k]-s.c.lo[k]))
	}
	return s.contains(x, func(node int) bool { return all || node <= last })
}

// sides are the sides of breakpoints that all pieces known of units are between: of all
// nodes, or of those before the last one that is split, and the splits of that.
func (s *State) sides(all bool) ([]Side, error) {
	last := s.last()
	sides := append([]Side(nil), s.splits...)
	split := make(map[Side]bool, len(sides))
	for _, t := range sides {
		split[t] = true
	}
	for i := 0; i < len(s.units); {
		node := s.c.nodeOf[i]
		if !all && node >= last {
			break
		}
		in, _, err := s.enclose(i)
		if err != nil {
			return nil, err
		}
		op := s.c.net.Nodes[node].Op.(*nn.Piecewise)
		s.reach(node, in)
		from, to := s.c.net.Units(node)
		for ; i < to; i++ {
			p := s.span(i-from, i, op)
			if p.From != p.To {
				return nil, fmt.Errorf("the volume of a cell on which unit %d may execute several pieces", i)
			}
			if t := (Side{Unit: i, Level: p.From - 1, Upper: true}); p.From > 0 && !split[t] {
				sides = append(sides, t)
			}
			if t := (Side{Unit: i, Level: p.From}); p.From < len(op.Breaks) && !split[t] {
				sides = append(sides, t)
			}
		}
	}
	return sides, nil
}

// halfSpaces are the cuts, the sides and the columns as half-spaces of the unit cube.
func (s *State) halfSpaces(sides []Side, columns []Column) ([]volume.HalfSpace, error) {
	var hs []volume.HalfSpace
	if cuts := s.c.problem.Cuts; len(cuts) > 0 {
		for _, h := range cuts {
			hs = append(hs, s.cutOfCube(h.Normal, h.Offset))
		}
	}
	for _, t := range sides {
		in, k, err := s.enclose(t.Unit)
		if err != nil {
			return nil, err
		}
		sign := 1.0
		if t.Upper {
			sign = -1
		}
		hs = append(hs, s.halfOfCube(in, k, sign, -float64(sign*s.Level(t.Unit, t.Level))))
	}
	if len(columns) > 0 {
		if err := s.aimed(); err != nil {
			return nil, err
		}
	}
	for _, c := range columns {
		hs = append(hs, s.halfOfCube(s.goal, s.c.first[c.Term]+c.Index, c.sign(), 0))
	}
	return hs, nil
}

// halfOfCube is where sign times number i of a band and a constant are at most 0, in the
// coordinates t of the cube, x = lo + (hi - lo) t.
func (s *State) halfOfCube(b *band, i int, sign, constant float64) volume.HalfSpace {
	h := volume.HalfSpace{Terms: make([]float64, len(s.c.sizes.most))}
	h.Terms[0] = constant
	size := math.Abs(constant) + s.c.sizes.lost()
	for k, m := range s.c.sizes.most {
		j := k*b.centre.Stride + i
		c, r := b.centre.Data[j], b.radius.Data[j]
		size += float64(m * (math.Abs(c) + math.Abs(r)))
		h.Radius += float64(m * math.Abs(r))
		if c = float64(c * sign); k == 0 {
			h.Terms[0] += c
			continue
		}
		lo, hi := s.c.lo[k-1], s.c.hi[k-1]
		h.Terms[0] += float64(c * lo)
		h.Terms[k] = float64(c * (hi - lo))
	}
	// Each term of the constant, and each coefficient, is rounded a few times.
	n := float64(2*len(h.Terms) + 8)
	h.Radius += float64(n*roundoff*size) + float64(n*tiny*s.c.sizes.inputs)
	return h
}

// cutOfCube is the same of a half-space of the inputs.
func (s *State) cutOfCube(normal []float64, offset float64) volume.HalfSpace {
	h := volume.HalfSpace{Terms: make([]float64, len(s.c.sizes.most))}
	h.Terms[0] = -offset
	size, v := math.Abs(offset)+s.c.sizes.lost(), 0
	for j, a := range normal {
		lo, hi := s.c.problem.Lo[j], s.c.problem.Hi[j]
		size += float64(math.Abs(a) * max(math.Abs(lo), math.Abs(hi)))
		h.Terms[0] += float64(a * lo)
		if v < len(s.c.vars) && s.c.vars[v] == j {
			v++
			h.Terms[v] = float64(a * (hi - lo))
		}
	}
	n := float64(2*len(normal) + 8)
	h.Radius = float64(n*roundoff*size) + float64(n*tiny*s.c.sizes.inputs)
	return h
}

// exactRows are the same half-spaces exactly, but for those that are all of the space; empty
// tells that one has no point.
func (s *State) exactRows(sides []Side, columns []Column) (ofCube [][]*big.Int, empty bool, err error) {
	var rows []ExactRow
	if len(s.c.problem.Cuts) > 0 {
		in, err := s.forms(nn.Input, nn.ActivationChannel)
		if err != nil {
			return nil, false, err
		}
		if rows, err = cutRows(in, s.c.problem.Cuts); err != nil {
			return nil, false, err
		}
	}
	for _, t := range sides {
		row, err := s.ExactSide(t.Unit, t.Level, t.Upper)
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, row)
	}
	for _, c := range columns {
		row, err := s.ExactColumn(c)
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, row)
	}
	var ends []float64
	for j, lo := range s.c.problem.Lo {
		if !s.c.fixed(j) {
			ends = append(ends, lo, s.c.problem.Hi[j])
		}
	}
	e := lowest(ends)
	var p big.Int
	for _, r := range rows {
		if !slices.ContainsFunc(r.Terms[1:], func(v *big.Int) bool { return v.Sign() != 0 }) {
			if r.Terms[0].Sign() > 0 || r.Terms[0].Sign() == 0 && r.Strict {
				return nil, true, nil
			}
			continue
		}
		terms := []*big.Int{new(big.Int).Lsh(r.Terms[0], uint(-e))}
		for k, a := range r.Terms[1:] {
			lo, hi := integer(ends[2*k], e), integer(ends[2*k+1], e)
			terms[0].Add(terms[0], p.Mul(a, lo))
			terms = append(terms, new(big.Int).Mul(a, hi.Sub(hi, lo)))
		}
		ofCube = append(ofCube, terms)
	}
	return ofCube, false, nil
}

// rounded are exact half-spaces of the cube in float64.
func rounded(rows [][]*big.Int) []volume.HalfSpace {
	var hs []volume.HalfSpace
	for _, row := range rows {
		largest := 0
		for _, v := range row {
			largest = max(largest, v.BitLen())
		}
		h := volume.HalfSpace{Radius: tiny}
		for _, v := range row {
			f, _ := new(big.Float).SetMantExp(new(big.Float).SetPrec(53).SetInt(v), -largest).Float64()
			h.Terms = append(h.Terms, f)
			h.Radius += float64(roundoff * math.Abs(f))
		}
		hs = append(hs, h)
	}
	return hs
}
