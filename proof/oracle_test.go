package proof_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// randomNetwork has small weights that are multiples of 1/8, so that ties and
// units that vanish together are common, and may have value parameters.
func randomNetwork(t *testing.T, rng *rand.Rand, in int) *nn.Network {
	return randomNetworkOf(t, rng, in, 2)
}

func randomNetworkOf(t *testing.T, rng *rand.Rand, in, out int) *nn.Network {
	layer := func(out, in int) *nn.Dense {
		rows := make([][]float64, out)
		for j := range rows {
			for range in + 1 {
				rows[j] = append(rows[j], float64(math.Round(4*rng.NormFloat64())/8))
			}
		}
		return papertest.Dense(rows...)
	}
	activation := func() nn.Op {
		return []nn.Op{nn.ReLU(), nn.LeakyReLU(0.25), nn.HardTanh(), nn.Abs(), nn.Step()}[rng.IntN(5)]
	}
	n := 2 + rng.IntN(4)
	net := papertest.Chain(t, in, layer(n, in), activation(), layer(n, n), activation(), layer(out, n))
	if rng.IntN(2) == 0 {
		k := 1 + rng.IntN(3)
		_, op, err := net.Layer(k)
		if err != nil {
			t.Fatal(err)
		}
		v := op.Channel(nn.ActivationChannel).Clone()
		for i := range v.Weight.Data {
			v.Weight.Data[i] += float64(math.Round(4*rng.NormFloat64()) / 8)
		}
		for i := range v.Bias {
			v.Bias[i] += float64(math.Round(4*rng.NormFloat64()) / 8)
		}
		if net, err = net.WithLayer(k, &v); err != nil {
			t.Fatal(err)
		}
	}
	return net
}

// TestAgainstPoints: no point of a segment or triangle is worse than what the
// check finds, and what it finds at a vertex that executes its pattern, and whose
// coordinates are floats, is what happens there.
func TestAgainstPoints(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	trials, attained := 300, 0
	if testing.Short() {
		trials = 60
	}
	for range trials {
		net := randomNetwork(t, rng, 2)
		corner := func() []float64 { return []float64{float64(rng.IntN(33)-16) / 8, float64(rng.IntN(33)-16) / 8} }
		output := spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1, -1}, Offset: 0.125}}}
		if rng.IntN(3) == 0 {
			output = spec.Output{Allowed: []int{0}, Extremum: spec.Extremum(rng.IntN(2))}
		}
		a, b, c := corner(), corner(), corner()
		item := spec.Item{Name: "triangle", Output: output}
		if p, err := set.NewPolygon([][]float64{a, b, c}); err == nil {
			item.Polygon = p
		} else if g, err := set.NewSegment(a, b); err == nil {
			item.Segment, c = &g, a
		} else {
			continue
		}
		whole, err := proof.Check(t.Context(), net, &spec.Spec{Items: []spec.Item{item}}, proof.Options{})
		if err != nil {
			t.Fatal(err)
		}
		at := func(x []float64) *proof.Result {
			r, err := proof.Check(t.Context(), net, &spec.Spec{Items: []spec.Item{{Name: "x", Point: x, Output: output}}}, proof.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		for k := range 40 {
			// Dyadic weights, with many points on the sides.
			u, v := float64(rng.IntN(17))/16, float64(rng.IntN(17))/16
			if u+v > 1 {
				u, v = 1-u, 1-v
			}
			if k%4 == 0 {
				v = 0
			}
			x := []float64{a[0] + float64(u*(b[0]-a[0])) + float64(v*(c[0]-a[0])), a[1] + float64(u*(b[1]-a[1])) + float64(v*(c[1]-a[1]))}
			if r := at(x); r.Worst.Amount.Cmp(whole.Worst.Amount) > 0 {
				t.Fatalf("at %v it is %v, worst of all %v", x, r.Worst.Amount, whole.Worst.Amount)
			}
		}
		for _, p := range append(whole.Violations, *whole.Worst) {
			if !p.Executed || !dyadic(p) {
				continue
			}
			attained++
			r := at(p.Point)
			if len(output.HalfSpaces) > 0 && r.Worst.Amount.Cmp(p.Amount) != 0 {
				t.Fatalf("at %v it is %v, the check says %v", p.Point, r.Worst.Amount, p.Amount)
			}
		}
	}
	if attained == 0 {
		t.Error("nothing was attained at a point")
	}
}

// dyadic reports whether a place's point is exact.
func dyadic(p proof.Place) bool {
	for _, w := range p.Weights {
		if _, exact := w.Float64(); !exact || w.Denom().BitLen() > 20 {
			return false
		}
	}
	return true
}

// TestAgainstRegions counts pieces of full dimension as another enumerator does.
func TestAgainstRegions(t *testing.T) {
	net, s := papertest.ACASSlices(t, 2, 1)
	v := s.Items[0].Polygon.Vertices
	for k := 1; k+1 < len(v); k++ {
		p, err := set.NewPolygon([][]float64{v[0], v[k], v[k+1]})
		if err != nil {
			t.Fatal(err)
		}
		cells := 0
		_, err = region.OnPolygons(t.Context(), net, []*set.Polygon{p}, region.Options{}, func(*region.Cell) error { cells++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		s.Items[0].Polygon = p
		r := checked(t, net, s, proof.Options{MaxViolations: 1})
		if r.Size.Pieces-r.Size.Faces != cells {
			t.Errorf("%d pieces, package region finds %d", r.Size.Pieces-r.Size.Faces, cells)
		}
	}
}

// TestWorkers: the result does not depend on the number of goroutines.
func TestWorkers(t *testing.T) {
	net, s := papertest.MNISTLines(t, 10)
	one := checked(t, net, s, proof.Options{Workers: 1, MaxViolations: 50})
	many := checked(t, net, s, proof.Options{Workers: 7, MaxViolations: 50})
	if one.Count != many.Count || one.Size != many.Size || len(one.Violations) != 50 || len(many.Violations) != 50 {
		t.Errorf("%d, %+v and %d, %+v", one.Count, one.Size, many.Count, many.Size)
	}
	for i := range one.Violations {
		if one.Violations[i].Amount.Cmp(many.Violations[i].Amount) != 0 {
			t.Errorf("violation %d differs", i)
		}
	}
}
