package executor

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/nn"
)

// Case is a hull of an [Execution], a pattern that may execute on a part of it,
// and linear functions of the output.
type Case struct {
	Hull    int
	Pattern nn.Pattern
	Normals [][]float64
}

// OutputErrors bounds, for each case, how far a · y' is from a · y for all
// normals a, where y' is the output as executed at an input close to a point x
// of the hull while the units of the nodes from `from` on take the pieces of the
// case's pattern, and y that of the value channel at x under that pattern in real
// arithmetic, or as float64 computes it. The nodes before `from` must have no
// value parameters of their own.
//
// It fails if values may leave the range of the type.
func (e *Execution) OutputErrors(from int, cases []Case) ([]float64, error) {
	bounds := make([]float64, 0, len(cases))
	for len(cases) > 0 {
		k, rows := 0, 0
		for k < len(cases) && (k == 0 || rows < refineRows) {
			rows += len(cases[k].Normals)
			k++
		}
		b, err := e.outputErrors(from, cases[:k])
		if err != nil {
			return nil, err
		}
		bounds = append(bounds, b...)
		cases = cases[k:]
	}
	return bounds, nil
}

func (e *Execution) outputErrors(from int, cases []Case) ([]float64, error) {
	n, ex := e.ex.net, e.ex
	last := len(n.Nodes) - 1
	t, first, err := e.tail(from, cases)
	if err != nil {
		return nil, err
	}
	var caseOf []int
	patterns := make([]nn.Pattern, len(cases))
	rows := 0
	for k, c := range cases {
		patterns[k] = c.Pattern
		rows += len(c.Normals)
	}
	lin := n.LinearizePatterns(patterns, from)
	seed := nn.NewMatrix(rows, n.OutDim())
	for k, c := range cases {
		for _, a := range c.Normals {
			copy(seed.Row(len(caseOf)), a)
			caseOf = append(caseOf, k)
		}
	}
	none := make([]float64, widest(n))
	slopes := func(i, r int) (c, w []float64) {
		k := caseOf[r]
		if i >= from {
			return lin.Slope[i].Row(k), none
		}
		g := cases[k].Hull
		return e.centre[i].Row(g), e.radius[i].Row(g)
	}
	gradients := rounding.Gradients(n, 0, last, seed, slopes, ex.value.Backward, nil, nil)
	bounds := make([]float64, len(cases))
	for row, k := range caseOf {
		start := e.hulls.First[cases[k].Hull]
		for r := first[k]; r < first[k+1]; r++ {
			sum := weigh(gradients[:from], row, e.trace.local[:from], start+r-first[k])
			sum += weigh(gradients, row, t.local, r)
			quick, at := t.total[last], r
			if from > last {
				quick, at = e.trace.total[last], start+r-first[k]
			}
			for o, a := range seed.Row(row) {
				sum += float64(rounding.GradientFloor * math.Abs(a) * quick.Row(at)[o])
			}
			if math.IsNaN(sum) {
				sum = math.Inf(1)
			}
			bounds[k] = max(bounds[k], sum*(1+8*unit))
		}
	}
	return bounds, nil
}

// widest is the largest number of units of a node.
func widest(n *nn.Network) int {
	w := 0
	for i := range n.Nodes {
		w = max(w, n.Dim(i))
	}
	return w
}

// tail evaluates the value channel from node `from` on at the vertices of the
// cases' hulls; case k has the rows first[k] to first[k+1].
func (e *Execution) tail(from int, cases []Case) (t *executed, first []int, err error) {
	n, ex := e.ex.net, e.ex
	var source []int // row of the batch of hulls
	var caseOf []int
	first = []int{0}
	patterns := make([]nn.Pattern, len(cases))
	for k, c := range cases {
		patterns[k] = c.Pattern
		for r := e.hulls.First[c.Hull]; r < e.hulls.First[c.Hull+1]; r++ {
			source, caseOf = append(source, r), append(caseOf, k)
		}
		first = append(first, len(source))
	}
	gather := func(m nn.Matrix) nn.Matrix {
		g := nn.NewMatrix(len(source), m.Cols)
		for r, s := range source {
			copy(g.Row(r), m.Row(s))
		}
		return g
	}
	t = newExecuted(n, nn.Matrix{Rows: len(source)}, nn.Matrix{})
	for i := from; i < len(n.Nodes); i++ {
		for _, j := range n.Nodes[i].Inputs {
			switch {
			case j == nn.Input && t.x.Cols == 0:
				t.x, t.radius = gather(e.trace.x), gather(e.trace.radius)
			case j != nn.Input && j < from && t.vals[j].Rows == 0:
				t.vals[j], t.total[j] = gather(e.trace.vals[j]), gather(e.trace.total[j])
			}
		}
	}
	lin := n.LinearizePatterns(patterns, from)
	for i := from; i < len(n.Nodes); i++ {
		switch op := n.Nodes[i].Op.(type) {
		case nn.Affine:
			if err := ex.affine(t, i, op, ex.value); err != nil {
				return nil, nil, err
			}
		case *nn.Piecewise:
			z, errs := t.of(n.Nodes[i].Inputs[0]), t.errorOf(n.Nodes[i].Inputs[0])
			v, local, total := nn.NewMatrix(z.Rows, z.Cols), nn.NewMatrix(z.Rows, z.Cols), nn.NewMatrix(z.Rows, z.Cols)
			t.vals[i], t.local[i], t.total[i] = v, local, total
			for r := range z.Rows {
				s, o := lin.Slope[i].Row(caseOf[r]), lin.Offset[i].Row(caseOf[r])
				for u, x := range z.Row(r) {
					v.Row(r)[u] = affineAt(s[u], o[u], x)
					d := ex.pieceError(op, math.Abs(x)+errs.Row(r)[u])
					local.Row(r)[u] = d
					total.Row(r)[u] = float64((float64(math.Abs(s[u])*errs.Row(r)[u]) + d) * (1 + 8*unit))
				}
			}
		default:
			return nil, nil, fmt.Errorf("node %d (%s %q) is not piecewise affine", i, op.Kind(), n.Nodes[i].Name)
		}
	}
	return t, first, nil
}
