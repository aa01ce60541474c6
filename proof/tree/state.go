package tree

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
)

// State is the cell at hand of a split tree, and the cells put off. It belongs to
// one goroutine.
type State struct {
	c *compiled

	lo, hi []float64 // the box of the variables
	rows   []form    // half-spaces row(x) <= 0 that contain the cell
	units  []unit
	open   []bool // the terms of the target that the cell may meet
	closed int

	// bands are by channel and node, up to fresh those of the cell at hand. Those
	// up to frozen stay what they are in all parts of the cell: the pieces that
	// they depend on are known.
	bands         [2][]*band
	goal          *band
	fresh, frozen int

	stack     []frame
	saved     []float64 // boxes of the cells put off
	trail     []change  // units as they were, to go back
	dropped   []int     // terms closed, in order
	form      form
	low, high []float64
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

// frame is a cell put off: the upper part of a split.
type frame struct {
	rows, trail, dropped, saved, frozen int
	unit, level                         int
	row                                 form
}

// New returns the state of the whole domain. It fails where the network is not
// piecewise affine or too large, or the domain is unbounded.
func New(p *Problem) (*State, error) {
	c, err := compile(p)
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
			return nil, errors.New("the network is too large for a certificate of a split tree: bounds in so many inputs would exceed 0.5 GiB")
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
			row.size += math.Abs(a) * s.c.sizes.most[1+v]
			v++
			continue
		}
		mid, radius := s.c.input.centre.Row(0)[j], s.c.input.radius.Row(0)[j]
		row.terms[0] += a * mid
		row.size += math.Abs(a * mid)
		slack += math.Abs(a) * radius
	}
	row.terms[0] -= slack*(1+float64(len(normal)+8)*roundoff) + float64(len(normal)+8)*roundoff*row.size + tiny*float64(len(normal)+1)*s.c.sizes.inputs
	s.rows = append(s.rows, row)
}

// Done tells whether every term of the target is out of the cell's reach.
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
// from 0. The cell at hand becomes the lower part; the upper one is put off.
func (s *State) Split(i, level int) error {
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
	at := op.Breaks[level]
	// Above: level <= value <= centre + radius.
	above := s.halfSpace(in, k, -1, at)
	s.saved = append(append(s.saved, s.lo...), s.hi...)
	s.stack = append(s.stack, frame{
		rows: len(s.rows), trail: len(s.trail), dropped: len(s.dropped), saved: len(s.saved), frozen: s.frozen,
		unit: i, level: level, row: above,
	})
	s.rows = append(s.rows, s.halfSpace(in, k, 1, -at))
	u := s.units[i]
	u.to, u.ceil = min(u.to, level), min(u.ceil, at)
	s.set(i, u)
	s.fresh = s.frozen
	return nil
}

const maxDepth = 1 << 14

// halfSpace is the form sign value - radius + constant, which is at most 0 where
// sign value + constant is.
func (s *State) halfSpace(in *band, k int, sign, constant float64) form {
	var row form
	in.side(&row, k, sign, s.c.sizes)
	row.size += math.Abs(constant)
	row.terms[0] += constant
	row.terms[0] -= 4*roundoff*row.size + tiny*s.c.sizes.inputs
	return row
}

// Next leaves the cell at hand, which must be done, for the one put off last. It
// returns false where there is none.
func (s *State) Next() bool {
	if len(s.stack) == 0 {
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
	s.saved = s.saved[:f.saved-2*d]
	s.rows = append(s.rows[:f.rows], f.row)
	op := s.c.net.Nodes[s.c.nodeOf[f.unit]].Op.(*nn.Piecewise)
	u := s.units[f.unit]
	u.from, u.floor = max(u.from, f.level+1), max(u.floor, op.Breaks[f.level])
	s.set(f.unit, u)
	s.frozen = f.frozen
	s.fresh = s.frozen
	return true
}

// enclose returns the band that the function of unit i is applied to, and the
// number of the unit in it.
func (s *State) enclose(i int) (*band, int, error) {
	node := s.c.nodeOf[i]
	from, _ := s.c.net.Units(node)
	if err := s.propagate(node); err != nil {
		return nil, 0, err
	}
	in := s.c.net.Nodes[node].Inputs[0]
	if in == nn.Input {
		return s.c.input, i - from, nil
	}
	return s.bands[nn.ActivationChannel][in], i - from, nil
}

// propagate brings the bands of all nodes before the given one up to date.
func (s *State) propagate(end int) error {
	for ; s.fresh < end; s.fresh++ {
		i := s.fresh
		settled := s.frozen == i
		for ch := range s.bands {
			if nn.Channel(ch) == nn.ValueChannel && !s.c.decoupled {
				break
			}
			if a := s.c.ops[ch][i]; a != nil {
				if err := a.forward(s.bands[ch][i], s.gather(ch, a.in), s.c.sizes); err != nil {
					return fmt.Errorf("node %d (%s %q): %w", i, s.c.net.Nodes[i].Op.Kind(), s.c.net.Nodes[i].Name, err)
				}
				continue
			}
			if ch == int(nn.ActivationChannel) {
				settled = s.activate(i) && settled
			}
		}
		if settled {
			s.frozen = i + 1
		}
	}
	return nil
}

// gather is the band of the inputs of a node.
func (s *State) gather(ch int, in []int) *band {
	of := func(j int) *band {
		if j == nn.Input {
			return s.c.input
		}
		return s.bands[ch][j]
	}
	if len(in) == 1 {
		return of(in[0])
	}
	n := 0
	for _, j := range in {
		n += of(j).centre.Cols
	}
	b := newBand(1+len(s.lo), n)
	at := 0
	for _, j := range in {
		src := of(j)
		for k := range src.centre.Rows {
			copy(b.centre.Row(k)[at:], src.centre.Row(k))
			copy(b.radius.Row(k)[at:], src.radius.Row(k))
		}
		at += src.centre.Cols
	}
	return b
}

// activate sends the bands of activation node i through its function, and tells
// whether all its pieces are known.
func (s *State) activate(i int) bool {
	node := &s.c.net.Nodes[i]
	op := node.Op.(*nn.Piecewise)
	in := s.gather(int(nn.ActivationChannel), node.Inputs)
	out := s.bands[nn.ActivationChannel][i]
	var value, valueOut *band
	if s.c.decoupled {
		value, valueOut = s.gather(int(nn.ValueChannel), node.Inputs), s.bands[nn.ValueChannel][i]
	}
	first, end := s.c.net.Units(i)
	s.reach(in)
	known := true
	for k := range end - first {
		p := s.span(k, first+k, op)
		if p.From == p.To {
			piece(out, in, k, op.Slope[p.From], op.Offset[p.From], s.c.sizes)
			if value != nil {
				piece(valueOut, value, k, op.Slope[p.From], op.Offset[p.From], s.c.sizes)
			}
			continue
		}
		known = false
		lower, upper := relax(op, p.From, p.To, p.Lo, p.Hi)
		bend(out, in, k, lower, upper, s.c.sizes)
		if value != nil {
			s.jump(valueOut, value, k, op, p.From, p.To)
		}
	}
	return known
}

// Span is what is known of a unit on a cell: the pieces that may execute, both
// inclusive, and, where there is more than one, the range of the value that its function
// is applied to.
type Span struct {
	From, To int
	Lo, Hi   float64
}

// span is that of unit u, number k of the band that was last given to reach.
func (s *State) span(k, u int, op *nn.Piecewise) Span {
	known := &s.units[u]
	if known.from == known.to {
		return Span{known.from, known.to, known.floor, known.ceil}
	}
	lo, hi := max(known.floor, s.low[k]), min(known.ceil, s.high[k])
	if !(lo <= hi) {
		return Span{known.from, known.to, lo, hi} // empty, or an overflow, which the next node reports
	}
	// Pieces that contradict the splits cannot execute: the cell is then empty, and
	// may be enclosed by anything.
	from := min(max(op.Piece(lo), known.from), known.to)
	return Span{from, max(min(op.Piece(hi), known.to), from), lo, hi}
}

// reach bounds all numbers of a band on the box, into s.low and s.high. A variable's
// range is written as middle +- half, rounded outward.
func (s *State) reach(b *band) {
	n := b.centre.Cols
	s.low, s.high = resized(&s.low, n), resized(&s.high, n)
	low, high := s.low, s.high
	r := b.radius.Row(0)
	for i, c := range b.centre.Row(0) {
		low[i], high[i] = c-r[i], c+r[i]
	}
	for k := range s.lo {
		middle := s.lo[k] + (s.hi[k]-s.lo[k])/2
		half := max(s.hi[k]-middle, middle-s.lo[k])*(1+2*roundoff) + tiny
		r := b.radius.Row(1 + k)[:n]
		for i, c := range b.centre.Row(1 + k)[:n] {
			l, u := c-r[i], c+r[i]
			low[i] += l*middle - math.Abs(l)*half
			high[i] += u*middle + math.Abs(u)*half
		}
	}
	relative, under := float64(2*len(s.lo)+8)*roundoff, 4*tiny*s.c.sizes.inputs
	for i, size := range s.c.sizes.of(b) {
		e := relative*size + under
		low[i] -= e
		high[i] += e
	}
}

// jump sends number k of a band of the value channel through whichever of the pieces
// executes.
func (s *State) jump(out, in *band, k int, op *nn.Piecewise, from, to int) {
	in.side(&s.form, k, 1, s.c.sizes)
	lo := s.least(&s.form, 0)
	in.side(&s.form, k, -1, s.c.sizes)
	hi := -s.least(&s.form, 0)
	l, u := math.Inf(1), math.Inf(-1)
	for p := from; p <= to; p++ {
		for _, z := range [...]float64{lo, hi} {
			v := op.Slope[p]*z + op.Offset[p]
			e := 4*roundoff*(math.Abs(op.Slope[p]*z)+math.Abs(op.Offset[p])) + tiny
			l, u = min(l, v-e), max(u, v+e)
		}
	}
	for r := range out.centre.Rows {
		out.centre.Row(r)[k], out.radius.Row(r)[k] = 0, 0
	}
	out.centre.Row(0)[k] = l/2 + u/2
	out.radius.Row(0)[k] = (u/2 - l/2) + 4*roundoff*(math.Abs(l)+math.Abs(u)) + tiny
}

// least is a lower bound of a form on the box, given how many more terms than its
// own its numbers were summed from.
func (s *State) least(f *form, terms int) float64 {
	sum := f.terms[0]
	for k, a := range f.terms[1:] {
		if a > 0 {
			sum += a * s.lo[k]
		} else {
			sum += a * s.hi[k]
		}
	}
	return sum - (float64(len(f.terms)+terms+4)*roundoff*f.size + tiny*float64(len(f.terms)+terms)*s.c.sizes.inputs)
}
