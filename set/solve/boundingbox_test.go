package solve

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/set"
)

// A wedge over a long base rises by less a step than any tolerance, and far in all: a linear
// program that stops where no step gains more than that stops at its foot. So the top of the
// wedge, and of one that has no end, is known only by proof.
func TestBoundingBoxOfLongWedges(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 12))
	for range 200 {
		dim := 2 + r.IntN(3)
		length := math.Ldexp(1, 20+r.IntN(30))
		rise, foot := math.Ldexp(float64(1+r.IntN(8)), -r.IntN(4)), float64(r.IntN(3))
		row := func(offset float64, at ...float64) set.HalfSpace {
			return set.HalfSpace{Normal: append(at, make([]float64, dim-len(at))...), Offset: offset}
		}
		p := set.Whole(dim).With(row(length, 1), row(0, -1), row(0, 0, -1), row(foot, -rise/length, 1))
		for j := 2; j < dim; j++ {
			up, down := row(0, -1/length), row(1, -1/length) // between multiples of the first
			up.Normal[j], down.Normal[j] = -1, 1
			p = p.With(up, down)
		}
		box, err := BoundingBox(p)
		if err != nil {
			t.Fatal(err)
		}
		top := []float64{length, rise + foot, 2, 2}
		for j := range dim {
			low := 0.0
			if j >= 2 {
				low = -1
			}
			room := float64(1e-6 * (1 + top[j]))
			if box.Lo[j] > low || box.Lo[j] < low-room || box.Hi[j] < top[j] || box.Hi[j] > top[j]+room {
				t.Fatalf("coordinate %d of %v is in [%v, %v], want [%v, %v]", j, p.Rows, box.Lo[j], box.Hi[j], low, top[j])
			}
		}
		// Without an end of the base it is unbounded.
		endless := set.Whole(dim).With(p.Rows[1:]...)
		if box, err = BoundingBox(endless); err != nil || !math.IsInf(box.Hi[0], 1) || !math.IsInf(box.Hi[1], 1) || box.Lo[1] > 0 {
			t.Fatalf("an endless wedge is within %v, %v", box, err)
		}
	}
}
