package verify

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// TestIdenticalCandidates: a network with a max pool, repaired before it, on a segment of
// pictures with a plain background, where more candidates are identical than could be
// tried with either piece.
func TestIdenticalCandidates(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 8))
	normal := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		return x
	}
	params := func(out, in int) nn.Params {
		return nn.Params{Weight: nn.Matrix{Rows: out, Cols: in, Stride: in, Data: normal(out * in)}, Bias: normal(out)}
	}
	window := func(channels, in, stride int) nn.Window {
		return nn.Window{
			Channels: channels, In: [2]int{in, in}, Kernel: [2]int{2, 2}, Stride: [2]int{stride, stride}, Dilation: [2]int{1, 1},
		}
	}
	const size = 9
	for trial := range 20 {
		value := params(2, 4)
		conv := &nn.Conv{Params: params(2, 4), Window: window(1, size, 1), Groups: 1, Value: &value}
		net, err := nn.New([]nn.Node{
			{Inputs: []int{nn.Input}, Op: conv},
			{Inputs: []int{0}, Op: &nn.MaxPool{Window: window(2, size-1, 2)}},
			{Inputs: []int{1}, Op: &nn.Dense{Params: params(1, 32)}},
		}, []int{1, size, size}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		from, to := make([]float64, size*size), make([]float64, size*size)
		for range 6 {
			from[r.IntN(len(from))], to[r.IntN(len(to))] = r.NormFloat64(), r.NormFloat64()
		}
		seg, err := set.NewSegment(from, to)
		if err != nil {
			t.Fatal(err)
		}
		low, most := net.LowerSelections(), math.Inf(-1)
		for i := range 200 {
			y, err := low.EvalPoint(seg.At(float64(i) / 199))
			if err != nil {
				t.Fatal(err)
			}
			most = max(most, y[0])
		}
		for shift, want := range map[float64]Verdict{-0.01: Violated, 50: Holds} {
			s := &spec.Spec{Items: []spec.Item{{Segment: &seg, Output: spec.Output{
				Bounds: []spec.Bound{{Output: 0, Lower: math.Inf(-1), Upper: most + shift}},
			}}}}
			b, err := s.Bind(1, nil)
			if err != nil {
				t.Fatal(err)
			}
			v, err := Spec(t.Context(), net, b, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if v.Verdict != want {
				t.Errorf("trial %d: %v (%s), want %v", trial, v.Verdict, v.Reason, want)
			}
		}
	}
}
