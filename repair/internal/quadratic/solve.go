package quadratic

import (
	"math"
	"slices"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/internal/dense"
	"github.com/netmend/netmend/repair/internal/row"
)

const (
	// violationTolerance is how far, relative to the row's length times the
	// length of x and its right-hand side, a row may be violated: some roundings
	// of a long dot product.
	violationTolerance = 1e-14
	// maxSolves ends a run that does not converge.
	maxSolves = 100_000
	// boundsAtOnce is how many violated bounds become rows at once.
	boundsAtOnce = 40
	// largestCondition of a matrix of products that is still solved; rows that
	// would exceed it depend on the others.
	largestCondition = 1e13
	// exchangeTolerance: a share below it in a dependent row is rounding.
	exchangeTolerance = 1e-9
	// boundTolerance is how far, relatively, a coordinate may exceed the bound.
	boundTolerance = 1e-12
)

// Solve minimises over the rows present, from the last solution, and reports
// whether it succeeded. It does not where the rows have no solution, which the
// caller finds out otherwise, or where rounding prevents it.
func (p *Program) Solve() bool {
	tried := false
	for range maxSolves {
		if !p.solveRows() {
			return false
		}
		p.computeX()
		if !p.addBounds() {
			return true
		}
		if p.MostBounds > 0 && p.bounds > p.MostBounds {
			return false
		}
		if p.bounds > manyBounds && !tried {
			// Once: where it fails, rows do.
			if tried = true; p.fix() {
				return true
			}
		}
	}
	return false
}

// addBounds makes rows of the worst violated bounds and reports whether there
// are any.
func (p *Program) addBounds() bool {
	added := 0
	for i, v := range p.x {
		if math.Abs(v) <= p.limit*(1+boundTolerance) || added == boundsAtOnce {
			continue
		}
		unit := &row.Row{Channels: []int32{int32(i / p.in)}, Blocks: make([]float64, p.in)}
		unit.Blocks[i%p.in] = math.Copysign(1, v)
		p.add(constraint{a: unit, b: p.limit, bound: true})
		added++
	}
	p.bounds += added
	return added > 0
}

// at is a_k . a_l.
func (p *Program) at(k, l int) float64 {
	if l > k {
		k, l = l, k
	}
	return p.gram[k][l]
}

// solveRows is Lawson's and Hanson's method: as long as a row is violated, let
// its multiplier grow; whenever the solution for the passive rows would make a
// multiplier negative, go only as far as the first becomes 0, and release it.
func (p *Program) solveRows() bool {
	if !p.settle(-1) {
		return false
	}
	for range maxSolves {
		worst, k := 0.0, -1
		for i := range p.rows {
			if !p.passive[i] {
				if v := p.violation(i); v > worst {
					worst, k = v, i
				}
			}
		}
		if k < 0 {
			return true
		}
		p.passive[k] = true
		if !p.settle(k) {
			return false
		}
	}
	return false
}

// violation of row i at x = -A^T y, less its tolerance and divided by its
// length.
func (p *Program) violation(i int) float64 {
	ax, size := 0.0, math.Abs(p.rows[i].b)
	for k, y := range p.y {
		if y != 0 {
			v := float64(y * p.at(i, k))
			ax -= v
			size += math.Abs(v)
		}
	}
	length := math.Sqrt(p.at(i, i))
	if length == 0 {
		return 0
	}
	return (ax - p.rows[i].b - float64(violationTolerance*size)) / length
}

// settle solves for the passive rows until no multiplier is negative. newest is
// the row just made passive, or -1.
func (p *Program) settle(newest int) bool {
	for range maxSolves {
		set := p.passiveRows()
		if len(set) == 0 {
			return true
		}
		z, ok := p.solvePassive(set, nil)
		if !ok {
			if newest < 0 || !p.passive[newest] || !p.exchange(newest) {
				return false
			}
			continue
		}
		step, stop := 1.0, -1
		for n, i := range set {
			if z[n] < 0 {
				if s := p.y[i] / (p.y[i] - z[n]); stop < 0 || s < step {
					step, stop = s, i
				}
			}
		}
		if stop < 0 {
			for n, i := range set {
				p.y[i] = z[n]
			}
			return true
		}
		for n, i := range set {
			p.y[i] = max(0, p.y[i]+float64(step*(z[n]-p.y[i])))
		}
		p.passive[stop], p.y[stop] = false, 0
	}
	return false
}

func (p *Program) passiveRows() []int {
	var set []int
	for i, a := range p.passive {
		if a {
			set = append(set, i)
		}
	}
	return set
}

// exchange lets the multiplier of row k grow, which depends on the other
// passive rows, a_k = sum d_i a_i: the others fall by d_i, x stays, and the
// first to reach 0 is released. Where none falls the rows contradict each other.
func (p *Program) exchange(k int) bool {
	p.passive[k] = false
	set := p.passiveRows()
	p.passive[k] = true
	rhs := make([]float64, len(set))
	for n, i := range set {
		rhs[n] = p.at(i, k)
	}
	d, ok := p.solvePassive(set, rhs)
	if !ok {
		return false
	}
	step, stop := math.Inf(1), -1
	for n, i := range set {
		if d[n] > exchangeTolerance*math.Sqrt(p.at(k, k)/p.at(i, i)) {
			if s := p.y[i] / d[n]; s < step {
				step, stop = s, i
			}
		}
	}
	if stop < 0 {
		return false
	}
	for n, i := range set {
		p.y[i] = max(0, p.y[i]-float64(step*d[n]))
	}
	p.y[k] += step
	p.passive[stop], p.y[stop] = false, 0
	return true
}

// solvePassive solves K z = rhs on the set, with rhs = -b where nil, and refines.
func (p *Program) solvePassive(set []int, rhs []float64) ([]float64, bool) {
	if p.Interrupt != nil && p.Interrupt() {
		return nil, false
	}
	p.Solves++
	n := len(set)
	scale := make([]float64, n)
	for i, k := range set {
		scale[i] = 1 / math.Sqrt(p.at(k, k))
		if math.IsInf(scale[i], 1) {
			return nil, false
		}
	}
	a, b := blas.NewMat(n, n), make([]float64, n)
	for i, k := range set {
		for j, l := range set[:i+1] {
			v := float64(p.at(k, l) * scale[i] * scale[j])
			a.Row(i)[j], a.Row(j)[i] = v, v
		}
		v := -p.rows[k].b
		if rhs != nil {
			v = rhs[i]
		}
		b[i] = float64(v * scale[i])
	}
	factor, ok := dense.Cholesky(a)
	if !ok || dense.Condition(a, factor) > largestCondition {
		return nil, false
	}
	z, r := slices.Clone(b), make([]float64, n)
	dense.Solve(factor, z)
	for range 2 {
		for i := range r {
			r[i] = b[i] - blas.Dot(a.Row(i), z)
		}
		dense.Solve(factor, r)
		blas.Axpy(1, r, z)
	}
	for i := range z {
		z[i] = float64(z[i] * scale[i])
	}
	return z, true
}
