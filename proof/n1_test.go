package proof_test

import (
	"math/big"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// TestImports: the checker must not contain what it checks, nor readers of files but those of
// certificates and properties. docs/SOUNDNESS.md lists what it shares with the engines.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{}
	for _, p := range []string{"cert", "nn", "spec", "spec/vnnlib", "set", "proof"} {
		allowed["github.com/netmend/netmend/"+p] = true
	}
	for _, p := range strings.Fields(string(out)) {
		rest, ours := strings.CutPrefix(p, "github.com/netmend/netmend/")
		switch {
		case !ours || allowed[p]:
		case strings.HasPrefix(rest, "proof/"), strings.HasPrefix(rest, "spec/internal/"),
			slices.Contains([]string{"internal/blas", "internal/choice", "internal/interval", "internal/parallel", "internal/portable", "internal/unzip", "internal/vector", "internal/within"}, rest):
			// What those packages compute with. Readers of networks and of data sets are none
			// of them.
		default:
			t.Errorf("proof depends on %s", p)
		}
	}
}

// TestFigure3 takes N1 of Figure 3 on its three regions: the bounds 0 and -1
// are attained exactly, at vertices between regions.
func TestFigure3(t *testing.T) {
	s := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-1, 0), []float64{-1}, []float64{2})}}
	r := checked(t, papertest.Figure3(t), s, proof.Options{})
	if r.Status != proof.StatusHolds || r.MarginReached().Sign() != 0 {
		t.Errorf("%s, margin reached %v, want holds with 0", r.Status, r.MarginReached())
	}
	// Three regions, and the point 0 with both h1 and h2 active.
	if r.Size.Pieces != 4 || r.Size.Faces != 1 {
		t.Errorf("%d pieces, %d of them faces; want 4 and 1", r.Size.Pieces, r.Size.Faces)
	}
	s.Items[0].Output = papertest.Between(-0.75, -0.125)
	r = checked(t, papertest.Figure3(t), s, proof.Options{})
	if r.Status != proof.StatusViolated || r.Worst.Amount.Cmp(big.NewRat(1, 4)) != 0 {
		t.Errorf("%s by %v, want violated by 1/4", r.Status, r.Worst.Amount)
	}
	for _, v := range r.Violations {
		if v.Amount.Sign() <= 0 {
			t.Errorf("a violation by %v", v.Amount)
		}
	}
	// N1 is -1 at -1 and 1 to 2, and 0 at 0: in pieces (1,0,0) twice, in (1,1,0)
	// once, in (0,1,0) twice, in (0,1,1) twice.
	if r.Count != 7 {
		t.Errorf("%d violations, want 7", r.Count)
	}
}

// TestExecutedFace: at x = 0 of N1 both h1 and h2 execute their upper pieces,
// which no region around has. A value channel that adds a constant to both is
// too large by one of them there, and nowhere else.
func TestExecutedFace(t *testing.T) {
	net := papertest.Figure3(t)
	_, d, err := net.Layer(1)
	if err != nil {
		t.Fatal(err)
	}
	v := d.Channel(nn.ActivationChannel).Clone()
	v.Bias[0], v.Bias[1] = 0.25, 0.25
	net, err = net.WithLayer(1, &v)
	if err != nil {
		t.Fatal(err)
	}
	s := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-0.375, -0.25), []float64{-0.125}, []float64{0.125})}}
	r := checked(t, net, s, proof.Options{})
	if r.Status != proof.StatusViolated || r.Count != 1 {
		t.Fatalf("%s with %d violations, want one", r.Status, r.Count)
	}
	p := r.Violations[0]
	if p.Point[0] != 0 || string(p.Pattern) != string(nn.Pattern{1, 1, 0}) || !p.Executed || p.Amount.Cmp(big.NewRat(1, 8)) != 0 {
		t.Errorf("violated at %v with %v (executed: %v) by %v, want 0 with [1 1 0] by 1/8", p.Point, p.Pattern, p.Executed, p.Amount)
	}
}

// TestEquations: the repairs of the paper's equations (2) and (3) meet them
// exactly, margin 0.
func TestEquations(t *testing.T) {
	drawn := repair.Free{Kind: repair.FreeList, List: []repair.Parameter{{Output: 0}, {Output: 1}, {Output: 2}, {Output: 2, Input: repair.BiasInput}}}
	two := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(-1, -0.8), 0.5), papertest.Point(papertest.Between(-0.2, 0), 1.5)}}
	three := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-0.8, -0.4), []float64{0.5}, []float64{1.5})}}
	for name, s := range map[string]*spec.Spec{"2": two, "3": three} {
		for _, free := range []repair.Free{{}, drawn} {
			r := repaired(t, papertest.Figure3(t), s, repair.Options{Layer: 1, Norm: repair.L1, Free: free})
			if got := checked(t, r.Network, s, proof.Options{}); got.Status != proof.StatusHolds {
				amount, _ := got.Worst.Amount.Float64()
				t.Errorf("equation (%s): %s (%s by repair), by %v = %g", name, got.Status, r.Status, got.Worst.Amount, amount)
			}
		}
	}
}

// TestPolygonFaces: with h1 = ReLU(x), h2 = ReLU(-x), h3 = ReLU(y), h4 =
// ReLU(-y) all four execute at the origin alone.
func TestPolygonFaces(t *testing.T) {
	net := papertest.Chain(t, 2,
		papertest.Dense([]float64{1, 0, 0}, []float64{-1, 0, 0}, []float64{0, 1, 0}, []float64{0, -1, 0}),
		nn.ReLU(),
		papertest.Dense([]float64{1, 1, 1, 1, 0}))
	_, d, err := net.Layer(1)
	if err != nil {
		t.Fatal(err)
	}
	v := d.Channel(nn.ActivationChannel).Clone()
	for i := range v.Bias {
		v.Bias[i] = 1
	}
	if net, err = net.WithLayer(1, &v); err != nil {
		t.Fatal(err)
	}
	// Values: 2 + |x| + |y| inside, 3 on the axes, 4 at the origin.
	p, err := set.NewPolygon([][]float64{{-0.25, -0.25}, {0.5, -0.25}, {0.5, 0.5}, {-0.25, 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	for bound, want := range map[float64]proof.Status{4: proof.StatusHolds, 3.75: proof.StatusViolated} {
		s := &spec.Spec{Items: []spec.Item{{Name: "square", Polygon: p, Output: papertest.Between(0, bound)}}}
		r := checked(t, net, s, proof.Options{})
		if r.Status != want {
			t.Errorf("<= %v: %s, want %s", bound, r.Status, want)
		}
		for _, v := range r.Violations {
			if v.Point[0] != 0 || v.Point[1] != 0 || !v.Executed {
				t.Errorf("violated at %v, want the origin alone", v.Point)
			}
		}
	}
}
