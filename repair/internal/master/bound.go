package master

import "math"

// LowerBound is the dual bound of any y >= 0 on the program in which every
// right-hand side is larger by loosen:
//
//	-b^T y + min over 0 <= t <= bound of t (winf - sum max(0, |q_i| - 1)),  q = A^T y,
//
// the sum over the free changes, less a bound on the rounding of this formula.
// It holds for every y >= 0, so no flaw of the simplex can make it wrong.
func (m *Master) LowerBound(y []float64, winf, loosen float64) float64 {
	q, size := m.scratch.full, make([]float64, m.n)
	m.rows.transposed(q, y, m.workers)
	m.rows.magnitudes(size, y, m.workers)
	value, terms := m.rightSides(y, loosen)
	over, overError := 0.0, 0.0
	relative := float64(float64(len(y)+4) * roundoff) // of each q_i, to its size
	for i, v := range q {
		if e := float64(relative * size[i]); m.state[i] != fixed && math.Abs(v)+e > 1 {
			over += max(0, math.Abs(v)-1)
			overError += e
		}
	}
	sums := float64(float64(len(y)+m.n) * roundoff)
	excess := float64(over*(1+sums)) + overError - winf
	return value - float64(m.bound*max(0, excess)) - float64(sums*(terms+float64(m.bound*(over+winf))))
}

// rightSides is -b^T y when every right-hand side is larger by loosen, and the
// size of the terms it is summed from.
func (m *Master) rightSides(y []float64, loosen float64) (value, terms float64) {
	for k, v := range y {
		value -= float64(v * (m.rows.b[k] + loosen))
		terms += math.Abs(v*m.rows.b[k]) + float64(v*loosen)
	}
	return value, terms
}

// roundoff is the unit roundoff of float64, doubled for good measure.
const roundoff = 0x1p-52

// overshoot is the sum of max(0, |q_i| - 1) over the free changes.
func (m *Master) overshoot(q []float64) float64 {
	sum := 0.0
	for i, v := range q {
		if m.state[i] != fixed {
			sum += max(0, math.Abs(v)-1)
		}
	}
	return sum
}

// bisections exhaust the precision of float64.
const bisections = 60

// alongRay returns y + s ray for the largest s that keeps the overshoot, which
// is convex in s, at most winf: there the dual bound is best.
func (m *Master) alongRay(y []float64, winf float64) []float64 {
	q0, q1, q := make([]float64, m.n), make([]float64, m.n), m.scratch.full
	m.rows.transposed(q0, y, m.workers)
	m.rows.transposed(q1, m.ray, m.workers)
	fits := func(s float64) bool {
		for i := range q {
			q[i] = q0[i] + float64(s*q1[i])
		}
		return m.overshoot(q) <= winf
	}
	lo, hi := 0.0, 1.0
	for range bisections {
		if !fits(hi) {
			break
		}
		lo, hi = hi, float64(2*hi)
	}
	for range bisections {
		if mid := float64((lo + hi) / 2); fits(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	best := make([]float64, len(y))
	for k := range y {
		best[k] = y[k] + float64(lo*m.ray[k])
	}
	return best
}

// SmallestBound is the t that multipliers y prove to be needed when every
// right-hand side is larger by loosen: -b^T y / |A^T y|_1 over the free changes,
// since y^T A x >= -t |A^T y|_1 for |x_i| <= t. 0 if they prove nothing.
func (m *Master) SmallestBound(y []float64, loosen float64) float64 {
	q, size := m.scratch.full, make([]float64, m.n)
	m.rows.transposed(q, y, m.workers)
	m.rows.magnitudes(size, y, m.workers)
	value, terms := m.rightSides(y, loosen)
	sum := 0.0
	relative := float64(float64(len(y)+m.n+4) * roundoff)
	for i, v := range q {
		if m.state[i] != fixed {
			sum += math.Abs(v) + float64(relative*size[i])
		}
	}
	if sum == 0 {
		return 0
	}
	return max(0, (value-float64(relative*terms))/(sum*(1+relative)))
}
