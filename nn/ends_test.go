package nn_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/final"
)

// TestEnds takes each kind of end through what is done with ends: evaluate, write and read,
// compare, and state questions before it. A kind that one of them did not know would fail.
func TestEnds(t *testing.T) {
	z := []float64{1, 3, 3, -2}
	e := math.Exp
	sum := e(1) + e(3) + e(3) + e(-2)
	want := map[string][]float64{
		nn.EndSoftmax:    {e(1) / sum, e(3) / sum, e(3) / sum, e(-2) / sum},
		nn.EndLogSoftmax: {1 - math.Log(sum), 3 - math.Log(sum), 3 - math.Log(sum), -2 - math.Log(sum)},
		nn.EndSigmoid:    {1 / (1 + e(-1)), 1 / (1 + e(-3)), 1 / (1 + e(-3)), 1 / (1 + e(2))},
		nn.EndArgMax:     {1},
	}
	for _, kind := range nn.Ends() {
		end := &nn.End{Kind: kind, Outer: 1, Axis: 4, Inner: 1}
		if kind == nn.EndSigmoid {
			end.Outer, end.Axis = 4, 1
		}
		y := end.Apply(z)
		if len(y) != end.OutDim() || len(y) != len(want[kind]) {
			t.Fatalf("%s: %v, want %v", kind, y, want[kind])
		}
		for i, v := range y {
			if math.Abs(v-want[kind][i]) > 1e-14 {
				t.Errorf("%s: output %d is %v, want %v", kind, i, v, want[kind][i])
			}
		}
		net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: nn.ReLU()}}, []int{4}, nn.Meta{End: end, DType: nn.Float64})
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := onnx.Write(&file, net, onnx.WriteOptions{DType: nn.Float64, Rounded: true}); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		back, err := onnx.Read(&file, kind, onnx.ReadOptions{})
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if !nn.Same(net, back) {
			t.Errorf("%s came back as %+v", kind, back.Meta.End)
		}
		other := net.Clone()
		other.Meta.End = nil
		if nn.Same(net, other) || len(nn.ChoosingDifferences(net, other)) == 0 {
			t.Errorf("%s: without it the network is the same", kind)
		}
		// Of the largest outputs the first is the class: 1 here, and y_1 >= 0 in any case.
		target := set.Union{set.Whole(end.OutDim()).With(set.HalfSpace{Normal: append([]float64{1}, make([]float64, end.OutDim()-1)...), Offset: 1})}
		before, err := final.Union(target, end)
		if err != nil || len(before) == 0 {
			t.Errorf("%s: %v, %v", kind, before, err)
		}
		for _, bad := range []*nn.End{{Kind: kind, Outer: 1, Axis: 3, Inner: 1}, {Kind: kind + "?", Outer: 1, Axis: 4, Inner: 1}} {
			if _, err := nn.New(net.Nodes, []int{4}, nn.Meta{End: bad}); err == nil {
				t.Errorf("%+v was accepted", *bad)
			}
		}
	}
}
