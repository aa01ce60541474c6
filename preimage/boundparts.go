package preimage

import (
	"errors"
	"math"
	"sync"

	"github.com/netmend/netmend/set"
)

// bound finds the polyhedra of boxes, in parallel.
func (a *approximator) bound(ps []*part) error {
	errs := make([]error, len(ps))
	var wait sync.WaitGroup
	for w, b := range a.bounders {
		wait.Go(func() {
			for k := w; k < len(ps); k += len(a.bounders) {
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
	weight := make([]float64, a.net.InDim())
	var kept []member
	for _, m := range p.members {
		meets, whole := a.boundMember(b, p.box, &m, weight)
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
	p.axis = -1
	best := 0.0
	for j, w := range weight {
		width := p.box.Hi[j] - p.box.Lo[j]
		middle := p.box.Center()[j]
		if s := width * w; s > best && middle > p.box.Lo[j] && middle < p.box.Hi[j] {
			best, p.axis = s, j
		}
	}
	return a.sample(p)
}

// boundMember finds the polyhedra of a member on a box. It adds what each input
// does to the bounds to weight.
func (a *approximator) boundMember(b *bounder, box set.Box, m *member, weight []float64) (meets, whole bool) {
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
		for j := range weight {
			weight[j] += math.Abs(upper[j]) + math.Abs(lower[j])
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
