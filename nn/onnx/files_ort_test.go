//go:build ort

package onnx

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// ONNX Runtime computes the same from every ONNX file of the test data that is
// read, and from what is written of it.
func TestFilesRuntime(t *testing.T) {
	ortest.Require(t)
	eachFile(t, func(t *testing.T, path, name string) {
		if _, refused := refusals[name]; refused {
			t.Skip("refused")
		}
		net, err := ReadFile(path, ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		model := &onnxpb.ModelProto{}
		if err := proto.Unmarshal(data, model); err != nil {
			t.Fatal(err)
		}
		softened := false // by a Softmax at the end, which the reader drops
		for _, n := range model.GetGraph().GetNode() {
			softened = softened || n.GetOpType() == "Softmax"
		}
		if half(model) {
			if data, err = proto.Marshal(model); err != nil {
				t.Fatal(err)
			}
		}
		r := rand.New(rand.NewPCG(3, 3))
		// A fixed batch axis takes copies.
		declared := 1
		for i, d := range model.GetGraph().GetInput()[0].GetType().GetTensorType().GetShape().GetDim() {
			if v := d.GetDimValue(); v > 0 && (i > 0 || v > 1) {
				declared *= int(v)
			}
		}
		copies := max(1, declared/net.InDim())
		points := make([][]float64, 3)
		x := nn.NewMatrix(len(points), net.InDim())
		for i := range points {
			points[i] = x.Row(i)
			for j := range points[i] {
				points[i][j] = float64(float32(r.NormFloat64()))
			}
		}
		y, err := net.Eval(x, 1)
		if err != nil {
			t.Fatal(err)
		}
		agree := func(what string, model []byte, soft bool, copies int) {
			var in [][]float64
			for _, p := range points {
				in = append(in, slices.Repeat(p, copies))
			}
			for i, want := range ortest.Run(t, model, in) {
				want = want[:len(want)/copies]
				got := append([]float64(nil), y.Row(i)...)
				if soft {
					softmax(got)
				}
				size := 1.0
				for _, v := range want {
					size = max(size, 1+math.Abs(v))
				}
				for j, v := range want {
					if d := math.Abs(got[j] - v); !(d <= tolerance32*size) {
						t.Fatalf("%s: output %d is %v, ONNX Runtime has %v", what, j, got[j], v)
					}
				}
			}
		}
		agree("as it is", data, softened, copies)
		var b bytes.Buffer
		if err := Write(&b, net, WriteOptions{DType: nn.Float32}); err != nil {
			t.Fatal(err)
		}
		agree("as written", b.Bytes(), false, 1)
	})
}

// half turns a model in float16 into the same in float32: ONNX Runtime rounds
// every value of one in float16.
func half(m *onnxpb.ModelProto) bool {
	found := false
	for _, t := range m.GetGraph().GetInitializer() {
		if t.GetDataType() != int32(typeFloat16) {
			continue
		}
		found = true
		d, err := decodeTensor(t)
		if err != nil {
			panic(err)
		}
		t.DataType, t.RawData, t.Int32Data = proto.Int32(int32(typeFloat32)), nil, nil
		for _, v := range d.floats {
			t.FloatData = append(t.FloatData, float32(v))
		}
	}
	g := m.GetGraph()
	for _, vs := range [][]*onnxpb.ValueInfoProto{g.GetInput(), g.GetOutput(), g.GetValueInfo()} {
		for _, v := range vs {
			if tt := v.GetType().GetTensorType(); tt.GetElemType() == int32(typeFloat16) {
				tt.ElemType = proto.Int32(int32(typeFloat32))
			}
		}
	}
	return found
}
