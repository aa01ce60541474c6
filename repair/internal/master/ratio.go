package master

import (
	"math"
	"slices"
)

// breakpoint is where, along the dual edge at distance theta, a variable out of
// the basis changes its resting place, or the leaving variable its segment.
type breakpoint struct {
	theta float64
	// variable: a change i, a slack n+k, or -1 for the leaving variable's own.
	variable int
	// side of the crossing: D = side * 1 (mirrored so that D grows).
	side int8
	// drop of the dual objective's slope on passing it.
	drop float64
}

// target is where a walk along a dual edge ends.
type target struct {
	// passed are the breakpoints to pass, in order; enter is where to stop.
	passed []breakpoint
	enter  breakpoint
	// slope is left where no breakpoint stops the walk: a ray.
	slope float64
}

// scratch holds the buffers of an iteration.
type scratch struct {
	rho, alpha, full, rhs, col, flip []float64
	points                           []breakpoint
	typical                          float64 // running mean of theta
}

func (s *scratch) init(n int) {
	s.alpha, s.full = make([]float64, n), make([]float64, n)
	s.typical = 1e-3
}

// alphaTolerance: a tableau entry below it is rounding and meets no breakpoint.
const alphaTolerance = 1e-9

// ratioTest finds how far the dual can move along row r: the bound flipping
// ratio test. The dual objective ascends at the violation first; each
// breakpoint passed takes |alpha| t off (a change flips from one resting place
// to the next), a slack's multiplier reaching 0 stops it. The walk ends at the
// breakpoint where the slope would turn negative.
func (m *Master) ratioTest(r, dir int, violation float64) (target, bool) {
	sc := &m.scratch
	tau := float64(dir)
	slack, slackRow := math.Inf(1), -1
	for k, v := range sc.rho {
		if a := float64(tau * v); !m.slackBasic[k] && a < -alphaTolerance {
			if th := max(0, m.y[k]/-a); th < slack {
				slack, slackRow = th, k
			}
		}
	}
	points, reach := m.gather(tau, violation, slack)
	if slackRow >= 0 {
		for k, v := range sc.rho {
			if a := float64(tau * v); !m.slackBasic[k] && a < -alphaTolerance {
				if th := max(0, m.y[k]/-a); th <= reach {
					points = append(points, breakpoint{theta: th, variable: m.n + k, drop: math.Inf(1)})
				}
			}
		}
	}
	if own := 2.0; m.turnsOnItself(r, dir) && own <= reach {
		points = append(points, breakpoint{theta: own, variable: -1, drop: m.t})
	}
	sc.points = points
	slices.SortFunc(points, func(a, b breakpoint) int {
		switch {
		case a.theta < b.theta:
			return -1
		case a.theta > b.theta:
			return 1
		}
		return a.variable - b.variable
	})
	slope := violation
	for i, p := range points {
		if slope-p.drop <= 0 {
			return m.choose(points, i, slope), true
		}
		slope -= p.drop
	}
	return target{slope: slope}, false
}

// turnsOnItself reports whether the leaving variable heads for 0: it then may go
// on into its other segment, whose reduced cost is 2 away.
func (m *Master) turnsOnItself(r, dir int) bool {
	return m.basis[r] < m.n && int(m.seg[r]) == dir
}

// gather collects the changes' breakpoints up to a distance within which the
// walk is sure to end, or has met all breakpoints, and returns that distance.
func (m *Master) gather(tau, violation, slack float64) (points []breakpoint, reach float64) {
	sc := &m.scratch
	end := min(slack, farthest)
	for reach = float64(2 * sc.typical); ; reach = float64(reach * 8) {
		reach = min(reach, end)
		sc.points = m.within(sc.points[:0], tau, reach)
		points = sc.points
		sum := 0.0
		for _, p := range points {
			sum += p.drop
		}
		if sum >= violation || reach == end {
			return points, reach
		}
	}
}

// farthest: no useful walk is longer, and what has no breakpoint is beyond.
const farthest = 1e100

// within appends the breakpoints up to distance reach. With alpha < 0 the
// reduced cost falls towards down, otherwise it rises towards up; both are infinite
// where there is no breakpoint, and 0/0 compares as farther than anything.
func (m *Master) within(points []breakpoint, tau, reach float64) []breakpoint {
	alpha := m.scratch.alpha
	d, limit := m.d[:len(alpha)], m.limit[:len(alpha)]
	for i, a := range alpha {
		a = float64(a * tau)
		sign := math.Float64bits(a) >> 63
		if !((limit[i][sign]-d[i])/a <= reach) {
			continue
		}
		if math.Abs(a) <= alphaTolerance {
			continue
		}
		points = m.appendCrossings(points, i, a, reach)
	}
	return points
}

// appendCrossings appends the one or two breakpoints of change i. Mirrored so
// that D grows, the next crossing is at -1 from the state 1 and at 1 from 0.
func (m *Master) appendCrossings(points []breakpoint, i int, a, reach float64) []breakpoint {
	d, st := m.d[i], m.state[i]
	if a < 0 {
		a, d, st = -a, -d, -st
	}
	side := 1 - 2*st
	points = append(points, breakpoint{theta: max(0, float64(side)-d) / a, variable: i, side: side, drop: float64(a * m.t)})
	if th := max(0, 1-d) / a; st == 1 && th <= reach {
		points = append(points, breakpoint{theta: th, variable: i, side: 1, drop: float64(a * m.t)})
	}
	return points
}

// setState moves a change to a state and records the reduced costs at which it
// changes next: limit[0] when D grows, limit[1] when it falls.
func (m *Master) setState(i int, state int8) {
	m.state[i] = state
	up, down := math.Inf(1), math.Inf(-1)
	switch state {
	case 0:
		up, down = 1, -1
	case 1:
		up = -1
	case -1:
		down = 1
	}
	m.limit[i] = [2]float64{up, down}
}

// nearPivots is how many breakpoints beyond the end of the walk count when the
// size of a pivot is judged.
const nearPivots = 64

// tieTolerance: breakpoints this close count as one, and the one with the
// largest pivot is taken.
const tieTolerance = 1e-12

// choose picks, among the breakpoints that tie with points[i], the one with
// the largest tableau entry, and otherwise the nearest with one that is large
// enough; earlier breakpoints come before later ones.
func (m *Master) choose(points []breakpoint, i int, slope float64) target {
	largest := 1.0
	for z := range min(len(points), i+nearPivots) {
		if p := &points[z]; p.variable >= 0 {
			largest = max(largest, m.pivotSize(*p))
		}
	}
	enough := float64(pivotTolerance * largest)
	sel, best := -1, 0.0
	for z := i; z < len(points) && points[z].theta <= points[i].theta+tieTolerance; z++ {
		a := m.pivotSize(points[z])
		if a <= enough {
			continue
		}
		if m.shuffled() {
			a = float64(a * m.chance(points[z].variable))
		}
		if a > best {
			sel, best = z, a
		}
		if math.IsInf(points[z].drop, 1) {
			break
		}
	}
	for z := i - 1; sel < 0 && z >= 0; z-- {
		if m.pivotSize(points[z]) > enough {
			sel = z
		}
	}
	for z := i + 1; sel < 0 && z < len(points) && !math.IsInf(points[z-1].drop, 1); z++ {
		if m.pivotSize(points[z]) > enough {
			sel = z
		}
	}
	if sel < 0 {
		sel = i
	}
	return target{passed: points[:sel], enter: points[sel], slope: slope}
}

// pivotSize is the tableau entry at a breakpoint; the leaving variable's own
// needs no pivot and counts as large.
func (m *Master) pivotSize(p breakpoint) float64 {
	switch {
	case p.variable < 0:
		return math.MaxFloat64
	case p.variable < m.n:
		return math.Abs(m.scratch.alpha[p.variable])
	}
	return math.Abs(m.scratch.rho[p.variable-m.n])
}
