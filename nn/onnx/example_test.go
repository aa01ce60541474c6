package onnx_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

// y = 2 relu(x - 1), written and read back.
func network() *nn.Network {
	n, err := nn.New([]nn.Node{
		{Name: "hidden", Inputs: []int{nn.Input}, Op: &nn.Dense{
			Params: nn.Params{Weight: nn.RowMatrix([]float64{1}), Bias: []float64{-1}},
		}},
		{Name: "relu", Inputs: []int{0}, Op: nn.ReLU()},
		{Name: "output", Inputs: []int{1}, Op: &nn.Dense{
			Params: nn.Params{Weight: nn.RowMatrix([]float64{2}), Bias: []float64{0}},
		}},
	}, []int{1}, nn.Meta{})
	if err != nil {
		log.Fatal(err)
	}
	return n
}

func Example() {
	var file bytes.Buffer
	if err := onnx.Write(&file, network(), onnx.WriteOptions{DType: nn.Float32, Rounded: true}); err != nil {
		log.Fatal(err)
	}
	n, err := onnx.Read(&file, "net.onnx", onnx.ReadOptions{})
	if err != nil {
		log.Fatal(err)
	}
	y, err := n.EvalPoint([]float64{3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(y, n.Meta.DType)
	// Output: [4] float32
}

// A repaired layer makes a second channel, and is recognised in the file.
func ExampleWrite_decoupled() {
	n, err := network().WithLayer(1, &nn.Params{Weight: nn.RowMatrix([]float64{1}), Bias: []float64{5}})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := onnx.Write(&file, n, onnx.WriteOptions{DType: nn.Float64, Rounded: true}); err != nil {
		log.Fatal(err)
	}
	m, err := onnx.Read(&file, "repaired.onnx", onnx.ReadOptions{})
	if err != nil {
		log.Fatal(err)
	}
	off, _ := m.EvalPoint([]float64{0})
	on, _ := m.EvalPoint([]float64{3})
	fmt.Println("repaired layers", m.RepairedLayers(), "outputs", off, on)
	// Output: repaired layers [1] outputs [0] [16]
}

func ExampleSameArchitecture() {
	n, err := network().WithLayer(2, &nn.Params{Weight: nn.RowMatrix([]float64{3}), Bias: []float64{1}})
	if err != nil {
		log.Fatal(err)
	}
	plain, err := onnx.SameArchitecture(n)
	if err != nil {
		log.Fatal(err)
	}
	y, _ := plain.EvalPoint([]float64{3})
	fmt.Println(plain.Decoupled(), y)
	// Output: false [7]
}
