package verify

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// TestDecoupledProperties decides properties of networks with value parameters of
// their own in an inner layer, beyond the largest output by the pieces that
// execute, and short of it.
func TestDecoupledProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	for trial := range 48 {
		integer := trial%3 == 0
		sizes := []int{1 + trial%3, 5, 4, 2}
		net := randomNetwork(t, random, sizes, integer)
		layer := 1 + trial%2
		d := net.Nodes[net.Layers()[layer-1]].Op.(*nn.Dense).Clone()
		for i := range d.Weight.Data {
			d.Weight.Data[i] += float64(0.3 * random.NormFloat64())
		}
		for i := range d.Bias {
			d.Bias[i] += float64(0.3 * random.NormFloat64())
		}
		net, err := net.WithLayer(layer, &d)
		if err != nil {
			t.Fatal(err)
		}
		box := set.Box{}
		text := "(assert (and"
		for k := range sizes[0] {
			box.Lo, box.Hi = append(box.Lo, -1), append(box.Hi, 1)
			text += fmt.Sprintf(" (>= X_%d -1) (<= X_%d 1)", k, k)
		}
		// The largest y0 - y1 by pieces, faces included.
		whole, err := preimage.Regions(context.Background(), net, box.Polyhedron(), set.Union{set.Whole(2)}, preimage.RegionsOptions{Faces: true})
		if err != nil {
			t.Fatal(err)
		}
		most := math.Inf(-1)
		for _, p := range whole.Pieces {
			a, b, err := net.AffineMap(p.Pattern)
			if err != nil {
				t.Fatal(err)
			}
			c := make([]float64, sizes[0])
			for k := range c {
				c[k] = a.Row(0)[k] - a.Row(1)[k]
			}
			r, err := solve.Support(p.Set, c)
			if err != nil {
				t.Fatal(err)
			}
			most = max(most, r.Value+b[0]-b[1])
		}
		for _, shift := range []float64{-0.01, 1e-6, 0.05} {
			p := property(t, sizes[0], 2, text+fmt.Sprintf(" (>= Y_0 (+ Y_1 %v))))", format(most+shift)))
			r := mustDecide(t, net, p, Options{})
			want := Holds
			if shift < 0 {
				want = Violated
			}
			if r.Verdict != want {
				t.Errorf("trial %d, shift %v: %v (%s), want %v; searched %d cells %d border %d", trial, shift, r.Verdict, r.Reason, want, r.Searched, r.Cells, r.Borderline)
			}
		}
	}
}
