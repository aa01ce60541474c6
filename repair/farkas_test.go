package repair

import (
	"math/big"
	"testing"
)

// exactFarkas is [FarkasValue] in exact arithmetic on the rows as stored.
func exactFarkas(rows []FarkasRow, bound float64, free []bool) *big.Rat {
	exact := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
	value := new(big.Rat)
	if len(rows) == 0 {
		return exact(1)
	}
	q := make([]big.Rat, max(rows[0].parameters(), len(free)))
	var term big.Rat
	for _, r := range rows {
		y := exact(r.Multiplier)
		if y.Sign() < 0 {
			return exact(1) // no proof
		}
		value.Add(value, term.Mul(y, exact(r.RHS)))
		r.coefficients().Each(func(j int, scale float64, coef []float64) {
			for len(q) < (j+1)*len(coef) {
				q = append(q, big.Rat{})
			}
			yg := new(big.Rat).Mul(y, exact(scale))
			for i, h := range coef {
				if h != 0 {
					at := &q[j*len(coef)+i]
					at.Add(at, term.Mul(yg, exact(h)))
				}
			}
		})
	}
	sum := new(big.Rat)
	for i := range q {
		if free == nil || free[i] {
			sum.Add(sum, q[i].Abs(&q[i]))
		}
	}
	return value.Add(value, sum.Mul(sum, exact(bound)))
}

func TestFarkasValue(t *testing.T) {
	// Twice d0 + 2 d1 <= -4 is 2 d0 + 4 d1 <= -8, which is at least -6 where
	// |d| <= 1.
	rows := []FarkasRow{{Multiplier: 2, G: []float64{1}, H: []float64{1, 2}, RHS: -4}}
	// The value errs upwards, so that no rounding error makes a proof.
	for _, c := range []struct {
		bound float64
		free  []bool
		want  float64
	}{
		{1, nil, -2},
		{1, []bool{false, true}, -4},
		{1, []bool{false, false}, -8},
		{2, nil, 4},
	} {
		if v := FarkasValue(rows, c.bound, c.free); !(v >= c.want && v <= c.want+1e-12) {
			t.Errorf("bound %g, free %v: value %.17g, want %g", c.bound, c.free, v, c.want)
		}
		if v, _ := exactFarkas(rows, c.bound, c.free).Float64(); v != c.want {
			t.Errorf("bound %g, free %v: exact value %g, want %g", c.bound, c.free, v, c.want)
		}
	}
	if v := FarkasValue(nil, 1, nil); !(v > 0) {
		t.Errorf("value %g of no rows: a proof of nothing", v)
	}
}

// The slices have no repair of the last layer with |D| <= 2e-5, and the
// multipliers prove it in exact arithmetic on the rows as stored.
func TestSlicesInfeasibleExactly(t *testing.T) {
	if testing.Short() {
		t.Skip("enumerates 45,647 regions")
	}
	net, s := acasSlices(t)
	const bound = 2e-5
	r := mustRun(t, net, s, Options{Layer: 7, Bound: bound})
	if r.Status != Infeasible {
		t.Fatalf("%s: %s", r.Status, r.Reason)
	}
	if v := exactFarkas(r.Farkas, bound, nil); v.Sign() >= 0 {
		t.Errorf("Farkas value %s of %d rows, want < 0", v.FloatString(30), len(r.Farkas))
	}
	// The rows say what they should: the gradient is that of a difference of two
	// outputs, and the point lies in the slice.
	for _, row := range r.Farkas {
		if len(row.Place.Point) != net.InDim() || row.Place.Item == "" {
			t.Fatalf("row at %+v", row.Place)
		}
		h := hidden(t, net, 7, row.Place.Point)
		y, err := net.EvalPoint(row.Place.Point)
		if err != nil {
			t.Fatal(err)
		}
		rhs := 0.0
		for j, g := range row.G {
			rhs -= float64(g * y[j])
		}
		if diff := rhs - row.RHS; diff > 1e-12 || diff < -1e-12 {
			t.Errorf("right-hand side %g, by the network %g", row.RHS, rhs)
		}
		for i, v := range h {
			if diff := v - row.H[i]; diff > 1e-9 || diff < -1e-9 {
				t.Fatalf("input %d of the layer is %g, by the network %g", i, row.H[i], v)
			}
		}
	}
}
