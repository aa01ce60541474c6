package master

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
)

// step moves the dual to end.enter, flips what was passed, and swaps the
// entering variable for slot r's. It reports false, with nothing changed,
// where the pivot is too small or disagrees with its column.
func (m *Master) step(r, dir int, end target) bool {
	sc := &m.scratch
	k := m.rows.n
	enter := end.enter
	pivot := 0.0
	if enter.variable >= 0 {
		sc.col = sized(sc.col, k)
		m.column(sc.col, enter.variable)
		pivot = sc.col[r]
		want := 0.0
		if enter.variable < m.n {
			want = sc.alpha[enter.variable]
		} else {
			want = sc.rho[enter.variable-m.n]
		}
		largest := 0.0
		for _, c := range sc.col {
			largest = max(largest, math.Abs(c))
		}
		if math.Abs(pivot-want) > agreement*(1+math.Abs(want)) || math.Abs(pivot) < pivotTolerance*largest {
			return false
		}
	}
	theta := enter.theta
	sc.typical = max(1e-12, float64(0.9*sc.typical)+float64(0.1*theta))
	m.moveDual(float64(theta * float64(dir)))
	before := m.seg[r]
	if m.flip(end.passed, dir) {
		m.seg[r] = -before
	}
	if enter.variable < 0 {
		m.seg[r] = -m.seg[r]
		return true
	}
	m.swap(r, dir, before, enter, pivot)
	return true
}

// column computes B^-1 times the column of variable v.
func (m *Master) column(dst []float64, v int) {
	k := m.rows.n
	if v >= m.n {
		for s := range k {
			dst[s] = m.inv.Row(s)[v-m.n]
		}
		return
	}
	m.scratch.rhs = sized(m.scratch.rhs, k)
	clear(m.scratch.rhs)
	m.rows.addColumn(m.scratch.rhs, 1, v)
	m.applyInverse(dst, m.scratch.rhs)
}

// moveDual moves the reduced costs and multipliers out of the basis along the
// tableau row.
func (m *Master) moveDual(step float64) {
	alpha := m.scratch.alpha
	d, state := m.d[:len(alpha)], m.state[:len(alpha)]
	for i, a := range alpha {
		if state[i] != basic {
			d[i] += float64(step * a)
		}
	}
	for k, v := range m.scratch.rho {
		if !m.slackBasic[k] {
			m.y[k] += float64(step * v)
		}
	}
}

// flip moves the changes passed from one resting place to the next and updates
// x. It reports whether the leaving variable's own breakpoint was among them.
func (m *Master) flip(passed []breakpoint, dir int) (turned bool) {
	sc := &m.scratch
	k := m.rows.n
	sc.flip = sized(sc.flip, k)
	clear(sc.flip)
	flips := 0
	for _, p := range passed {
		if p.variable < 0 {
			turned = true
			continue
		}
		if p.variable >= m.n {
			continue
		}
		down := int8(1)
		if float64(dir)*sc.alpha[p.variable] < 0 {
			down = -1
		}
		m.setState(p.variable, m.state[p.variable]-down)
		m.rows.addColumn(sc.flip, float64(-float64(down)*m.t), p.variable)
		flips++
	}
	if flips > 0 {
		m.Stats.Flips += flips
		sc.rhs = sized(sc.rhs, k)
		m.applyInverse(sc.rhs, sc.flip)
		for s, v := range sc.rhs {
			m.x[s] -= v
		}
	}
	return turned
}

// swap replaces slot r's variable, which was in segment before when the walk
// began, by the entering one.
func (m *Master) swap(r, dir int, before int8, enter breakpoint, pivot float64) {
	sc := &m.scratch
	k := m.rows.n
	lo, hi := m.rangeOf(r)
	bound, resting := lo, int8(0)
	if dir < 0 {
		bound = hi
	}
	if out := m.basis[r]; out < m.n {
		if (dir > 0) == (m.seg[r] < 0) {
			resting = m.seg[r] // leaves at the far end, -t or t
		}
		m.d[out] = float64(float64(dir)*enter.theta) - float64(before)
		m.setState(out, resting)
	} else {
		m.slackBasic[out-m.n] = false
		m.y[out-m.n] = enter.theta
	}
	step := (m.x[r] - bound) / pivot
	value := step
	var seg int8
	if v := enter.variable; v < m.n {
		value += float64(float64(m.state[v]) * m.t)
		seg = -enter.side
		if float64(dir)*sc.alpha[v] < 0 {
			seg = enter.side
		}
		m.setState(v, basic)
		m.d[v] = -float64(seg)
	} else {
		m.slackBasic[v-m.n] = true
		m.y[v-m.n] = 0
	}
	blas.Axpy(-step, sc.col, m.x[:k])
	m.basis[r], m.seg[r], m.x[r] = enter.variable, seg, value
	row := m.inv.Row(r)[:k]
	blas.Scale(1/pivot, row)
	sc.col[r] = 0
	for s, c := range sc.col {
		if math.Abs(c) <= dropTolerance {
			sc.col[s] = 0
		}
	}
	blas.Rank1(m.square(), -1, sc.col, row)
	m.pivots++
	m.Stats.Pivots++
}
