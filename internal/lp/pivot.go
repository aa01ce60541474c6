package lp

import (
	"math"

	"github.com/netmend/netmend/internal/vector"
)

// violation is a constraint and by how much the present vertex violates it, as
// value + M far.
type violation struct {
	at         constraint
	value, far float64
}

// tolerance is what a scaled constraint may be violated by at the vertex x.
func (s *Solver) tolerance() float64 {
	size := 0.0
	for _, v := range s.x {
		size = max(size, math.Abs(v))
	}
	return max(s.Feasibility, relativeFeasibility*size)
}

// mostViolated returns the constraint that is violated most, or, after a run of
// iterations without progress, the first one that is violated at all; none if
// all are met.
func (s *Solver) mostViolated() violation {
	if s.open {
		return s.mostViolatedFar()
	}
	p, x, d := s.p, s.x, s.d
	found, best := violation{at: none}, s.tolerance()
	first := s.stalled > maxStalled
	for i, scale := range s.rowScale {
		a := p.Rows[i*d : i*d+d : i*d+d]
		v := -p.Right[i]
		for j, a := range a {
			v += float64(a * x[j])
		}
		if v = float64(v * scale); v > best {
			best, found = v, violation{at: row(i), value: v}
			if first {
				return found
			}
		}
	}
	for j, xj := range x {
		if v := xj - p.Upper[j]; v > best {
			best, found = v, violation{at: upper(j), value: v}
		}
		if v := p.Lower[j] - xj; v > best {
			best, found = v, violation{at: lower(j), value: v}
		}
		if first && found.at != none {
			return found
		}
	}
	return found
}

// mostViolatedFar is mostViolated where some variable lacks a bound: what is
// violated in the direction far goes first, what gains from it is met. The
// bounds M themselves are not constraints.
func (s *Solver) mostViolatedFar() violation {
	found, tolerance := violation{at: none}, s.tolerance()
	first := s.stalled > maxStalled
	consider := func(c constraint, value, far float64) (done bool) {
		switch {
		case math.IsInf(value, -1): // no constraint
		case far > s.Feasibility:
			if found.far <= s.Feasibility || far > found.far {
				found = violation{c, value, far}
			}
		case far >= -s.Feasibility && value > tolerance:
			if found.at == none || found.far <= s.Feasibility && value > found.value {
				found = violation{c, value, far}
			}
		}
		return first && found.at != none
	}
	for i, scale := range s.rowScale {
		a := s.p.row(i)
		if consider(row(i), float64(scale*(vector.Dot(a, s.x)-s.p.Right[i])), float64(scale*vector.Dot(a, s.far))) {
			return found
		}
	}
	for j, xj := range s.x {
		if consider(upper(j), xj-s.p.upper(j), s.far[j]) || consider(lower(j), s.p.lower(j)-xj, -s.far[j]) {
			return found
		}
	}
	return found
}

// express computes mu, the scaled normal of c in terms of the basis.
func (s *Solver) express(c constraint) {
	d := s.d
	if j, sign, ok := c.bound(); ok {
		for k, v := range s.inverse[j*d : j*d+d] {
			s.mu[k] = float64(sign * v)
		}
		return
	}
	mu := s.mu
	clear(mu)
	scale := s.rowScale[c]
	for j, a := range s.p.row(int(c)) {
		if a == 0 {
			continue
		}
		a = float64(a * scale)
		for k, v := range s.inverse[j*d : j*d+d : j*d+d] {
			mu[k] += float64(a * v)
		}
	}
}

// leaving is the position in the basis of the constraint to be exchanged, of
// those with mu above the tolerance; -1 if there is none. Of the ratios
// lambda/mu within a tolerance of the least (Harris' test), the one with the
// largest mu counts; with Bland's rule, of the least the one with the first
// constraint.
func (s *Solver) leaving(tolerance float64) int {
	slack := float64(dualTolerance * s.costSize)
	bland := s.stalled > maxStalled
	if bland {
		slack = 0
	}
	most := math.Inf(1)
	for k, m := range s.mu {
		if m > tolerance {
			most = min(most, (s.lambda[k]+slack)/m)
		}
	}
	found := -1
	for k, m := range s.mu {
		if m <= tolerance || s.lambda[k]/m > most {
			continue
		}
		if found < 0 || !bland && m > s.mu[found] || bland && s.basis[k] < s.basis[found] {
			found = k
		}
	}
	return found
}

// pivot exchanges the constraint at position k of the basis with e.
func (s *Solver) pivot(e violation, k int) {
	d := s.d
	theta := s.lambda[k] / s.mu[k]
	for i, m := range s.mu {
		s.lambda[i] = max(0, s.lambda[i]-float64(theta*m))
	}
	s.lambda[k] = theta
	if theta > 0 {
		s.stalled = 0
	} else {
		s.stalled++
	}
	inv := 1 / s.mu[k]
	step, farStep := float64(e.value*inv), float64(e.far*inv)
	mu := s.mu
	for j := range d {
		r := s.inverse[j*d : j*d+d : j*d+d]
		v := r[k]
		if v == 0 {
			continue
		}
		s.x[j] -= float64(step * v)
		if s.open {
			s.far[j] -= float64(farStep * v)
		}
		v = float64(v * inv)
		for i, m := range mu {
			r[i] -= float64(m * v)
		}
		r[k] = v
	}
	s.basis[k] = e.at
	s.sinceFactor++
	s.iterations++
	s.refined = false
}

// muSize is the largest |mu|, at least 1.
func (s *Solver) muSize() float64 {
	size := 1.0
	for _, m := range s.mu {
		size = max(size, math.Abs(m))
	}
	return size
}
