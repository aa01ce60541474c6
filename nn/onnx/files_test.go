package onnx

import (
	"io/fs"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
)

// The two exports of the 45 ACAS Xu networks hold the same weights, in other
// shapes and orders of operands. Networks in float32 that agree do so to 1e-6.
func TestACASXu(t *testing.T) {
	const agreement = 1e-6
	files, err := filepath.Glob(filepath.Join(shared.Path(t, "data", "acasxu", "onnx"), "*.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 45 {
		t.Fatalf("%d networks, want 45", len(files))
	}
	other := shared.Path(t, "data", "acasxu", "onnx_eran")
	r := rand.New(rand.NewPCG(1, 1))
	for _, file := range files {
		a := readFile(t, file)
		b := readFile(t, filepath.Join(other, filepath.Base(file)))
		for _, n := range []*nn.Network{a, b} {
			if n.InDim() != 5 || n.OutDim() != 5 || len(n.Layers()) != 7 || n.PatternLen() != 300 || n.Meta.DType != nn.Float32 {
				t.Fatalf("%s: %d -> %d with %d layers, %d units, in %v", file,
					n.InDim(), n.OutDim(), len(n.Layers()), n.PatternLen(), n.Meta.DType)
			}
		}
		x := nn.NewMatrix(100, 5)
		for i := range x.Data {
			x.Data[i] = r.Float64() - 0.5 // normalised inputs
		}
		ya, err := a.Eval(x, 1)
		if err != nil {
			t.Fatal(err)
		}
		yb, err := b.Eval(x, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x.Rows {
			for j, v := range ya.Row(i) {
				if d := math.Abs(v - yb.Row(i)[j]); !(d <= agreement) {
					t.Fatalf("%s: output %d is %v in one file and %v in the other", file, j, v, yb.Row(i)[j])
				}
			}
		}
	}
}

// refusals are the files of the test data that are refused, and a part of the
// reason.
var refusals = map[string]string{
	"reader_tests/marabou/onnx/layer-zoo/dropout_training_mode_true.onnx": "training mode",
	"reader_tests/marabou/onnx/concat/concat_axis_0.onnx":                 "inputs",
	"reader_tests/marabou/onnx/concat/concat_axis_1.onnx":                 "inputs",
	"reader_tests/marabou/onnx/concat/concat_axis_2.onnx":                 "inputs",
	"reader_tests/marabou/onnx/multiInput_add.onnx":                       "inputs",
	"reader_tests/marabou/onnx/oneInput_twoBranches.onnx":                 "2 outputs",

	"outside/archcomp_acc_controller_5_20.onnx": "opset 6",
	"outside/carvana_unet_simp_small.onnx":      "ArgMax_19",
	"outside/cctsdb_yolo_patch-1.onnx":          "ScatterND_128",
	"outside/dist_shift_mnist_generator.onnx":   "2 inputs",
	"outside/face_slim_320.onnx":                "2 outputs",
	"outside/lsnc_quadrotor2d_state.onnx":       "Sin",
	"outside/ml4acopf_14_ieee.onnx":             "Cos",
	"outside/mscn_128d.onnx":                    "multiplies two computed values",
	"outside/pensieve_small_parallel.onnx":      "divides by a computed value",
	"outside/vit_ibp_3_3_8.onnx":                "both factors are computed",
}

// eachFile calls f for every ONNX file of the test data; in short runs, without
// those that are much like others.
func eachFile(t *testing.T, f func(t *testing.T, path, name string)) {
	root := shared.Path(t, "data")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(strings.TrimSuffix(path, ".gz")) != ".onnx" {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if alike := strings.HasPrefix(name, "acasxu/") && !strings.Contains(name, "_1_1_"); !alike || !testing.Short() {
			t.Run(name, func(t *testing.T) { f(t, path, name) })
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every ONNX file of the test data is read, or refused for the reason given here.
func TestFiles(t *testing.T) {
	eachFile(t, func(t *testing.T, path, name string) {
		_, err := ReadFile(path, ReadOptions{})
		reason, refused := refusals[name]
		switch {
		case refused && (err == nil || !strings.Contains(err.Error(), reason)):
			t.Errorf("error %v, want one that mentions %q", err, reason)
		case !refused && err != nil:
			t.Error(err)
		}
	})
}

// auto_park declares an input of ? x 2 x 2: two slices, each of which goes through a plain
// 2 -> 4 network.
func TestAutoPark(t *testing.T) {
	path := shared.Path(t, "data", "preimage", "premap", "auto_park", "model_auto_park_auto_park_model.onnx")
	n := readFile(t, path)
	if n.InDim() != 4 || n.OutDim() != 8 || len(n.Layers()) != 2 || len(n.Meta.Notices) != 0 {
		t.Errorf("%d -> %d with %d layers, notices %q", n.InDim(), n.OutDim(), len(n.Layers()), n.Meta.Notices)
	}
	slice, err := ReadFile(path, ReadOptions{Slice: true})
	if err != nil {
		t.Fatal(err)
	}
	if slice.InDim() != 2 || slice.OutDim() != 4 || len(slice.Layers()) != 2 || len(slice.Meta.Notices) != 1 {
		t.Errorf("slice: %d -> %d with %d layers, notices %q", slice.InDim(), slice.OutDim(), len(slice.Layers()), slice.Meta.Notices)
	}
	x := []float64{0.25, -1.5, 3, 0.5}
	whole := evalPoint(t, n, x...)
	parts := append(evalPoint(t, slice, x[:2]...), evalPoint(t, slice, x[2:]...)...)
	for i, v := range parts {
		if d := whole[i] - v; !(d <= 1e-12 && d >= -1e-12) {
			t.Errorf("output %d is %v, of its slice %v", i, whole[i], v)
		}
	}
}

func readFile(t *testing.T, path string) *nn.Network {
	t.Helper()
	n, err := ReadFile(path, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A file that is written of what was read has the same nodes: a repaired network is
// compared with its original node by node.
func TestFilesComeBack(t *testing.T) {
	eachFile(t, func(t *testing.T, path, name string) {
		if _, refused := refusals[name]; refused {
			t.Skip("refused")
		}
		n := readFile(t, path)
		back := readBack(t, n, n.Meta.DType)
		rounded := roundNetwork(t, n, n.Meta.DType) // constants that were folded
		if len(back.Nodes) != len(n.Nodes) {
			t.Fatalf("%d nodes came back as %d", len(n.Nodes), len(back.Nodes))
		}
		for i, node := range n.Nodes {
			b := back.Nodes[i]
			if b.Op.Kind() != node.Op.Kind() || !slices.Equal(b.Inputs, node.Inputs) || b.Name != node.Name {
				t.Errorf("node %d, %s %q of %v, came back as %s %q of %v", i,
					node.Op.Kind(), node.Name, node.Inputs, b.Op.Kind(), b.Name, b.Inputs)
			}
			switch node.Op.(type) {
			case *nn.MaxPool, *nn.Max, *nn.AveragePool, *nn.Concat, *nn.Take, *nn.Sum, *nn.Reduce, *nn.Conv, *nn.ConvTranspose:
				if !reflect.DeepEqual(b.Op, rounded.Nodes[i].Op) {
					t.Errorf("node %d came back as %+v", i, b.Op)
				}
			}
		}
	})
}
