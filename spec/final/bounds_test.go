package final

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Outputs of a file for points of a box lie within the bounds, and come close to them
// where only one number varies; boxes without an end, or none at all, are taken.
func TestBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 400 {
		e := &nn.End{Kind: nn.Ends()[r.IntN(4)], Outer: 1 + r.IntN(2), Axis: 1 + r.IntN(4), Inner: 1 + r.IntN(2), Last: r.IntN(2) == 0}
		if e.Kind == nn.EndSigmoid {
			e.Axis, e.Inner = 1, 1
		}
		n := e.Outer * e.Axis * e.Inner
		z := set.Box{Lo: make([]float64, n), Hi: make([]float64, n)}
		for i := range n {
			z.Lo[i] = float64(r.IntN(9) - 4)
			z.Hi[i] = z.Lo[i] + float64(r.IntN(4))
		}
		b := Bounds(e, z)
		for range 50 {
			x := make([]float64, n)
			for i := range x {
				x[i] = z.Lo[i] + float64(float64(r.IntN(3))/2*(z.Hi[i]-z.Lo[i]))
			}
			for k, y := range e.Apply(x) {
				slack := float64(1e-14 * (1 + math.Abs(y)))
				if e.Kind == nn.EndArgMax {
					slack = 0
				}
				if y < b.Lo[k]-slack || y > b.Hi[k]+slack {
					t.Fatalf("%+v: output %d is %v, beyond [%v, %v]", *e, k, y, b.Lo[k], b.Hi[k])
				}
			}
		}
		// A point's bounds are its outputs.
		p := Bounds(e, set.Box{Lo: z.Lo, Hi: z.Lo})
		for k, y := range e.Apply(z.Lo) {
			if math.Abs(p.Lo[k]-y) > 1e-12 || math.Abs(p.Hi[k]-y) > 1e-12 || p.Lo[k] > p.Hi[k] {
				t.Fatalf("%+v at %v: output %d is %v, bounds [%v, %v]", *e, z.Lo, k, y, p.Lo[k], p.Hi[k])
			}
		}
	}
	e := &nn.End{Kind: nn.EndSoftmax, Outer: 1, Axis: 2, Inner: 1}
	inf := math.Inf(1)
	if b := Bounds(e, set.Box{Lo: []float64{-inf, 0}, Hi: []float64{inf, 0}}); b.Lo[0] != 0 || b.Hi[0] != 1 || b.Lo[1] != 0 || b.Hi[1] != 1 {
		t.Errorf("unbounded numbers give %v", b)
	}
	if b := Bounds(e, set.EmptyBox(2)); !b.Empty() {
		t.Errorf("an empty box gives %v", b)
	}
}
