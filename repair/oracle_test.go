package repair

import (
	"errors"
	"math"
	"testing"

	"github.com/netmend/netmend/nn"
)

// lpRow is a . D <= b over all parameters of the layer.
type lpRow struct {
	a []float64
	b float64
}

// allRows is the matrix that a repair never builds: every half-space at every
// key point. The coefficients are differences of the value channel's output when
// one parameter grows by 1, which is what Theorem 4.5 says is exact.
func allRows(t testing.TB, p *problem, layer int) []lpRow {
	t.Helper()
	old := p.op.params()
	in := old.Weight.Cols
	x := nn.NewMatrix(len(p.Keys), p.net.InDim())
	tails := make([]int32, len(p.Keys))
	for i, k := range p.Keys {
		copy(x.Row(i), p.At(p.VertexOf(&k)))
		tails[i] = k.Tail
	}
	lin, rowOf := p.Linearization(tails)
	eval := func(v *nn.Params) nn.Matrix {
		net, err := p.net.WithLayer(layer, v)
		if err != nil {
			t.Fatal(err)
		}
		return net.RunLinear(x, lin, rowOf, 1).Output()
	}
	base := eval(old)
	var rows []lpRow
	first := make([]int, len(p.Keys)) // row of a key's first half-space
	for i, k := range p.Keys {
		first[i] = len(rows)
		for _, h := range p.Needs[k.Need].HalfSpaces {
			rows = append(rows, lpRow{make([]float64, old.Weight.Rows*(in+1)), -h.Value(base.Row(i)) - p.margin})
		}
	}
	for j := range old.Weight.Rows {
		for c := range in + 1 {
			v := old.Clone()
			if c < in {
				v.Weight.Row(j)[c]++
			} else {
				v.Bias[j]++
			}
			y := eval(&v)
			for i, k := range p.Keys {
				for o := range y.Row(i) {
					y.Row(i)[o] -= base.Row(i)[o]
				}
				for r, h := range p.Needs[k.Need].HalfSpaces {
					rows[first[i]+r].a[j*(in+1)+c] = h.Value(y.Row(i)) + h.Offset
				}
			}
		}
	}
	return rows
}

// oracle minimises l1 sum |d| + linf max |d| over the free parameters, |d| <=
// bound, subject to the rows, by a textbook simplex on the dual program
//
//	maximise  -b.y - bound h  over  y, h >= 0 and |r_i| <= l1,
//	where     A^T y = r + e - f,  sum (e + f) <= linf + h,  e, f >= 0,
//
// which has few rows and a solution to start from. It is unbounded where the
// rows have no solution.
func oracle(rows []lpRow, n normal, bound float64, free []bool) (value float64, feasible bool, err error) {
	var columns []int
	for i := range rows[0].a {
		if free == nil || free[i] {
			columns = append(columns, i)
		}
	}
	var kept [][]float64 // scaled rows, with b last
	for _, r := range rows {
		var row []float64
		size := 0.0
		for _, c := range columns {
			row = append(row, r.a[c])
			size = max(size, math.Abs(r.a[c]))
		}
		if size <= 1e-13 {
			if r.b < -1e-12 {
				return 0, false, nil
			}
			continue
		}
		row = append(row, r.b)
		for i := range row {
			row[i] /= size
		}
		kept = append(kept, row)
	}
	// Variables: y; of each parameter r + l1, its slack, e, f; linf's part g and
	// its slack; h.
	m, k := len(kept), len(columns)
	g := m + 4*k
	t := newTableau(2*k+2, g+3)
	for i, row := range kept {
		for j := range k {
			t.row(j)[i] = -row[j]
		}
		t.cost()[i] = row[k]
	}
	for j := range k {
		r := m + 4*j
		t.row(j)[r], t.row(j)[r+2], t.row(j)[r+3] = 1, 1, -1
		t.row(k + j)[r], t.row(k + j)[r+1] = 1, 1
		t.row(2 * k)[r+2], t.row(2 * k)[r+3] = -1, -1
		t.setRHS(j, n.l1)
		t.setRHS(k+j, float64(2*n.l1))
	}
	t.row(2 * k)[g], t.row(2 * k)[g+2] = 1, 1
	t.row(2*k + 1)[g], t.row(2*k + 1)[g+1] = 1, 1
	t.setRHS(2*k+1, n.linf)
	t.cost()[g+2] = bound
	for j := range k {
		t.pivot(j, m+4*j)     // r + l1 = l1
		t.pivot(k+j, m+4*j+1) // its slack
	}
	t.pivot(2*k, g+2)
	t.pivot(2*k+1, g+1)
	value, bounded, err := t.minimise()
	return -value, bounded, err
}

// tableau is a linear program, minimise c.x over x >= 0 with A x = b, in the
// form of the textbooks: every pivot rewrites all of it.
type tableau struct {
	rows, cols int // cols without the right-hand side
	data       []float64
	basis      []int
}

func newTableau(rows, cols int) *tableau {
	return &tableau{rows, cols, make([]float64, (rows+1)*(cols+1)), make([]int, rows)}
}

func (t *tableau) row(i int) []float64     { return t.data[i*(t.cols+1) : (i+1)*(t.cols+1)] }
func (t *tableau) cost() []float64         { return t.row(t.rows) }
func (t *tableau) rhs(i int) float64       { return t.row(i)[t.cols] }
func (t *tableau) setRHS(i int, v float64) { t.row(i)[t.cols] = v }

// pivot brings column j into the basis in row i.
func (t *tableau) pivot(i, j int) {
	p := t.row(i)
	f := 1 / p[j]
	for c := range p {
		p[c] = float64(p[c] * f)
	}
	p[j] = 1
	for r := range t.rows + 1 {
		q := t.row(r)
		if f := q[j]; r != i && f != 0 {
			for c, v := range p {
				q[c] -= float64(f * v)
			}
			q[j] = 0
		}
	}
	t.basis[i] = j
}

// pivotTolerance: a smaller entry of the tableau, of numbers around 1, is
// rounding.
const pivotTolerance = 1e-10

// errPivots is that the simplex did not end.
var errPivots = errors.New("the oracle did not end")

// minimise goes on from a basis with a solution by Bland's rule, which does not
// cycle; the first few steps take the steepest column.
func (t *tableau) minimise() (value float64, bounded bool, err error) {
	for step := range 20000 {
		enter := -1
		for j, c := range t.cost()[:t.cols] {
			if c < -pivotTolerance && (enter < 0 || (step < 300 && c < t.cost()[enter])) {
				enter = j
			}
		}
		if enter < 0 {
			return -t.rhs(t.rows), true, nil
		}
		leave, least := -1, math.Inf(1)
		for i := range t.rows {
			a := t.row(i)[enter]
			if a <= pivotTolerance {
				continue
			}
			ratio := max(0, t.rhs(i)) / a
			if ratio < least-1e-13 || (ratio < least+1e-13 && t.basis[i] < t.basis[leave]) {
				leave, least = i, min(ratio, least)
			}
		}
		if leave < 0 {
			return 0, false, nil
		}
		t.pivot(leave, enter)
	}
	return 0, false, errPivots
}

func TestOracle(t *testing.T) {
	// d0 + 2 d1 >= 4, d0 >= 1.
	rows := []lpRow{{[]float64{-1, -2}, -4}, {[]float64{-1, 0}, -1}}
	for _, c := range []struct {
		n     normal
		bound float64
		free  []bool
		want  float64 // NaN: infeasible
	}{
		{normal{l1: 1}, 3, nil, 2.5},
		{normal{linf: 1}, 3, nil, 4.0 / 3},
		{normal{l1: 0.5, linf: 1}, 3, nil, 8.0 / 3},
		{normal{l1: 1}, 1.25, nil, math.NaN()},
		{normal{l1: 1}, 1.375, nil, 1.25 + 1.375},
		{normal{l1: 1}, 5, []bool{true, false}, 4},
		{normal{l1: 1}, 5, []bool{false, true}, math.NaN()},
	} {
		got, feasible, err := oracle(rows, c.n, c.bound, c.free)
		if err != nil {
			t.Fatal(err)
		}
		if feasible == math.IsNaN(c.want) || (feasible && math.Abs(got-c.want) > 1e-9) {
			t.Errorf("%+v: %g, %v, want %g", c, got, feasible, c.want)
		}
	}
}
