package proof

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// CheckNear decides the requirement of one item as [Check] does, but at a single point of its
// set: the one of float64 weights that is closest to x, up to rounding. It uses the pieces
// that execute there. This confirms a violation that a search in float64 found: the point
// tried lies exactly in the set, which x may not.
func CheckNear(ctx context.Context, net *nn.Network, s *spec.Spec, item int, x []float64, opt Options) (*Result, error) {
	if item < 0 || item >= len(s.Items) || len(x) != net.InDim() {
		return nil, fmt.Errorf("item %d of %d at a point of %d numbers, want %d", item, len(s.Items), len(x), net.InDim())
	}
	one := *s
	one.Items = s.Items[item : item+1]
	if !one.Polytopes() {
		r, err := Check(ctx, net, &one, opt)
		return r.ofItem(item), err
	}
	res, err := begin(net, &one, &opt)
	if err != nil {
		return nil, err
	}
	c, err := newChecker(net, &one, opt, res.Margin)
	var unsupported *unsupportedError
	if errors.As(err, &unsupported) {
		return res.undecided(err.Error()), nil
	} else if err != nil {
		return nil, err
	}
	best, distance := 0, math.Inf(1)
	var at []float64
	for k, b := range c.jobs {
		if w, d := closest(b.corners, x); at == nil || d < distance {
			best, at, distance = k, w, d
		}
	}
	v, err := parameter(len(c.jobs[best].corners), cert.Floats(at...))
	if err != nil {
		return nil, err
	}
	c.under(ctx)
	judges := make([]*judge, 1)
	if err := c.check(ctx, best, &cell{vertices: []*vertex{v}, open: []bool{false}}, &judges[0]); err != nil {
		return nil, err
	}
	if err := res.merge(judges, opt); err != nil {
		return nil, err
	}
	return res.ofItem(item), nil
}

// ofItem names another item in the places of a result about one.
func (r *Result) ofItem(item int) *Result {
	if r == nil {
		return nil
	}
	if r.Worst != nil {
		worst := *r.Worst
		worst.Item = item
		r.Worst = &worst
	}
	for i := range r.Violations {
		r.Violations[i].Item = item
	}
	return r
}

// closest are the weights of a simplex's second and third corner at about the point
// of it that is closest to x, never outside, and its distance, in the largest of the
// coordinates. Nothing rests on its being the closest.
func closest(corners [][]float64, x []float64) (at []float64, distance float64) {
	n := len(corners) - 1
	var u, v, g [2]float64 // u = E'(x - x0), g the Gram matrix's diagonal
	var cross float64
	for i := range x {
		var e [2]float64
		for k := range n {
			e[k] = corners[k+1][i] - corners[0][i]
			u[k] += float64(e[k] * (x[i] - corners[0][i]))
			g[k] += float64(e[k] * e[k])
		}
		cross += float64(e[0] * e[1])
	}
	switch det := float64(g[0]*g[1]) - float64(cross*cross); {
	case n == 2 && det > 0:
		v[0] = (float64(u[0]*g[1]) - float64(u[1]*cross)) / det
		v[1] = (float64(u[1]*g[0]) - float64(u[0]*cross)) / det
	case g[0] > 0:
		v[0] = u[0] / g[0]
	}
	// Multiples of grid, so that sums and 1 less one of them are exact; what is next to
	// a side is taken for a point of it.
	const grid, next = 0x1p-50, 0x1p-45
	for k := range v {
		if v[k] = float64(math.Round(v[k]/grid) * grid); !(v[k] > next) { // NaN, too
			v[k] = 0
		}
		v[k] = min(v[k], 1)
	}
	if v[0]+v[1] > 1-next {
		v[0] = 1 - v[1]
	}
	for i := range x {
		p := corners[0][i]
		for k := range n {
			p += float64(v[k] * (corners[k+1][i] - corners[0][i]))
		}
		distance = max(distance, math.Abs(p-x[i]))
	}
	return v[:n], distance
}
