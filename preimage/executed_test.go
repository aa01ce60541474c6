package preimage_test

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// TestExecutedAgainstProof: of decoupled networks whose units vanish together on vertices, edges
// and faces of boxes the search finds the patterns that execute, and no others: package
// proof, with its own rule, adds none and drops none.
func TestExecutedAgainstProof(t *testing.T) {
	trials := 400
	if testing.Short() {
		trials = 80
	}
	patterns, more, slivers := 0, 0, 0
	for seed := range uint64(trials) {
		tenths := seed%2 == 1
		r := rand.New(rand.NewPCG(seed, 43))
		in := 1 + r.IntN(3)
		net := integerNetwork(t, r, in)
		d := net.Nodes[0].Op.(*nn.Dense)
		for u := 1; u < d.Weight.Rows; u++ { // often the negative of the one before
			if r.IntN(2) == 0 {
				for i, w := range d.Weight.Row(u - 1) {
					d.Weight.Row(u)[i] = -w
				}
				d.Bias[u] = -d.Bias[u-1]
			}
			if tenths {
				for i := range d.Weight.Row(u) {
					d.Weight.Row(u)[i] /= 10
				}
				d.Bias[u] /= 10
			}
		}
		net = decouple(t, r, net)
		lo, hi := make([]float64, in), make([]float64, in)
		for j := range lo {
			lo[j], hi[j] = -float64(r.IntN(3)), float64(1+r.IntN(2))
		}
		domain := set.Box{Lo: lo, Hi: hi}.Polyhedron()
		target := set.Union{set.Whole(2)}
		res, err := preimage.Regions(t.Context(), net, domain, target, preimage.RegionsOptions{Faces: true, Prove: true})
		if err != nil {
			t.Fatal(err)
		}
		regions, err := preimage.Regions(t.Context(), net, domain, target, preimage.RegionsOptions{Prove: true})
		if err != nil {
			t.Fatal(err)
		}
		changed := res.Proof.Added > 0 || res.Proof.Dropped > 0
		if changed && tenths {
			slivers++
		}
		if !res.Proof.Accepted || changed && !tenths {
			t.Errorf("seed %d: proven %v (%v), %d of %d patterns added, %d dropped", seed, res.Proof.Accepted, res.Proof.Missing, res.Proof.Added, res.Count, res.Proof.Dropped)
		}
		patterns += res.Count
		if res.Count > regions.Count {
			more++
		}
	}
	t.Logf("%d patterns; on faces alone in %d of %d networks; slivers in %d", patterns, more, trials, slivers)
	if slivers > trials/50 {
		t.Errorf("of %d networks %d were changed by the proof: too many", trials/2, slivers)
	}
	if more < trials/4 {
		t.Errorf("patterns that execute on faces alone in %d of %d networks: too few", more, trials)
	}
}
