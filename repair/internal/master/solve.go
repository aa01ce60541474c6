package master

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
)

// Status is how a solve ended.
type Status uint8

const (
	// Optimal: the basis is primal and dual feasible within tolerance.
	Optimal Status = iota
	// Infeasible: no x with |x_i| <= bound meets the rows; see [Master.Ray].
	Infeasible
	// Stalled: rounding kept the simplex from finishing; nothing is claimed.
	Stalled
)

const (
	// refactorEvery bounds the growth of rounding errors in the inverse: after
	// 100 rank-one updates they are about 1e-13 of its size here.
	refactorEvery = 100
	// maxSteps in one solve is far above what is needed (a few thousand), so
	// that cycling ends.
	maxSteps = 50_000
	// askEvery many pivots, some milliseconds, Interrupt is asked.
	askEvery = 16
	// pivotTolerance is the smallest tableau entry, relative to the largest in
	// its row, to pivot on.
	pivotTolerance = 1e-6
	// residualTolerance is how far, relative to 1 + |b|, a row may be from what
	// the inverse says of it, before a solution counts as one.
	residualTolerance = 1e-11
	// refinements of a solution are enough where the inverse has a digit right.
	refinements = 3
	// agreement is how well a pivot computed by row and by column must agree;
	// otherwise the inverse is factorised again.
	agreement = 1e-7
	// dropTolerance: entries of the inverse's row below it are rounding.
	dropTolerance = 1e-14
)

// Solve runs the dual simplex at the present t. Where the rows have no solution
// at t, it raises t as far as the dual ray asks for, and relatively by raise
// more, so that the next basis has room.
func (m *Master) Solve(raise float64) Status {
	m.recompute()
	var skip []int // slots for which no pivot was found
	for steps := 0; ; steps++ {
		if m.pivots >= refactorEvery {
			m.refactor()
		}
		if steps > maxSteps || (steps%askEvery == 0 && m.interrupted()) {
			return Stalled
		}
		m.steps = steps
		r, dir, violation := m.leaving(skip)
		if r < 0 {
			if len(skip) == 0 && (m.pivots == 0 || m.residual() <= residualTolerance) {
				return Optimal
			}
			if m.pivots == 0 {
				return Stalled
			}
			m.refactor()
			skip = skip[:0]
			continue
		}
		m.tableauRow(r)
		end, found := m.ratioTest(r, dir, violation)
		if !found {
			switch m.raiseT(r, dir, end.slope, raise) {
			case raised:
				skip = skip[:0]
			case impossible:
				return Infeasible
			case negligible:
				skip = append(skip, r)
			}
			continue
		}
		if !m.step(r, dir, end) {
			if m.pivots > 0 {
				m.refactor()
			} else {
				skip = append(skip, r)
			}
			continue
		}
		skip = skip[:0]
	}
}

func (m *Master) interrupted() bool { return m.Interrupt != nil && m.Interrupt() }

// rangeOf is the range of slot s's variable in its present segment.
func (m *Master) rangeOf(s int) (lo, hi float64) {
	switch {
	case m.basis[s] >= m.n:
		return 0, math.Inf(1)
	case m.seg[s] > 0:
		return 0, m.t
	}
	return -m.t, 0
}

// leaving picks the slot whose variable violates its range most, relative to
// the norm of its row of the inverse (dual steepest edge). dir is +1 where the
// variable must grow. r < 0: none violates its range by more than the
// tolerance.
func (m *Master) leaving(skip []int) (r, dir int, violation float64) {
	r = -1
	best := 0.0
	k := m.rows.n
next:
	for s := range k {
		lo, hi := m.rangeOf(s)
		v, d := lo-m.x[s], 1
		if v <= m.tolerance {
			if v, d = m.x[s]-hi, -1; v <= m.tolerance {
				continue
			}
		}
		for _, q := range skip {
			if q == s {
				continue next
			}
		}
		row := m.inv.Row(s)[:k]
		score := v * v / blas.Dot(row, row)
		if m.shuffled() {
			score = float64(score * m.chance(s))
		}
		if score > best {
			best, r, dir, violation = score, s, d, v
		}
	}
	return r, dir, violation
}

// tableauRow computes rho, row r of the inverse, and alpha = rho A.
func (m *Master) tableauRow(r int) {
	k := m.rows.n
	rho := append(m.scratch.rho[:0], m.inv.Row(r)[:k]...)
	for i, v := range rho {
		if math.Abs(v) < dropTolerance {
			rho[i] = 0
		}
	}
	m.scratch.rho = rho
	m.rows.transposed(m.scratch.alpha, rho, m.workers)
}

type raiseResult uint8

const (
	raised raiseResult = iota
	impossible
	negligible
)

// raiseT handles a dual ray: the rows cannot be met at the present t. Along the
// ray the dual objective grows by slope a step, which shrinks by |alpha|_1 for
// each unit of t.
func (m *Master) raiseT(r, dir int, slope, raise float64) raiseResult {
	total := 0.0
	for i, s := range m.state {
		if s < basic {
			total += math.Abs(m.scratch.alpha[i])
		}
	}
	if m.basis[r] < m.n {
		total++
	}
	need := math.Inf(1)
	if total > 0 {
		need = m.t + slope/total
	}
	last := m.t >= m.bound || need > m.bound*(1+1e-12)
	m.ray = m.ray[:0]
	for _, v := range m.scratch.rho {
		m.ray = append(m.ray, max(0, float64(dir)*v))
	}
	if last {
		if m.rayValue(m.ray) > 0 {
			return impossible
		}
		return negligible
	}
	m.Stats.Raises++
	m.low = max(m.low, need)
	m.t = min(m.bound, max(need, m.t)*(1+raise))
	m.recompute()
	return raised
}

// rayValue is -(b^T y + bound |A^T y|_1) over the free changes: positive proves
// that no x with |x_i| <= bound meets the rows (up to rounding).
func (m *Master) rayValue(y []float64) float64 {
	q := m.scratch.full
	m.rows.transposed(q, y, m.workers)
	sum := 0.0
	for k, v := range y {
		sum -= float64(v * m.rows.b[k])
	}
	for i, v := range q {
		if m.state[i] != fixed {
			sum -= float64(m.bound * math.Abs(v))
		}
	}
	return sum
}

// recompute sets x from the inverse, x = B^-1 (b - A_N x_N), and refines it by
// what the rows say, since the inverse may be far from exact.
func (m *Master) recompute() {
	k := m.rows.n
	m.scratch.rhs = sized(m.scratch.rhs, k)
	m.resting(m.scratch.full)
	m.rows.times(m.scratch.rhs, m.scratch.full, m.workers)
	for i := range k {
		m.scratch.rhs[i] = m.rows.b[i] - m.scratch.rhs[i]
	}
	m.applyInverse(m.x, m.scratch.rhs)
	m.scratch.col = sized(m.scratch.col, k)
	for range refinements {
		if m.residual() <= m.tolerance*residualTolerance/looseTolerance {
			return
		}
		m.applyInverse(m.scratch.col, m.scratch.rhs)
		for s, v := range m.scratch.col {
			m.x[s] += v
		}
	}
}

// residual is the largest error of the rows at the present solution, relative
// to 1 + |b|: what the updates of the inverse have cost. It leaves the errors
// b - A x in scratch.rhs.
func (m *Master) residual() float64 {
	k := m.rows.n
	m.resting(m.scratch.full)
	for s, v := range m.basis {
		if v < m.n {
			m.scratch.full[v] = m.x[s]
		}
	}
	m.scratch.rhs = sized(m.scratch.rhs, k)
	ax := m.scratch.rhs
	m.rows.times(ax, m.scratch.full, m.workers)
	for s, v := range m.basis {
		if v >= m.n {
			ax[v-m.n] += m.x[s]
		}
	}
	worst := 0.0
	for i, b := range m.rows.b {
		ax[i] = b - ax[i]
		worst = max(worst, math.Abs(ax[i])/(1+math.Abs(b)))
	}
	return worst
}

// applyInverse computes dst = B^-1 v.
func (m *Master) applyInverse(dst, v []float64) {
	k := m.rows.n
	blas.MulVec(dst[:k], m.square(), v[:k])
}

// square is the inverse without the room to grow.
func (m *Master) square() blas.Mat {
	k := m.rows.n
	return blas.Mat{Rows: k, Cols: k, Stride: m.inv.Stride, Data: m.inv.Data}
}

func sized(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n, 2*n)
	}
	return s[:n]
}
