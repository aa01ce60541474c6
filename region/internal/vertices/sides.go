package vertices

import (
	"math/bits"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/layers"
)

// Sides are, of a cell at a stage, the thresholds that may still split it, and those of the others
// that it lies above; one bit a threshold.
type Sides struct{ Open, Upper []uint64 }

// Reset makes all thresholds of a stage open.
func (s *Sides) Reset(words int) {
	s.Open, s.Upper = s.Open[:0], s.Upper[:0]
	for range words {
		s.Open, s.Upper = append(s.Open, ^uint64(0)), append(s.Upper, 0)
	}
}

// Set makes s those that [Sides.AppendTo] appended.
func (s *Sides) Set(words []uint64) {
	n := len(words) / 2
	s.Open, s.Upper = append(s.Open[:0], words[:n]...), append(s.Upper[:0], words[n:]...)
}

// AppendTo appends the words of Open and then those of Upper.
func (s *Sides) AppendTo(words []uint64) []uint64 {
	return append(append(words, s.Open...), s.Upper...)
}

// SidesIn are those that [Sides.AppendTo] appended, without copying them.
func SidesIn(words []uint64) Sides {
	n := len(words) / 2
	return Sides{words[:n], words[n:]}
}

// First is the first threshold that may split the cell, or -1.
func (s *Sides) First() int {
	for w, x := range s.Open {
		if x != 0 {
			return w*64 + bits.TrailingZeros64(x)
		}
	}
	return -1
}

// Narrow fixes the thresholds that the vertices of the cell do not straddle.
func (s *Sides) Narrow(t *Table, stage int, verts []int32) {
	signs := &t.Signs[stage]
	if len(s.Open) == 1 {
		var above, below uint64
		for _, v := range verts {
			above |= signs.Data[2*v]
			below |= signs.Data[2*v+1]
		}
		s.fix(0, above, below)
		return
	}
	for w := range s.Open {
		var above, below uint64
		for _, v := range verts {
			row := signs.Row(int(v))
			above |= row[w]
			below |= row[len(s.Open)+w]
		}
		s.fix(w, above, below)
	}
}

// fix is Narrow for one word, given which thresholds some vertex lies above and
// below.
func (s *Sides) fix(w int, above, below uint64) {
	fixed := s.Open[w] &^ (above & below)
	// The tie rule: above, unless a vertex lies below.
	s.Upper[w] = s.Upper[w]&^fixed | fixed&^below
	s.Open[w] &^= fixed
}

// Decide notes that a cell lies on one side of a threshold. Below, it lies below
// the unit's higher thresholds as well, which rounding errors could deny.
func (s *Sides) Decide(st *layers.Stage, threshold int, above bool) {
	end := threshold + 1
	if !above {
		end = (threshold/st.Breaks + 1) * st.Breaks
	}
	for t := threshold; t < end; t++ {
		s.Open[t/64] &^= 1 << (t & 63)
		s.Upper[t/64] &^= 1 << (t & 63)
	}
	if above {
		s.Upper[threshold/64] |= 1 << (threshold & 63)
	}
}

// Settled is what is known of a cell as far as its stages are settled: its pattern, and the units
// that vanish, whose value is within the tolerance of a breakpoint throughout, ascending; those of a
// stage from ZeroFrom on.
type Settled struct {
	Pattern  nn.Pattern
	Zero     []int32
	ZeroFrom []int
}

// NewSettled has room for the patterns of a network.
func NewSettled(net *layers.Network) Settled {
	return Settled{Pattern: make(nn.Pattern, net.Net.PatternLen()), ZeroFrom: make([]int, len(net.Stages)+1)}
}

// Settle ends a stage with sides none of which is open: the pieces of its units are how many of
// their thresholds the cell lies above. A part that was cut off below a threshold and then cut down
// to the tolerance stays what it is.
func (o *Settled) Settle(t *Table, stage int, sides *Sides, verts []int32) {
	o.ZeroFrom[stage+1] = o.ZeroFrom[stage]
	o.Zero = o.Zero[:o.ZeroFrom[stage]]
	st := &t.net.Stages[stage]
	o.pieces(st, sides.Upper)
	for w, upper := range sides.Upper {
		var off uint64
		for _, v := range verts {
			above, below := t.Sign(stage, int(v))
			off |= above[w] | below[w]
		}
		if n := st.Thresholds; w == st.Words-1 && n%64 != 0 {
			off |= ^uint64(0) << (n % 64)
		}
		if zero := upper &^ off; zero != 0 {
			o.vanish(st, stage, w, zero)
		}
	}
}

func (o *Settled) pieces(st *layers.Stage, upper []uint64) {
	pieces := o.Pattern[st.Unit0 : st.Unit0+st.Units]
	if st.Breaks == 1 {
		for _, x := range upper {
			n := min(64, len(pieces))
			for i := range pieces[:n] {
				pieces[i] = uint8(x & 1)
				x >>= 1
			}
			pieces = pieces[n:]
		}
		return
	}
	for i := range pieces {
		pieces[i] = 0
		for t := i * st.Breaks; t < (i+1)*st.Breaks; t++ {
			pieces[i] += uint8(upper[t/64] >> (t & 63) & 1)
		}
	}
}

// vanish notes thresholds of a stage, those of one word, that all vertices of the cell lie on.
func (o *Settled) vanish(st *layers.Stage, stage, word int, zero uint64) {
	for ; zero != 0; zero &= zero - 1 {
		u := int32(st.Unit0 + (word*64+bits.TrailingZeros64(zero))/st.Breaks)
		// A unit may lie on two breakpoints where they are that close.
		if n := len(o.Zero); n == o.ZeroFrom[stage] || o.Zero[n-1] != u {
			o.Zero = append(o.Zero, u)
		}
	}
	o.ZeroFrom[stage+1] = len(o.Zero)
}

// Set makes o those of the stages before one, as [Settled.Until] gave them.
func (o *Settled) Set(before Settled) {
	copy(o.Pattern, before.Pattern)
	o.Zero = append(o.Zero[:0], before.Zero...)
	copy(o.ZeroFrom, before.ZeroFrom)
}

// Until is a copy of what is known of the stages before one.
func (o *Settled) Until(net *layers.Network, stage int) Settled {
	return Settled{
		Pattern:  append(nn.Pattern(nil), net.Prefix(o.Pattern, stage)...),
		Zero:     append([]int32(nil), o.Zero[:o.ZeroFrom[stage]]...),
		ZeroFrom: append([]int(nil), o.ZeroFrom[:stage+1]...),
	}
}
