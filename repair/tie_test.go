package repair

import (
	"fmt"
	"math"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair/internal/keypoint"
	"github.com/netmend/netmend/spec"
)

// around are the floats next to x, n below and above, and x.
func around(x float64, n int) []float64 {
	xs := []float64{x}
	below, above := x, x
	for range n {
		below, above = math.Nextafter(below, math.Inf(-1)), math.Nextafter(above, math.Inf(1))
		xs = append(xs, below, above)
	}
	return xs
}

// TestTiesOfSmallLayers: all units of a layer vanish at one point that the
// enumeration meets only up to rounding, so that their sizes there say nothing
// about their errors.
func TestTiesOfSmallLayers(t *testing.T) {
	for _, at := range []float64{0.1, 0.3, 0.7, 1.0 / 3} {
		for _, k := range []float64{1, 3} {
			for _, norm := range []Norm{L1, Linf, Mix} {
				t.Run(fmt.Sprintf("%g/%g/%s", at, k, norm), func(t *testing.T) {
					net := chain(t, 1,
						dense(t, []float64{-1, at}, []float64{k, float64(-k * at)}),
						nn.ReLU(),
						dense(t, []float64{-1, -1 / k, 0}))
					s := specOf(segmentItem(t, between(0.3, 0.9), []float64{-1}, []float64{2}))
					r := mustRun(t, net, s, Options{Layer: 1, Norm: norm})
					if k == 3 && (at == 0.1 || at == 1.0/3) {
						// k at is rounded up: between at and the other breakpoint no unit is
						// active, and the output is 0 whatever the change.
						if r.Status == Repaired || r.Status == Unknown {
							t.Errorf("%s: %s", r.Status, r.Reason)
						}
						return
					}
					if r.Status != Repaired {
						t.Fatalf("%s: %s", r.Status, r.Reason)
					}
					all := samples(s, random(1), 100)
					for _, x := range around(at, 20) {
						all = append(all, sample{0, []float64{x}})
					}
					holds(t, r.Network, s, all)
				})
			}
		}
	}
}

// filled are the options as Run completes them.
func (o Options) filled(t testing.TB) Options {
	t.Helper()
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestCutCoversCell: the parts of a cell cover it, and the class of each is one
// that the network prefers there, for any number of allowed classes and both
// conventions.
func TestCutCoversCell(t *testing.T) {
	r := random(9)
	for trial := range 200 {
		net := randomNetwork(t, r, 2, 5, integers(trial%2 == 0))
		o := class(r.Perm(5)[:2+r.IntN(3)]...)
		if r.IntN(2) == 0 {
			o.Extremum = spec.Argmin
		}
		s := specOf(
			polygonItem(t, o, []float64{-2, -2}, []float64{2, -2}, []float64{2, 2}, []float64{-2, 2}),
			segmentItem(t, o, []float64{-2, -2}, []float64{2, 1}),
		)
		p := newTestProblem(t, net, s, Options{Layer: len(net.Layers())}.filled(t))
		area, length := 0.0, 0.0
		for _, c := range p.Cells {
			var xs [][]float64
			for _, v := range c.Vertices {
				xs = append(xs, p.At(v))
			}
			if len(xs) == 2 {
				length += math.Hypot(xs[1][0]-xs[0][0], xs[1][1]-xs[0][1])
				continue
			}
			for i, a := range xs {
				b := xs[(i+1)%len(xs)]
				area += float64((float64(a[0]*b[1]) - float64(a[1]*b[0])) / 2)
			}
		}
		if math.Abs(area-16) > 1e-9 || math.Abs(length-5) > 1e-9 {
			t.Fatalf("trial %d: cells of area %.12g and length %.12g, want 16 and 5", trial, area, length)
		}
		for _, k := range p.Keys {
			y := p.Outputs.Row(int(k.Point))
			best := y[o.Extremum.Prefers(y, o.Allowed)]
			// What is needed says which class was chosen: the one with a
			// coefficient in every half-space.
			chosen := chosenClass(p, k, o)
			if len(o.Disallowed(5)) > 0 && math.Abs(y[chosen]-best) > 1e-9*(1+math.Abs(best)) {
				t.Fatalf("trial %d: class %d with %g chosen at %v, where the best is %g", trial, chosen, y[chosen],
					p.At(p.VertexOf(&k)), best)
			}
		}
	}
}

// chosenClass is the allowed class that a key point's half-spaces compare with.
func chosenClass(p *problem, k keypoint.Key, o spec.Output) int {
	for _, c := range o.Allowed {
		for _, j := range p.Needs[k.Need].HalfSpaces[0].Index {
			if int(j) == c {
				return c
			}
		}
	}
	return -1
}
