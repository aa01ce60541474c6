package master

import "math"

// LowerBound is the dual bound of any y >= 0 on the program in which every
// right-hand side is larger by loosen:
//
//	-b^T y + min over 0 <= t <= bound of t (winf - sum max(0, |q_i| - 1)),  q = A^T y,
//
// the sum over the free changes. It holds for every y >= 0, so no flaw of the
// simplex can make it wrong.
func (m *Master) LowerBound(y []float64, winf, loosen float64) float64 {
	m.rows.transposed(m.scratch.full, y, m.workers)
	return m.dualValue(y, m.scratch.full, winf, loosen)
}

func (m *Master) dualValue(y, q []float64, winf, loosen float64) float64 {
	value := 0.0
	for k, v := range y {
		value -= v * (m.rows.b[k] + loosen)
	}
	return value + m.bound*min(0, winf-m.overshoot(q))
}

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
			q[i] = q0[i] + s*q1[i]
		}
		return m.overshoot(q) <= winf
	}
	lo, hi := 0.0, 1.0
	for range bisections {
		if !fits(hi) {
			break
		}
		lo, hi = hi, 2*hi
	}
	for range bisections {
		if mid := (lo + hi) / 2; fits(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	best := make([]float64, len(y))
	for k := range y {
		best[k] = y[k] + lo*m.ray[k]
	}
	return best
}

// OnRay tells whether row k has a part in the last ray.
func (m *Master) OnRay(k int) bool { return k < len(m.ray) && m.ray[k] > 0 }

// SmallestBound is the largest t that the last ray proves to be needed, when
// every right-hand side is larger by loosen: -b^T y / |A^T y|_1 over the free
// changes. 0 where there was no ray.
func (m *Master) SmallestBound(loosen float64) float64 {
	if len(m.ray) != m.rows.n {
		return 0
	}
	q := m.scratch.full
	m.rows.transposed(q, m.ray, m.workers)
	value, size := 0.0, 0.0
	for k, v := range m.ray {
		value -= v * (m.rows.b[k] + loosen)
	}
	for i, v := range q {
		if m.state[i] != fixed {
			size += math.Abs(v)
		}
	}
	if size == 0 {
		return 0
	}
	return value / size
}
