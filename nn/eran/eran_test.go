package eran

import (
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/nnet"
)

// small has a layer of each kind: 2 inputs, 3 hidden units, 2 outputs.
const small = `ReLU
[[1, -1], [-1.0, 1.], [0.5,5e-1]]
[0, 0, -1]
Affine
[[1, 1, 0], [0, 0, 2]]
[0.25, 0]
`

func eval(t *testing.T, text string, o Options, x ...float64) []float64 {
	t.Helper()
	n, err := Read(strings.NewReader(text), "small.eran", o)
	if err != nil {
		t.Fatal(err)
	}
	y, err := n.EvalPoint(x)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

func TestRead(t *testing.T) {
	// |x1 - x2| + 0.25 and 2 max(0, (x1 + x2) / 2 - 1)
	for _, test := range []struct{ x, y []float64 }{
		{[]float64{3, 1}, []float64{2.25, 2}},
		{[]float64{-1, 0}, []float64{1.25, 0}},
	} {
		if y := eval(t, small, Options{}, test.x...); !slices.Equal(y, test.y) {
			t.Errorf("f(%v) = %v, want %v", test.x, y, test.y)
		}
	}
}

// TestSpacing reads the same network in other notations.
func TestSpacing(t *testing.T) {
	for name, change := range map[string]*strings.Replacer{
		"no spaces":        strings.NewReplacer(", ", ","),
		"many spaces":      strings.NewReplacer(",", " , ", "[", " [ ", "]", " ] "),
		"carriage returns": strings.NewReplacer("\n", "\r\n"),
		"numbers on lines": strings.NewReplacer(", ", ",\n"),
		"trailing commas":  strings.NewReplacer("]", ", ]"),
		"no comma, space":  strings.NewReplacer("\n[", "["),
		"lower case":       strings.NewReplacer("ReLU", "relu", "Affine", "affine"),
		"no end of line":   strings.NewReplacer("0]\n", "0]"),
		"tabs":             strings.NewReplacer(" ", "\t\t"),
	} {
		if y := eval(t, change.Replace(small), Options{}, 3, 1); !slices.Equal(y, []float64{2.25, 2}) {
			t.Errorf("%s: f(3, 1) = %v, want [2.25 2]", name, y)
		}
	}
}

func TestActivations(t *testing.T) {
	const layer = "\n[[1]]\n[0]\n"
	for _, test := range []struct {
		label  string
		linear bool
		x, y   float64
		nodes  int
		notice string
	}{
		{"ReLU", false, -2, 0, 2, "is followed by a ReLU"},
		{"ReLU", true, -2, -2, 1, "the ReLU after the last layer was dropped"},
		{"HardTanh", false, -2, -1, 2, ""},
		{"HardTanh", true, -2, -2, 1, "the HardTanh after the last layer was dropped"},
		{"Tanh", false, 0.5, math.Tanh(0.5), 2, ""},
		{"Sigmoid", false, 0.5, 1 / (1 + math.Exp(-0.5)), 2, ""},
		{"Affine", false, -2, -2, 1, ""},
		{"Affine", true, -2, -2, 1, ""},
	} {
		n, err := Read(strings.NewReader(test.label+layer), "a.eran", Options{LinearOutput: test.linear})
		if err != nil {
			t.Fatal(err)
		}
		y, err := n.EvalPoint([]float64{test.x})
		if err != nil {
			t.Fatal(err)
		}
		// One rounding of exp and of the quotient.
		if math.Abs(y[0]-test.y) > 1e-15 || len(n.Nodes) != test.nodes {
			t.Errorf("%s, linear %v: f(%v) = %v with %d nodes, want %v with %d",
				test.label, test.linear, test.x, y[0], len(n.Nodes), test.y, test.nodes)
		}
		if notices := strings.Join(n.Meta.Notices, "\n"); (test.notice == "") != (notices == "") || !strings.Contains(notices, test.notice) {
			t.Errorf("%s, linear %v: notices %q, want %q", test.label, test.linear, notices, test.notice)
		}
		if n.Meta.Format != "eran" || n.Meta.Units != "" {
			t.Errorf("metadata %+v", n.Meta)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", " \n", "a.eran: no layers"},
		{"no label", "[[1]]\n[0]\n", `a.eran:1: found "[", want the label of a layer`},
		{"binary", strings.Repeat("\x00", 5000), "this is not an ERAN file"},
		{"no weights", "ReLU\n", "a.eran:2: layer 1 (ReLU), weights: found the end of the file"},
		{"weights as one list", "ReLU\n[1, 2]\n[0]\n", `a.eran:2: layer 1 (ReLU), row 1 of weights: found "1", want "["`},
		{"no rows", "ReLU\n[]\n[]\n", `row 1 of weights: found "]"`},
		{"empty row", "ReLU\n[[]]\n[0]\n", `found "]", want number 1`},
		{"ragged", "ReLU\n[[1, 2],\n[3]]\n[0, 0]\n", "a.eran:3: layer 1 (ReLU), row 2 of weights: found 1 numbers, want 2"},
		{"biases missing", "ReLU\n[[1]]\nReLU\n", `a.eran:3: layer 1 (ReLU), biases: found "ReLU", want "["`},
		{"too few biases", "ReLU\n[[1], [2]]\n[0]\n", "a.eran:3: layer 1 (ReLU): found 1 biases, want 2"},
		{"layers do not fit", "ReLU\n[[1], [2]]\n[0, 0]\nAffine\n[[1, 2, 3]]\n[0]\n", "a.eran:5: layer 2 (Affine): found 3 weights a row, want 2: the outputs of layer 1"},
		{"NaN", "ReLU\n[[1, nan]]\n[0]\n", "a.eran:2: layer 1 (ReLU), row 1 of weights: number 2 is NaN"},
		{"infinite", "ReLU\n[[1, 2]]\n[-inf]\n", "biases: number 1 is -Inf"},
		{"beyond float64", "ReLU\n[[1e999]]\n[0]\n", `number 1, "1e999", is beyond the range`},
		{"abridged by NumPy", "ReLU\n[[1, ..., 2]]\n[0]\n", `found "...", want number 2`},
		{"no commas", "ReLU\n[[1 2]]\n[0]\n", `found "2" after number 1, want "," or "]"`},
		{"rows without comma", "ReLU\n[[1] [2]]\n[0]\n", `row 1 of weights: found "[" after it`},
		{"commas twice", "ReLU\n[[1,, 2]]\n[0]\n", `found ",", want number 2`},
		{"truncated list", "ReLU\n[[1, 2", "found the end of the file after number 2"},
		{"text after a layer", "ReLU\n[[1]]\n[0]\n]\n", `a.eran:4: found "]", want the label`},
		{
			"labels", "Conv2D\nfilters=16, kernel_size=[4, 4]\n[[[1]]]\n[0]\nReLU\n[[1]]\n[0]\nGELU\n[[1]]\n[0]\n",
			`a.eran: labels that are not supported: "Conv2D" in line 1, "GELU" in line 8; want ReLU`,
		},
		{"label with arguments", "Normalize mean=[0.1] std=[0.3]\nReLU\n[[1]]\n[0]\n", `"Normalize" in line 1;`},
		{"label and damage", "Maxout\n[[1]]\n[0]\nReLU\n[[1", `"Maxout" in line 1;`},
	} {
		t.Run(test.name, func(t *testing.T) {
			n, err := Read(strings.NewReader(test.text), "a.eran", Options{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v, want an error with %q", n, err, test.want)
			}
		})
	}
	broken := errors.New("disk on fire")
	if _, err := Read(iotest.ErrReader(broken), "a.eran", Options{}); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func readShared(t *testing.T, o Options, elem ...string) *nn.Network {
	t.Helper()
	path := shared.Path(t, elem...)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n, err := Read(file, path, o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSameAsNNet: acas_2_9.eran was made from the NNet file of the same name.
func TestSameAsNNet(t *testing.T) {
	n := readShared(t, Options{LinearOutput: true}, "data", "acasxu", "prdnn", "acas_2_9.eran")
	path := shared.Path(t, "data", "acasxu", "nnet", "ACASXU_run2a_2_9_batch_2000.nnet")
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, err := nnet.Read(file, path, nnet.Options{Units: nnet.Normalised})
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Nodes) != len(want.Nodes) {
		t.Fatalf("%d nodes, want %d", len(n.Nodes), len(want.Nodes))
	}
	for i := range n.Nodes {
		a, b := n.Nodes[i].Op, want.Nodes[i].Op
		if a.Kind() != b.Kind() {
			t.Fatalf("node %d is %s, want %s", i, a.Kind(), b.Kind())
		}
		if dense, ok := a.(*nn.Dense); ok {
			other := b.(*nn.Dense)
			if !slices.Equal(dense.Weight.Data, other.Weight.Data) || !slices.Equal(dense.Bias, other.Bias) {
				t.Errorf("layer at node %d differs", i)
			}
		}
	}
}

// TestPublishedShapes reads the published networks without known answers.
func TestPublishedShapes(t *testing.T) {
	for _, test := range []struct {
		path   []string
		widths []int // of the input and of each layer
		last   string
	}{
		{[]string{"acasxu", "onnx_eran", "acasxu_prop9_net.tf"}, []int{5, 50, 50, 50, 50, 50, 50, 5}, nn.KindReLU},
		{[]string{"syrenn", "pendulum_continuous.eran"}, []int{2, 280, 240, 200, 1}, nn.KindHardTanh},
		{[]string{"syrenn", "quadcopter.eran"}, []int{2, 240, 200, 1}, nn.KindHardTanh},
		{[]string{"syrenn", "satelite.eran"}, []int{2, 280, 240, 200, 1}, nn.KindHardTanh},
	} {
		n := readShared(t, Options{}, append([]string{"data"}, test.path...)...)
		widths := []int{n.InDim()}
		for _, i := range n.Layers() {
			widths = append(widths, n.Dim(i))
		}
		last := n.Nodes[len(n.Nodes)-1].Op.Kind()
		if !slices.Equal(widths, test.widths) || last != test.last {
			t.Errorf("%v: widths %v, last node %s, want %v and %s", test.path, widths, last, test.widths, test.last)
		}
	}
}

// TestMNISTAccuracy compares the accuracy on the MNIST test set with the one
// that was measured independently.
func TestMNISTAccuracy(t *testing.T) {
	points, err := dataset.Load(shared.Path(t, "data", "mnist", "idx", "t10k-images-idx3-ubyte.gz"),
		dataset.Options{Dim: 784, DivideBy: 255})
	if err != nil {
		t.Fatal(err)
	}
	x := nn.Matrix{Rows: points.Rows, Cols: points.Dim, Stride: points.Dim, Data: points.Data}
	for file, want := range map[string]int{"mnist_relu_3_100.tf": 9654, "mnist_relu_9_100.tf": 9508} {
		n := readShared(t, Options{LinearOutput: true}, "data", "mnist", "aprnn_cc-by-nc-nd", file)
		y, err := n.Eval(x, 2)
		if err != nil {
			t.Fatal(err)
		}
		right := 0
		for i, label := range points.Labels {
			row := y.Row(i)
			if slices.Index(row, slices.Max(row)) == label {
				right++
			}
		}
		if right != want {
			t.Errorf("%s: %d of 10000 right, want %d", file, right, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(small, false)
	f.Add("HardTanh\n[[1, ], [2,],]\n[0,0,]", true)
	f.Add("Conv2D\nfilters=16, kernel_size=[4, 4]\n[[[1]]]\n[0]\nReLU\n[[1]]\n[0]\n", false)
	f.Fuzz(func(t *testing.T, text string, linear bool) {
		n, err := Read(strings.NewReader(text), "a.eran", Options{LinearOutput: linear})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "a.eran:") {
				t.Fatalf("error without the file: %v", err)
			}
			return
		}
		if _, err := n.EvalPoint(make([]float64, n.InDim())); err != nil {
			t.Fatal(err)
		}
	})
}
