package polytope

import (
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/layers"
	"github.com/netmend/netmend/region/internal/vertices"
)

// root is the domain as a job; nil if it is empty.
func (s *setting) root() (*job, error) {
	if s.empty() {
		return nil, nil
	}
	d := s.dim
	r := newSearch(s, nil, nil)
	for v := range 1 << d {
		i := r.store.push(-1)
		r.body.verts = append(r.body.verts, int32(i))
		x, f := r.store.coords.Row(i), r.store.facets.Row(i)
		r.store.sums[i] = 0
		for k, j := range s.free {
			x[k], f[k] = s.domain.Lo[j], int32(2*k)
			if v>>k&1 != 0 {
				x[k], f[k] = s.domain.Hi[j], int32(2*k+1)
			}
			r.store.sums[i] += r.store.hash(f[k])
			r.body.edges = append(r.body.edges, int32(v^1<<k))
		}
	}
	for _, j := range s.free {
		r.path = append(r.path, Facet{Kind: Lower, Index: int32(j)}, Facet{Kind: Upper, Index: int32(j)})
	}
	for i, h := range s.domain.Cuts {
		if !r.cutDomain(i, h.Normal, h.Offset) {
			return nil, nil
		}
	}
	j := &job{sinceBound: boundEvery, path: r.path, edges: r.body.edges, settled: vertices.Settled{ZeroFrom: []int{0}}}
	for _, v := range r.body.verts {
		j.coords = append(j.coords, r.store.coords.Row(int(v))...)
		j.facets = append(j.facets, r.store.facets.Row(int(v))...)
	}
	blocks, err := s.probe(nn.AsMatrix(j.coords, len(r.body.verts), d))
	if err != nil || len(s.Stages) == 0 {
		return j, err
	}
	j.blocks = blocks.Data[:blocks.Rows*blocks.Stride]
	var sides vertices.Sides
	sides.Reset(s.Stages[0].Words)
	j.sides = sides.AppendTo(nil)
	r.store.Eps = s.eps
	for v := range r.body.verts {
		i := r.store.push(0)
		if err := r.store.Set(0, i, blocks.Row(v)); err != nil {
			return nil, err
		}
		j.signs = append(j.signs, r.store.Signs[0].Row(i)...)
	}
	return j, nil
}

// cutDomain keeps what lies inside a half-space of the current cell; false where
// nothing is left.
func (r *search) cutDomain(index int, normal []float64, offset float64) bool {
	s := r.s
	vals := r.vals[:0]
	size, fixed := math.Abs(offset), -offset
	for j, a := range normal {
		size += float64(math.Abs(a) * max(math.Abs(s.domain.Lo[j]), math.Abs(s.domain.Hi[j])))
		if s.domain.Lo[j] == s.domain.Hi[j] {
			fixed += float64(a * s.domain.Lo[j])
		}
	}
	for _, v := range r.body.verts {
		x := fixed
		for k, c := range r.store.coords.Row(int(v)) {
			x += float64(normal[s.free[k]] * c)
		}
		vals = append(vals, x)
	}
	r.vals = vals
	eps := float64(layers.SignTolerance * size)
	if low := slices.Min(vals); low > eps {
		return false
	} else if low >= -eps && slices.Max(vals) > eps {
		// Only the boundary is left: a layer that contains it.
		for i := range vals {
			vals[i] -= float64(thickness * eps)
		}
	}
	switch r.divide(&r.body, vals, eps, Facet{Kind: Cut, Index: int32(index)}, -1, 0, &r.lower, &r.higher) {
	case allAbove:
		return false
	case divided:
		r.body, r.lower = r.lower, r.body
	}
	return true
}
