package main

import (
	"reflect"
	"testing"

	"github.com/netmend/netmend/nn"
)

func TestLayerTable(t *testing.T) {
	window := nn.Window{
		Channels: 4, In: [2]int{3, 3}, Kernel: [2]int{2, 2}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1},
	}
	pool := window
	pool.Channels, pool.In = 2, [2]int{2, 2}
	net, err := nn.New([]nn.Node{
		{Name: "conv", Inputs: []int{nn.Input}, Op: &nn.Conv{
			Params: nn.Params{Weight: nn.NewMatrix(2, 8), Bias: make([]float64, 2)}, Window: window, Groups: 2,
		}},
		{Name: "pool", Inputs: []int{0}, Op: &nn.MaxPool{Window: pool}},
		{Name: "last", Inputs: []int{1}, Op: &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(3, 2), Bias: make([]float64, 3)}}},
	}, []int{4, 3, 3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	want := []layerInfo{
		{Layer: 1, Kind: "Conv", Name: "conv", Shape: []int{2, 2, 2, 2}, Inputs: 36, Outputs: 8, Parameters: 18, Activation: "MaxPool"},
		{Layer: 2, Kind: "Dense", Name: "last", Shape: []int{3, 2}, Inputs: 2, Outputs: 3, Parameters: 9, Activation: "none"},
	}
	if got := layerTable(net); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestWeightShapes: the weights of every layer are described as what they are.
func TestWeightShapes(t *testing.T) {
	for _, op := range nn.Types() {
		l, ok := op.(nn.Layer)
		if _, dense := op.(*nn.Dense); !ok || dense {
			continue
		}
		if g := reflect.ValueOf(op).Elem().FieldByName("Groups"); g.IsValid() {
			g.SetInt(1)
		}
		if shape := weightShape(l); len(shape) != 4 {
			t.Errorf("%s has weights of shape %v: give it a case in weightShape, cmd/netmend/info.go", op.Kind(), shape)
		}
	}
}

func TestSigned(t *testing.T) {
	for v, want := range map[float64]string{-0.5: "- 0.5", 0.5: "+ 0.5"} {
		if got := signed(v); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
