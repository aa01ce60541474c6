package repair

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// TestExecutedInRuntime: ONNX Runtime in float32 meets the requirement, with the
// margin that was shown, at every vertex of every linear region rounded to
// float32, at a neighbour of it, and at random points.
func TestExecutedInRuntime(t *testing.T) {
	ortest.Require(t)
	if testing.Short() {
		t.Skip("repairs real networks")
	}
	net, s := mnistLines(t, 10)
	for _, layer := range []int{3, 2} {
		t.Run(fmt.Sprintf("MNIST, layer %d", layer), func(t *testing.T) {
			executeRepair(t, net, s, Options{Layer: layer, Norm: L1}, 20_000)
		})
	}
	t.Run("ACAS Xu, layer 7", func(t *testing.T) {
		net, s := acasSlices(t)
		s.Items = s.Items[4:6]
		executeRepair(t, net, s, Options{Layer: 7, Norm: L1}, 20_000)
	})
}

// BenchmarkExecutedInRuntime is the test on a million random points each, 100
// lines and all slices: -bench ExecutedInRuntime -benchtime 1x.
func BenchmarkExecutedInRuntime(b *testing.B) {
	ortest.Require(b)
	const points = 1_000_000
	for _, lines := range []int{10, 100} {
		for _, layer := range []int{3, 2} {
			b.Run(fmt.Sprintf("%d lines/layer %d", lines, layer), func(b *testing.B) {
				net, s := mnistLines(b, lines)
				for b.Loop() {
					executeRepair(b, net, s, Options{Layer: layer, Norm: L1}, points)
				}
			})
		}
	}
	for _, layer := range []int{7, 6} {
		b.Run(fmt.Sprintf("slices/layer %d", layer), func(b *testing.B) {
			net, s := acasSlices(b)
			for b.Loop() {
				executeRepair(b, net, s, Options{Layer: layer, Norm: L1}, points)
			}
		})
	}
}

// executeRepair repairs for executions in float32 and executes.
func executeRepair(t testing.TB, net *nn.Network, s *spec.Spec, opt Options, points int) {
	t.Helper()
	opt.DType, opt.Executed = nn.Float32, true
	r := mustRepair(t, net, s, opt)
	if r.Changed == 0 {
		t.Fatal("nothing to repair")
	}
	t.Logf("objective %.9g, margin reached %g, as executed %g with errors up to %g; %d patterns, %d beside; %d rounds; %.3g s",
		r.Objective, r.Check.MarginReached, r.Check.Execution.MarginReached, r.Check.Execution.LargestError,
		r.Check.Execution.Cases, r.Check.Execution.Beside, r.Check.Execution.Rounds, r.Time.Total)
	p := newTestProblem(t, r.Network, s, Options{Workers: 2}.filled(t))
	x := &runtimeCheck{t: t, model: export(t, r.Network, nn.Float32), spec: s, least: r.Check.Execution.MarginReached}
	rng := random(7)
	for v := range int32(p.Vertices()) {
		at := roundedTo(nn.Float32, p.At(v))
		x.add(p.ItemOf(v), at)
		x.add(p.ItemOf(v), neighbour(rng, at))
	}
	for range points {
		x.add(randomPoint(rng, s))
	}
	x.run()
	t.Logf("%d points executed", x.total)
	if x.wrong > 0 {
		t.Errorf("%d of %d points have a smaller margin than was shown, by up to %g", x.wrong, x.total, x.worst)
	}
}

// neighbour moves every coordinate to one of the next numbers or not.
func neighbour(r *rand.Rand, x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = nn.Float32.Towards(v, v+float64(r.IntN(3)-1))
	}
	return y
}

// randomPoint is a random point of a random item, rounded to float32.
func randomPoint(r *rand.Rand, s *spec.Spec) (item int, x []float64) {
	item = r.IntN(len(s.Items))
	it := &s.Items[item]
	switch {
	case it.Segment != nil:
		x = it.Segment.At(r.Float64())
	case it.Polygon != nil:
		v := it.Polygon.Vertices
		k := 1 + r.IntN(len(v)-2)
		a, b := r.Float64(), r.Float64()
		if a+b > 1 {
			a, b = 1-a, 1-b
		}
		x = make([]float64, len(v[0]))
		for i := range x {
			x[i] = v[0][i] + float64(a*(v[k][i]-v[0][i])) + float64(b*(v[k+1][i]-v[0][i]))
		}
	default:
		x = it.Point
	}
	return item, roundedTo(nn.Float32, x)
}

// runtimeCheck executes points in batches and compares margins.
type runtimeCheck struct {
	t     testing.TB
	model []byte
	spec  *spec.Spec
	least float64 // margin wanted

	items        []int
	points       [][]float64
	total, wrong int
	worst        float64
}

const runtimeBatch = 8192

func (x *runtimeCheck) add(item int, point []float64) {
	x.items, x.points = append(x.items, item), append(x.points, point)
	if len(x.points) == runtimeBatch {
		x.run()
	}
}

func (x *runtimeCheck) run() {
	if len(x.points) == 0 {
		return
	}
	for i, y := range ortest.Run(x.t, x.model, x.points) {
		x.total++
		if d := excess(&x.spec.Items[x.items[i]].Output, y) + x.least; d > 0 {
			x.wrong++
			x.worst = max(x.worst, d)
		}
	}
	x.items, x.points = x.items[:0], x.points[:0]
}
