//go:build ort

package onnx

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
)

// How far ONNX Runtime may be from us, relative to 1 + max|y|: rounding in the
// runtime's own type, with room for its order of summation.
const (
	tolerance32 = 1e-5
	tolerance64 = 1e-12
)

// ONNX Runtime computes the same as we do from an exported file, of every
// activation, type, and set of repaired layers.
func TestExportInONNXRuntime(t *testing.T) {
	ortest.Require(t)
	for name, f := range activations(t) {
		for _, layers := range layerSets {
			for dtype, tol := range map[nn.DType]float64{nn.Float32: tolerance32, nn.Float64: tolerance64} {
				t.Run(fmt.Sprintf("%s/%v/%v", name, layers, dtype), func(t *testing.T) {
					r := rand.New(rand.NewPCG(11, 11))
					n := repaired(t, r, chain(t, r, f), layers...)
					// The file's own parameters, so that only evaluation differs.
					n = readBack(t, n, dtype)
					agree(t, n, written(t, n, dtype), roundPoints(randomPoints(r, 50, n.InDim()), dtype), tol)
				})
			}
		}
	}
}

// So it is for the activations that the runtime has in float32 only.
func TestExportFloat32InONNXRuntime(t *testing.T) {
	ortest.Require(t)
	for name, f := range activations32(t) {
		for _, layers := range layerSets {
			t.Run(fmt.Sprintf("%s/%v", name, layers), func(t *testing.T) {
				r := rand.New(rand.NewPCG(14, 14))
				n := readBack(t, repaired(t, r, chain(t, r, f), layers...), nn.Float32)
				agree(t, n, written(t, n, nn.Float32), roundPoints(randomPoints(r, 50, n.InDim()), nn.Float32), tolerance32)
			})
		}
	}
}

// A sample of several axes is flattened in the file as it is here.
func TestPictureInONNXRuntime(t *testing.T) {
	ortest.Require(t)
	r := rand.New(rand.NewPCG(13, 13))
	n, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nntest.Params(r, 4, 24)}},
		{Inputs: []int{0}, Op: nn.Sigmoid()},
	}, []int{2, 3, 4}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	agree(t, n, written(t, n, nn.Float64), randomPoints(r, 10, 24), tolerance64)
}

// Files of other exporters mean the same to ONNX Runtime and to us.
func TestReadLikeONNXRuntime(t *testing.T) {
	ortest.Require(t)
	for _, file := range []string{
		"acasxu/onnx/ACASXU_run2a_1_1_batch_2000.onnx",
		"acasxu/onnx_eran/ACASXU_run2a_2_9_batch_2000.onnx",
		"vnncomp/mnist_fc/onnx/mnist-net_256x2.onnx",
		"vnncomp/test/test_small.onnx",
		"cas/tinytaxinet/TinyTaxiNet.onnx",
		"preimage/invprop/ood.onnx",
		"reader_tests/marabou/onnx/fc1.onnx",
		"reader_tests/marabou/onnx/fc_2-2sigmoids-3.onnx",
		"reader_tests/marabou/onnx/fc_matMul.onnx",
		"reader_tests/marabou/onnx/mnist2x10.onnx",
		"reader_tests/marabou/onnx/mnist5x20_leaky_relu.onnx",
		"derived_onnx/aprnn_mnist_gelu_3_100.onnx",
		"derived_onnx/aprnn_mnist_hardswish_3_100.onnx",
	} {
		t.Run(file, func(t *testing.T) {
			path := shared.Path(t, "data", filepath.FromSlash(file))
			n, err := ReadFile(path, ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			x := roundPoints(randomPoints(rand.New(rand.NewPCG(12, 12)), 20, n.InDim()), nn.Float32)
			agree(t, n, data, x, tolerance32)
		})
	}
}

// On a breakpoint ONNX Runtime takes the upper piece, as we do (the tie rule).
func TestTieInONNXRuntime(t *testing.T) {
	ortest.Require(t)
	one := nn.Params{Weight: nn.RowMatrix([]float64{1}), Bias: []float64{0}}
	up := nn.Params{Weight: nn.RowMatrix([]float64{1}), Bias: []float64{5}}
	for name, f := range map[string]nn.Activation{
		"relu": nn.ReLU(), "leaky": nn.LeakyReLU(0.5), "hard tanh": nn.HardTanh(),
	} {
		n, err := nn.New([]nn.Node{
			{Name: "l1", Inputs: []int{nn.Input}, Op: &nn.Dense{Params: one, Value: &up}},
			{Name: "a1", Inputs: []int{0}, Op: f},
		}, []int{1}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		x, err := nn.MatrixOf([][]float64{{-1}, {0}, {1}, {-1e-9}, {1 - 1e-9}})
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { agree(t, n, written(t, n, nn.Float64), x, tolerance64) })
	}
}

// agree checks that the model computes what the network does at each row of x.
func agree(t *testing.T, n *nn.Network, model []byte, x nn.Matrix, tol float64) {
	t.Helper()
	points := make([][]float64, x.Rows)
	for i := range points {
		points[i] = x.Row(i)
	}
	want, err := n.Eval(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range ortest.Run(t, model, points) {
		largest := 0.0
		for _, v := range want.Row(i) {
			largest = max(largest, math.Abs(v))
		}
		for j, v := range want.Row(i) {
			if d := math.Abs(got[j] - v); !(d <= tol*(1+largest)) {
				t.Fatalf("point %d, output %d: ONNX Runtime has %v, we have %v", i, j, got[j], v)
			}
		}
	}
}

func roundPoints(m nn.Matrix, dtype nn.DType) nn.Matrix {
	for i, v := range m.Data {
		m.Data[i] = dtype.Round(v)
	}
	return m
}
