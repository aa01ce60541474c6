package onnx

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/internal/onnxcheck"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// The checker of the onnx project finds nothing amiss in what is written: of every
// activation, layer and end, of images, in both types, repaired and not, and of what stands
// in the place of other files.
func TestWrittenModelsAreValid(t *testing.T) {
	onnxcheck.Require(t)
	models := map[string][]byte{}
	add := func(name string, n *nn.Network, dtype nn.DType) {
		t.Helper()
		var file bytes.Buffer
		if err := Write(&file, n, WriteOptions{DType: dtype, Rounded: true, Provenance: [][2]string{{"netmend.version", "1"}}}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m := &onnxpb.ModelProto{}
		if err := proto.Unmarshal(file.Bytes(), m); err != nil {
			t.Fatal(err)
		}
		if m.GetIrVersion() <= onnxcheck.MaxIR && m.GetOpsetImport()[0].GetVersion() <= onnxcheck.MaxOpset {
			models[name] = file.Bytes()
		}
	}
	r := rand.New(rand.NewPCG(17, 17))
	dtypes := []nn.DType{nn.Float32, nn.Float64}
	for name, f := range activations(t) {
		for _, layers := range layerSets {
			for _, dtype := range dtypes {
				add(fmt.Sprint(name, layers, dtype), repaired(t, r, chain(t, r, f), layers...), dtype)
			}
		}
	}
	for name, f := range activations32(t) {
		add(name, repaired(t, r, chain(t, r, f), 2), nn.Float32)
	}
	for i := range 60 {
		n := imageNetwork(t, r)
		add(fmt.Sprint("image ", i), n, dtypes[i%2])
		if n.SmoothNode() < 0 && len(n.Layers()) > 0 {
			add(fmt.Sprint("repaired image ", i), repaired(t, r, n, 1), dtypes[i%2])
		}
	}
	for _, kind := range nn.Ends() {
		for _, inner := range []int{1, 2} {
			n := chain(t, r, nn.ReLU())
			end := &nn.End{Kind: kind, Outer: 1, Axis: n.OutDim(), Inner: 1}
			switch {
			case kind == nn.EndSigmoid:
				end.Outer, end.Axis = end.Axis, 1
			case inner == 2 && n.OutDim()%2 == 0:
				end.Axis, end.Inner = n.OutDim()/2, 2
			}
			n.Meta.End = end
			for _, dtype := range dtypes {
				add(fmt.Sprint(kind, inner, dtype), repaired(t, r, n, 1), dtype)
			}
		}
	}
	for i := range 100 {
		n, err := randomModel(r.IntN).read(t)
		if err != nil {
			continue
		}
		add(fmt.Sprint("in the place of another ", i), n, n.Meta.DType)
	}
	if n := len(models); n < 200 {
		t.Errorf("only %d models", n)
	}
	onnxcheck.Check(t, models)
}
