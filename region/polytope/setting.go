package polytope

import (
	"fmt"
	"math"
	"time"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

const (
	// signTolerance times the sum of the absolute values of the terms that a
	// number is summed from (typical for the domain) is the distance from a
	// breakpoint up to which it counts as on it: 2^13 roundings to float64.
	// Values at vertices that lie on a breakpoint in truth, for instance where
	// the boundaries of more units meet than there are dimensions, are off by
	// some tens of roundings; a cell narrower than the tolerance is not worth
	// telling from its neighbour.
	signTolerance = 0x1p-40
	// maxDim limits the dimension: a box has 2^maxDim vertices.
	maxDim = 12
)

// setting is what all workers of an enumeration share.
type setting struct {
	net       *nn.Network
	domain    Domain
	opt       Options
	free      []int // the coordinates that are dimensions
	dim       int
	decoupled bool
	*layers
	// reduced is the entry for the free coordinates alone, by channel.
	reduced [2]affine
	goal    *goal // nil without a target
	// eps has the tolerance of each threshold, by stage.
	eps      [][]float64
	deadline time.Time
}

// newSetting fails where the network is not piecewise affine, or the domain has
// too many dimensions.
func newSetting(net *nn.Network, domain Domain, opt Options) (*setting, error) {
	s := &setting{net: net, domain: domain, opt: opt, decoupled: net.Decoupled()}
	for k, lo := range domain.Lo {
		if domain.Hi[k] > lo {
			s.free = append(s.free, k)
		}
	}
	s.dim = len(s.free)
	if s.dim > maxDim {
		return nil, fmt.Errorf("the domain has %d dimensions: the search over polytopes takes at most %d", s.dim, maxDim)
	}
	if opt.MaxTime > 0 {
		s.deadline = time.Now().Add(opt.MaxTime)
	}
	var err error
	if s.layers, err = newLayers(net); err != nil {
		return nil, err
	}
	for ch := range s.entry {
		s.reduced[ch] = s.reduce(&s.entry[ch])
	}
	s.goal = newGoal(s)
	return s, nil
}

// reduce is the entry map with the constant coordinates put in.
func (s *setting) reduce(a *affine) affine {
	r := affine{w: nn.NewMatrix(s.dim, len(a.bias)), bias: make([]float64, len(a.bias))}
	copy(r.bias, a.bias)
	k := 0
	for j := range a.w.Rows {
		if k < s.dim && s.free[k] == j {
			copy(r.w.Row(k), a.w.Row(j))
			k++
		} else {
			blas.Axpy(s.domain.Lo[j], a.w.Row(j), r.bias)
		}
	}
	return r
}

// empty tells whether the domain has no point.
func (s *setting) empty() bool {
	for k, lo := range s.domain.Lo {
		if domainHi := s.domain.Hi[k]; domainHi < lo {
			return true
		}
	}
	return false
}

// embed returns points of the input space for rows of free coordinates.
func (s *setting) embed(coords nn.Matrix) nn.Matrix {
	x := nn.NewMatrix(coords.Rows, s.net.InDim())
	for r := range x.Rows {
		copy(x.Row(r), s.domain.Lo)
		for k, v := range coords.Row(r) {
			x.Row(r)[s.free[k]] = v
		}
	}
	return x
}

// probe finds the tolerances from the values at the vertices of the domain and
// at their centroid, given as free coordinates, and returns the blocks of the
// first stage at the vertices. It fails where values are not finite.
func (s *setting) probe(verts nn.Matrix) (nn.Matrix, error) {
	x := nn.NewMatrix(verts.Rows+1, s.dim)
	for r := range verts.Rows {
		copy(x.Row(r), verts.Row(r))
		for k, v := range verts.Row(r) {
			x.Row(verts.Rows)[k] += v / float64(verts.Rows)
		}
	}
	size := largestOf(s.embed(x))
	if s.goal != nil && len(s.stages) == 0 {
		s.goal.tolerances(size)
	}
	magnitude := s.entry[nn.ActivationChannel].magnitudes(size)
	var blocks [2]nn.Matrix
	for ch := range blocks {
		blocks[ch] = apply(&s.reduced[ch], x)
	}
	first := blocks[nn.ActivationChannel]
	for i := range s.stages {
		st := &s.stages[i]
		for r := range first.Rows {
			for _, v := range blocks[nn.ActivationChannel].Row(r)[:st.units] {
				if !isFinite(v) {
					return nn.Matrix{}, s.overflow(i)
				}
			}
		}
		eps := make([]float64, st.thresholds)
		for t := range eps {
			eps[t] = signTolerance * (magnitude[t/st.breaks] + math.Abs(st.level(t)))
		}
		s.eps = append(s.eps, eps)
		posts := st.linearized(blocks)
		if s.goal != nil && i+1 == len(s.stages) {
			s.goal.tolerances(largestOf(posts[nn.ValueChannel]))
		}
		magnitude = st.next[nn.ActivationChannel].magnitudes(largestOf(posts[nn.ActivationChannel]))
		for ch := range blocks {
			blocks[ch] = apply(&st.next[ch], posts[ch])
		}
	}
	return first.Slice(0, verts.Rows), nil
}

// linearized are the blocks of both channels after the function, whose pieces the
// activation channel chooses.
func (st *stage) linearized(blocks [2]nn.Matrix) (posts [2]nn.Matrix) {
	for ch := range posts {
		posts[ch] = nn.NewMatrix(blocks[ch].Rows, st.width)
		for r := range blocks[ch].Rows {
			dst, src := posts[ch].Row(r), blocks[ch].Row(r)
			copy(dst, src)
			for i, z := range blocks[nn.ActivationChannel].Row(r)[:st.units] {
				p := st.op.Piece(z)
				dst[i] = st.op.Slope[p]*src[i] + st.op.Offset[p]
			}
		}
	}
	return posts
}

// magnitudes returns, for each output, the sum of the absolute values of the
// terms that it is summed from, for inputs of the given absolute values.
func (a *affine) magnitudes(size []float64) []float64 {
	m := make([]float64, len(a.bias))
	for i, b := range a.bias {
		m[i] = math.Abs(b)
	}
	blas.MulNN(nn.RowMatrix(m), nn.RowMatrix(size), a.abs, true, 1)
	return m
}

// apply maps every row of x.
func apply(a *affine, x nn.Matrix) nn.Matrix {
	y := nn.NewMatrix(x.Rows, len(a.bias))
	for r := range y.Rows {
		copy(y.Row(r), a.bias)
	}
	blas.MulNN(y, x, a.w, true, 1)
	return y
}

// largestOf is the largest absolute value of each column.
func largestOf(m nn.Matrix) []float64 {
	size := make([]float64, m.Cols)
	for r := range m.Rows {
		for k, v := range m.Row(r) {
			size[k] = max(size[k], math.Abs(v))
		}
	}
	return size
}

// halfSpaces describes a cell in the input space; see [Cell.HalfSpaces].
func (s *setting) halfSpaces(c *Cell) []set.HalfSpace {
	var hs []set.HalfSpace
	maps := mapsOf(s, c.pattern)
	for _, f := range c.Facets {
		hs = append(hs, s.facet(f, maps))
	}
	k := 0
	for j, v := range s.domain.Lo {
		if k < s.dim && s.free[k] == j {
			k++
			continue
		}
		hs = append(hs, s.bound(j, 1, v), s.bound(j, -1, -v))
	}
	return hs
}

// bound is the half-space sign x_j <= offset.
func (s *setting) bound(j int, sign, offset float64) set.HalfSpace {
	h := set.HalfSpace{Normal: make([]float64, s.net.InDim()), Offset: offset}
	h.Normal[j] = sign
	return h
}

// facet is the half-space of a facet, with the maps of the cell.
func (s *setting) facet(f Facet, maps *maps) set.HalfSpace {
	switch f.Kind {
	case Lower:
		return s.bound(int(f.Index), -1, -s.domain.Lo[f.Index])
	case Upper:
		return s.bound(int(f.Index), 1, s.domain.Hi[f.Index])
	case Cut:
		return s.domain.Cuts[f.Index]
	}
	// value(x) = row . (1, x) is at most 0, or at least 0 where the cell lies
	// above.
	h := set.HalfSpace{Normal: make([]float64, s.net.InDim())}
	var m nn.Matrix
	var column int
	level := 0.0
	if f.Kind == Unit {
		i := len(s.stages) - 1
		for s.stages[i].unit0 > int(f.Index) {
			i--
		}
		st := &s.stages[i]
		column, level = int(f.Index)-st.unit0, st.op.Breaks[f.Break]
		m = maps.at[nn.ActivationChannel][i]
	} else {
		m, column = maps.goal, s.goal.first[f.Break]+int(f.Index)
	}
	sign := 1.0
	if f.Above {
		sign = -1
	}
	h.Offset = sign * (level - m.Row(0)[column])
	for k, j := range s.free {
		h.Normal[j] = sign * m.Row(1 + k)[column]
	}
	return h
}
