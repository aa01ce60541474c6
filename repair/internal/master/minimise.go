package master

import (
	"math"

	"github.com/netmend/netmend/internal/portable"
)

// Result of [Master.Minimise].
type Result struct {
	Status Status
	// Objective is sum |x_i| + winf max |x_i| of X over the rows present.
	Objective float64
	// X is the solution, out*in numbers.
	X []float64
	// Y are multipliers, one number >= 0 per row, whose dual bound comes within
	// the gap asked for of Objective; of a Farkas ray where Status is
	// [Infeasible].
	Y []float64
}

// tangent is the optimal value function at one t: value and slope.
type tangent struct {
	t, value, slope float64
	y               []float64
}

const (
	// maxTangents is far above the handful that are needed.
	maxTangents = 100
	// flatSlope: a slope this small, relative to winf, ends the search: t is
	// optimal.
	flatSlope = 1e-12
	// roughGap and larger ones are asked for while rows are being generated: there a slope
	// of less than flatEnough times the root of the gap, relative to winf, is good enough.
	roughGap, flatEnough = 1e-5, 3.0
	// farApart is the relative gap from which on tangents are intersected, and
	// alike the ratio of slopes up to which they are not before.
	farApart, alike = 1e-6, 4.0
	// widestStep and narrowestStep limit a step in t, relative to t and to the
	// bound; overshootStep is by how much a Newton step is exceeded to land on
	// the other side of the minimum.
	widestStep, narrowestStep, overshootStep = 0.2, 1e-9, 1.5
	// leftCurvature and rightCurvature of the minimum are usual, relative to winf / t: what
	// counts as long as none was seen.
	leftCurvature, rightCurvature = 25, 8
	// maxRestarts of a program that stalls at its first t.
	maxRestarts = 3
	// raiseMixed is how far beyond the first feasible t the search starts.
	raiseMixed = 1e-2
	// boundaryTolerance: t this close to the largest infeasible one counts as
	// the smallest feasible one.
	boundaryTolerance = 1e-9
)

// Minimise minimises sum |x_i| + winf t over the rows present, to within the
// relative gap. winf = 0 is the plain sum, with t = bound. The present basis is
// the start.
func (m *Master) Minimise(winf, gap float64) Result {
	if winf == 0 {
		m.t = m.bound
		st := m.Solve(raiseMixed)
		return m.result(st, m.y)
	}
	var left, right, before *tangent
	stale := 0 // how often in a row the other side was improved
	var best tangent
	var x []float64
	sameSide := 0
	best.value = math.Inf(1)
	restarts := 0
search:
	for range maxTangents {
		if st := m.Solve(raiseMixed); st != Optimal {
			switch {
			case st != Stalled || m.interrupted() || restarts > maxRestarts:
				return m.result(st, m.y)
			case x == nil:
				// Too close to the smallest feasible t: again, from further off.
				restarts++
				m.t = min(m.bound, m.t*(1+raiseMixed))
				m.reset()
				continue
			}
			break search // what was found is a solution; its gap tells how good
		}
		here := &tangent{t: m.t, value: m.l1() + float64(winf*m.t), slope: winf - m.excess(), y: m.Multipliers(nil)}
		if here.value < best.value {
			best = *here
			x = sized(x, m.n)
			m.Solution(x)
		}
		if before != nil {
			if c := (here.slope - before.slope) / (here.t - before.t); c > 0 && !math.IsInf(c, 1) {
				m.curvature = c
			}
			sameSide++
		}
		if stale++; before == nil || (before.slope < 0) != (here.slope < 0) {
			stale = 0
		}
		before = here
		if here.slope < 0 {
			left = here
		} else {
			right = here
		}
		next, done := m.nextT(left, right, sameSide, best.value, winf, gap)
		if left != nil && right != nil && stale > 0 && best.value-left.value-float64(left.slope*(next-left.t)) > farApart*best.value {
			next = illinois(left, right, stale, here)
		}
		if done || math.Abs(here.slope) <= flatEnough*math.Sqrt(gap)*winf && gap >= roughGap {
			break
		}
		m.t = next
	}
	y := m.combine(left, right, winf)
	m.t = best.t
	return Result{Status: Optimal, Objective: best.value, X: x, Y: y}
}

func (m *Master) result(st Status, y []float64) Result {
	r := Result{Status: st}
	switch st {
	case Optimal:
		r.X = make([]float64, m.n)
		m.Solution(r.X)
		r.Objective = m.l1()
		r.Y = m.Multipliers(nil)
	case Infeasible:
		r.Y = append([]float64(nil), m.ray...)
	}
	return r
}

// nextT is where to look next, or done where the tangents leave no more than
// the gap. Between two tangents it is where they meet, which is exact at a kink;
// while they are far apart but alike in slope, where the slope, interpolated, is
// 0. With a tangent on one side only, after several steps on that side, it is a
// step that the curvature of earlier programs suggests.
func (m *Master) nextT(left, right *tangent, sameSide int, best, winf, gap float64) (next float64, done bool) {
	switch {
	case left != nil && right != nil:
		next = (left.value - right.value + float64(right.slope*right.t) - float64(left.slope*left.t)) / (right.slope - left.slope)
		lower := left.value + float64(left.slope*(next-left.t))
		ratio := -left.slope / right.slope
		if best-lower > farApart*best && ratio < alike && ratio > 1/alike {
			next = left.t - float64(left.slope/(right.slope-left.slope)*(right.t-left.t))
		}
		return next, best-lower <= gap*best || next <= left.t || next >= right.t
	case left != nil:
		if -left.slope <= flatSlope*winf || left.t >= m.bound {
			return 0, true
		}
		return min(m.bound, left.t+m.stepFrom(left, sameSide, winf)), false
	}
	if right.slope <= flatSlope*winf || right.t <= m.low*(1+boundaryTolerance) || right.t == 0 {
		return 0, true
	}
	// Never on the smallest feasible t itself, where the set has no interior.
	return max(m.low+float64((right.t-m.low)/8), right.t-m.stepFrom(right, sameSide, winf)), false
}

// illinois is where the slope, interpolated, is 0, if that of the side that did not change
// for some steps counts less and less: else a steep one would keep the other far off
// (M. Dowell and P. Jarratt, A modified regula falsi method, BIT 11, 1971).
func illinois(left, right *tangent, stale int, changed *tangent) float64 {
	l, r := -left.slope, right.slope
	if less := portable.Pow(0.5, float64(stale)); changed == right {
		l = float64(l * less)
	} else {
		r = float64(r * less)
	}
	return left.t + float64(l/(l+r)*(right.t-left.t))
}

// stepFrom is how far to go from a tangent, downhill, to pass the minimum.
func (m *Master) stepFrom(t *tangent, sameSide int, winf float64) float64 {
	curvature := m.curvature
	if curvature <= 0 && t.t > 0 {
		curvature = rightCurvature * winf / t.t
		if t.slope < 0 {
			curvature = leftCurvature * winf / t.t
		}
	}
	step := float64(widestStep * t.t)
	if curvature > 0 {
		newton := max(overshootStep*math.Abs(t.slope)/curvature, narrowestStep*m.bound)
		step = min(step, newton*portable.Pow(4, float64(sameSide)))
	}
	return max(step, narrowestStep*m.bound)
}

// combine returns multipliers whose dual bound is that of the tangents: those
// of the two sides weighted so that the slopes cancel, or, at the smallest
// feasible t, those of the right side moved along the last ray.
func (m *Master) combine(left, right *tangent, winf float64) []float64 {
	switch {
	case left != nil && right != nil && len(left.y) == len(right.y):
		y := make([]float64, len(left.y))
		for k := range y {
			y[k] = (float64(right.slope*left.y[k]) - float64(left.slope*right.y[k])) / (right.slope - left.slope)
		}
		return y
	case left != nil:
		return left.y
	case len(m.ray) == len(right.y):
		return m.alongRay(right.y, winf)
	}
	return right.y
}
