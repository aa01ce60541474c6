package proof

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/spec"
)

// TestDeepRows compares the rows of networks as if they were too large for numbers of any
// precision with those that are computed in 256 bits: what they prove is never more, and
// little less.
func TestDeepRows(t *testing.T) {
	compared, narrow := 0, 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 77))
		net := structured(t, r, seed%4 == 0)
		p, err := newPointNetwork(net)
		if err != nil {
			t.Fatal(err)
		}
		layer, op, err := net.Layer(1 + r.IntN(len(net.Layers())))
		if err != nil {
			t.Fatal(err)
		}
		s := &spec.Spec{}
		var rows []cert.Row
		for i := range 3 {
			x := make([]float64, net.InDim())
			for k := range x {
				x[k] = r.NormFloat64()
			}
			s.Items = append(s.Items, spec.Item{Point: x, Output: spec.Output{Allowed: []int{0}}})
			for h := range net.OutDim() - 1 {
				rows = append(rows, cert.Row{Item: i, HalfSpace: h, Multiplier: cert.Float(r.Float64())})
			}
		}
		if len(rows) == 0 {
			continue
		}
		m := &pointRows{net: p, spec: s, layer: layer, op: op, f: interval.Field{Bits: rowBits}}
		if m.meetings, err = meetingsOf(op, inputsOf(net, layer), net.Dim(layer)); err != nil {
			t.Fatal(err)
		}
		points, err := m.points(rows)
		if err != nil {
			t.Fatal(err)
		}
		exact, err := m.sum(t.Context(), points, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		m.deep = true
		deep, err := m.sum(t.Context(), points, nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		compared++
		const near = 1e-9
		close := float(deep.rhs)-float(exact.rhs) <= near*(1+abs(float(exact.rhs)))
		if deep.rhs.Cmp(exact.rhs) < 0 {
			t.Errorf("network %d: the right-hand side is %v, %v in 256 bits", seed, float(deep.rhs), float(exact.rhs))
		}
		for i := range exact.q.m {
			a, b := &deep.q.m[i], &exact.q.m[i]
			got, want := float(rational(a, deep.q.e)), float(rational(b, exact.q.e))
			close = close && got-want <= near*(1+want)
			if a.Cmp(b) < 0 {
				t.Errorf("network %d: coefficient %d is at most %v, %v in 256 bits", seed, i, got, want)
			}
		}
		if close { // most: where units tie, float64 does not tell so
			narrow++
		}
	}
	if compared < 40 || narrow < compared/2 {
		t.Errorf("%d networks were compared, of which %d prove as much", compared, narrow)
	}
}
