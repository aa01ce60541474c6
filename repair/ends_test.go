package repair_test

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/contract"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/vnnlib"
	"github.com/netmend/netmend/verify"
)

// Of a network that ends before the Softmax of its file, the library answers what is asked
// about the file's outputs, or refuses; it never takes the numbers before for them.
func TestQuestionsBehindEnds(t *testing.T) {
	ctx := context.Background()
	net := softmax(t, rand.New(rand.NewPCG(3, 5)), 3)
	text := "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)(declare-const Y_1 Real)(declare-const Y_2 Real)" +
		"(assert (>= X_0 0))(assert (<= X_0 1))(assert (>= X_1 0))(assert (<= X_1 1))(assert "
	for _, c := range []struct {
		violation string
		want      verify.Verdict
	}{
		{"(>= Y_0 1))", verify.Holds},
		{"(<= Y_0 0))", verify.Holds},
		{"(>= Y_0 0.0001))", verify.Violated},
	} {
		p, err := vnnlib.Read(strings.NewReader(text+c.violation), "test")
		if err != nil {
			t.Fatal(err)
		}
		r, err := verify.Property(ctx, net, p, verify.Options{})
		if err != nil || r.Verdict != c.want {
			t.Errorf("%s: %+v, %v; want %s", c.violation, r, err, c.want)
		}
		if _, err := proof.Holds(ctx, net, p, &cert.PropertyHolds{}, 1); err == nil || !strings.Contains(err.Error(), "final Softmax") {
			t.Errorf("a proof about the file's outputs: %v", err)
		}
		if _, err := certify.Property(ctx, net, p, certify.Options{}); err == nil || !strings.Contains(err.Error(), "final Softmax") {
			t.Errorf("a proof about the file's outputs: %v", err)
		}
	}
	// A probability is at most 1, whatever the numbers before.
	s := &spec.Spec{Items: []spec.Item{{Name: "point", Point: []float64{1, 1}, Output: spec.Output{Bounds: []spec.Bound{{Output: 0, Lower: math.Inf(-1), Upper: 1}}}}}}
	if r, err := verify.Spec(ctx, net, s, verify.Options{}); err != nil || r.Verdict != verify.Holds {
		t.Errorf("verify: %+v, %v", r, err)
	}
	if r, err := repair.Recheck(ctx, net, net, s, repair.RecheckOptions{}); err != nil || r.Verdict != repair.RecheckHolds {
		t.Errorf("recheck: %+v, %v", r, err)
	}
	if r, err := repair.Run(ctx, net, s, repair.Options{Layer: 2}); err != nil || r.Status != repair.Repaired || r.Objective != 0 || r.Network.Meta.End == nil {
		t.Errorf("repair: %+v, %v", r, err)
	}
	box := set.Box{Lo: []float64{0, 0}, Hi: []float64{1, 1}}
	target := set.Union{set.Whole(3)}
	for name, err := range map[string]error{
		"proof":       second(proof.Check(ctx, net, s, proof.Options{})),
		"regions":     second(preimage.Regions(ctx, net, box.Polyhedron(), target, preimage.RegionsOptions{})),
		"backward":    second(preimage.Backward(ctx, net, target, preimage.BackwardOptions{})),
		"boxes":       second(preimage.Boxes(ctx, net, target, preimage.BoxesOptions{})),
		"cells":       second(preimage.SearchCells(ctx, net, target, preimage.CellsOptions{})),
		"approximate": second(preimage.Approximate(ctx, net, box, target, preimage.ApproximateOptions{})),
		"image":       second(preimage.Image(ctx, net, box.Polyhedron(), preimage.ImageOptions{})),
		"image box":   second(preimage.ImageBox(t.Context(), net, box)),
		"zonotope":    second(preimage.ImageZonotope(ctx, net, set.BoxZonotope(box))),
		"contract":    second(contract.Run(ctx, net, contract.Set{Box: box}, contract.Set{Box: box}, contract.Options{})),
		"empty":       second(certify.Preimage(ctx, net, nil, certify.Options{})),
	} {
		if err == nil || !strings.Contains(err.Error(), "final Softmax") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := preimage.ImageBox(t.Context(), net.BeforeEnd(), box); err != nil {
		t.Errorf("before the end: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
