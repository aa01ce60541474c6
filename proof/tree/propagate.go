package tree

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
)

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
		s.aim = false
		if s.reached != i+1 {
			s.reached = 0 // band i may be what they were computed from
		}
		settled := s.frozen == i
		for ch := range s.bands {
			if nn.Channel(ch) == nn.ValueChannel && !s.c.decoupled {
				break
			}
			if a := s.c.ops[ch][i]; a != nil {
				if err := a.forward(s.c.watch, s.bands[ch][i], s.gather(ch, a.in), s.c.sizes, s.magnitudes(i)); err != nil {
					return fmt.Errorf("node %d (%s %q): %w", i, s.c.net.Nodes[i].Op.Kind(), s.c.net.Nodes[i].Name, err)
				}
				continue
			}
			if ch == int(nn.ActivationChannel) {
				known, err := s.activate(i)
				if err != nil {
					return fmt.Errorf("node %d (%s %q): %w", i, s.c.net.Nodes[i].Op.Kind(), s.c.net.Nodes[i].Name, err)
				}
				settled = known && settled
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
func (s *State) activate(i int) (bool, error) {
	node := &s.c.net.Nodes[i]
	op := node.Op.(*nn.Piecewise)
	in := s.gather(int(nn.ActivationChannel), node.Inputs)
	out := s.bands[nn.ActivationChannel][i]
	var value, valueOut *band
	if s.c.decoupled {
		value, valueOut = s.gather(int(nn.ValueChannel), node.Inputs), s.bands[nn.ValueChannel][i]
	}
	first, end := s.c.net.Units(i)
	if err := s.c.watch.after(8 * in.centre.Rows * in.centre.Cols); err != nil {
		return false, err
	}
	s.reach(i, in)
	known := true
	between := s.linesOf(i)
	for k := range end - first {
		p := s.span(k, first+k, op)
		if p.From == p.To {
			between.piece(k, op.Slope[p.From], op.Offset[p.From])
			piece(out, in, k, op.Slope[p.From], op.Offset[p.From], s.size[k], s.c.sizes)
			if value != nil {
				piece(valueOut, value, k, op.Slope[p.From], op.Offset[p.From], s.c.sizes.at(value, k), s.c.sizes)
			}
			continue
		}
		known = false
		lower, upper := relax(op, p.From, p.To, p.Lo, p.Hi)
		between.set(k, lower, upper)
		bend(out, in, k, lower, upper, s.size[k], s.c.sizes)
		if value != nil {
			if err := s.jump(valueOut, value, k, op, p.From, p.To); err != nil {
				return false, err
			}
		}
	}
	between.sized(s.size)
	if !out.finite() || valueOut != nil && !valueOut.finite() {
		return false, errDomain
	}
	return known, nil
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
		return Span{known.from, known.to, lo, hi} // empty
	}
	// Pieces that contradict the splits cannot execute: the cell is then empty, and
	// may be enclosed by anything.
	from := min(max(pieceAt(op.Breaks, lo), known.from), known.to)
	return Span{from, max(min(pieceAt(op.Breaks, hi), known.to), from), lo, hi}
}

// pieceAt is the number of the piece at z, at a breakpoint the upper one.
func pieceAt(breaks []float64, z float64) int {
	k := 0
	for k < len(breaks) && z >= breaks[k] {
		k++
	}
	return k
}

// reach bounds all numbers of the band that activation node i is applied to on the box,
// into s.low and s.high: by -Inf and +Inf where a bound is not finite. A variable's range
// is written as middle +- half, rounded outward. What [sizes.of] says of the band is then
// in s.size. It does nothing where all that is there.
func (s *State) reach(i int, b *band) {
	if s.reached == i+1 {
		return
	}
	s.reached = i + 1
	n := b.centre.Cols
	s.low, s.high = resized(&s.low, n), resized(&s.high, n)
	s.size = resized(&s.size, n)
	low, high, sizes := s.low[:n], s.high[:n], s.size[:n]
	lost := s.c.sizes.lost()
	r := b.radius.Row(0)[:n]
	for i, c := range b.centre.Row(0)[:n] {
		low[i], high[i] = c-r[i], c+r[i]
		sizes[i] = lost + (math.Abs(c) + math.Abs(r[i]))
	}
	for k := range s.lo {
		middle := s.lo[k] + float64((s.hi[k]-s.lo[k])/2)
		half := float64(max(s.hi[k]-middle, middle-s.lo[k])*(1+2*roundoff)) + tiny
		m := s.c.sizes.most[1+k]
		r := b.radius.Row(1 + k)[:n]
		for i, c := range b.centre.Row(1 + k)[:n] {
			l, u := c-r[i], c+r[i]
			low[i] += float64(l*middle) - float64(math.Abs(l)*half)
			high[i] += float64(u*middle) + float64(math.Abs(u)*half)
			sizes[i] += float64(m * (math.Abs(c) + math.Abs(r[i])))
		}
	}
	n2 := float64(2*len(s.lo) + 8)
	relative, under := float64(n2*roundoff), float64(n2*tiny*s.c.sizes.inputs)
	for i, size := range sizes {
		e := float64(relative*size) + under
		low[i] -= e
		high[i] += e
		if !finite(low[i]) || !finite(high[i]) {
			low[i], high[i] = math.Inf(-1), math.Inf(1)
		}
	}
}

// jump sends number k of a band of the value channel through whichever of the pieces
// executes.
func (s *State) jump(out, in *band, k int, op *nn.Piecewise, from, to int) error {
	in.side(&s.form, k, 1, s.c.sizes)
	lo, err := s.least(&s.form, 0)
	if err != nil {
		return errDomain
	}
	in.side(&s.form, k, -1, s.c.sizes)
	hi, err := s.least(&s.form, 0)
	if err != nil {
		return errDomain
	}
	hi = -hi
	l, u := math.Inf(1), math.Inf(-1)
	for p := from; p <= to; p++ {
		for _, z := range [...]float64{lo, hi} {
			v := float64(op.Slope[p]*z) + op.Offset[p]
			e := float64(4*roundoff*(math.Abs(op.Slope[p]*z)+math.Abs(op.Offset[p]))) + tiny
			l, u = min(l, v-e), max(u, v+e)
		}
	}
	for r := range out.centre.Rows {
		out.centre.Row(r)[k], out.radius.Row(r)[k] = 0, 0
	}
	out.centre.Row(0)[k] = float64(l/2) + float64(u/2)
	out.radius.Row(0)[k] = (float64(u/2) - float64(l/2)) + float64(4*roundoff*(math.Abs(l)+math.Abs(u))) + tiny
	return nil
}
