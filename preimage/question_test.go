package preimage_test

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// TestDisjoint compares questions with overlapping domains, as they are and apart,
// at random pairs of points, and counts the points of each part.
func TestDisjoint(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 5))
	for trial := range 20 {
		var questions []preimage.Question
		targets := []set.Union{{set.Whole(1).With(set.HalfSpace{Normal: []float64{1}, Offset: 0})}, {set.Whole(1)}}
		for range 4 {
			lo := []float64{random.Float64(), random.Float64(), 0.5}
			hi := []float64{lo[0] + random.Float64(), lo[1] + random.Float64(), 0.5}
			target := targets[random.IntN(1+trial%2)]
			questions = append(questions, preimage.Question{Domain: set.Box{Lo: lo, Hi: hi}.Polyhedron(), Target: target})
		}
		apart, err := preimage.Disjoint(t.Context(), questions)
		if err != nil {
			t.Fatal(err)
		}
		for range 500 {
			x := []float64{float64(2 * random.Float64()), float64(2 * random.Float64()), 0.5}
			y := []float64{random.NormFloat64()}
			asked, in, domains := false, 0, 0
			for _, q := range questions {
				asked = asked || q.Domain.Contains(x) && q.Target.Contains(y)
			}
			for _, q := range apart {
				if q.Domain.Contains(x) {
					domains++
					if q.Target.Contains(y) {
						in++
					}
				}
			}
			if domains > 1 || (in == 1) != asked {
				t.Fatalf("trial %d: %v lies in %d parts, %d ask for it, want %v", trial, x, domains, in, asked)
			}
		}
	}
}

// TestDisjointKeepsFaces: sets that share a face stay as they are.
func TestDisjointKeepsFaces(t *testing.T) {
	a := preimage.Question{Domain: set.Box{Lo: []float64{0, 0}, Hi: []float64{1, 1}}.Polyhedron(), Target: set.Union{set.Whole(1)}}
	b := preimage.Question{Domain: set.Box{Lo: []float64{1, 0}, Hi: []float64{2, 1}}.Polyhedron(), Target: set.Union{set.Whole(1)}}
	apart, err := preimage.Disjoint(t.Context(), []preimage.Question{a, b})
	if err != nil || len(apart) != 2 {
		t.Fatalf("%d parts, %v", len(apart), err)
	}
	for i, want := range []preimage.Question{a, b} {
		if _, same, err := solve.Equal(set.Union{apart[i].Domain}, set.Union{want.Domain}, 0); err != nil || !same {
			t.Errorf("part %d is %v", i, apart[i].Domain)
		}
	}
}
