package lp

import "math"

// startFromBox takes for each variable the bound that its cost pushes it
// against; where the cost is 0, a bound that exists.
func (s *Solver) startFromBox() {
	d := s.d
	clear(s.inverse)
	for j, c := range s.p.Cost {
		at := upper(j)
		if c < 0 || c == 0 && math.IsInf(s.p.upper(j), 1) && !math.IsInf(s.p.lower(j), -1) {
			at = lower(j)
		}
		_, sign, _ := at.bound()
		s.basis[j] = at
		s.inverse[j*d+j] = sign
		s.lambda[j] = math.Abs(c)
		value, far := s.limitOf(at)
		s.x[j], s.far[j] = float64(sign*value), float64(sign*far)
	}
	s.sinceFactor, s.stalled, s.refined = 0, 0, true
}

// startFromBasis recomputes x and lambda for the basis at hand. A bound whose
// multiplier has become negative is exchanged with the opposite bound. It fails
// where a row of the basis has a negative multiplier or has gone.
func (s *Solver) startFromBasis() bool {
	d := s.d
	for k, c := range s.basis {
		if c >= 0 && math.IsInf(s.p.Right[c], 1) {
			return false
		}
		t := 0.0
		for j, v := range s.p.Cost {
			t += float64(v * s.inverse[j*d+k])
		}
		if t >= 0 {
			s.lambda[k] = t
			continue
		}
		if c >= 0 {
			if t < -dualTolerance*s.costSize {
				return false
			}
			s.lambda[k] = 0
			continue
		}
		s.basis[k], s.lambda[k] = c.opposite(), -t
		for j := range d {
			s.inverse[j*d+k] = -s.inverse[j*d+k]
		}
	}
	s.locate()
	s.stalled = 0
	_, ok := s.refine()
	return ok
}

// locate computes x and far from the inverse.
func (s *Solver) locate() {
	clear(s.x)
	clear(s.far)
	d := s.d
	for k, c := range s.basis {
		value, far := s.limitOf(c)
		for j := range d {
			v := s.inverse[j*d+k]
			s.x[j] += float64(v * value)
			if far != 0 {
				s.far[j] += float64(v * far)
			}
		}
	}
	s.refined = false
}
