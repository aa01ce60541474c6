package preimage_test

import (
	"math"
	"testing"
	"time"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// readShared reads a network of the reference data.
func readShared(t testing.TB, path ...string) *nn.Network {
	t.Helper()
	net, err := onnx.ReadFile(shared.Path(t, path...), onnx.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// argmax is where output k is at least as large as all of the outputs from..to.
func argmax(outputs, k, from, to int) set.Polyhedron {
	p := set.Whole(outputs)
	for j := from; j < to; j++ {
		if j != k {
			h := set.HalfSpace{Normal: make([]float64, outputs)}
			h.Normal[j], h.Normal[k] = 1, -1
			p = p.With(h)
		}
	}
	return p
}

// TestPremapFractions reproduces the exact fractions of the tasks of PREMAP.
func TestPremapFractions(t *testing.T) {
	vcas := box([2]float64{-0.5, 0.5}, [2]float64{-0.5, 0.5}, [2]float64{0.149, 0.151}, [2]float64{-0.5, 0.5})
	for _, test := range []struct {
		path []string
		box  set.Box
		want float64
	}{
		{[]string{"data", "preimage", "premap", "auto_park", "model_auto_park_auto_park_model_20.onnx"}, box([2]float64{-0.5, 0.5}, [2]float64{-0.5, 0.5}), 0.248899},
		{[]string{"data", "preimage", "premap", "vcas", "VCAS_21", "VertCAS_1.onnx"}, vcas, 0.944416},
		{[]string{"data", "preimage", "premap", "vcas", "VCAS_128", "VertCAS_1.onnx"}, vcas, 0.947540},
		{[]string{"data", "vnncomp", "rl_benchmarks", "onnx", "cartpole.onnx"}, box([2]float64{-1, 1}, [2]float64{0, 2}, [2]float64{-0.2, 0}, [2]float64{-2, -1}), 0.825026},
		{[]string{"data", "vnncomp", "rl_benchmarks", "onnx", "cartpole.onnx"}, box([2]float64{-0.5, 0.5}, [2]float64{-1, 1}, [2]float64{-0.1, 0.1}, [2]float64{-1, 1}), 0.448691},
	} {
		net := readShared(t, test.path...)
		start := time.Now()
		r := byRegions(t, net, test.box.Polyhedron(), set.Union{argmax(net.OutDim(), 0, 0, net.OutDim())}, preimage.RegionsOptions{Volume: true})
		if got := r.Volume / r.DomainVolume; math.Abs(got-test.want) > 1e-5*test.want {
			t.Errorf("%v: fraction %v, want %v", test.path, got, test.want)
		}
		t.Log(test.path, len(r.Pieces), time.Since(start))
	}
}

func TestApproximateReference(t *testing.T) {
	for _, test := range []struct {
		file   string
		box    set.Box
		target set.Polyhedron
	}{
		{"lunarlander.onnx", box([2]float64{-1, 0}, [2]float64{0, 1}, [2]float64{0, 2}, [2]float64{-2, 0}, [2]float64{-1, 0}, [2]float64{-0.1, 0.1}, [2]float64{0.9, 1}, [2]float64{0.9, 1}), argmax(4, 1, 0, 4)},
		{"dubinsrejoin.onnx", box([2]float64{-0.2, 0}, [2]float64{0, 0.5}, [2]float64{-1, 0}, [2]float64{0, 0.2}, [2]float64{0.4, 0.6}, [2]float64{-0.1, 0.1}, [2]float64{0.2, 0.5}, [2]float64{-0.5, 0.5}), argmax(8, 0, 0, 4).Intersect(argmax(8, 4, 4, 8))},
	} {
		net := readShared(t, "data", "vnncomp", "rl_benchmarks", "onnx", test.file)
		for _, goal := range []float64{0.8} {
			start := time.Now()
			r, err := preimage.Approximate(background, net, test.box, set.Union{test.target}, preimage.ApproximateOptions{Coverage: goal, MaxTime: 60 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(test.file, goal, r.Coverage, r.Excess, r.Boxes, len(r.Under.Pieces), r.Under.Limit, time.Since(start))
		}
	}
}
