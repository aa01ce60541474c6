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
	rho, alpha, theta, full, rhs, col, flip []float64
	points                                  []breakpoint
	banned                                  []int
	typical                                 float64 // running mean of theta
}

func (s *scratch) init(n int) {
	s.alpha, s.theta, s.full = make([]float64, n), make([]float64, n), make([]float64, n)
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
	m.distances(tau)
	slack, slackRow := math.Inf(1), -1
	for k, v := range sc.rho {
		if a := tau * v; !m.slackBasic[k] && a < -alphaTolerance {
			if th := max(0, m.y[k]/-a); th < slack {
				slack, slackRow = th, k
			}
		}
	}
	reach := m.reach(violation, slack)
	points := m.gather(sc.points[:0], tau, reach)
	if slackRow >= 0 {
		for k, v := range sc.rho {
			if a := tau * v; !m.slackBasic[k] && a < -alphaTolerance {
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

// turnsOnItself tells whether the leaving variable heads for 0: it then may go
// on into its other segment, whose reduced cost is 2 away.
func (m *Master) turnsOnItself(r, dir int) bool {
	return m.basis[r] < m.n && int(m.seg[r]) == dir
}

// distances fills theta with the distance of each change's next breakpoint.
// With s the sign of alpha, mirrored D grows; the next crossing is at -1 from
// the state 1, at 1 from the state 0, and there is none from the state -1.
func (m *Master) distances(tau float64) {
	alpha, theta, d := m.scratch.alpha, m.scratch.theta, m.d
	d, theta = d[:len(alpha)], theta[:len(alpha)]
	state := m.state[:len(alpha)]
	for i, a := range alpha {
		theta[i] = math.Inf(1)
		st := state[i]
		if st >= basic {
			continue
		}
		a *= tau
		di := d[i]
		if a < 0 {
			a, di, st = -a, -di, -st
		}
		if st < 0 || a <= alphaTolerance {
			continue
		}
		theta[i] = max(0, 1-2*float64(st)-di) / a
	}
}

// reach is a distance within which the walk is sure to end, or to have met all
// breakpoints.
func (m *Master) reach(violation, slack float64) float64 {
	sc := &m.scratch
	for g := 2 * sc.typical; g < 1e100; g *= 4 {
		if g >= slack {
			return slack
		}
		sum := 0.0
		for i, th := range sc.theta {
			if th <= g {
				sum += math.Abs(sc.alpha[i])
			}
		}
		if sum*m.t >= violation {
			return g
		}
	}
	return math.Inf(1)
}

// gather appends the changes' breakpoints up to distance reach.
func (m *Master) gather(points []breakpoint, tau, reach float64) []breakpoint {
	sc := &m.scratch
	for i, th := range sc.theta {
		if th > reach || math.IsInf(th, 1) {
			continue
		}
		a := tau * sc.alpha[i]
		d, st := m.d[i], m.state[i]
		if a < 0 {
			a, d, st = -a, -d, -st
		}
		side := 1 - 2*st
		points = append(points, breakpoint{theta: th, variable: i, side: side, drop: a * m.t})
		if st == 1 {
			points = append(points, breakpoint{theta: max(0, 1-d) / a, variable: i, side: 1, drop: a * m.t})
		}
	}
	return points
}

// tieTolerance: breakpoints this close count as one, and the one with the
// largest pivot is taken.
const tieTolerance = 1e-12

// choose picks, among the breakpoints that tie with points[i], the one with
// the largest tableau entry, and otherwise the nearest with one that is large
// enough; earlier breakpoints come before later ones.
func (m *Master) choose(points []breakpoint, i int, slope float64) target {
	largest := 0.0
	for k, a := range m.scratch.alpha {
		if m.state[k] < basic {
			largest = max(largest, math.Abs(a))
		}
	}
	enough := pivotTolerance * max(1, largest)
	sel := -1
	for z := i; z < len(points) && points[z].theta <= points[i].theta+tieTolerance; z++ {
		if a := m.pivotSize(points[z]); a > enough && (sel < 0 || a > m.pivotSize(points[sel])) {
			sel = z
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
