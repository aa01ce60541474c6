package certify_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/set"
)

// TestProperty has |x1| + |x2| on boxes of decimal numbers, in disjunction, cut by
// half-spaces, fixed, and empty.
func TestProperty(t *testing.T) {
	net := absolute(t, 2)
	const box = "(>= X_0 -0.1) (<= X_0 0.2) (>= X_1 0.3) (<= X_1 0.7)"
	for _, c := range []struct {
		name, x, y string
		holds      bool
	}{
		{"a box", "(and " + box + ")", "(>= Y_0 0.9000001)", true},
		{"its corner", "(and " + box + ")", "(>= Y_0 0.9)", false},
		{"from below", "(and " + box + ")", "(<= Y_0 0.2999999)", true},
		{"two boxes", "(or (and " + box + ") (and (>= X_0 3) (<= X_0 4) (>= X_1 -1) (<= X_1 1)))", "(or (<= Y_0 0.29) (>= Y_0 5.1))", true},
		{"one of two", "(or (and " + box + ") (and (>= X_0 3) (<= X_0 4) (>= X_1 -1) (<= X_1 1)))", "(>= Y_0 4.9)", false},
		{"a half-space", "(and " + box + " (<= (+ X_0 X_1) 0.5))", "(>= Y_0 0.8)", true},
		{"a half-space, reached", "(and " + box + " (<= (+ X_0 X_1) 0.5))", "(>= Y_0 0.69)", false},
		{"a fixed decimal", "(and (>= X_0 0.1) (<= X_0 0.1) (>= X_1 0) (<= X_1 0.25))", "(>= Y_0 0.35000000001)", true},
		{"nothing varies", "(and (>= X_0 0.1) (<= X_0 0.1) (>= X_1 0.1) (<= X_1 0.1))", "(>= Y_0 0.2000001)", true},
		{"an empty set", "(and " + box + " (>= (+ X_0 X_1) 2))", "(>= Y_0 -1)", true},
		{"no case", "(and (>= X_0 1) (<= X_0 0) (>= X_1 0) (<= X_1 0.25))", "(>= Y_0 -1)", true},
		{"a conjunction", "(and " + box + ")", "(and (>= Y_0 0.2) (<= Y_0 0.29))", true},
	} {
		p := treetest.Property(t, 2, 1, c.x, c.y)
		b, err := certify.Property(t.Context(), net, p, certify.Options{Workers: 2})
		if !c.holds {
			if !errors.Is(err, certify.ErrTarget) {
				t.Errorf("%s: %v, want ErrTarget", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(b.Trees) != len(p.Cases) {
			t.Errorf("%s: %d trees for %d cases", c.name, len(b.Trees), len(p.Cases))
		}
		if _, err := proof.Holds(t.Context(), net, p, b, 0); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if len(b.Trees) > 0 {
			if _, err := proof.Holds(t.Context(), net, p, &cert.PropertyHolds{Trees: b.Trees[1:]}, 0); err == nil {
				t.Errorf("%s: accepted without a tree", c.name)
			}
		}
	}
}

// TestOutward: the box of a claim contains the decimal one.
func TestOutward(t *testing.T) {
	p := treetest.Property(t, 2, 1, "(and (>= X_0 0.1) (<= X_0 0.3) (>= X_1 -0.3) (<= X_1 0.5))", "(>= Y_0 0)")
	got := tree.OfCase(absolute(t, 2), &p.Cases[0])
	// The float64 nearest to 0.1 lies above it, that of 0.3 below; 0.5 is exact.
	want := [2][]float64{{math.Nextafter(0.1, 0), -math.Nextafter(0.3, 1)}, {math.Nextafter(0.3, 1), 0.5}}
	for j := range got.Lo {
		if got.Lo[j] != want[0][j] || got.Hi[j] != want[1][j] {
			t.Errorf("input %d: [%v, %v], want [%v, %v]", j, got.Lo[j], got.Hi[j], want[0][j], want[1][j])
		}
	}
}

// TestWitness has an input that is fixed to a decimal, and one that violates by nothing.
func TestWitness(t *testing.T) {
	net := absolute(t, 2)
	p := treetest.Property(t, 2, 1, "(and (>= X_0 0.1) (<= X_0 0.1) (>= X_1 0) (<= X_1 0.25))", "(>= Y_0 0.35)")
	b, margin, err := certify.Witness(net, p, []float64{0.1, 0.25}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if b.Input[0] != "1/10" || b.Input[1] != "1/4" || margin.Sign() != 0 {
		t.Errorf("input %v with margin %v, want 1/10, 1/4 and 0", b.Input, margin)
	}
	if _, _, err := certify.Witness(net, p, []float64{0.1, 0.2}, 0, 0); err == nil {
		t.Error("0.3 violates Y_0 >= 0.35")
	}
}

// TestSearchIsCancelled ends with the context's error.
func TestSearchIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := treetest.Property(t, 2, 1, "(and (>= X_0 -1) (<= X_0 1) (>= X_1 -1) (<= X_1 1))", "(>= Y_0 2.1)")
	if _, err := certify.Property(ctx, absolute(t, 2), p, certify.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
	b, err := certify.Property(t.Context(), absolute(t, 2), p, certify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.Holds(ctx, absolute(t, 2), p, b, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("checking: %v, want context.Canceled", err)
	}
}

func ExampleSearch() {
	// y = ReLU(x) on [-1, 1] stays below 1.01.
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: nn.ReLU()}}, []int{1}, nn.Meta{})
	if err != nil {
		panic(err)
	}
	p := &tree.Problem{Net: net, Lo: []float64{-1}, Hi: []float64{1}}
	p.Terms = [][]set.HalfSpace{{{Normal: []float64{-1}, Offset: -1.01}}} // y >= 1.01
	steps, err := search(context.Background(), p, certify.Options{})
	if err != nil {
		panic(err)
	}
	_, err = tree.Run(context.Background(), p, steps)
	fmt.Println("accepted:", err == nil)
	p.Terms[0][0].Offset = -0.99
	_, err = tree.Run(context.Background(), p, steps)
	fmt.Println("for another claim:", err)
	// Output:
	// accepted: true
	// for another claim: step 2: term 0 of the target is not out of reach by the multipliers given
}
