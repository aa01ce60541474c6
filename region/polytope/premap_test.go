package polytope_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// largest is the target in which output k is the largest of the outputs from
// (inclusive) to to (exclusive); with sign -1 the smallest.
func largest(k, from, to, outputs int, sign float64) []set.HalfSpace {
	var term []set.HalfSpace
	for j := from; j < to; j++ {
		if j != k {
			h := set.HalfSpace{Normal: make([]float64, outputs)}
			h.Normal[j], h.Normal[k] = sign, -sign
			term = append(term, h)
		}
	}
	return term
}

func onnxNetwork(t testing.TB, elem ...string) *nn.Network {
	t.Helper()
	net, err := onnx.ReadFile(shared.Path(t, elem...), onnx.ReadOptions{Slice: slices.Contains(elem, "auto_park")})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// premapTasks are the tasks of PREMAP whose exact fractions the reference gives.
var premapTasks = []struct {
	name   string
	file   []string
	box    polytope.Domain
	want   float64
	slowly bool
}{
	{
		"autopark20",
		[]string{"data", "preimage", "premap", "auto_park", "model_auto_park_auto_park_model_20.onnx"},
		polytope.Box([]float64{-0.5, -0.5}, []float64{0.5, 0.5}), 0.248899, false,
	},
	{
		"vcas21",
		[]string{"data", "preimage", "premap", "vcas", "VCAS_21", "VertCAS_1.onnx"},
		polytope.Box([]float64{-0.5, -0.5, 0.149, -0.5}, []float64{0.5, 0.5, 0.151, 0.5}), 0.944416, false,
	},
	{
		"vcas128",
		[]string{"data", "preimage", "premap", "vcas", "VCAS_128", "VertCAS_1.onnx"},
		polytope.Box([]float64{-0.5, -0.5, 0.149, -0.5}, []float64{0.5, 0.5, 0.151, 0.5}), 0.947540, false,
	},
	{
		"cartpole",
		[]string{"data", "vnncomp", "rl_benchmarks", "onnx", "cartpole.onnx"},
		polytope.Box([]float64{-1, 0, -0.2, -2}, []float64{1, 2, 0, -1}), 0.825026, true,
	},
	{
		"cartpole2",
		[]string{"data", "vnncomp", "rl_benchmarks", "onnx", "cartpole.onnx"},
		polytope.Box([]float64{-0.5, -1, -0.1, -1}, []float64{0.5, 1, 0.1, 1}), 0.448691, true,
	},
}

func TestPREMAP(t *testing.T) {
	for _, task := range premapTasks {
		t.Run(task.name, func(t *testing.T) {
			if task.slowly && testing.Short() {
				t.Skip("takes seconds")
			}
			net := onnxNetwork(t, task.file...)
			goal := terms{largest(0, 0, net.OutDim(), net.OutDim(), 1)}
			r, err := polytope.Enumerate(context.Background(), net, task.box, polytope.Options{Target: goal.union(), Volume: true}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if f := r.Volume / r.DomainVolume; math.Abs(f-task.want) > 1e-5*task.want || !r.Complete() {
				t.Errorf("the preimage has the fraction %v of the box, want %v; %+v", f, task.want, r)
			}
			t.Logf("%+v", r)
		})
	}
}

func BenchmarkPREMAP(b *testing.B) {
	for _, task := range premapTasks {
		b.Run(task.name, func(b *testing.B) {
			net := onnxNetwork(b, task.file...)
			goal := terms{largest(0, 0, net.OutDim(), net.OutDim(), 1)}
			for b.Loop() {
				if _, err := polytope.Enumerate(context.Background(), net, task.box, polytope.Options{Target: goal.union(), Volume: true}, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
