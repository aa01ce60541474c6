package preimage_test

import (
	"errors"
	"math"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// TestAsk: two boxes that overlap, asked about together, have the volume of the preimage on
// the box that they make up, proven complete, and a limit is one for both.
func TestAsk(t *testing.T) {
	net := example4(t, nn.ReLU(), nn.ReLU())
	target := set.Union{polyhedron(row(0, 1, -1))} // y0 <= y1
	whole := byRegions(t, net, box([2]float64{0, 1}, [2]float64{0, 1}).Polyhedron(), target, preimage.RegionsOptions{Volume: true})
	var questions []preimage.Question
	for _, b := range []set.Box{box([2]float64{0, 0.75}, [2]float64{0, 1}), box([2]float64{0.25, 1}, [2]float64{0, 1})} {
		questions = append(questions, preimage.Question{Domain: b.Polyhedron(), Target: target})
	}
	a, err := preimage.Ask(t.Context(), net, questions, preimage.RegionsOptions{Volume: true, Prove: true})
	if err != nil {
		t.Fatal(err)
	}
	if !a.Measured || !a.Proof.Accepted || a.Limit != nil || a.Side != preimage.Exact || a.Overlap != nil {
		t.Errorf("measured %v, %+v, %v, %v, %v", a.Measured, a.Proof, a.Limit, a.Side, a.Overlap)
	}
	if math.Abs(a.Volume-whole.Volume) > 1e-9 || math.Abs(a.DomainVolume-1) > 1e-9 || a.Count != len(a.Pieces) {
		t.Errorf("volume %v of %v, want %v of 1; %d pieces, counted %d", a.Volume, a.DomainVolume, whole.Volume, len(a.Pieces), a.Count)
	}
	a, err = preimage.Ask(t.Context(), net, questions, preimage.RegionsOptions{MaxPieces: 1})
	if err != nil || a.Count != 1 || !errors.Is(a.Limit, preimage.ErrPolyhedra) || a.Side != preimage.Under || a.Measured {
		t.Errorf("at most one piece: %d, %v, %v, %v", a.Count, a.Limit, a.Side, err)
	}
	// Domains of different dimensions have no common volume.
	point := preimage.Question{Domain: box([2]float64{2, 2}, [2]float64{2, 2}).Polyhedron(), Target: target}
	if a, err = preimage.Ask(t.Context(), net, append(questions, point), preimage.RegionsOptions{Volume: true}); err != nil || a.Measured {
		t.Errorf("a box and a point: measured %v, %v", a.Measured, err)
	}
}

// TestAskOverflow: a network that overflows on the input set is refused.
func TestAskOverflow(t *testing.T) {
	net := chain(t, 1, dense(t, [][]float64{{1e200}}, 0), dense(t, [][]float64{{1e200}}, 0))
	q := []preimage.Question{{Domain: box([2]float64{0, 1}).Polyhedron(), Target: set.Union{set.Whole(1)}}}
	if _, err := preimage.Ask(t.Context(), net, q, preimage.RegionsOptions{}); !errors.Is(err, preimage.ErrValuesOverflow) {
		t.Errorf("error %v, want %v", err, preimage.ErrValuesOverflow)
	}
}

// TestQuestionsOn: a question for the point and one for the segment of a specification, and
// one for each flat part of its polygon.
func TestQuestionsOn(t *testing.T) {
	seg, err := set.NewSegment([]float64{0, 0}, []float64{1, 0.5})
	if err != nil {
		t.Fatal(err)
	}
	square, err := set.NewPolygon([][]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	out := spec.Output{Allowed: []int{1}}
	s := &spec.Spec{Items: []spec.Item{{Point: []float64{0.5, 0.5}, Output: out}, {Segment: &seg, Output: out}, {Polygon: square, Output: out}}}
	qs := preimage.QuestionsOn(s, func(it *spec.Item) set.Union { return it.Output.Violation(2, 0) })
	dims := []int{0, 1}
	for range preimage.FlatsOfPolygon(square) {
		dims = append(dims, 2)
	}
	if len(qs) != len(dims) {
		t.Fatalf("%d questions, want %d", len(qs), len(dims))
	}
	for i := range qs {
		if d := qs[i].Dimension(); d != dims[i] || len(qs[i].Target) != 1 {
			t.Errorf("question %d: dimension %d, %d targets, want %d and 1", i, d, len(qs[i].Target), dims[i])
		}
	}
}
