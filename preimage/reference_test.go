package preimage_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// readShared reads a network of the reference data.
func readShared(t testing.TB, path ...string) *nn.Network {
	t.Helper()
	net, err := onnx.ReadFile(shared.Path(t, path...), onnx.ReadOptions{Slice: slices.Contains(path, "auto_park")})
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

// taskBoxes are the boxes of the tasks of PREMAP.
var (
	autopark = box([2]float64{-0.5, 0.5}, [2]float64{-0.5, 0.5})
	vcas     = box([2]float64{-0.5, 0.5}, [2]float64{-0.5, 0.5}, [2]float64{0.149, 0.151}, [2]float64{-0.5, 0.5})
	cartpole = box([2]float64{-1, 1}, [2]float64{0, 2}, [2]float64{-0.2, 0}, [2]float64{-2, -1})
	second   = box([2]float64{-0.5, 0.5}, [2]float64{-1, 1}, [2]float64{-0.1, 0.1}, [2]float64{-1, 1})
	lunar    = box([2]float64{-1, 0}, [2]float64{0, 1}, [2]float64{0, 2}, [2]float64{-2, 0},
		[2]float64{-1, 0}, [2]float64{-0.1, 0.1}, [2]float64{0.9, 1}, [2]float64{0.9, 1})
	dubins = box([2]float64{-0.2, 0}, [2]float64{0, 0.5}, [2]float64{-1, 0}, [2]float64{0, 0.2},
		[2]float64{0.4, 0.6}, [2]float64{-0.1, 0.1}, [2]float64{0.2, 0.5}, [2]float64{-0.5, 0.5})
)

// exactTasks are those whose exact fraction is known.
var exactTasks = []struct {
	name string
	path []string
	box  set.Box
	want float64
}{
	{"autopark20", []string{"data", "preimage", "premap", "auto_park", "model_auto_park_auto_park_model_20.onnx"}, autopark, 0.248899},
	{"vcas21", []string{"data", "preimage", "premap", "vcas", "VCAS_21", "VertCAS_1.onnx"}, vcas, 0.944416},
	{"vcas128", []string{"data", "preimage", "premap", "vcas", "VCAS_128", "VertCAS_1.onnx"}, vcas, 0.947540},
	{"cartpole", []string{"data", "vnncomp", "rl_benchmarks", "onnx", "cartpole.onnx"}, cartpole, 0.825026},
	{"cartpole2", []string{"data", "vnncomp", "rl_benchmarks", "onnx", "cartpole.onnx"}, second, 0.448691},
}

// TestPremapFractions reproduces the exact fractions of the tasks of PREMAP.
func TestPremapFractions(t *testing.T) {
	for _, test := range exactTasks {
		net := readShared(t, test.path...)
		r := byRegions(t, net, test.box.Polyhedron(), set.Union{argmax(net.OutDim(), 0, 0, net.OutDim())}, preimage.RegionsOptions{Volume: true})
		if got := r.Volume / r.DomainVolume; math.Abs(got-test.want) > 1e-5*test.want {
			t.Errorf("%s: fraction %v, want %v", test.name, got, test.want)
		}
	}
}

// approximateTasks have eight inputs, too many for volumes.
var approximateTasks = []struct {
	name   string
	box    set.Box
	target set.Polyhedron
}{
	{"lunarlander", lunar, argmax(4, 1, 0, 4)},
	{"dubinsrejoin", dubins, argmax(8, 0, 0, 4).Intersect(argmax(8, 4, 4, 8))},
}

// TestLunarlander: more than three quarters of the preimage, the published
// coverage, in a subset that samples do not refute.
func TestLunarlander(t *testing.T) {
	task := approximateTasks[0]
	net := readShared(t, "data", "vnncomp", "rl_benchmarks", "onnx", task.name+".onnx")
	target := set.Union{task.target}
	r := approximate(t, net, task.box, target, preimage.ApproximateOptions{Coverage: 0.8})
	if r.Coverage.Lower < 0.75 {
		t.Errorf("coverage %+v with %d boxes", r.Coverage, r.Boxes)
	}
	for i, p := range r.Under.Pieces {
		if i%10 != 0 {
			continue
		}
		points, err := solve.Sample(p.Set, 20, uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range points {
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			if slack(target, y) < -1e-9 {
				t.Errorf("piece %d has %v with output %v", i, x, y)
			}
		}
	}
}

// BenchmarkRegions times the exact preimages of the tasks of PREMAP, the
// fraction included.
func BenchmarkRegions(b *testing.B) {
	for _, task := range exactTasks {
		b.Run(task.name, func(b *testing.B) {
			net := readShared(b, task.path...)
			for b.Loop() {
				r := byRegions(b, net, task.box.Polyhedron(), set.Union{argmax(net.OutDim(), 0, 0, net.OutDim())}, preimage.RegionsOptions{Volume: true})
				b.ReportMetric(float64(len(r.Pieces)), "pieces")
			}
		})
	}
}

// BenchmarkApproximate times a coverage of 0.75 and more on the tasks of PREMAP
// with eight inputs.
func BenchmarkApproximate(b *testing.B) {
	for _, task := range approximateTasks {
		for _, goal := range []float64{0.76, 0.9} {
			b.Run(fmt.Sprintf("%s-%v", task.name, goal), func(b *testing.B) {
				net := readShared(b, "data", "vnncomp", "rl_benchmarks", "onnx", task.name+".onnx")
				for b.Loop() {
					r := approximate(b, net, task.box, set.Union{task.target}, preimage.ApproximateOptions{Coverage: goal})
					b.ReportMetric(r.Coverage.Value, "coverage")
					b.ReportMetric(float64(r.Boxes), "boxes")
				}
			})
		}
	}
}
