//go:build clp

package repair

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/lp/clp"
	"github.com/netmend/netmend/nn"
)

// clpOracle is [oracle] by CLP: the change is the difference of two positive
// parts, whose sum is at most t.
func clpOracle(t testing.TB, rows []lpRow, n normal, bound float64, free []bool) (d []float64, value float64, feasible bool) {
	t.Helper()
	size := len(rows[0].a)
	p := &clp.Problem{Cost: make([]float64, 2*size+1), Lower: make([]float64, 2*size+1), Upper: make([]float64, 2*size+1)}
	p.Cost[2*size], p.Upper[2*size] = n.linf, bound
	for i := range size {
		p.Cost[i], p.Cost[size+i] = n.l1, n.l1
		if free == nil || free[i] {
			p.Upper[i], p.Upper[size+i] = bound, bound
		}
		p.Rows = append(p.Rows, clp.Row{
			Index: []int{i, size + i, 2 * size}, Value: []float64{1, 1, -1}, Lower: math.Inf(-1),
		})
	}
	for _, r := range rows {
		row := clp.Row{Lower: math.Inf(-1), Upper: r.b}
		for i, v := range r.a {
			if v != 0 {
				row.Index, row.Value = append(row.Index, i, size+i), append(row.Value, v, -v)
			}
		}
		if row.Index == nil {
			if r.b < -1e-9 {
				return nil, 0, false
			}
			continue
		}
		p.Rows = append(p.Rows, row)
	}
	res, err := clp.Solve(p, clp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	switch res.Status {
	case clp.Infeasible:
		return nil, 0, false
	case clp.Optimal:
	default:
		t.Fatalf("CLP: %v", res.Status)
	}
	d = make([]float64, size)
	for i := range d {
		d[i] = res.X[i] - res.X[size+i]
	}
	return d, res.Objective, true
}

// TestRandomRepairsCLP is TestRandomRepairs with CLP as oracle.
func TestRandomRepairsCLP(t *testing.T) {
	trials := 300
	if testing.Short() {
		trials = 50
	}
	for seed := range uint64(trials) {
		seed += 100000
		tr := randomTrial(t, random(seed), seed%2 == 0)
		res := tr.result
		rows := allRows(t, tr.problem, tr.opt.Layer)
		_, want, feasible := clpOracle(t, rows, newNorm(tr.opt, len(rows[0].a)), tr.opt.Bound, tr.free)
		name := fmt.Sprintf("seed %d (%s, layer %d)", seed, tr.opt.Norm, tr.opt.Layer)
		switch res.Status {
		case Unknown:
		case Infeasible:
			if feasible && res.Contradiction.Sign() < 0 { // else by ties, which CLP allows
				t.Errorf("%s: infeasible, CLP has objective %g", name, want)
			}
		case Repaired:
			if !feasible || math.Abs(res.Objective-want) > optimumTolerance*(want+1e-3) {
				t.Errorf("%s: objective %.12g, CLP %.12g, feasible %v", name, res.Objective, want, feasible)
			}
		}
	}
}

// TestLinesCLP compares with CLP on all rows of ten lines: those that our search
// generated, and whatever CLP's solution violates of the others.
func TestLinesCLP(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds of CLP")
	}
	const layer = 3
	net, s := mnistLines(t, 10)
	for _, norm := range []Norm{L1, Linf, Mix} {
		t.Run(string(norm), func(t *testing.T) {
			opt := Options{Layer: layer, Norm: norm}.filled(t)
			p := newTestProblem(t, net, s, opt)
			res := &Result{Layer: layer, Norm: norm, Margin: p.margin, Bound: opt.Bound}
			x := newSearch(p, opt, nil, res)
			if err := x.find(t.Context()); err != nil {
				t.Fatal(err)
			}
			if res.Status != Repaired {
				t.Fatalf("%s: %s", res.Status, res.Reason)
			}
			if n := len(p.Keys) * 9; p.Counts().Keys*9 != 14904 || n > 14904 {
				t.Fatalf("%d rows of %d", n, p.Counts().Keys*9)
			}
			present := map[rowID]bool{}
			var rows []lpRow
			add := func(id rowID) {
				present[id] = true
				rows = append(rows, lastLayerRow(p, id))
			}
			for _, g := range x.g.rows {
				add(g.rowID)
			}
			for round := 0; ; round++ {
				d, want, feasible := clpOracle(t, rows, x.norm, opt.Bound, nil)
				if !feasible {
					t.Fatal("CLP has no solution")
				}
				var worse []rowID
				for id, v := range lastLayerViolations(t, p, layer, d) {
					if v > 1e-7 && !present[id] {
						worse = append(worse, id)
					}
				}
				if len(worse) == 0 {
					t.Logf("%d rows, %d rounds of CLP: %.12g, ours %.12g", len(rows), round+1, want, res.Objective)
					if math.Abs(res.Objective-want) > 1e-7*want {
						t.Errorf("objective %.12g, CLP %.12g", res.Objective, want)
					}
					return
				}
				if round == 20 {
					t.Fatal("CLP still violates rows")
				}
				slices.SortFunc(worse, func(a, b rowID) int { return int(a.key-b.key)*100 + int(a.row-b.row) })
				for _, id := range worse[:min(len(worse), 100)] {
					add(id)
				}
			}
		})
	}
}

// lastLayerRow is a row of a change of the last layer: a [h; 1]^T.
func lastLayerRow(p *problem, id rowID) lpRow {
	k := p.Keys[id.key]
	h := append(slices.Clone(p.Inputs.Row(int(k.Point))), 1)
	a := make([]float64, p.net.OutDim())
	space := p.Needs[k.Need].HalfSpaces[id.row]
	space.Normal(a)
	r := lpRow{b: -space.Value(p.Outputs.Row(int(k.Point))) - p.margin}
	for _, g := range a {
		for _, v := range h {
			r.a = append(r.a, float64(g*v))
		}
	}
	return r
}

// lastLayerViolations evaluates a network with the last layer changed at every
// key point, and returns by how much each row is violated.
func lastLayerViolations(t testing.TB, p *problem, layer int, d []float64) map[rowID]float64 {
	t.Helper()
	old := *p.op.params()
	v := old.Clone()
	in := old.Weight.Cols
	for j := range old.Weight.Rows {
		for i := range in {
			v.Weight.Row(j)[i] += d[j*(in+1)+i]
		}
		v.Bias[j] += d[j*(in+1)+in]
	}
	net, err := p.net.WithLayer(layer, &v)
	if err != nil {
		t.Fatal(err)
	}
	x := nn.NewMatrix(len(p.Keys), net.InDim())
	for i, k := range p.Keys {
		copy(x.Row(i), p.At(p.VertexOf(&k)))
	}
	y, err := net.Eval(x, 2)
	if err != nil {
		t.Fatal(err)
	}
	all := map[rowID]float64{}
	for i, k := range p.Keys {
		for r, space := range p.Needs[k.Need].HalfSpaces {
			all[rowID{int32(i), int32(r)}] = space.Value(y.Row(i)) + p.margin
		}
	}
	return all
}
