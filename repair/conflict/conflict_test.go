package conflict_test

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/repair/conflict"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

func label(k int) spec.Output { return spec.Output{Allowed: []int{k}} }

func row(item, halfSpace int, multiplier float64) cert.Row {
	return cert.Row{Item: item, HalfSpace: halfSpace, Multiplier: cert.Float(multiplier)}
}

// beyond requires y > lo of the one output.
func beyond(lo float64) spec.Output {
	return spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{-1}, Offset: -lo, Strict: true}}}
}

func TestProve(t *testing.T) {
	bound := 1.0
	upTo := func(hi float64) spec.Output {
		return spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1}, Offset: hi}}}
	}
	line := papertest.Chain(t, 1, papertest.Dense([]float64{0, 0}))
	classes := papertest.Chain(t, 1, papertest.Dense([]float64{1, 0.5}, []float64{-1, 0.25}))
	for _, c := range []struct {
		name  string
		net   *nn.Network
		items []spec.Item
		bound *float64
		free  []int
		rows  []cert.Row
		want  []string // multipliers; nil: no proof
	}{
		{"two labels", classes, []spec.Item{papertest.Point(label(0), 1), papertest.Point(label(1), 1)}, nil, nil, []cert.Row{row(0, 0, 0.999999), row(1, 0, 1)}, []string{"1", "1"}},
		{"two labels, within a bound", classes, []spec.Item{papertest.Point(label(0), 1), papertest.Point(label(1), 1)}, &bound, nil, []cert.Row{row(0, 0, 0.999999), row(1, 0, 1)}, []string{"1", "1"}},
		{"two points", classes, []spec.Item{papertest.Point(label(0), 1), papertest.Point(label(1), -2)}, &bound, nil, []cert.Row{row(0, 0, 1), row(1, 0, 1)}, nil},
		{
			"a point between two others", line,
			[]spec.Item{papertest.Point(upTo(0), 0), papertest.Point(upTo(0), 3), papertest.Point(beyond(0), 1)},
			nil, nil,
			[]cert.Row{row(0, 0, 0.66667), row(1, 0, 0.33333), row(2, 0, 1)},
			[]string{"2", "1", "3"},
		},
		{
			"which may be reached", line,
			[]spec.Item{papertest.Point(upTo(0), 0), papertest.Point(upTo(0), 3), papertest.Point(papertest.Between(0, 9), 1)},
			&bound, nil,
			[]cert.Row{row(0, 0, 0.66667), row(1, 0, 0.33333), row(2, 1, 1)},
			nil,
		},
		{"just beyond the bound", line, []spec.Item{papertest.Point(beyond(2), 1)}, &bound, nil, []cert.Row{row(0, 0, 0.3)}, []string{"0.3"}},
		{"at the bound", line, []spec.Item{papertest.Point(papertest.Between(2, 3), 1)}, &bound, nil, []cert.Row{row(0, 1, 0.3)}, nil},
		{
			// The weight is at its bound, and the bias cancels.
			"at the bound in one parameter", line,
			[]spec.Item{papertest.Point(upTo(0), 0), papertest.Point(beyond(3), 3)},
			&bound, nil,
			[]cert.Row{row(0, 0, 0.33333333333333), row(1, 0, 0.33333333333334)},
			[]string{"1", "1"},
		},
		{"with a row too many", classes, []spec.Item{papertest.Point(label(0), 1), papertest.Point(label(1), 1), papertest.Point(label(0), -5)}, nil, nil, []cert.Row{row(0, 0, 1), row(1, 0, 1), row(2, 0, 1e-9)}, []string{"1", "1"}},
		{"a fixed bias", line, []spec.Item{papertest.Point(beyond(1), 0)}, nil, []int{0, 1, 1}, []cert.Row{row(0, 0, 1)}, []string{"1"}},
	} {
		s := &spec.Spec{Items: c.items}
		body := &cert.Repair{Layer: 1, Bound: c.bound, Free: c.free, Rows: c.rows}
		_, err := conflict.Prove(t.Context(), c.net, s, body, 1)
		if c.want == nil {
			if err == nil {
				t.Errorf("%s: proven with %v", c.name, body.Rows)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, r := range body.Rows {
			got = append(got, r.Multiplier.String())
		}
		if strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%s: multipliers %v, want %v", c.name, got, c.want)
		}
		if _, err := proof.NoRepair(t.Context(), c.net, s, body, 1); err != nil {
			t.Errorf("%s: not accepted: %v", c.name, err)
		}
	}
}

// TestOpposed: items that exclude each other are proven to, for networks of every kind.
func TestOpposed(t *testing.T) {
	smooth := papertest.Chain(t, 1, papertest.Dense([]float64{1, 0.5}, []float64{-0.75, 0.25}), nn.Tanh(), papertest.Dense([]float64{1, -1, 0}, []float64{0.5, 0, 0.25}, []float64{0, 1, 0}))
	relu := papertest.Chain(t, 1, papertest.Dense([]float64{1, 0.5}, []float64{-0.75, 0.25}), nn.ReLU(), papertest.Dense([]float64{1, -1, 0}, []float64{0.5, 0, 0.25}, []float64{0, 1, 0}))
	several := spec.Output{Allowed: []int{2, 0}}
	for name, net := range map[string]*nn.Network{"smooth": smooth, "relu": relu} {
		for _, layer := range []int{1, 2} {
			for _, c := range []struct {
				items  []spec.Item
				margin float64
				want   bool
			}{
				{[]spec.Item{papertest.Point(label(0), 0.3), papertest.Point(label(1), 0.3)}, 0, true},
				{[]spec.Item{papertest.Point(label(0), 0.3), papertest.Point(label(1), 0.3)}, 0.125, true},
				{[]spec.Item{papertest.Point(several, 0.3), papertest.Point(label(1), 0.3)}, 0, true},
				{[]spec.Item{papertest.Point(label(1), -7), papertest.Point(several, -7)}, 0.5, true},
				{[]spec.Item{papertest.Point(several, 0.3), papertest.Point(label(0), 0.3)}, 0, false},
				{[]spec.Item{papertest.Point(label(0), 0.3), papertest.Point(label(1), 0.31)}, 0, false},
			} {
				s := &spec.Spec{Items: c.items, Margin: c.margin}
				for _, bound := range []*float64{nil, new(float64)} {
					if bound != nil {
						*bound = 1e6
					}
					body := &cert.Repair{Layer: layer, Margin: c.margin, Bound: bound}
					if got := conflict.Opposed(t.Context(), net, s, body, 1) != nil; got != c.want {
						t.Errorf("%s, layer %d, %+v: %v", name, layer, c.items, got)
					} else if got {
						if _, err := proof.NoRepair(t.Context(), net, s, body, 1); err != nil || len(body.Rows) != 2 {
							t.Errorf("%s, layer %d, %+v: %v", name, layer, c.items, err)
						}
					}
				}
			}
		}
	}
}

// TestRandomConflicts: labels of random points that an exact linear program shows to be
// no linear function's are proven to be so, from multipliers that are off; labels that
// can be met never are.
func TestRandomConflicts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	trials := 300
	if testing.Short() {
		trials = 80
	}
	infeasible, feasible, touching := 0, 0, 0
	for range trials {
		net, s := randomLabels(t, rng)
		y := cancelling(matrixOf(s))
		body := &cert.Repair{Layer: 1}
		for i := range s.Items {
			v := rng.Float64()
			if y != nil {
				v, _ = y[i].Float64()
				v = float64(v*(1+float64(1e-9*rng.NormFloat64()))) + float64(1e-13*rng.Float64())
			}
			body.Rows = append(body.Rows, row(i, 0, v))
		}
		if rng.IntN(2) == 0 {
			body.Bound = new(float64)
			*body.Bound = 8
		}
		_, err := conflict.Prove(t.Context(), net, s, body, 1)
		switch {
		case y == nil:
			feasible++
			if err == nil && body.Bound == nil {
				t.Fatalf("%+v: proven infeasible", s.Items)
			}
		case err != nil:
			t.Fatalf("%+v: %v with %v", s.Items, err, body.Rows)
		default:
			infeasible++
			if len(body.Rows) > 2 {
				touching++
			}
		}
	}
	t.Logf("%d infeasible (%d with more than two rows), %d feasible", infeasible, touching, feasible)
	if infeasible == 0 || feasible == 0 || touching == 0 {
		t.Error("nothing was tested")
	}
}

// randomLabels are a network of one layer, all 0, and labels of small points.
func randomLabels(t *testing.T, rng *rand.Rand) (*nn.Network, *spec.Spec) {
	dim := 1 + rng.IntN(2)
	s := &spec.Spec{}
	for range 3 + rng.IntN(5) {
		x := make([]float64, dim)
		for i := range x {
			x[i] = float64(rng.IntN(7) - 3)
		}
		s.Items = append(s.Items, papertest.Point(label(rng.IntN(2)), x...))
	}
	return papertest.Chain(t, dim, papertest.Dense(make([]float64, dim+1), make([]float64, dim+1))), s
}

// matrixOf are the rows of labels: y0 - y1 is affine in the point, [x; 1] times a sign.
func matrixOf(s *spec.Spec) [][]*big.Rat {
	var matrix [][]*big.Rat
	for i := range s.Items {
		sign := int64(1 - 2*s.Items[i].Output.Allowed[0])
		var r []*big.Rat
		for _, v := range s.Items[i].Point {
			r = append(r, big.NewRat(-sign*int64(v), 1))
		}
		matrix = append(matrix, append(r, big.NewRat(-sign, 1)))
	}
	return matrix
}

// TestForged: proofs of another system, or with other multipliers, are accepted where
// an exact linear program shows that there is no repair, and nowhere else.
func TestForged(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	trials := 4000
	if testing.Short() {
		trials = 800
	}
	accepted, refused := 0, 0
	for range trials {
		net, s := randomLabels(t, rng)
		body := &cert.Repair{Layer: 1}
		for i := range s.Items {
			body.Rows = append(body.Rows, row(i, 0, 1))
		}
		if y := cancelling(matrixOf(s)); y != nil {
			for i := range y {
				body.Rows[i].Multiplier = cert.Exact(y[i])
			}
		}
		switch i := rng.IntN(len(s.Items)); rng.IntN(6) {
		case 0:
			s.Items[i].Output = label(1 - s.Items[i].Output.Allowed[0])
		case 1:
			s.Items[i].Point[0]++
		case 2:
			body.Rows[i].Multiplier = cert.Exact(big.NewRat(rng.Int64N(4), 1+rng.Int64N(4)))
		case 3:
			body.Rows[i].Item = rng.IntN(len(s.Items))
		case 4:
			y, _ := body.Rows[i].Multiplier.Rat()
			body.Rows[i].Multiplier = cert.Exact(y.Mul(y, big.NewRat(1<<60+1, 1<<60)))
		}
		_, err := proof.NoRepair(t.Context(), net, s, body, 1)
		if err != nil {
			refused++
			continue
		}
		if accepted++; cancelling(matrixOf(s)) == nil {
			t.Fatalf("%+v: accepted with %v", s.Items, body.Rows)
		}
	}
	t.Logf("%d accepted, %d refused", accepted, refused)
	if accepted == 0 || refused == 0 {
		t.Error("nothing was tested")
	}
}

// TestRandomRepairs: labels of random points are met, strictly, or shown to be impossible,
// as an exact linear program says.
func TestRandomRepairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	trials := 400
	if testing.Short() {
		trials = 100
	}
	count := map[repair.Status]int{}
	for range trials {
		net, s := randomLabels(t, rng)
		r, err := repair.Run(t.Context(), net, s, repair.Options{Layer: 1, Norm: []repair.Norm{repair.L1, repair.Linf, repair.L2}[rng.IntN(3)], Bound: 1000})
		if err != nil {
			t.Fatal(err)
		}
		count[r.Status]++
		impossible := cancelling(matrixOf(s)) != nil
		switch {
		case r.Status == repair.Repaired && impossible:
			t.Fatalf("%+v: repaired", s.Items)
		case r.Status == repair.Infeasible && !impossible:
			t.Fatalf("%+v: infeasible by %+v", s.Items, r.Conflict)
		case r.Status != repair.Repaired && r.Status != repair.Infeasible:
			t.Logf("%+v (%v): %s %s", s.Items, impossible, r.Status, r.Reason)
		}
	}
	t.Log(count)
	if n := count[repair.Repaired] + count[repair.Infeasible]; n < trials*98/100 || count[repair.Repaired] == 0 || count[repair.Infeasible] == 0 {
		t.Errorf("%v: too few answers", count)
	}
}

// cancelling are numbers y >= 0 that sum to 1 with yᵀ matrix = 0, a vertex of that set;
// nil if there are none: the simplex method with Bland's rule, in rationals.
func cancelling(matrix [][]*big.Rat) []*big.Rat {
	n, m := len(matrix), len(matrix[0])+1
	// Equations yᵀ matrix = 0 and Σ y = 1, with an artificial variable each, whose sum is
	// minimised.
	tableau := make([][]*big.Rat, m)
	basis := make([]int, m)
	for j := range tableau {
		tableau[j] = make([]*big.Rat, n+m+1)
		for i := range tableau[j] {
			tableau[j][i] = new(big.Rat)
		}
		for i := range n {
			if j < m-1 {
				tableau[j][i].Set(matrix[i][j])
			} else {
				tableau[j][i].SetInt64(1)
			}
		}
		tableau[j][n+j].SetInt64(1)
		basis[j] = n + j
	}
	tableau[m-1][n+m].SetInt64(1)
	for {
		enter := -1
		for i := range n {
			gain := new(big.Rat)
			for j, b := range basis {
				if b >= n {
					gain.Add(gain, tableau[j][i])
				}
			}
			if gain.Sign() > 0 {
				enter = i
				break
			}
		}
		if enter < 0 {
			break
		}
		leave := -1
		var least *big.Rat
		for j := range tableau {
			if tableau[j][enter].Sign() > 0 {
				r := new(big.Rat).Quo(tableau[j][n+m], tableau[j][enter])
				if least == nil || r.Cmp(least) < 0 || r.Cmp(least) == 0 && basis[j] < basis[leave] {
					least, leave = r, j
				}
			}
		}
		pivot := new(big.Rat).Set(tableau[leave][enter])
		for i := range tableau[leave] {
			tableau[leave][i].Quo(tableau[leave][i], pivot)
		}
		for j := range tableau {
			if j == leave || tableau[j][enter].Sign() == 0 {
				continue
			}
			f := new(big.Rat).Set(tableau[j][enter])
			for i := range tableau[j] {
				tableau[j][i].Sub(tableau[j][i], new(big.Rat).Mul(f, tableau[leave][i]))
			}
		}
		basis[leave] = enter
	}
	y := make([]*big.Rat, n)
	for i := range y {
		y[i] = new(big.Rat)
	}
	for j, b := range basis {
		switch {
		case b < n:
			y[b].Set(tableau[j][n+m])
		case tableau[j][n+m].Sign() != 0:
			return nil
		}
	}
	return y
}

// TestNoClass: a point to keep at which outputs tie is one that nothing keeps.
func TestNoClass(t *testing.T) {
	net := papertest.Chain(t, 1, papertest.Dense([]float64{1, 0}, []float64{0, 1}))
	s := &spec.Spec{Items: []spec.Item{papertest.Point(label(0), 3), {Name: "keep", Point: []float64{1}, Keep: true}}}
	bound, unknown, err := proof.Bind(t.Context(), net, s)
	if err != nil || unknown != "" {
		t.Fatal(err, unknown)
	}
	for _, margin := range []float64{0, 0.5} {
		body := &cert.Repair{Layer: 1, Margin: margin}
		if conflict.Opposed(t.Context(), net, bound, body, 1) == nil {
			t.Errorf("margin %v: not found", margin)
			continue
		}
		if rows := conflict.Rows(bound, 2, margin, body.Rows); rows[0].Name != "keep" || !strings.Contains(rows[0].HalfSpace, "outputs tie") {
			t.Errorf("margin %v: %+v", margin, rows)
		}
	}
}

func TestRows(t *testing.T) {
	s := &spec.Spec{Items: []spec.Item{
		{Name: "first", Point: []float64{1}, Output: label(0)},
		papertest.Segment(t, label(1), []float64{0}, []float64{3}),
	}}
	s.Items[1].Name = "second"
	rows := []cert.Row{
		row(0, 0, 0.5), row(1, 0, 0),
		{Item: 1, At: []cert.Number{cert.Exact(big.NewRat(1, 3))}, Multiplier: cert.Exact(big.NewRat(2, 3))},
	}
	got := conflict.Rows(s, 2, 0, rows)
	if len(got) != 2 || got[0].Name != "second" || got[0].Point[0] != 1 || got[0].HalfSpace != "class 1 beats class 0" || got[0].Exact != "2/3" || !got[0].Strict ||
		got[1].Name != "first" || got[1].Exact != "" || got[1].Multiplier != 0.5 {
		t.Errorf("%+v", got)
	}
}
