package lp

import (
	"math"

	"github.com/netmend/netmend/internal/vector"
)

const (
	// exactEnough is the residual, relative to 1 and the size of the numbers,
	// above which x or lambda is corrected: one rounding. goodEnough is the one
	// above which the inverse is recomputed.
	exactEnough = 0x1p-53
	goodEnough  = 1e-10
	// singular is the pivot, of rows scaled to 1, below which a basis counts as
	// singular.
	singular = 1e-14
)

// refine corrects x, far and lambda by their residuals. It reports whether the
// vertex has moved by enough for the constraints to be looked at again, and
// fails if the basis is singular.
func (s *Solver) refine() (again, ok bool) {
	if s.refined {
		return false, true
	}
	s.refined = true
	worst := s.correct()
	if worst > goodEnough {
		if !s.factor() {
			return false, false
		}
		s.refined = true
		return true, s.correct() <= math.Sqrt(goodEnough)
	}
	return worst > s.Feasibility/16, true
}

// correct does one step of iterative refinement on x, far and lambda and
// returns the largest relative residual that it found.
func (s *Solver) correct() float64 {
	worst := s.correctPoint(s.x, false)
	if s.open {
		worst = max(worst, s.correctPoint(s.far, true))
	}
	return max(worst, s.correctMultipliers())
}

// correctPoint makes N x = b hold better.
func (s *Solver) correctPoint(x []float64, far bool) float64 {
	size := 1.0
	for _, v := range x {
		size = max(size, math.Abs(v))
	}
	worst := 0.0
	for k, c := range s.basis {
		value, farValue := s.limitOf(c)
		if far {
			value = farValue
		}
		if j, sign, ok := c.bound(); ok {
			value -= float64(sign * x[j])
		} else {
			scale := s.rowScale[c]
			for j, a := range s.p.row(int(c)) {
				value -= float64(a * scale * x[j])
			}
		}
		s.residual[k] = value
		worst = max(worst, math.Abs(value))
	}
	if worst > exactEnough*size {
		for j := range x {
			x[j] += vector.Dot(s.inverse[j*s.d:j*s.d+s.d], s.residual)
		}
	}
	return worst / size
}

// correctMultipliers makes N^T lambda = c hold better.
func (s *Solver) correctMultipliers() float64 {
	if s.costSize == 0 {
		return 0
	}
	d := s.d
	copy(s.residual, s.p.Cost)
	for k, c := range s.basis {
		l := s.lambda[k]
		if l == 0 {
			continue
		}
		if j, sign, ok := c.bound(); ok {
			s.residual[j] -= float64(sign * l)
			continue
		}
		l = float64(l * s.rowScale[c])
		for j, a := range s.p.row(int(c)) {
			s.residual[j] -= float64(l * a)
		}
	}
	worst := 0.0
	for _, r := range s.residual {
		worst = max(worst, math.Abs(r))
	}
	if worst > exactEnough*s.costSize {
		for j, r := range s.residual {
			for k, v := range s.inverse[j*d : j*d+d] {
				s.lambda[k] += float64(r * v)
			}
		}
	}
	return worst / s.costSize
}

// factor recomputes the inverse, x and lambda from the basis, by Gauss-Jordan
// elimination with row pivoting. It fails if the basis is singular or lambda
// turns out negative, and where the solve is interrupted.
func (s *Solver) factor() bool {
	d := s.d
	w := 2 * d
	f := s.factors
	clear(f)
	for k, c := range s.basis {
		s.normalOf(c, f[k*w:k*w+d])
		f[k*w+d+k] = 1
	}
	for col := range d {
		if s.stop(w * d) {
			return false
		}
		best := col
		for i := col + 1; i < d; i++ {
			if math.Abs(f[i*w+col]) > math.Abs(f[best*w+col]) {
				best = i
			}
		}
		pivot := f[best*w+col]
		if math.Abs(pivot) < singular {
			return false
		}
		pr := f[col*w : col*w+w]
		if best != col {
			for i, v := range f[best*w : best*w+w] {
				pr[i], f[best*w+i] = v, pr[i]
			}
		}
		for i := range pr {
			pr[i] /= pivot
		}
		for i := range d {
			r := f[i*w : i*w+w]
			if t := r[col]; i != col && t != 0 {
				for j, v := range pr {
					r[j] -= float64(t * v)
				}
			}
		}
	}
	for j := range d {
		copy(s.inverse[j*d:j*d+d], f[j*w+d:j*w+w])
	}
	s.sinceFactor = 0
	s.locate()
	clear(s.lambda)
	for j, c := range s.p.Cost {
		for k, v := range s.inverse[j*d : j*d+d] {
			s.lambda[k] += float64(c * v)
		}
	}
	for k, l := range s.lambda {
		if l < -math.Sqrt(goodEnough)*s.costSize {
			return false
		}
		s.lambda[k] = max(0, l)
	}
	return true
}
