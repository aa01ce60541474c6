package polytope

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/layers"
	"github.com/netmend/netmend/set"
)

const (
	// bluntest is the tolerance of a unit, for sums of terms of 2^16, up to which
	// what units contribute does not count for [Result.Resolution]: the bound on what
	// becomes of it takes all signs for the worst, which for a dozen layers is some
	// thousand times too much, and would call ordinary input sets too large.
	bluntest = layers.SignTolerance * 0x1p16
	// maxDim limits the dimension: a box has 2^maxDim vertices.
	maxDim = 12
)

// setting is what all workers of an enumeration share.
type setting struct {
	domain Domain
	opt    Options
	free   []int // the coordinates that are dimensions
	dim    int
	*layers.Network
	// eps has the tolerance of each threshold, by stage; goalEps that of each
	// column of the goal.
	eps     [][]float64
	goalEps []float64
	// goalSpread has, for each column of the goal, by how much the tolerances of the
	// thresholds may falsify it, and goalSize its largest value at the domain's
	// vertices; nil if there are no thresholds.
	goalSpread, goalSize []float64
	deadline             time.Time
}

// newSetting fails if the network is not piecewise affine, or the domain has
// too many dimensions.
func newSetting(net *nn.Network, domain Domain, opt Options) (*setting, error) {
	s := &setting{domain: domain, opt: opt}
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
	if s.Network, err = layers.New(net); err != nil {
		return nil, err
	}
	if opt.Target != nil {
		s.Aim(opt.Target)
	}
	s.Restrict(s.free, domain.Lo)
	return s, nil
}

// empty reports whether the domain has no point.
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
	x := nn.NewMatrix(coords.Rows, s.Net.InDim())
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
// first stage at the vertices. It fails if values are not finite.
func (s *setting) probe(verts nn.Matrix) (nn.Matrix, error) {
	x := nn.NewMatrix(verts.Rows+1, s.dim)
	for r := range verts.Rows {
		copy(x.Row(r), verts.Row(r))
		for k, v := range verts.Row(r) {
			x.Row(verts.Rows)[k] += v / float64(verts.Rows)
		}
	}
	size := largestOf(s.embed(x))
	if s.Goal != nil && len(s.Stages) == 0 {
		s.goalTolerances(size)
	}
	magnitude := s.Entry[nn.ActivationChannel].Magnitudes(nn.RowMatrix(size)).Row(0)
	blocks := s.First(x)
	first := blocks[nn.ActivationChannel]
	var spread [2][]float64
	for ch := range spread {
		spread[ch] = make([]float64, first.Cols)
	}
	for i := range s.Stages {
		st := &s.Stages[i]
		for r := range first.Rows {
			for _, v := range blocks[nn.ActivationChannel].Row(r)[:st.Units] {
				if !vector.IsFinite(v) {
					return nn.Matrix{}, s.Overflow(i)
				}
			}
		}
		eps := st.Tolerances(magnitude)
		s.eps = append(s.eps, eps)
		posts := st.Linearized(blocks)
		for ch := range spread {
			spread[ch] = st.Spread(spread[ch], eps)
		}
		if s.Goal != nil && i+1 == len(s.Stages) {
			s.goalSpread, s.goalSize = s.Goal.Spread(spread[nn.ValueChannel]), largestOf(s.Goal.Values(posts[nn.ValueChannel]))
			s.goalTolerances(largestOf(posts[nn.ValueChannel]))
		}
		magnitude = st.Next[nn.ActivationChannel].Magnitudes(nn.RowMatrix(largestOf(posts[nn.ActivationChannel]))).Row(0)
		for ch := range blocks {
			spread[ch] = st.Next[ch].Spread(spread[ch])
			blocks[ch] = st.Next[ch].Apply(posts[ch])
		}
	}
	return first.Slice(0, verts.Rows), nil
}

// goalTolerances sets the tolerances of the goal's columns; see
// [layers.Goal.Magnitudes].
func (s *setting) goalTolerances(size []float64) {
	s.goalEps = s.Goal.Magnitudes(size)
	for i := range s.goalEps {
		s.goalEps[i] = float64(s.goalEps[i] * layers.SignTolerance)
	}
}

// resolution is [Result.Resolution], and [Result.Tolerances].
func (s *setting) resolution() (coarsest float64, tolerances []float64) {
	column := 0
	blunt := false // the tolerance of some unit is large
	for _, eps := range s.eps {
		blunt = blunt || len(eps) > 0 && slices.Max(eps) > bluntest
	}
	for _, term := range s.opt.Target {
		for _, h := range term.Rows {
			unit := max(1, math.Abs(h.Offset))
			own, lost := s.goalEps[column], 0.0
			if s.goalSpread != nil {
				lost = s.goalSpread[column]
				unit = max(unit, s.goalSize[column])
				if blunt {
					coarsest = max(coarsest, lost/unit)
				}
			}
			coarsest = max(coarsest, own/max(1, math.Abs(h.Offset)))
			tolerances = append(tolerances, own+lost)
			column++
		}
	}
	return coarsest, tolerances
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
	maps := layers.MapsOf(s.Network, c.pattern)
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
	h := set.HalfSpace{Normal: make([]float64, s.Net.InDim()), Offset: offset}
	h.Normal[j] = sign
	return h
}

// facet is the half-space of a facet, with the maps of the cell.
func (s *setting) facet(f Facet, maps *layers.Maps) set.HalfSpace {
	switch f.Kind {
	case Lower:
		return s.bound(int(f.Index), -1, -s.domain.Lo[f.Index])
	case Upper:
		return s.bound(int(f.Index), 1, s.domain.Hi[f.Index])
	case Cut:
		return s.domain.Cuts[f.Index]
	}
	// value(x) = row . (1, x) is at most 0, or at least 0 if the cell lies
	// above.
	h := set.HalfSpace{Normal: make([]float64, s.Net.InDim())}
	var m nn.Matrix
	var column int
	level := 0.0
	if f.Kind == Unit {
		i := s.StageOf(int(f.Index))
		st := &s.Stages[i]
		column, level = int(f.Index)-st.Unit0, st.Op.Breaks[f.Break]
		m = maps.At[nn.ActivationChannel][i]
	} else {
		m, column = maps.Goal, s.Goal.First[f.Break]+int(f.Index)
	}
	sign := 1.0
	if f.Above {
		sign = -1
	}
	h.Offset = float64(sign * (level - m.Row(0)[column]))
	for k, j := range s.free {
		h.Normal[j] = float64(sign * m.Row(1 + k)[column])
	}
	return h
}
