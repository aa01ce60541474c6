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
	for range 10 {
		n := imageNetwork(f, r)
		f.Add(written(f, repaired(f, r, n, 1), nn.Float64))
	}
	for _, model := range randomOperator {
		f.Add(model(r).bytes(f))
	}
	f.Fuzz(checkRead)
}

// FuzzGraph reads models made of supported operators, put together as the bytes
// say.
func FuzzGraph(f *testing.F) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 50 {
		seed := make([]byte, 200)
		for i := range seed {
			seed[i] = byte(r.Uint32())
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		next := func(n int) int {
			if len(data) == 0 {
				return 0
			}
			v := int(data[0]) % n
			data = data[1:]
			return v
		}
		checkRead(t, randomModel(next).bytes(t))
	})
}

// checkRead reads a model, writes it and reads it again.
func checkRead(t *testing.T, data []byte) {
	n, err := read(t.Context(), data, "fuzz.onnx", ReadOptions{}, fuzzExpansion)
	if err != nil {
		return
	}
	var b bytes.Buffer
	if err := Write(&b, n, WriteOptions{DType: nn.Float64, Rounded: true}); err != nil {
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
}
