package preimage

import (
	"context"
	"errors"
	"math"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/set"
)

// bound finds the polyhedra of boxes, in parallel, until the context ends.
func (a *approximator) bound(ctx context.Context, ps []*part) error {
	errs := make([]error, len(ps))
	parallel.Jobs(len(ps), len(a.bounders), func(w, k int) {
		if ctx.Err() == nil {
			errs[k] = a.boundOne(ctx, a.bounders[w], ps[k])
		}
	})
	if ctx.Err() != nil {
		return nil // the caller looks at ctx, too
	}
	return errors.Join(errs...)
}

func (a *approximator) boundOne(ctx context.Context, b *bounder, p *part) error {
	if err := b.on(ctx, p.box); err != nil {
		return err
	}
	clear(b.blame)
	var kept []member
	for _, m := range p.members {
		meets, whole := a.boundMember(b, &m)
		if whole {
			p.whole, p.members = true, []member{m}
			break
		}
		if meets {
			kept = append(kept, m)
		}
	}
	if !p.whole {
		p.members = kept
	}
	p.axis = a.longest(p.box, b.blame)
	if ctx.Err() != nil { // in the midst of a member
		return context.Cause(ctx)
	}
	return a.sample(ctx, p)
}

// longest is the input along which a box is halved: the one to blame most for the
// width of the bounds, or where none is the widest, compared with the domain; -1
// where no input can be halved.
func (a *approximator) longest(box set.Box, blame []float64) int {
	axis, best, widest := -1, 0.0, 0.0
	middle := box.Center()
	for j, s := range blame {
		if middle[j] <= box.Lo[j] || middle[j] >= box.Hi[j] {
			continue
		}
		width := (box.Hi[j] - box.Lo[j]) / (a.domain.Hi[j] - a.domain.Lo[j])
		if s > best || s == best && width > widest {
			axis, best, widest = j, s, width
		}
	}
	return axis
}

// rowMost is the most that sign (a . y) reaches on a box, rounded up where it has to be:
// where outputs are constant it is exact, which pulled bounds are not.
func rowMost(a []float64, box set.Box, sign float64) float64 {
	s := 0.0
	for j, v := range a {
		v = float64(v * sign)
		y := box.Hi[j]
		if v < 0 {
			y = box.Lo[j]
		}
		if v == 0 || y == 0 {
			continue
		}
		p := float64(v * y)
		if math.Abs(p) < 0x1p-960 || math.FMA(v, y, -p) != 0 {
			p = math.Nextafter(p, math.Inf(1))
		}
		t := s + p
		if z := t - s; (s-(t-z))+(p-z) != 0 {
			t = math.Nextafter(t, math.Inf(1))
		}
		s = t
	}
	return s
}

// boundMember finds the polyhedra of a member on the current box.
func (a *approximator) boundMember(b *bounder, m *member) (meets, whole bool) {
	rows := a.target[m.index].Rows
	n := len(rows)
	start := b.start(2*n, a.net.OutDim())
	for r, h := range rows {
		copy(start.Row(r), h.Normal)
		for j, v := range h.Normal {
			start.Row(n + r)[j] = -v
		}
	}
	bounds := b.pullOutputs(start)
	m.under, m.over = nil, nil
	for r, h := range rows {
		upper, lower := bounds.slope.Row(r), bounds.slope.Row(n+r)
		outputs := b.values[len(b.values)-1]
		most := min(b.most(bounds, r), rowMost(h.Normal, outputs, 1))
		least := max(-b.most(bounds, n+r), -rowMost(h.Normal, outputs, -1))
		if least > h.Offset || h.Strict && least >= h.Offset {
			return false, false
		}
		if most < h.Offset || !h.Strict && most <= h.Offset {
			continue
		}
		// upper . x + c <= offset implies the row; it implies
		// -(lower . x + c) <= offset.
		m.under = append(m.under, set.HalfSpace{
			Normal: append([]float64{}, upper...), Strict: h.Strict,
			Offset: math.Nextafter(h.Offset-bounds.offset[r], math.Inf(-1)),
		})
		over := set.HalfSpace{
			Normal: make([]float64, len(lower)), Strict: h.Strict,
			Offset: math.Nextafter(h.Offset+bounds.offset[n+r], math.Inf(1)),
		}
		for j, v := range lower {
			over.Normal[j] = -v
		}
		m.over = append(m.over, over)
	}
	return true, len(m.under) == 0
}
