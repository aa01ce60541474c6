package tree

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/volume"
)

// State is the current cell of a split tree, and the cells put off. After an error of
// one of its methods it is of no further use. It belongs to
// one goroutine.
type State struct {
	c      *compiled
	lo, hi []float64 // the box of the variables
	rows   []form    // half-spaces row(x) <= 0 that contain the cell
	splits []Side    // of the rows after those of the cuts
	units  []unit
	open   []bool // the terms of the target that the cell may meet
	closed int
	left   bool // the current cell has been left
	halved int  // how often the current cell has been halved

	// bands are by channel and node, up to fresh those of the current cell. Those
	// up to frozen stay what they are in all parts of the cell: the pieces that
	// they depend on are known.
	bands         [2][]*band
	goal          *band
	aim           bool      // goal is of the bands at hand
	back          *backward // what substitution needs; nil if it is not possible
	fresh, frozen int

	exact exactForms
	meter volume.Meter

	stack     []frame
	saved     []float64 // boxes of the cells put off
	trail     []change  // units as they were, to go back
	dropped   []int     // terms closed, in order
	form      form
	low, high []float64 // see reach
	size      []float64
	// reached is one more than the node for whose input low and high stand, on the box at
	// hand; 0 if they stand for none.
	reached int
}

// unit is what is known of a unit on the cell: which pieces can execute, and a
// range that its function is applied to.
type unit struct {
	from, to    int
	floor, ceil float64
}

type change struct {
	index int
	was   unit
}

// frame is a cell put off: a part of a split.
type frame struct {
	rows, trail, dropped, saved, frozen, halved int
	// half is the part of a halving; otherwise it is a side of a split, which row contains.
	half *half
	side Side
	row  form
}

// New returns the state of the whole domain. It fails if the network is not
// piecewise affine or too large, or the domain is unbounded. Once the context is done,
// what it and the state's methods have begun fails with its cause.
func New(ctx context.Context, p *Problem) (*State, error) {
	c, err := compile(ctx, p)
	if err != nil {
		return nil, err
	}
	s := &State{c: c, lo: slices.Clone(c.lo), hi: slices.Clone(c.hi)}
	for range p.Terms {
		s.open = append(s.open, true)
	}
	for _, i := range c.nodeOf {
		op := c.net.Nodes[i].Op.(*nn.Piecewise)
		s.units = append(s.units, unit{0, op.Pieces() - 1, math.Inf(-1), math.Inf(1)})
	}
	forms := 1 + len(c.vars)
	numbers := 0
	for i := range c.net.Nodes {
		if numbers += 2 * forms * c.net.Dim(i); numbers > maxEntries {
			return nil, errors.New("the network is too large for a certificate of a split tree: bounds in that many inputs would exceed 0.5 GiB")
		}
	}
	for i := range c.net.Nodes {
		b := newBand(forms, c.net.Dim(i))
		s.bands[nn.ActivationChannel] = append(s.bands[nn.ActivationChannel], b)
		if c.decoupled {
			b = newBand(forms, c.net.Dim(i))
		}
		s.bands[nn.ValueChannel] = append(s.bands[nn.ValueChannel], b)
	}
	s.goal = newBand(forms, len(c.goal.bias))
	s.back = newBackward(c)
	for j, lo := range p.Lo {
		if lo > p.Hi[j] {
			s.closeAll()
		}
	}
	for _, h := range p.Cuts {
		s.cut(h.Normal, h.Offset)
	}
	return s, nil
}

// cut adds a half-space of the inputs.
func (s *State) cut(normal []float64, offset float64) {
	row := form{terms: make([]float64, 1+len(s.c.vars)), size: math.Abs(offset)}
	row.terms[0] = -offset
	v, slack := 0, 0.0
	for j, a := range normal {
		if v < len(s.c.vars) && s.c.vars[v] == j {
			row.terms[1+v] = a
			row.size += float64(math.Abs(a) * s.c.sizes.most[1+v])
			v++
			continue
		}
		mid, radius := s.c.input.centre.Row(0)[j], s.c.input.radius.Row(0)[j]
		row.terms[0] += float64(a * mid)
		row.size += math.Abs(a*mid) + float64(negligible*math.Abs(mid))
		slack += float64(math.Abs(a) * radius)
	}
	row.size += float64(negligible * s.c.sizes.inputs)
	row.terms[0] -= float64(slack*(1+float64(float64(len(normal)+8)*roundoff))) + float64(float64(len(normal)+8)*roundoff*row.size)
	s.rows = append(s.rows, halfSpaceOf(row))
}

// Finished reports whether every cell has been left when it was done, by this state or one
// that was detached: then all of the domain is accounted for.
func (s *State) Finished() bool { return s.c.cells.Load() == 0 }

// cuts is the number of half-spaces of the input set.
func (s *State) cuts() int { return s.c.cuts }

// Done reports whether every term of the target is out of the cell's reach.
func (s *State) Done() bool { return s.closed == len(s.open) }

// closeAll notes that the cell is empty.
func (s *State) closeAll() {
	for t := range s.open {
		s.close(t)
	}
}

func (s *State) close(term int) {
	if s.open[term] {
		s.open[term] = false
		s.closed++
		s.dropped = append(s.dropped, term)
	}
}

// set changes what is known of a unit.
func (s *State) set(i int, u unit) {
	s.trail = append(s.trail, change{i, s.units[i]})
	s.units[i] = u
}

// Split divides the cell where unit i's function has its breakpoint level, counted
// from 0. The current cell becomes the lower part; the upper one is put off.
func (s *State) Split(i, level int) error { return s.divide(Side{Unit: i, Level: level}) }

// SplitUpper is like [State.Split], but the upper part becomes the current cell. It is for
// those who look for a proof, the steps of which have the lower part first.
func (s *State) SplitUpper(i, level int) error {
	return s.divide(Side{Unit: i, Level: level, Upper: true})
}

// divide divides the cell; the side given becomes the one at hand.
func (s *State) divide(at Side) error {
	i, level := at.Unit, at.Level
	if i < 0 || i >= len(s.units) {
		return fmt.Errorf("unit %d of %d is split", i, len(s.units))
	}
	node := s.c.nodeOf[i]
	op := s.c.net.Nodes[node].Op.(*nn.Piecewise)
	if level < 0 || level >= len(op.Breaks) {
		return fmt.Errorf("unit %d is split at breakpoint %d of %d", i, level, len(op.Breaks))
	}
	if len(s.stack) >= maxDepth {
		return fmt.Errorf("more than %d cells are put off", maxDepth)
	}
	in, k, err := s.enclose(i)
	if err != nil {
		return err
	}
	value := op.Breaks[level]
	// Below: centre - radius <= value; above: value <= centre + radius.
	here, other := s.halfSpace(in, k, 1, -value), s.halfSpace(in, k, -1, value)
	if at.Upper {
		here, other = other, here
	}
	s.putOff(frame{side: Side{i, level, !at.Upper}, row: other})
	s.enter(at, here)
	return nil
}

// putOff puts a part of the current cell off.
func (s *State) putOff(f frame) {
	s.saved = append(append(s.saved, s.lo...), s.hi...)
	f.rows, f.trail, f.dropped, f.saved, f.frozen, f.halved = len(s.rows), len(s.trail), len(s.dropped), len(s.saved), s.frozen, s.halved
	s.stack = append(s.stack, f)
	s.c.cells.Add(1)
}

// enter makes the current cell its part on a side of a split, which a half-space contains.
func (s *State) enter(at Side, row form) {
	s.rows, s.splits = append(s.rows, row), append(s.splits, at)
	value := s.c.net.Nodes[s.c.nodeOf[at.Unit]].Op.(*nn.Piecewise).Breaks[at.Level]
	u := s.units[at.Unit]
	if at.Upper {
		u.from, u.floor = max(u.from, at.Level+1), max(u.floor, value)
	} else {
		u.to, u.ceil = min(u.to, at.Level), min(u.ceil, value)
	}
	s.set(at.Unit, u)
	s.fresh = s.frozen
}

const maxDepth = 1 << 14

// halfSpace is the form sign value - radius + constant, which is at most 0 where
// sign value + constant is.
func (s *State) halfSpace(in *band, k int, sign, constant float64) form {
	var row form
	in.side(&row, k, sign, s.c.sizes)
	row.size += math.Abs(constant)
	row.terms[0] += constant
	row.terms[0] -= float64(4*roundoff*row.size) + float64(tiny*s.c.sizes.inputs)
	return halfSpaceOf(row)
}

// Next leaves the current cell, which must be done, for the one put off last. It
// returns false if there is none.
func (s *State) Next() bool {
	if s.Done() && !s.left {
		s.c.cells.Add(-1)
	}
	if s.left = len(s.stack) == 0; s.left {
		return false
	}
	f := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	for len(s.trail) > f.trail {
		c := s.trail[len(s.trail)-1]
		s.units[c.index] = c.was
		s.trail = s.trail[:len(s.trail)-1]
	}
	for _, t := range s.dropped[f.dropped:] {
		s.open[t] = true
		s.closed--
	}
	s.dropped = s.dropped[:f.dropped]
	d := len(s.lo)
	box := s.saved[f.saved-2*d : f.saved]
	copy(s.lo, box[:d])
	copy(s.hi, box[d:])
	s.reached = 0
	s.saved = s.saved[:f.saved-2*d]
	s.rows, s.splits = s.rows[:f.rows], s.splits[:f.rows-s.cuts()]
	s.frozen, s.halved = f.frozen, f.halved
	if f.half != nil {
		s.enterHalf(*f.half)
	} else {
		s.enter(f.side, f.row)
	}
	return true
}
