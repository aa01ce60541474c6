package onnx

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
)

// TestLongChains: reading a chain of operators takes memory in proportion to its length,
// merged or not.
func TestLongChains(t *testing.T) {
	for _, op := range []string{"Add", "Div", "Neg", "Relu", "MatMul", "Identity", "Max", "Concat", "self", "skip"} {
		t.Run(op, func(t *testing.T) {
			const n = 2000
			short, long := chainMemory(t, op, n), chainMemory(t, op, 4*n)
			if long > 6*short {
				t.Errorf("%d operators take %d bytes, %d take %d", n, short, 4*n, long)
			}
		})
	}
}

// chainMemory is what reading a chain of n operators allocates.
func chainMemory(t *testing.T, op string, n int) uint64 {
	b := newModel(13, 1, 4).constant("c", []int64{4}, 1, 2, 3, 4.5).
		constant("w", []int64{4, 4}, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0.5, 1)
	x := "x"
	for i := range n {
		y := fmt.Sprintf("v%d", i)
		if i == n-1 {
			y = "y"
		}
		switch op {
		case "Neg", "Relu", "Identity":
			b.op(op, []string{x}, y)
		case "MatMul":
			b.op(op, []string{x, "w"}, y)
		case "Concat":
			b.op(op, []string{x}, y, intAttr("axis", 1))
		case "self":
			b.op("Add", []string{x, x}, y)
		case "skip":
			b.op("Relu", []string{x}, y+"r").op("Add", []string{x, y + "r"}, y)
		default:
			b.op(op, []string{x, "c"}, y)
		}
		x = y
	}
	data := b.bytes(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(bytes.NewReader(data), "chain.onnx", ReadOptions{})
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	return after.TotalAlloc - before.TotalAlloc
}
