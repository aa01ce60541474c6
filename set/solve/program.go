package solve

import (
	"errors"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/set"
)

// program is the linear program of a polyhedron's closure, with the cost left
// at 0. Closed rows ± x_j <= b become bounds, which is exact.
type program struct {
	lp.Problem
	dim int
	// source has the polyhedron's row for each row of the problem; upper and
	// lower the row that gives a variable's bound, -1 for none.
	source       []int
	upper, lower []int
}

// programOf leaves room for extra variables after those of p, without bounds
// and absent from the rows.
func (in Solver) programOf(p set.Polyhedron, extra int) *program {
	n := p.Dim + extra
	g := &program{dim: p.Dim, upper: make([]int, p.Dim), lower: make([]int, p.Dim)}
	g.Cost, g.Interrupt = make([]float64, n), in.interrupt()
	whole := set.WholeBox(n)
	g.Lower, g.Upper = whole.Lo, whole.Hi
	for j := range p.Dim {
		g.upper[j], g.lower[j] = -1, -1
	}
	for i, h := range p.Rows {
		h = h.Closure()
		j, sign, ok := axis(h.Normal)
		switch {
		case !ok || p.Rows[i].Strict:
			g.Rows = append(g.Rows, h.Normal...)
			g.Rows = append(g.Rows, make([]float64, extra)...)
			g.Right = append(g.Right, h.Offset)
			g.source = append(g.source, i)
		case sign > 0 && h.Offset < g.Upper[j]:
			g.Upper[j], g.upper[j] = h.Offset, i
		case sign < 0 && -h.Offset > g.Lower[j]:
			g.Lower[j], g.lower[j] = -h.Offset, i
		}
	}
	return g
}

// axis reports whether a is plus or minus a unit vector, and which.
func axis(a []float64) (j int, sign float64, ok bool) {
	for k, v := range a {
		switch {
		case v == 0:
		case ok || v != 1 && v != -1:
			return 0, 0, false
		default:
			j, sign, ok = k, v, true
		}
	}
	return j, sign, ok
}

// addRow appends a . x <= b.
func (g *program) addRow(a []float64, b float64) {
	g.Rows = append(g.Rows, a...)
	g.Right = append(g.Right, b)
	g.source = append(g.source, -1)
}

// multipliers spreads the multipliers of a solve over the rows of the
// polyhedron; those of the bounds are what balances the others against the
// cost.
func (g *program) multipliers(s *lp.Solver, cost []float64, rows int) []float64 {
	y := make([]float64, len(g.Right))
	s.Multipliers(y)
	all := make([]float64, rows)
	n := len(g.Cost)
	left := make([]float64, g.dim)
	copy(left, cost)
	for i, v := range y {
		if v == 0 {
			continue
		}
		if g.source[i] >= 0 {
			all[g.source[i]] = v
		}
		for j := range g.dim {
			left[j] -= float64(v * g.Rows[i*n+j])
		}
	}
	for j, q := range left {
		if q > 0 && g.upper[j] >= 0 {
			all[g.upper[j]] = q
		} else if q < 0 && g.lower[j] >= 0 {
			all[g.lower[j]] = -q
		}
	}
	return all
}

// crossedBounds are the multipliers of two of the polyhedron's rows that bound a
// variable by less than it is bounded from below; nil if there are none.
func (g *program) crossedBounds(rows int) []float64 {
	for j, i := range g.upper {
		if i >= 0 && g.lower[j] >= 0 && g.Lower[j] > g.Upper[j] {
			y := make([]float64, rows)
			y[i], y[g.lower[j]] = 1, 1
			return y
		}
	}
	return nil
}

// length is the Euclidean norm, safe from overflow.
func length(a []float64) float64 {
	s := 0.0
	for _, v := range a {
		s = portable.Hypot(s, v)
	}
	return s
}

// checkDim panics if a vector does not have the polyhedron's dimension.
func checkDim(p set.Polyhedron, x []float64) {
	if len(x) != p.Dim {
		panic("solve: vector of another dimension than the polyhedron")
	}
}

// Tolerance is the distance below which two things count as equal: ten times
// what the linear programs allow a row to be violated by.
const Tolerance = 1e-8

var (
	// ErrUnbounded means that the operation needs a bounded set.
	ErrUnbounded = errors.New("the set is unbounded")
	// ErrEmpty means that the operation needs a set with a point.
	ErrEmpty = errors.New("the set is empty")
	// ErrNumerical means that rounding errors were too much for the method.
	ErrNumerical = errors.New("rounding errors too large for a decision")
	// ErrTooLarge means that a limit on the number of pieces or vertices was
	// reached.
	ErrTooLarge = errors.New("too many pieces")
)
