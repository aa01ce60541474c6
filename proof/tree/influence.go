package tree

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/internal/blas"
)

// Substitutes reports whether there are steps by substitution: the network is a chain of nodes
// and not decoupled.
func (s *State) Substitutes() bool { return s.back != nil }

// Influence appends to dst, for each variable, how much the half-spaces of the open terms may
// vary with it over its range, by the absolute values of weights and slopes: more than they
// do. ambiguous is the number of units of which several pieces may execute.
func (s *State) Influence(dst []float64) (influence []float64, ambiguous int, err error) {
	if s.back == nil {
		return dst, 0, errSubstitute
	}
	if err := s.propagate(len(s.c.net.Nodes)); err != nil {
		return dst, 0, err
	}
	b, a := s.back, s.c.goal
	g := b.rows(&b.g, 1, len(a.bias)).Row(0)
	for t, open := range s.open {
		for i := s.c.first[t]; i < s.c.first[t+1]; i++ {
			g[i] = 0
			if open {
				g[i] = 1
			}
		}
	}
	through := func(a *affine) {
		h := b.rows(&b.h, 1, a.abs.Rows).Row(0)
		blas.MulVec(h, a.abs, g)
		b.g, b.h = b.h, b.g
		g = h
	}
	through(a)
	for i := a.in[0]; i >= 0; i-- {
		l := b.lines[i]
		if l == nil {
			through(s.c.ops[0][i])
			continue
		}
		for k := range g {
			p := &l.pairs[k]
			if p[0] != p[1] {
				ambiguous++
			}
			if p[0] != p[1] || p[0].slope != 0 {
				g[k] = float64(g[k] * max(1, math.Abs(p[0].slope), math.Abs(p[1].slope)))
			} else {
				g[k] = 0
			}
		}
	}
	for k, j := range s.c.vars {
		dst = append(dst, float64(g[j]*(s.hi[k]-s.lo[k])))
	}
	return dst, ambiguous, nil
}

// ExactBox is a box of the inputs that contains the cell: see [State.Exact].
func (s *State) ExactBox() (lo, hi []*big.Rat) { return s.exactBox() }
