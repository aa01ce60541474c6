package solve

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/set"
)

// Norm names how distances are measured.
type Norm uint8

// The norms of a vector v.
const (
	L1   Norm = iota // Σ |v_j|
	L2               // the square root of Σ v_j²
	LInf             // max |v_j|
)

func (n Norm) String() string {
	switch n {
	case L1:
		return "l1"
	case L2:
		return "l2"
	case LInf:
		return "linf"
	}
	return fmt.Sprintf("Norm(%d)", uint8(n))
}

// Of is the norm of v.
func (n Norm) Of(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		switch n {
		case L1:
			s += math.Abs(x)
		case L2:
			s = portable.Hypot(s, x)
		default:
			s = max(s, math.Abs(x))
		}
	}
	return s
}

// Nearest is a point of the closure of p nearest to x, and its distance: x
// itself, with distance exactly 0, if it is a member. In l1 and linf there may
// be several nearest points. It fails with ErrEmpty.
//
// Algorithm: a linear program for l1 and linf; for l2 the dual active-set method
// of D. Goldfarb and A. Idnani, 1983, which starts from x and takes in the most
// violated row.
func (in Solver) Nearest(p set.Polyhedron, x []float64, norm Norm) (point []float64, distance float64, err error) {
	checkDim(p, x)
	p = p.Closure()
	if p.Contains(x) {
		return slices.Clone(x), 0, nil
	}
	switch norm {
	case L2:
		point, err = in.nearestL2(p, x)
	case L1:
		point, err = in.nearestByProgram(p, x, p.Dim)
	default:
		point, err = in.nearestByProgram(p, x, 1)
	}
	if err != nil {
		return nil, 0, err
	}
	difference := make([]float64, len(x))
	for j := range x {
		difference[j] = point[j] - x[j]
	}
	return point, norm.Of(difference), nil
}

// nearestByProgram minimises the sum of the bounds t on |v_j|, one for each
// coordinate (l1) or one for all (linf), over v with x + v in p.
func (in Solver) nearestByProgram(p set.Polyhedron, x []float64, bounds int) ([]float64, error) {
	n := p.Dim
	g := in.programOf(shifted(p, x), bounds)
	for k := range bounds {
		g.Cost[n+k] = -1
		g.Lower[n+k] = 0
	}
	row := make([]float64, n+bounds)
	for j := range n {
		t := n + j%bounds
		for _, sign := range [2]float64{1, -1} {
			clear(row)
			row[j], row[t] = sign, -1
			g.addRow(row, 0)
		}
	}
	s := lp.New(n + bounds)
	switch s.Solve(&g.Problem) {
	case lp.Infeasible:
		return nil, ErrEmpty
	case lp.Optimal:
		point := slices.Clone(s.X()[:n])
		for j := range point {
			point[j] += x[j]
		}
		return point, nil
	}
	return nil, in.failed()
}

// shifted is {v : x + v in p}.
func shifted(p set.Polyhedron, x []float64) set.Polyhedron {
	q := set.Polyhedron{Dim: p.Dim, Rows: slices.Clone(p.Rows)}
	for i := range q.Rows {
		q.Rows[i].Offset = p.Rows[i].Slack(x)
	}
	return q
}
