package preimage

import (
	"context"
	"errors"
	"math"
	"sync"

	"github.com/netmend/netmend/set"
)

// bound finds the polyhedra of boxes, in parallel, until the context ends.
func (a *approximator) bound(ctx context.Context, ps []*part) error {
	errs := make([]error, len(ps))
	var wait sync.WaitGroup
	for w, b := range a.bounders {
		wait.Go(func() {
			for k := w; k < len(ps) && ctx.Err() == nil; k += len(a.bounders) {
				errs[k] = a.boundOne(b, ps[k])
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func (a *approximator) boundOne(b *bounder, p *part) error {
	if err := b.on(p.box); err != nil {
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
	return a.sample(p)
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

// boundMember finds the polyhedra of a member on the box at hand.
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
		most, least := b.most(bounds, r), -b.most(bounds, n+r)
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
