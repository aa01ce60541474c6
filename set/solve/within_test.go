package solve_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// TestWithin: once its context is over, a solver fails with the cause, and answers nothing.
func TestWithin(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	in := solve.Within(ctx)
	r := rand.New(rand.NewPCG(1, 2))
	p := set.Box{Lo: make([]float64, 6), Hi: []float64{1, 1, 1, 1, 1, 1}}.Polyhedron()
	var points [][]float64
	for range 40 {
		h := set.HalfSpace{Offset: 2}
		var x []float64
		for range 6 {
			h.Normal, x = append(h.Normal, r.NormFloat64()), append(x, r.NormFloat64())
		}
		p, points = p.With(h), append(points, x)
	}
	_, empty := in.Empty(p)
	_, vertices := in.Vertices(p)
	_, hull := in.ConvexHull(6, points)
	_, reduced := in.Reduce(p)
	_, samples := in.Sample(p, 3, 1)
	_, complement := in.Complement(nil, 6)
	for name, err := range map[string]error{
		"Empty": empty, "Vertices": vertices, "ConvexHull": hull, "Reduce": reduced, "Sample": samples, "Complement": complement,
	} {
		if !errors.Is(err, cause) {
			t.Errorf("%s: %v, want the cause", name, err)
		}
	}
	if e, err := solve.Empty(p); err != nil || e.Empty {
		t.Errorf("without an end: %v, %v", e.Empty, err)
	}
}

// TestEmptyBounds: half-spaces of one coordinate each, strict and closed, against the
// numbers themselves.
func TestEmptyBounds(t *testing.T) {
	axis := func(sign, at float64, strict bool) set.HalfSpace {
		return set.HalfSpace{Normal: []float64{0, sign}, Offset: float64(sign * at), Strict: strict}
	}
	for lo := -1.0; lo <= 1; lo++ {
		for hi := -1.0; hi <= 1; hi++ {
			for strict := range 4 {
				low, high := strict&1 > 0, strict&2 > 0
				e, err := solve.Empty(set.Whole(2).With(axis(-1, lo, low), axis(1, hi, high)))
				want := lo > hi || lo == hi && (low || high)
				if err != nil || e.Empty != want || !want && !e.Member {
					t.Errorf("%v to %v, strict %v %v: empty %v, member %v, %v", lo, hi, low, high, e.Empty, e.Member, err)
				}
			}
		}
	}
}
