package master

import (
	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/internal/dense"
)

// largestCondition of a basis, beyond which it counts as singular.
const largestCondition = 1e16

// dualTolerance is how far a reduced cost may lie on the wrong side of a
// breakpoint before its change is moved to the resting place it asks for.
const dualTolerance = 1e-9

// refactor recomputes the inverse from the basis, and the duals from it.
// Only the part of the active rows needs inverting: with A the active rows, S
// the others and J the changes in the basis, x_J = M^-1 b_A for M = a(A, J),
// and the slack of a row s of S is b_s - a(s, J) M^-1 b_A. A singular basis is
// replaced by that of all slacks.
func (m *Master) refactor() {
	m.Stats.Factorisations++
	m.pivots = 0
	var active, slots []int
	for k, b := range m.slackBasic {
		if !b {
			active = append(active, k)
		}
	}
	for s, v := range m.basis {
		if v < m.n {
			slots = append(slots, s)
		}
	}
	p := len(active)
	if p != len(slots) {
		m.reset()
		return
	}
	a := blas.NewMat(p, p)
	for i, k := range active {
		for j, s := range slots {
			a.Row(i)[j] = m.rows.at(k, m.basis[s])
		}
	}
	inverse, ok := dense.Inverse(a, largestCondition)
	if !ok {
		m.reset()
		return
	}
	m.fillInverse(inverse, active, slots)
	m.duals(inverse, active, slots)
	m.recompute()
}

// fillInverse writes the whole inverse from that of M.
func (m *Master) fillInverse(inverse blas.Mat, active, slots []int) {
	k := m.rows.n
	for s, v := range m.basis {
		row := m.inv.Row(s)[:k]
		clear(row)
		if v >= m.n {
			row[v-m.n] = 1
		}
	}
	for j, s := range slots {
		row := m.inv.Row(s)[:k]
		for i, r := range active {
			row[r] = inverse.Row(j)[i]
		}
	}
	for s, v := range m.basis {
		if v < m.n {
			continue
		}
		row := m.inv.Row(s)[:k]
		for _, q := range slots {
			if a := m.rows.at(v-m.n, m.basis[q]); a != 0 {
				from := m.inv.Row(q)
				for _, r := range active {
					row[r] -= float64(a * from[r])
				}
			}
		}
	}
}

// duals sets the multipliers and reduced costs from the basis, D_j = -seg on
// the basis, and moves changes to where their reduced costs put them.
func (m *Master) duals(inverse blas.Mat, active, slots []int) {
	clear(m.y)
	for i, r := range active {
		sum := 0.0
		for j, s := range slots {
			sum -= float64(float64(m.seg[s]) * inverse.Row(j)[i])
		}
		m.y[r] = sum
	}
	m.rows.transposed(m.d, m.y, m.workers)
	for i, d := range m.d {
		switch s := m.state[i]; {
		case s >= basic:
		case d > 1+dualTolerance:
			m.setState(i, -1)
		case d < -1-dualTolerance:
			m.setState(i, 1)
		case d > -1+dualTolerance && d < 1-dualTolerance:
			m.setState(i, 0)
		}
	}
}

// reset starts again from the basis of all slacks, y = 0.
func (m *Master) reset() {
	for s := range m.basis {
		row := m.inv.Row(s)[:m.rows.n]
		clear(row)
		row[s] = 1
		m.basis[s], m.seg[s], m.slackBasic[s], m.y[s] = m.n+s, 0, true, 0
	}
	m.resetStates()
	clear(m.d)
	m.pivots = 0
	m.recompute()
}
