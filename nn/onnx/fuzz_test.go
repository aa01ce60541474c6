package onnx

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
)

// fuzzExpansion bounds memory while fuzzing, far below the limit for users.
const fuzzExpansion = 1 << 16

// FuzzRead feeds damaged models to the reader. It must not panic, and what it
// accepts must be a network that a file can hold, and that comes back.
func FuzzRead(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, a := range activations(f) {
		n := chain(f, r, a)
		f.Add(written(f, n, nn.Float32))
		f.Add(written(f, repaired(f, r, n, 1, 3), nn.Float64))
	}
	f.Add(newModel(9, -1, 2, 3).ints("s", 0, -1).constant("w", []int64{6, 1}, 1, 2, 3, 4, 5, 6).
		op("Reshape", []string{"x", "s"}, "a").op("MatMul", []string{"a", "w"}, "b").op("Softmax", []string{"b"}, "y").bytes(f))
	f.Add(newModel(13, 2, 2).constant("c", []int64{2, 2}, 1, 2, 3, 4).op("Sub", []string{"c", "x"}, "a").
		op("Gemm", []string{"c", "a"}, "b", intAttr("transB", 1)).op("Flatten", []string{"b"}, "y").bytes(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := read(data, "fuzz.onnx", ReadOptions{}, fuzzExpansion)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := Write(&b, n, WriteOptions{DType: nn.Float64}); err != nil {
			return // a function without an identity piece
		}
		m, err := Read(bytes.NewReader(b.Bytes()), "again.onnx", ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if m.InDim() != n.InDim() || m.OutDim() != n.OutDim() || m.Decoupled() != n.Decoupled() {
			t.Errorf("%d -> %d, decoupled %v; came back as %d -> %d, %v",
				n.InDim(), n.OutDim(), n.Decoupled(), m.InDim(), m.OutDim(), m.Decoupled())
		}
	})
}
