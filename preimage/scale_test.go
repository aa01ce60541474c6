package preimage_test

import (
	"errors"
	"math"
	"os"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/nnet"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// TestHugeDomain asks for {x : |x - 3| <= 1} in boxes of growing size, and for a
// piece of unit size far away, which float64 does not resolve.
func TestHugeDomain(t *testing.T) {
	d := &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 2, Cols: 1, Stride: 1, Data: []float64{1, -1}}, Bias: []float64{-3, 3}}}
	sum := &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 2, Stride: 2, Data: []float64{1, 1}}, Bias: []float64{0}}}
	net := chain(t, 1, d, nn.ReLU(), sum)
	for _, size := range []float64{10, 1e6, 1e10, 1e13, 1e15} {
		for _, volume := range []bool{false, true} {
			r, err := preimage.Regions(t.Context(), net, box([2]float64{-size, size}).Polyhedron(), set.Union{polyhedron(row(1, 1))}, preimage.RegionsOptions{Volume: volume})
			if err != nil {
				t.Fatal(err)
			}
			found := r.Union().Contains([]float64{3.5}) && r.Union().Contains([]float64{2.5})
			if !found || !r.Complete() || r.Side != preimage.Exact {
				t.Errorf("size %g: found %v, %v, %v", size, found, r.Side, r.Limit)
			}
			if volume && (r.Volume < 2-1e-3 || r.Volume > 2+1e-3) {
				t.Errorf("size %g: volume %v, want 2", size, r.Volume)
			}
		}
	}
	far := chain(t, 1, &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 2, Cols: 1, Stride: 1, Data: []float64{1, -1}}, Bias: []float64{-1e13, 1e13}}}, nn.ReLU(), sum)
	r, err := preimage.Regions(t.Context(), far, box([2]float64{0, 2e13}).Polyhedron(), set.Union{polyhedron(row(1, 1))}, preimage.RegionsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Side == preimage.Exact || !errors.Is(r.Limit, preimage.ErrResolution) {
		t.Errorf("a piece at 1e13: %d pieces, %v, %v", len(r.Pieces), r.Side, r.Limit)
	}
}

// TestHugeDomainSpike asks for a spike that the units' tolerances hide.
func TestHugeDomainSpike(t *testing.T) {
	const at, width = 5e12, 0.5
	d := &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 3, Cols: 1, Stride: 1, Data: []float64{1, 1, 1}}, Bias: []float64{width - at, -at, -width - at}}}
	spike := &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 3, Stride: 3, Data: []float64{1000, -2000, 1000}}, Bias: []float64{0}}}
	last := &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 1, Stride: 1, Data: []float64{1}}, Bias: []float64{0}}}
	net := chain(t, 1, d, nn.ReLU(), spike, nn.ReLU(), last)
	for _, level := range []float64{100, 1e9} {
		r, err := preimage.Regions(t.Context(), net, box([2]float64{0, 1e13}).Polyhedron(), set.Union{polyhedron(row(-level, -1))}, preimage.RegionsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if level == 100 && r.Count == 0 && r.Complete() {
			t.Error("a spike is lost, and the preimage called complete")
		}
		if level == 1e9 && !r.Complete() {
			t.Errorf("far above the spike: %v", r.Limit)
		}
	}
}

// TestRawUnits: inputs of ACAS Xu in feet and radians are not a huge domain, and the
// classes share all of them.
func TestRawUnits(t *testing.T) {
	path := shared.Path(t, "data", "acasxu", "nnet", "ACASXU_run2a_2_9_batch_2000.nnet")
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	net, err := nnet.Read(file, path, nnet.Options{Units: nnet.Raw})
	if err != nil {
		t.Fatal(err)
	}
	domain := box([2]float64{1000, 60760}, [2]float64{-3.14, 3.14}, [2]float64{0.1, 0.1}, [2]float64{600, 600}, [2]float64{600, 600})
	r, err := preimage.Partition(t.Context(), net, domain.Polyhedron(), spec.Argmin, preimage.RegionsOptions{Volume: true, Shares: true, Discard: true})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Complete() {
		t.Error(r.Limit)
	}
	count, volume := 0, 0.0
	for _, s := range r.Shares {
		count += s.Count
		volume += s.Volume
	}
	if count != r.Count || math.Abs(volume-r.DomainVolume) > 1e-9*r.DomainVolume {
		t.Errorf("%d of %d pieces, volume %v of %v", count, r.Count, volume, r.DomainVolume)
	}
}

// TestHugeAndTiny: half-spaces whose numbers float64 does not hold products of are decided
// exactly.
func TestHugeAndTiny(t *testing.T) {
	net := layers(t, 1, [][]float64{{1, 0}}, nn.ReLU(), [][]float64{{0.125, -0.125}})
	domain := set.Box{Lo: []float64{0}, Hi: []float64{2}}.Polyhedron()
	// y <= 0.3e-308, which is a little above 0, where x <= 1.
	target := set.Union{set.Whole(1).With(set.HalfSpace{Normal: []float64{1e308}, Offset: 0.3})}
	r, err := preimage.Regions(t.Context(), net, domain, target, preimage.RegionsOptions{Prove: true, Volume: true})
	if err != nil || !r.Proof.Accepted || r.Count != 1 || math.Abs(r.Volume-1) > 1e-12 {
		t.Errorf("%+v, want one piece of volume 1; error %v", r, err)
	}
}
