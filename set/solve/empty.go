package solve

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/set"
)

// Emptiness is the answer of [Empty].
type Emptiness struct {
	Empty bool
	// Farkas are multipliers y >= 0 of the rows where the closure is empty: with
	// them y^T C is 0 and y . d < 0, up to rounding. That the rows with y > 0
	// contradict each other has been checked with rounding accounted for. Nil
	// where the set is empty because of strict rows only.
	Farkas []float64
	// Point is a point of a set that is not empty. It is one exactly if Member;
	// otherwise the set is so thin that the point, rounded to float64, lies
	// beside it.
	Point  []float64
	Member bool
}

// Empty decides whether p is empty. It is exact, strict rows included.
//
// Algorithm: a linear program finds the point deepest inside, or Farkas
// multipliers; the point is checked for exact membership, the multipliers with
// all rounding accounted for. What is still undecided, a set without interior or
// nearly so, is decided in rational arithmetic on the rows that matter: in up to
// maxExactDim dimensions, beyond which it fails with ErrTooLarge.
func (in Solver) Empty(p set.Polyhedron) (Emptiness, error) {
	if err := p.Validate(); err != nil {
		return Emptiness{}, err
	}
	if err := in.over(); err != nil {
		return Emptiness{}, err
	}
	if e, ok := emptyBounds(p); ok {
		return e, nil
	}
	if len(p.Rows) == 1 && !isZero(p.Rows[0].Normal) {
		x := insideHalfSpace(&p.Rows[0])
		return Emptiness{Point: x, Member: p.Contains(x)}, nil
	}
	g := in.programOf(p, 1)
	if y := g.crossedBounds(len(p.Rows)); y != nil {
		return Emptiness{Empty: true, Farkas: y}, nil
	}
	s := g.deepen()
	switch s.Solve(&g.Problem) {
	case lp.Infeasible:
		y := make([]float64, len(g.Right))
		s.Multipliers(y)
		if h := in.programOf(p, 0); h.Refutes(y) || p.Dim <= maxExactDim && h.RefutesExactly(y) {
			return Emptiness{Empty: true, Farkas: g.multipliers(s, nil, len(p.Rows))}, nil
		}
	case lp.Optimal, lp.Unbounded:
		x := slices.Clone(s.X()[:p.Dim])
		for j := range x {
			x[j] = max(g.Lower[j], min(x[j], g.Upper[j]))
		}
		if p.Contains(x) {
			return Emptiness{Point: x, Member: true}, nil
		}
	}
	if err := in.over(); err != nil {
		return Emptiness{}, err
	}
	if p.Dim > maxExactDim {
		return Emptiness{}, fmt.Errorf("emptiness of a set without interior in %d dimensions: %w", p.Dim, ErrTooLarge)
	}
	return in.emptyExactly(p)
}

// emptyBounds is Empty for rows ± x_j <= b and ± x_j < b alone; not ok for others, and where
// no row is strict, which is no work.
func emptyBounds(p set.Polyhedron) (e Emptiness, ok bool) {
	type bound struct {
		at     float64 // of x_j or -x_j
		strict bool
		row    int
	}
	most := make([]bound, 2*p.Dim) // of x_j at 2j, of -x_j at 2j+1
	for k := range most {
		most[k] = bound{at: math.Inf(1), row: -1}
	}
	for i, h := range p.Rows {
		j, sign, single := axis(h.Normal)
		if !single {
			return e, false
		}
		ok = ok || h.Strict
		k := 2 * j
		if sign < 0 {
			k++
		}
		if b := &most[k]; h.Offset < b.at || h.Offset == b.at && h.Strict {
			*b = bound{h.Offset, h.Strict, i}
		}
	}
	if !ok {
		return e, false
	}
	x := make([]float64, p.Dim)
	for j := range x {
		upper, lower := most[2*j], most[2*j+1]
		lo, hi := -lower.at, upper.at
		switch {
		case lo > hi:
			e.Farkas = make([]float64, len(p.Rows))
			e.Farkas[upper.row], e.Farkas[lower.row] = 1, 1
			return Emptiness{Empty: true, Farkas: e.Farkas}, true
		case lo == hi && (upper.strict || lower.strict):
			return Emptiness{Empty: true}, true
		case !math.IsInf(lo, 0) && !math.IsInf(hi, 0):
			x[j] = float64(lo/2) + float64(hi/2)
		case !math.IsInf(lo, 0):
			x[j] = lo + max(1, math.Abs(lo))
		case !math.IsInf(hi, 0):
			x[j] = hi - max(1, math.Abs(hi))
		}
	}
	return Emptiness{Point: x, Member: p.Contains(x)}, true
}

func isZero(a []float64) bool { return !slices.ContainsFunc(a, func(v float64) bool { return v != 0 }) }

// insideHalfSpace is a point well inside a half-space whose normal is not 0, on one axis.
func insideHalfSpace(h *set.HalfSpace) []float64 {
	x := make([]float64, len(h.Normal))
	k := 0
	for j, a := range h.Normal {
		if math.Abs(a) > math.Abs(h.Normal[k]) {
			k = j
		}
	}
	if at := h.Offset / h.Normal[k]; h.Offset <= 0 {
		x[k] = at - math.Copysign(max(1, math.Abs(at)), h.Normal[k])
	}
	return x
}

// deepen makes the program, which has one variable r more than the polyhedron,
// maximise r with a . x + |a| r <= b for all rows that are not bounds, and
// returns a solver for it. Where r is at most -Tolerance it has no point.
func (g *program) deepen() *lp.Solver {
	n := g.dim
	for i := range g.Right {
		a := g.Rows[i*(n+1) : (i+1)*(n+1)]
		a[n] = length(a[:n])
	}
	g.Cost[n], g.Lower[n], g.Upper[n] = 1, -Tolerance, 1
	return lp.New(n + 1)
}

// maxExactDim is the largest dimension in which rational arithmetic is tried: it
// takes milliseconds in 8 dimensions and half a second in 24.
const maxExactDim = 24

// emptyExactly maximises t <= 1 with a . x + t <= b on strict rows, in rational
// arithmetic: p is not empty iff t can be positive. Rows are added one by one as
// they turn out to be violated.
func (in Solver) emptyExactly(p set.Polyhedron) (Emptiness, error) {
	n := p.Dim
	g := &lp.Problem{Cost: make([]float64, n+1), Interrupt: in.interrupt()}
	whole := set.WholeBox(n + 1)
	g.Lower, g.Upper = whole.Lo, whole.Hi
	g.Cost[n], g.Lower[n], g.Upper[n] = 1, 0, 1
	var present []int
	for {
		e := g.SolveExactly()
		if e.Status == lp.Stopped {
			return Emptiness{}, in.failed()
		}
		if e.Status == lp.Infeasible {
			y, err := in.closedFarkas(p, present)
			return Emptiness{Empty: true, Farkas: y}, err
		}
		if e.X[n].Sign() == 0 {
			return Emptiness{Empty: true}, nil
		}
		i := worstRow(p, e.X)
		if i < 0 {
			x := make([]float64, n)
			for j := range x {
				x[j], _ = e.X[j].Float64()
			}
			return Emptiness{Point: x, Member: p.Contains(x)}, nil
		}
		h := p.Rows[i]
		t := 0.0
		if h.Strict {
			t = 1
		}
		g.Rows = append(append(g.Rows, h.Normal...), t)
		g.Right = append(g.Right, h.Offset)
		present = append(present, i)
	}
}

// worstRow is the row that x, the last of whose numbers is t, violates most,
// compared with the size of the normal; -1 if it violates none.
func worstRow(p set.Polyhedron, x []*big.Rat) int {
	worst, found := 0.0, -1
	product := new(big.Rat)
	for i, h := range p.Rows {
		slack := new(big.Rat).SetFloat64(h.Offset)
		for j, a := range h.Normal {
			if a != 0 {
				slack.Sub(slack, product.Mul(product.SetFloat64(a), x[j]))
			}
		}
		if h.Strict {
			slack.Sub(slack, x[p.Dim])
		}
		if slack.Sign() >= 0 {
			continue
		}
		v, _ := slack.Float64()
		if size := length(h.Normal); size > 0 {
			v /= size
		}
		if found < 0 || v < worst {
			worst, found = v, i
		}
	}
	return found
}

// closedFarkas finds multipliers for rows whose closures are known to
// contradict each other, in float64. Rows that do so by less than the tolerance
// of the linear program are given by a combination that nearly does.
func (in Solver) closedFarkas(p set.Polyhedron, rows []int) ([]float64, error) {
	// The least violation v of the rows, a . x <= b + v, has multipliers that
	// are Farkas multipliers where it is positive.
	g := &lp.Problem{Cost: make([]float64, p.Dim+1), Interrupt: in.interrupt()}
	g.Cost[p.Dim] = -1
	for _, i := range rows {
		g.Rows = append(append(g.Rows, p.Rows[i].Normal...), -1)
		g.Right = append(g.Right, p.Rows[i].Offset)
	}
	s := lp.New(p.Dim + 1)
	if s.Solve(g) != lp.Optimal {
		return nil, in.failed()
	}
	y := make([]float64, len(rows))
	s.Multipliers(y)
	all := make([]float64, len(p.Rows))
	for k, i := range rows {
		all[i] = y[k]
	}
	return all, nil
}
