//go:build ort

package onnx

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
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
		if half(model) {
			if data, err = proto.Marshal(model); err != nil {
				t.Fatal(err)
			}
		}
		r := rand.New(rand.NewPCG(3, 3))
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
		agree := func(what string, model []byte) {
			for i, want := range ortest.Run(t, model, points) {
				got := append([]float64(nil), y.Row(i)...)
				if e := net.Meta.End; e != nil {
					got = e.Apply(got)
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
		agree("as it is", data)
		var b bytes.Buffer
		if err := Write(&b, net, WriteOptions{DType: nn.Float32, Rounded: true}); err != nil {
			t.Fatal(err)
		}
		agree("as written", b.Bytes())
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
