package repair

import (
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
)

// equal requires an output of exactly v.
func equal(v float64) spec.Output { return between(v, v) }

// TestStoredOnTheGrid: requirements without room, of which the rounded solution of the
// linear program misses some, are met by numbers of the file's type where there are any,
// and the answer names what there is where there are none.
func TestStoredOnTheGrid(t *testing.T) {
	affine := chain(t, 1, dense(t, []float64{1, 0}))
	plane := chain(t, 2, dense(t, []float64{1, -0.5, 0}))
	relu := chain(t, 1, dense(t, []float64{1, 0}, []float64{-1, 0.5}), nn.ReLU(), dense(t, []float64{1, 1, 0}))
	weights := Free{Kind: FreeWeights}
	for _, c := range []struct {
		name  string
		net   *nn.Network
		layer int
		items []spec.Item
		free  Free
		dtype nn.DType
		want  Status
	}{
		{"a third and a bias", affine, 1, []spec.Item{pointItem(equal(4), 3)}, Free{}, nn.Float32, Repaired},
		{"a third alone", affine, 1, []spec.Item{pointItem(equal(4), 3)}, weights, nn.Float32, Unknown},
		{"a third alone in float64", affine, 1, []spec.Item{pointItem(equal(4), 3)}, weights, nn.Float64, Unknown},
		{"two weights, 3 a + 5 b = 1", plane, 1, []spec.Item{pointItem(equal(1.5), 3, 5)}, weights, nn.Float32, Repaired},
		{"a line", affine, 1, []spec.Item{pointItem(equal(1), 1), pointItem(equal(3), 2)}, Free{}, nn.Float32, Repaired},
		{"a line through thirds", affine, 1, []spec.Item{pointItem(equal(1), 1), pointItem(equal(2), 4)}, Free{}, nn.Float32, Unknown},
		{"a segment through a breakpoint", relu, 3, []spec.Item{segmentItem(t, equal(0.75), []float64{0.125}, []float64{0.875})}, Free{}, nn.Float32, Repaired},
		{"at its greatest", relu, 2, []spec.Item{
			segmentItem(t, between(-1, 0.875), []float64{0}, []float64{1}), pointItem(equal(0.875), 1), pointItem(equal(0.5), 0),
		}, Free{}, nn.Float32, Repaired},
	} {
		layer := min(c.layer, len(c.net.Layers()))
		for _, norm := range []Norm{L1, Linf, Mix, L2} {
			r := mustRun(t, c.net, specOf(c.items...), Options{Layer: layer, Norm: norm, Free: c.free, DType: c.dtype})
			if r.Status != c.want {
				t.Errorf("%s, %s: %s (%s), want %s", c.name, norm, r.Status, r.Reason, c.want)
				continue
			}
			if r.Status == Unknown {
				if !strings.Contains(r.Reason, "feasible in real arithmetic, no network stored in "+c.dtype.String()+" was found") {
					t.Errorf("%s, %s: %s", c.name, norm, r.Reason)
				}
				continue
			}
			if p, err := proof.Check(t.Context(), r.Network, specOf(c.items...), proof.Options{}); err != nil || p.Status != proof.StatusHolds {
				t.Errorf("%s, %s: %v, %+v", c.name, norm, err, p)
			}
			if !r.Smallest() {
				t.Errorf("%s, %s: %v, and no less than %v is shown", c.name, norm, r.Objective, r.LowerBound)
			}
		}
	}
}

// TestWider: what float32 cannot hold and float64 can is stored in that where it will do,
// and else the reason says that there is one.
func TestWider(t *testing.T) {
	net := chain(t, 1, dense(t, []float64{1, 0}))
	net.Meta.DType = nn.Float32
	s := specOf(pointItem(equal(3+3*0x1p-30), 3))
	opt := Options{Layer: 1, DType: nn.Float32, Free: Free{Kind: FreeWeights}}
	r := mustRun(t, net, s, opt)
	if r.Status != Unknown || !strings.HasSuffix(r.Reason, "; in float64 there is one, proven") {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
	opt.Wider = true
	r = mustRepair(t, net, s, opt)
	if r.DType != nn.Float64 || r.Reason != "no network stored in float32 was found" || !r.Smallest() {
		t.Errorf("%+v", r)
	}
	s.Items[0].Output = equal(3.0625) // a third of a sixteenth
	r = mustRun(t, net, s, opt)
	if r.Status != Unknown || !strings.HasSuffix(r.Reason, "; nor in float64") {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
}

// TestExactlyWhereNumbersCancel: where outputs are differences of numbers far larger, the
// rows of float64 are wrong by more than what is asked, and those of package proof are not.
func TestExactlyWhereNumbersCancel(t *testing.T) {
	net := chain(t, 1,
		dense(t, []float64{0x1p20, 0.3}, []float64{0x1p20, 0.1}), nn.ReLU(),
		dense(t, []float64{0x1p20, -0x1p20, 0}))
	s := specOf(
		segmentItem(t, between(-1e9, 209715.19), []float64{0.1}, []float64{1000.1}),
		pointItem(between(209715.1, 1e9), 0.3),
	)
	for _, norm := range []Norm{L1, Linf, Mix, L2} {
		for layer := 1; layer <= 2; layer++ {
			r := mustRepair(t, net, s, Options{Layer: layer, Norm: norm})
			// Numbers as large as the weights are coarse in float64, too.
			if r.Objective > 1.002*r.LowerBound || r.Objective == 0 {
				t.Errorf("layer %d, %s: %v, and no less than %v is shown", layer, norm, r.Objective, r.LowerBound)
			}
		}
	}
}

// TestNothingFree: where no parameter may change, what holds is repaired already, and what
// does not is infeasible, proven.
func TestNothingFree(t *testing.T) {
	net := chain(t, 1, dense(t, []float64{0, 0}), nn.ReLU(), dense(t, []float64{1, 0.5}))
	for _, c := range []struct {
		item spec.Item
		want Status
	}{
		{pointItem(between(0, 1), 0.5), Repaired},
		{pointItem(between(1, 2), 0.5), Infeasible},
		{segmentItem(t, between(0.5, 0.5), []float64{-1}, []float64{1}), Repaired},
		{segmentItem(t, between(-1, 0.25), []float64{-1}, []float64{1}), Infeasible},
	} {
		for _, norm := range []Norm{Mix, L2} {
			r := mustRun(t, net, specOf(c.item), Options{Layer: 1, Norm: norm, Free: Free{Kind: FreeNonzero}})
			if r.Status != c.want || r.Status == Repaired && r.Objective != 0 || r.Status == Infeasible && r.Contradiction == nil {
				t.Errorf("%s, %s: %s (%s), want %s", c.item.Name, norm, r.Status, r.Reason, c.want)
			}
		}
	}
}

// TestSequenceOfOpposed: items that exclude each other are left out by the layers before
// the last, which is infeasible.
func TestSequenceOfOpposed(t *testing.T) {
	net := chain(t, 1, dense(t, []float64{1, 0}), nn.ReLU(), dense(t, []float64{1, 0}, []float64{-1, 0.5}))
	s := specOf(pointItem(class(0), 0.5), pointItem(class(1), 0.5), pointItem(class(1), 1))
	for i, name := range []string{"a", "b", "c"} {
		s.Items[i].Name = name
	}
	steps, err := Sequence(t.Context(), net, s, Options{}, []int{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if last := steps[len(steps)-1]; len(steps) != 2 || len(steps[0].LeftOut) == 0 || last.Status != Infeasible {
		t.Errorf("%+v", steps)
	}
}

// TestTinyContradiction: labels that contradict each other next to numbers so small that a
// solution that float64 rounds meets either, not both.
func TestTinyContradiction(t *testing.T) {
	net := chain(t, 1, dense(t, []float64{0, 1e-12}, []float64{0, 0}), nn.ReLU(), dense(t, []float64{0, 0, -3e-12}, []float64{-3e-12, 0, -1e-12}))
	long := segmentItem(t, class(0), []float64{1}, []float64{-2})
	for _, free := range []FreeKind{FreeAll, FreeWeights, FreeBiases} {
		for _, other := range []spec.Item{pointItem(class(1), 0.3), segmentItem(t, class(1), []float64{-1}, []float64{1})} {
			for _, norm := range []Norm{L1, Linf, Mix, L2} {
				r := mustRun(t, net, specOf(long, other), Options{Layer: 2, Norm: norm, Free: Free{Kind: free}, DType: nn.Float64})
				if r.Status != Infeasible {
					t.Errorf("%v, %v, %s: %s (%s), want %s", free, other.Name, norm, r.Status, r.Reason, Infeasible)
				}
			}
		}
	}
}
