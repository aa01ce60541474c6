package proof_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// unit of a network with two inputs: where switched (activation channel) is at least
// 0 it adds value to y0 - y1. Both are the factors of the inputs and a constant.
type unit struct{ switched, value [3]float64 }

// switches is the network of some units.
func switches(t *testing.T, units ...unit) *nn.Network {
	t.Helper()
	var act, value [][]float64
	lead := make([]float64, len(units)+1)
	for i, u := range units {
		act, value = append(act, u.switched[:]), append(value, u.value[:])
		lead[i] = 1
	}
	net := papertest.Chain(t, 2, papertest.Dense(act...), nn.ReLU(), papertest.Dense(lead, make([]float64, len(lead))))
	net, err := net.WithLayer(1, &papertest.Dense(value...).Params)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestTies: outputs that tie have no class, on faces of every kind, where they belong
// to the piece and where they do not.
func TestTies(t *testing.T) {
	always := [3]float64{0, 0, 1}
	left := unit{always, [3]float64{-1, 0, 0}} // y0 - y1 = -x everywhere
	jump := unit{[3]float64{1, 0, 0}, [3]float64{1, 0, 1}}
	one := func(a, b, c float64) unit { return unit{[3]float64{a, b, c}, always} }
	segment := func(to float64) [][]float64 { return [][]float64{{-1, 0}, {to, 0}} }
	square := func(to float64) [][]float64 { return [][]float64{{-1, -1}, {to, -1}, {to, 1}, {-1, 1}} }
	triangle := [][]float64{{0, 0}, {-1, 0}, {0, -1}}
	border := []unit{one(1, 0, -1), one(-1, 0, -1), one(0, 1, -1), one(0, -1, -1)}
	for _, c := range []struct {
		name  string
		units []unit
		on    [][]float64
		tie   bool
		at    func(x, y float64) bool // where there is a tie
	}{
		{"a segment's piece without its end", []unit{left, jump}, segment(1), false, nil},
		{"a segment's end", []unit{left}, segment(0), true, func(x, y float64) bool { return x == 0 }},
		{"a segment's piece", []unit{{[3]float64{1, 0, 0}, [3]float64{1, 0, 0}}}, segment(1), true, func(x, y float64) bool { return x <= 0 }},
		{"within a segment alone", border, segment(1), true, func(x, y float64) bool { return x > -1 && x < 1 }},
		{"a polygon's piece without an edge", []unit{left, jump}, square(1), false, nil},
		{"a polygon's edge", []unit{left}, square(0), true, func(x, y float64) bool { return x == 0 }},
		{"an edge without its ends", []unit{left, one(0, 1, -1), one(0, -1, -1)}, square(0), true, func(x, y float64) bool { return x == 0 && y > -1 && y < 1 }},
		{"within a polygon alone", border, square(1), true, func(x, y float64) bool { return x > -1 && x < 1 && y > -1 && y < 1 }},
		{"a vertex", []unit{{always, [3]float64{-1, -1, 0}}}, triangle, true, func(x, y float64) bool { return x == 0 && y == 0 }},
		{"without a vertex", []unit{{always, [3]float64{-1, -1, 0}}, one(1, 1, 0)}, triangle, false, nil},
	} {
		net := switches(t, c.units...)
		closed := set.HalfSpace{Normal: []float64{-1, 1}}
		strict := closed
		strict.Strict = true
		for _, q := range []struct {
			name   string
			output spec.Output
			strict bool
		}{
			{"label", spec.Output{Allowed: []int{0}}, true},
			{"smallest", spec.Output{Allowed: []int{1}, Extremum: spec.Argmin}, true},
			{"strict half-space", spec.Output{HalfSpaces: []set.HalfSpace{strict}}, true},
			{"half-space", spec.Output{HalfSpaces: []set.HalfSpace{closed}}, false},
		} {
			item := spec.Item{Name: "item", Output: q.output}
			var err error
			if len(c.on) == 2 {
				var g set.Segment
				g, err = set.NewSegment(c.on[0], c.on[1])
				item.Segment = &g
			} else {
				item.Polygon, err = set.NewPolygon(c.on)
			}
			if err != nil {
				t.Fatal(err)
			}
			s := &spec.Spec{Items: []spec.Item{item}}
			r := checked(t, net, s, proof.Options{})
			want := proof.StatusHolds
			if c.tie && q.strict {
				want = proof.StatusViolated
			}
			if r.Status != want || (r.Ties > 0) != (want == proof.StatusViolated) || r.Ties != r.Count || r.MarginReached().Sign() < 0 {
				t.Errorf("%s, %s: %s, %d of %d by ties; want %s", c.name, q.name, r.Status, r.Ties, r.Count, want)
			}
			for i := range r.Violations {
				p := &r.Violations[i]
				if !p.Executed || !p.Strict || r.Violated(p).Sign() != 0 || !c.at(p.Point[0], p.Point[1]) {
					t.Errorf("%s, %s: a tie at %v, %+v", c.name, q.name, p.Point, p)
				}
			}
			// A margin says by itself that there are no ties.
			margin := 0x1p-40
			if r := checked(t, net, s, proof.Options{Margin: &margin}); r.Ties != 0 {
				t.Errorf("%s, %s: ties with a margin", c.name, q.name)
			}
		}
	}
}

// TestTiesAtPoints: at points ties are decided for every network whose values are
// known.
func TestTiesAtPoints(t *testing.T) {
	for name, c := range map[string]struct {
		net  *nn.Network
		want proof.Status
	}{
		"affine":   {papertest.Chain(t, 1, papertest.Dense([]float64{1, 0}, []float64{2, -0.5})), proof.StatusViolated},
		"smooth":   {papertest.Chain(t, 1, papertest.Dense([]float64{1, -0.5}, []float64{2, -1}), nn.Tanh(), papertest.Dense([]float64{1, 0, 0}, []float64{0, 1, 0})), proof.StatusViolated},
		"by 2^-60": {papertest.Chain(t, 1, papertest.Dense([]float64{1, 0x1p-60}, []float64{1, 0}), nn.Tanh(), papertest.Dense([]float64{1, 0, 0}, []float64{0, 1, 0})), proof.StatusHolds},
	} {
		s := &spec.Spec{Items: []spec.Item{papertest.Point(spec.Output{Allowed: []int{0}}, 0.5)}}
		if r := checked(t, c.net, s, proof.Options{}); r.Status != c.want || (r.Ties > 0) != (c.want == proof.StatusViolated) {
			t.Errorf("%s: %s, %d ties; want %s", name, r.Status, r.Ties, c.want)
		}
	}
}

// valuesAt are a chain's outputs at a point, without rounding.
func valuesAt(net *nn.Network, x []*big.Rat) []*big.Rat {
	act, value := x, x
	for _, node := range net.Nodes {
		switch op := node.Op.(type) {
		case *nn.Dense:
			act, value = affineAt(op.Channel(nn.ActivationChannel), act), affineAt(op.Channel(nn.ValueChannel), value)
		case *nn.Piecewise:
			var a, v []*big.Rat
			for u := range act {
				k := 0
				for k < len(op.Breaks) && act[u].Cmp(exactly(op.Breaks[k])) >= 0 {
					k++
				}
				apply := func(z *big.Rat) *big.Rat {
					z = new(big.Rat).Mul(z, exactly(op.Slope[k]))
					return z.Add(z, exactly(op.Offset[k]))
				}
				a, v = append(a, apply(act[u])), append(v, apply(value[u]))
			}
			act, value = a, v
		}
	}
	return value
}

func exactly(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }

func affineAt(p *nn.Params, x []*big.Rat) []*big.Rat {
	y := make([]*big.Rat, p.Weight.Rows)
	for j := range y {
		y[j] = exactly(p.Bias[j])
		for i, w := range p.Weight.Row(j) {
			y[j].Add(y[j], new(big.Rat).Mul(exactly(w), x[i]))
		}
	}
	return y
}

// pointOf is the point of a place.
func pointOf(p *proof.Place) []*big.Rat {
	x := make([]*big.Rat, len(p.Corners[0]))
	for i := range x {
		x[i] = new(big.Rat)
		for k, w := range p.Weights {
			x[i].Add(x[i], new(big.Rat).Mul(w, exactly(p.Corners[k][i])))
		}
	}
	return x
}

// TestTiesAgainstPoints: on random segments and triangles, where the check finds a
// class, no point of a grid of fractions has a tie; and where it finds a tie, there is
// one.
func TestTiesAgainstPoints(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	trials := 250
	if testing.Short() {
		trials = 60
	}
	holds, ties := 0, 0
	for range trials {
		net := randomNetwork(t, rng, 2)
		coordinate := func() float64 { return float64(rng.IntN(17)-8) / 8 }
		corners := [][]float64{{coordinate(), coordinate()}, {coordinate(), coordinate()}, {coordinate(), coordinate()}}
		item := spec.Item{Name: "item", Output: spec.Output{Allowed: []int{rng.IntN(2)}, Extremum: spec.Extremum(rng.IntN(2))}}
		if p, err := set.NewPolygon(corners); err == nil && rng.IntN(2) == 0 {
			item.Polygon, corners = p, p.Vertices
		} else if g, err := set.NewSegment(corners[0], corners[1]); err == nil {
			item.Segment, corners = &g, [][]float64{g.From, g.To, g.To}
		} else {
			continue
		}
		// The best requirement that may just hold: the class's lead from below.
		r := checked(t, net, &spec.Spec{Items: []spec.Item{item}}, proof.Options{})
		best, sign := item.Output.Allowed[0], big.NewRat(1, 1)
		if item.Output.Extremum == spec.Argmin {
			sign.Neg(sign)
		}
		lead := func(x []*big.Rat) *big.Rat {
			y := valuesAt(net, x)
			d := new(big.Rat).Sub(y[best], y[1-best])
			return d.Mul(d, sign)
		}
		for i := range r.Violations {
			if p := &r.Violations[i]; p.Executed && new(big.Rat).Neg(lead(pointOf(p))).Cmp(p.Amount) != 0 {
				t.Fatalf("violated by %v at %v, where the lead is %v", p.Amount, pointOf(p), lead(pointOf(p)))
			}
		}
		if r.Status == proof.StatusHolds {
			holds++
			const fine = 12
			for a := int64(0); a <= fine; a++ {
				for b := int64(0); a+b <= fine; b++ {
					p := proof.Place{Corners: corners, Weights: []*big.Rat{big.NewRat(fine-a-b, fine), big.NewRat(a, fine), big.NewRat(b, fine)}}
					if lead(pointOf(&p)).Sign() <= 0 {
						t.Fatalf("%+v holds, but not at %v", item, pointOf(&p))
					}
				}
			}
		}
		ties += r.Ties
	}
	t.Logf("%d hold, %d ties", holds, ties)
	if holds == 0 || ties == 0 {
		t.Errorf("the trials test nothing: %d hold, %d ties", holds, ties)
	}
}

// checkCoefficients: with the pieces of a place, a change of the layer changes the
// half-space there by the sum of the row's coefficients times the change.
func checkCoefficients(t *testing.T, rng *rand.Rand, net *nn.Network, layer int, p *proof.Place, o *spec.Output, row *proof.ExactRow) {
	t.Helper()
	_, op, err := net.Layer(layer)
	if err != nil {
		t.Fatal(err)
	}
	changed := op.Channel(nn.ValueChannel).Clone()
	m, e := row.Coefficients()
	want := new(big.Rat) // of the row
	cols := changed.Weight.Cols + 1
	for i := range m {
		d := float64(rng.IntN(9)-4) / 4
		if to := i % cols; to < cols-1 {
			changed.Weight.Row(i / cols)[to] += d
		} else {
			changed.Bias[i/cols] += d
		}
		want.Add(want, new(big.Rat).Mul(new(big.Rat).SetInt(&m[i]), exactly(d)))
	}
	power := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(max(e, -e))))
	if e < 0 {
		power.Inv(power)
	}
	want.Mul(want, power)
	other, err := net.WithLayer(layer, &changed)
	if err != nil {
		t.Fatal(err)
	}
	h := o.Given(max(p.Class, 0), 3)[p.HalfSpace]
	value := func(n *nn.Network) *big.Rat {
		sum := new(big.Rat)
		for k, y := range valuesWith(n, pointOf(p), p.Pattern) {
			sum.Add(sum, new(big.Rat).Mul(exactly(h.Normal[k]), y))
		}
		return sum
	}
	got := new(big.Rat).Sub(value(other), value(net))
	if got.Mul(got, row.Scale); got.Cmp(want) != 0 {
		t.Fatalf("layer %d, %+v: the half-space changes by %v, the row says %v", layer, p, got, want)
	}
}

// valuesWith are a chain's outputs at a point with the pieces given.
func valuesWith(net *nn.Network, x []*big.Rat, pattern nn.Pattern) []*big.Rat {
	for _, node := range net.Nodes {
		switch op := node.Op.(type) {
		case *nn.Dense:
			x = affineAt(op.Channel(nn.ValueChannel), x)
		case *nn.Piecewise:
			y := make([]*big.Rat, len(x))
			for u, v := range x {
				y[u] = new(big.Rat).Mul(v, exactly(op.Slope[pattern[u]]))
				y[u].Add(y[u], exactly(op.Offset[pattern[u]]))
			}
			x, pattern = y, pattern[len(x):]
		}
	}
	return x
}

// TestPlacesAreRows: every place that a check reports is a row that is accepted,
// with the place's pattern and its amount.
func TestPlacesAreRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	trials := 120
	if testing.Short() {
		trials = 40
	}
	inexact, inward, several, vertices := 0, 0, 0, 0
	for range trials {
		net := randomNetworkOf(t, rng, 2, 3)
		coordinate := func() float64 { return float64(rng.IntN(33)-16) / 8 }
		corner := func() []float64 { return []float64{coordinate(), coordinate()} }
		output := []spec.Output{
			{HalfSpaces: []set.HalfSpace{{Normal: []float64{1, -1, 0}, Offset: -100}}},
			{Allowed: []int{0}},
			{Allowed: []int{1, 0}, HalfSpaces: []set.HalfSpace{{Normal: []float64{1, -1, 0}, Offset: -100}}},
		}[rng.IntN(3)]
		item := spec.Item{Name: "item", Output: output}
		if p, err := set.NewPolygon([][]float64{corner(), corner(), corner(), corner()}); err == nil {
			item.Polygon = p
		} else if g, err := set.NewSegment(corner(), corner()); err == nil {
			item.Segment = &g
		} else {
			continue
		}
		s := &spec.Spec{Items: []spec.Item{item}, Margin: 8}
		if len(output.Allowed) == 1 && rng.IntN(2) == 0 {
			s.Margin = 0
		}
		r := checked(t, net, s, proof.Options{Choice: net})
		layer := 1 + rng.IntN(3)
		rows, err := proof.NewRows(net, s, layer)
		if err != nil {
			t.Fatal(err)
		}
		for i := -1; i < len(r.Violations); i++ {
			p := r.Worst
			if i >= 0 {
				p = &r.Violations[i]
			}
			row := p.Row()
			pattern, err := rows.Pattern(&row)
			if err != nil || string(pattern) != string(p.Pattern) {
				t.Fatalf("%+v: %+v: pattern %v, %v", p, row, pattern, err)
			}
			exact, err := rows.Exact(&row)
			if err != nil {
				t.Fatal(err)
			}
			want := r.Violated(p)
			want.Mul(want, exact.Scale).Neg(want)
			if exact.RHS.Cmp(want) != 0 {
				t.Fatalf("%+v: right-hand side %v, want %v", p, exact.RHS, want)
			}
			if exact.Strict != (p.Strict && p.Executed) {
				t.Fatalf("%+v: strict %v", p, exact.Strict)
			}
			if len(output.Allowed) < 2 {
				near := row.At
				if row.Towards != nil {
					near = row.Towards
				}
				first := rng.IntN(2) * len(p.Pattern) / 2
				corners, err := rows.Vertices(p.Item, p.Triangle, near, p.Pattern[first:], first)
				if err != nil {
					t.Fatal(err)
				}
				found := slices.ContainsFunc(corners, func(c cert.Row) bool {
					pattern, err := rows.Pattern(&c)
					return err == nil && string(pattern) == string(p.Pattern) && slices.Equal(c.At, row.At) && (c.Towards == nil) == (row.Towards == nil)
				})
				if !found && !p.Strict {
					t.Fatalf("%+v is no vertex of its region: %v", p, corners)
				}
				if found {
					vertices++
				}
			}
			checkCoefficients(t, rng, net, layer, p, &item.Output, exact)
			for _, w := range p.Weights {
				if _, dyadic := w.Float64(); !dyadic {
					inexact++
				}
			}
			if p.Inward != nil {
				inward++
			}
			if p.Class >= 0 {
				several++
			}
		}
	}
	t.Logf("%d weights that are no floats, %d places on open faces, %d of several classes, %d vertices", inexact, inward, several, vertices)
	if inexact == 0 || inward == 0 || several == 0 || vertices == 0 {
		t.Error("the trials test nothing")
	}
}
