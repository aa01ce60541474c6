package tree

import (
	"context"
	"slices"
)

// Detach takes the cell put off last away from s and returns a state that has it at
// hand, and nothing put off. It returns nil if there is none. The two states share
// nothing that changes. The work on it ends with the context.
func (s *State) Detach(ctx context.Context) *State {
	if len(s.stack) == 0 {
		return nil
	}
	n := len(s.stack) - 1
	c := &State{
		c: s.c.own(ctx), lo: slices.Clone(s.lo), hi: slices.Clone(s.hi), rows: slices.Clone(s.rows), splits: slices.Clone(s.splits),
		units: slices.Clone(s.units), open: slices.Clone(s.open), closed: s.closed,
		fresh: s.fresh, frozen: s.frozen, aim: s.aim, halved: s.halved, back: s.back.clone(),
		stack: slices.Clone(s.stack[n:]), saved: slices.Clone(s.saved),
		trail: slices.Clone(s.trail), dropped: slices.Clone(s.dropped),
		left: true, // that at hand is of s
	}
	for ch := range s.bands {
		for i, b := range s.bands[ch] {
			switch {
			case ch > 0 && b == s.bands[0][i]:
				b = c.bands[0][i]
			case i < s.stack[n].frozen:
				b = b.clone()
			default:
				b = newBand(b.centre.Rows, b.centre.Cols)
			}
			c.bands[ch] = append(c.bands[ch], b)
		}
	}
	c.goal = s.goal.clone()
	c.Next()
	s.stack = s.stack[:n]
	s.saved = s.saved[:len(s.saved)-2*len(s.lo)]
	return c
}

// own is a copy with scratch memory of its own.
func (c *compiled) own(ctx context.Context) *compiled {
	d := *c
	d.sizes = &sizes{most: c.sizes.most, inputs: c.sizes.inputs}
	d.watch = &watch{ctx: ctx}
	return &d
}

func (b *band) clone() *band {
	c := newBand(b.centre.Rows, b.centre.Cols)
	copy(c.centre.Data, b.centre.Data)
	copy(c.radius.Data, b.radius.Data)
	return c
}
