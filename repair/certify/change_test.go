package certify

import (
	"math"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// TestWrongChange: a certificate that says less of the change than there is is
// refused: a smaller bound, fewer free parameters, another layer, a smaller value.
func TestWrongChange(t *testing.T) {
	net, s := papertest.Figure3(t), equation3(t)
	r, c := certified(t, net, s, repair.Options{Layer: 1, Norm: repair.Linf})
	_, op, err := r.Network.Layer(1)
	if err != nil {
		t.Fatal(err)
	}
	_, before, err := net.Layer(1)
	if err != nil {
		t.Fatal(err)
	}
	// The parameters that changed, and the largest change.
	from, to := before.Channel(nn.ValueChannel), op.Channel(nn.ValueChannel)
	first, largest, count := -1, 0.0, 0
	for j := range from.Weight.Rows {
		for k, v := range append(append([]float64(nil), from.Weight.Row(j)...), from.Bias[j]) {
			w := to.Bias[j]
			if k < from.Weight.Cols {
				w = to.Weight.Row(j)[k]
			}
			if v != w && first < 0 {
				first = count
			}
			largest = max(largest, math.Abs(w-v))
			count++
		}
	}
	bound := func(v float64) func(b *cert.Repair) { return func(b *cert.Repair) { b.Bound = &v } }
	for _, q := range []struct {
		name string
		ok   bool
		edit func(b *cert.Repair)
	}{
		{"as it is", true, func(*cert.Repair) {}},
		{"bound that is met", true, bound(float64(largest * (1 + 1e-9)))},
		{"bound that is missed", false, bound(float64(largest * (1 - 1e-9)))},
		{"all free", true, func(b *cert.Repair) { b.Free = []int{0, count} }},
		{"a changed one fixed", false, func(b *cert.Repair) {
			if b.Free = []int{0, first, 1}; first == 0 {
				b.Free = []int{1}
			}
			if rest := count - first - 1; rest > 0 {
				b.Free = append(b.Free, rest)
			}
		}},
		{"too many free", false, func(b *cert.Repair) { b.Free = []int{0, count + 1} }},
		{"another layer", false, func(b *cert.Repair) { b.Layer = 2 }},
		{"a smaller value", false, func(b *cert.Repair) { b.Objective.Value = float64(b.Objective.Value * (1 - 1e-9)) }},
	} {
		changed, body, o := *c, *c.Repair, *c.Repair.Objective
		changed.Repair, body.Objective = &body, &o
		o.LowerBound = 0 // of the change alone
		q.edit(&body)
		if _, err := proof.CheckRepair(t.Context(), &changed, net, r.Network, s, proof.Options{}); (err == nil) != q.ok {
			t.Errorf("%s: %v", q.name, err)
		}
	}
}

// TestWrongRows: a row is refused that does not lie in its item's set, or is about
// a class that the original network does not prefer there.
func TestWrongRows(t *testing.T) {
	net := papertest.Chain(t, 2, papertest.Dense([]float64{1, 0, 0}, []float64{-1, 0, 0}, []float64{0, 0, 4}))
	digest, err := proof.NetworkDigest(net)
	if err != nil {
		t.Fatal(err)
	}
	square, err := set.NewPolygon([][]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	s := &spec.Spec{Items: []spec.Item{
		papertest.Point(spec.Output{Allowed: []int{1, 0}}, 0.5, 0),
		papertest.Point(spec.Output{Allowed: []int{1, 0}}, 0, 0),
		papertest.Segment(t, spec.Output{Allowed: []int{1, 0}}, []float64{-1, 0}, []float64{1, 0}),
		{Name: "square", Polygon: square, Output: spec.Output{Allowed: []int{0}}},
	}}
	c := cert.New(cert.NoRepair)
	c.Network.Content = digest
	if c.Specification.Content, err = proof.SpecDigest(s); err != nil {
		t.Fatal(err)
	}
	bound := 1.0 / 8
	class := func(k int) *int { return &k }
	for _, q := range []struct {
		name string
		ok   bool
		row  cert.Row
	}{
		{"class preferred", true, cert.Row{Class: class(0)}},
		{"class not preferred", false, cert.Row{Class: class(1)}},
		{"class not allowed", false, cert.Row{Class: class(2)}},
		{"class left out", false, cert.Row{}},
		{"tie, first listed", true, cert.Row{Item: 1, Class: class(1)}},
		{"tie, second listed", false, cert.Row{Item: 1, Class: class(0)}},
		{"tie on a segment", true, cert.Row{Item: 2, At: cert.Floats(0.5), Class: class(1)}},
		{"tie, next to it", true, cert.Row{Item: 2, At: cert.Floats(0.5), Towards: cert.Floats(1), Class: class(0)}},
		{"tie, next to it, the other", false, cert.Row{Item: 2, At: cert.Floats(0.5), Towards: cert.Floats(0), Class: class(0)}},
		{"before a segment", false, cert.Row{Item: 2, At: cert.Floats(-0x1p-60), Class: class(1)}},
		{"behind a segment", false, cert.Row{Item: 2, At: cert.Floats(1 + 0x1p-52), Class: class(0)}},
		{"towards outside", false, cert.Row{Item: 2, At: cert.Floats(0.5), Towards: cert.Floats(2), Class: class(0)}},
		{"segment as a point", false, cert.Row{Item: 2, Class: class(1)}},
		{"polygon", true, cert.Row{Item: 3, At: cert.Floats(0.5, 0.5), Triangle: 1, HalfSpace: 1}},
		{"beyond a polygon", false, cert.Row{Item: 3, At: cert.Floats(0.5, 0.5+0x1p-50), Triangle: 1, HalfSpace: 1}},
		{"triangle that is none", false, cert.Row{Item: 3, At: cert.Floats(0.5, 0.5), Triangle: 2, HalfSpace: 1}},
		{"half-space that is none", false, cert.Row{Item: 3, At: cert.Floats(0.5, 0.5), HalfSpace: 2}},
		{"item that is none", false, cert.Row{Item: 4}},
	} {
		q.row.Multiplier = cert.Float(1)
		c.Repair = &cert.Repair{Original: cert.Identity{Content: digest}, Layer: 1, Bound: &bound, Rows: []cert.Row{q.row}}
		if _, err := proof.CheckRepair(t.Context(), c, net, nil, s, proof.Options{}); (err == nil) != q.ok {
			t.Errorf("%s: %v", q.name, err)
		}
	}
}

// TestWrongBound: no multiple of the multipliers proves more than the optimum, with
// a bound on the changes or parameters fixed either.
func TestWrongBound(t *testing.T) {
	net, s := papertest.Figure3(t), equation3(t)
	for _, norm := range norms() {
		for _, free := range []repair.Free{{}, {Kind: repair.FreeWeights}} {
			r, c := certified(t, net, s, repair.Options{Layer: 1, Norm: norm, Free: free, Bound: 4})
			for _, factor := range []float64{0.25, 0.5, 1, 1.125, 1.25, 1.5, 2, 3, 4} {
				changed, body, o := *c, *c.Repair, *c.Repair.Objective
				changed.Repair, body.Objective = &body, &o
				body.Rows = append([]cert.Row(nil), body.Rows...)
				for i := range body.Rows {
					body.Rows[i].Multiplier = cert.Float(float64(factor * body.Rows[i].Multiplier.Float64()))
				}
				o.LowerBound, o.Value = float64(o.Value*(1+1e-6)), float64(2*o.Value)
				if _, err := proof.CheckRepair(t.Context(), &changed, net, r.Network, s, proof.Options{}); err == nil {
					t.Errorf("%s, multipliers times %v: accepted with a lower bound above the optimum", norm, factor)
				}
			}
		}
	}
}
