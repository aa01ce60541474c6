package polar

import (
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
)

// small is 2-3-1 with sigmoid and tanh, offset 0.5, scale -2.
const small = `2
1
1
3
sigmoid
Tanh
1 2 0.5
-1 0 -0.5
0.25
0.75

1e-1
3
-2
1
0.125
0.5
-2
`

// TestRead evaluates the small network by hand.
func TestRead(t *testing.T) {
	n, err := Read(strings.NewReader(small), "small.network")
	if err != nil {
		t.Fatal(err)
	}
	sigmoid := func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
	for _, x := range [][]float64{{0, 0}, {1, -2}, {-3, 0.5}} {
		h0, h1, h2 := sigmoid(x[0]+float64(2*x[1])+0.5), sigmoid(-x[0]-0.5), sigmoid(float64(0.25*x[0])+float64(0.75*x[1])+0.1)
		want := float64(-2 * (math.Tanh(float64(3*h0)-float64(2*h1)+h2+0.125) - 0.5))
		y, err := n.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(y[0]-want) > 1e-14 {
			t.Errorf("at %v: %v, want %v", x, y[0], want)
		}
	}
	if n.Meta.Format != "polar" {
		t.Errorf("format %q", n.Meta.Format)
	}
}

// TestParabola reads the network of the parabola, whose values were recorded
// independently.
func TestParabola(t *testing.T) {
	path := shared.Path(t, "data", "juliareach", "parabola2d.network")
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n, err := Read(file, path)
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range map[float64]float64{-10: 4.983, 10: 5.253, 20: 19.594} {
		y, err := n.EvalPoint([]float64{x})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(y[0]-want) > 5e-4 {
			t.Errorf("f(%v) = %v, want %v", x, y[0], want)
		}
	}
	if got := n.Nodes[len(n.Nodes)-1].Op.Kind(); got != "Dense" || len(n.Layers()) != 3 || n.Nodes[1].Op.Kind() != nn.KindReLU {
		t.Errorf("last node %s, %d layers", got, len(n.Layers()))
	}
}

func TestReadErrors(t *testing.T) {
	replace := func(old, with string) string { return strings.Replace(small, old, with, 1) }
	for _, test := range []struct{ text, want string }{
		{"", "p:1: the file ends, want the number of inputs"},
		{"x", `p:1: found "x", want the number of inputs: an integer of at least 1`},
		{"0", `p:1: found "0"`},
		{"2\n1\n-1", `p:3: found "-1", want the number of hidden layers`},
		{"2\n1\n99999999", "p:3: found 99999999 hidden layers, want at most 10000"},
		{"2\n1\n999999999999", `p:3: found "999999999999"`},
		{"2\n\n1.5", `p:3: found "1.5", want the number of outputs`},
		{replace("sigmoid\nTanh", "Softplus GELU"), `p: activation functions that are not supported: "Softplus" in line 5, "GELU" in line 5;`},
		{replace("-1 0", "-1 zero"), `p:8: found "zero", want layer 1, neuron 2 of 3, weight 2 of 2`},
		{replace("0.25\n", "NaN\n"), "p:9: layer 1, neuron 3 of 3, weight 1 of 2 is NaN, want a finite number"},
		{replace("1e-1", "1e999"), `p:12: layer 1, neuron 3 of 3, bias: "1e999" is beyond the range of float64`},
		{small + "7", `p:19: found "7" after the scale, want the end of the file`},
		{strings.TrimSuffix(small, "-2\n"), "p:18: the file ends, want the scale of the output"},
		{replace("0.125\n0.5\n-2\n", ""), "the file ends, want layer 2, neuron 1 of 1, bias"},
		{strings.Repeat("1", 5000), "p:1: found a word of more than 4096 characters"},
		{"2000000000\n1\n1\n2000000000\nReLU\nReLU\n1", "the file ends, want layer 1, neuron 1"},
	} {
		n, err := Read(strings.NewReader(test.text), "p")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.60q: %v, error %v, want %q", test.text, n, err, test.want)
		}
	}
	broken := errors.New("disk on fire")
	if _, err := Read(iotest.ErrReader(broken), "p"); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(small)
	f.Add("1 1 0 Affine 2 3 0 1")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Read(strings.NewReader(text), "p")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "p:") {
				t.Fatalf("error without the file: %v", err)
			}
			return
		}
		if _, err := n.EvalPoint(make([]float64, n.InDim())); err != nil {
			t.Fatal(err)
		}
	})
}
