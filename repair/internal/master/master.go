package master

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
)

// Master is a linear program over the rows present. Its methods are not safe
// for concurrent use.
type Master struct {
	out, in int
	n       int
	bound   float64
	workers int

	rows rows
	free []bool // nil: all variables may change

	// The basis: slot s holds variable basis[s], a change i in [0, n) or the
	// slack n+k of row k.
	inv   blas.Mat
	basis []int
	// seg tells, for a basic change, its present segment: +1 for (0, t), -1
	// for (-t, 0).
	seg []int8
	// state of each change: -1, 0, +1 out of the basis, at state*t.
	state []int8
	limit [][2]float64 // see setState
	// slackBasic reports whether row k's slack is in the basis.
	slackBasic []bool
	x          []float64 // value of each slot's variable
	y          []float64 // multiplier of each row, 0 if its slack is basic
	d          []float64 // reduced cost of each change out of the basis

	t float64
	// curvature is how fast the slope of the optimal value grows with t, seen
	// last.
	curvature float64
	// low is the largest t known to be infeasible, from a dual ray.
	low float64
	ray []float64

	tolerance float64
	pivots    int // since the last factorisation
	steps     int // of the present solve

	// Interrupt, if not nil, is asked from time to time; where it says so, a
	// solve ends as [Stalled].
	Interrupt func() bool

	Stats Stats

	scratch scratch
}

// Stats counts the work done.
type Stats struct {
	// Pivots, Flips and Factorisations count steps of the simplex; Raises
	// counts how often t had to grow.
	Pivots, Flips, Factorisations, Raises int
}

const (
	basic = 2 // state of a change in the basis
	fixed = 3 // state of a change that must stay 0

	// looseTolerance is how far a basic variable may leave its range while
	// rows are still being generated; FinalTolerance at the end, a little
	// above the rounding of a dot product of a few hundred terms of size 1.
	looseTolerance = 1e-9
	// FinalTolerance is the tolerance for a solution that is to be stored.
	FinalTolerance = 1e-13
)

// New returns a program without rows for a layer with out x in parameters
// (bias column included). |x_i| <= bound. free tells which of the out*in
// parameters may change; nil means all.
func New(out, in int, bound float64, free []bool, workers int) *Master {
	m := &Master{
		out: out, in: in, n: out * in, bound: bound, workers: workers, free: free,
		state: make([]int8, out*in), limit: make([][2]float64, out*in), d: make([]float64, out*in),
		tolerance: looseTolerance,
	}
	m.rows.init(out, in)
	m.resetStates()
	m.inv = blas.NewMat(64, 64)
	m.scratch.init(m.n)
	return m
}

func (m *Master) resetStates() {
	for i := range m.state {
		if m.free != nil && !m.free[i] {
			m.setState(i, fixed)
		} else {
			m.setState(i, 0)
		}
	}
}

// Rows is the number of rows present.
func (m *Master) Rows() int { return m.rows.n }

// SetTolerance sets how far a basic variable may leave its range.
func (m *Master) SetTolerance(tol float64) { m.tolerance = tol }

// Active reports whether row k's slack is out of the basis: the row is tight.
func (m *Master) Active(k int) bool { return !m.slackBasic[k] }

// AddRow adds the row (g h^T) . x <= b and returns its index. g has out
// numbers, h has in.
func (m *Master) AddRow(g, h []float64, b float64) int {
	k := m.rows.n
	if k == m.inv.Rows {
		bigger := blas.NewMat(2*k, 2*k)
		for s := range k {
			copy(bigger.Row(s), m.inv.Row(s)[:k])
		}
		m.inv = bigger
	}
	m.rows.add(g, h, b)
	// The new row's slack enters the basis: the inverse gets the row
	// -(a_k on the basis) B^-1, and a one.
	row := m.inv.Row(k)
	clear(row[:k+1])
	for s, v := range m.basis {
		m.inv.Row(s)[k] = 0
		if v < m.n {
			if a := m.rows.at(k, v); a != 0 {
				blas.Axpy(-a, m.inv.Row(s)[:k], row[:k])
			}
		}
	}
	row[k] = 1
	m.basis = append(m.basis, m.n+k)
	m.seg = append(m.seg, 0)
	m.slackBasic = append(m.slackBasic, true)
	m.y = append(m.y, 0)
	if len(m.ray) == k {
		m.ray = append(m.ray, 0)
	}
	m.x = append(m.x, 0)
	return k
}

// Tighten lowers every right-hand side by delta.
func (m *Master) Tighten(delta float64) {
	for k := range m.rows.b {
		m.rows.b[k] -= delta
	}
	if delta < 0 {
		m.low = 0 // what was infeasible may not be any more
	}
}

// RemoveRows removes the marked rows, whose slacks must be basic; row indices
// close up in order.
func (m *Master) RemoveRows(remove []bool) {
	k := m.rows.n
	drop := make([]bool, k) // slots to drop
	index := make([]int, k) // new index of each row
	left := 0
	for r := range k {
		index[r] = left
		if !remove[r] {
			left++
		}
	}
	for s, v := range m.basis {
		drop[s] = v >= m.n && remove[v-m.n]
	}
	slot := 0
	for s := range k {
		if drop[s] {
			continue
		}
		from, to := m.inv.Row(s), m.inv.Row(slot)
		for r := range k {
			if !remove[r] {
				to[index[r]] = from[r]
			}
		}
		v := m.basis[s]
		if v >= m.n {
			v = m.n + index[v-m.n]
		}
		m.basis[slot], m.seg[slot], m.x[slot] = v, m.seg[s], m.x[s]
		slot++
	}
	m.removeFromRay(remove)
	for r := range k {
		if !remove[r] {
			m.y[index[r]], m.slackBasic[index[r]] = m.y[r], m.slackBasic[r]
		}
	}
	m.rows.remove(remove)
	m.basis, m.seg, m.x = m.basis[:left], m.seg[:left], m.x[:left]
	m.y, m.slackBasic = m.y[:left], m.slackBasic[:left]
}

// removeFromRay keeps the last ray, and what it says of t, where it does not
// need the removed rows.
func (m *Master) removeFromRay(remove []bool) {
	if len(m.ray) != len(remove) {
		m.ray, m.low = nil, 0
		return
	}
	ray := m.ray[:0]
	for r, gone := range remove {
		switch {
		case !gone:
			ray = append(ray, m.ray[r])
		case m.ray[r] != 0:
			m.ray, m.low = nil, 0
			return
		}
	}
	m.ray = ray
}

// Solution returns x, out*in numbers, written into dst.
func (m *Master) Solution(dst []float64) {
	m.resting(dst)
	for s, v := range m.basis {
		if v < m.n {
			dst[v] = min(m.t, max(-m.t, m.x[s]))
		}
	}
}

// resting writes the values of the changes out of the basis, 0 for the others.
func (m *Master) resting(dst []float64) {
	for i, s := range m.state {
		switch s {
		case 1:
			dst[i] = m.t
		case -1:
			dst[i] = -m.t
		default:
			dst[i] = 0
		}
	}
}

// Multipliers returns the dual vector, one number >= 0 per row.
func (m *Master) Multipliers(dst []float64) []float64 {
	dst = append(dst[:0], m.y...)
	for k, y := range dst {
		dst[k] = max(0, y)
	}
	return dst
}

// Ray returns multipliers that show infeasibility, one number >= 0 per row, after
// a Status of [Infeasible].
func (m *Master) Ray() []float64 { return m.ray }

// l1 is the sum of |x_i|.
func (m *Master) l1() float64 {
	sum, resting := 0.0, 0
	for _, s := range m.state {
		if s == 1 || s == -1 {
			resting++
		}
	}
	for s, v := range m.basis {
		if v < m.n {
			sum += math.Abs(m.x[s])
		}
	}
	return sum + float64(float64(resting)*m.t)
}

// excess is the sum of max(0, |D_i| - 1) over changes out of the basis: minus
// the slope of f at t.
func (m *Master) excess() float64 {
	sum := 0.0
	for i, s := range m.state {
		if s == 1 || s == -1 {
			sum += max(0, math.Abs(m.d[i])-1)
		}
	}
	return sum
}
