package nn_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/nn"
)

func TestNewRefuses(t *testing.T) {
	dense := func(out, in, biases int) *nn.Dense {
		return &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, biases)}}
	}
	with := func(v float64) *nn.Dense {
		d := dense(2, 2, 2)
		d.Weight.Row(1)[0] = v
		return d
	}
	value := dense(2, 2, 2)
	value.Value = &nn.Params{Weight: nn.NewMatrix(2, 2), Bias: []float64{0, math.NaN()}}
	first := []int{nn.Input}
	for _, c := range []struct {
		name  string
		nodes []nn.Node
		shape []int
		want  string
	}{
		{"no nodes", nil, []int{2}, "no nodes"},
		{"shape", []nn.Node{{Inputs: first, Op: nn.ReLU()}}, []int{2, 0}, "input shape [2 0]"},
		{"huge shape", []nn.Node{{Inputs: first, Op: nn.ReLU()}}, []int{1 << 20, 1 << 20}, "below 2^31"},
		{"input length", []nn.Node{{Name: "fc", Inputs: first, Op: dense(2, 3, 2)}}, []int{2}, `node 0 (Dense "fc"): input has 2 numbers, want 3`},
		{"biases", []nn.Node{{Inputs: first, Op: dense(2, 2, 1)}}, []int{2}, "1 biases for 2 outputs"},
		{"inputs", []nn.Node{{Inputs: []int{nn.Input, nn.Input}, Op: nn.ReLU()}}, []int{2}, "2 inputs, want 1"},
		{"order", []nn.Node{{Inputs: []int{0}, Op: nn.ReLU()}}, []int{2}, "node 0, which does not precede it"},
		{"unknown input", []nn.Node{{Inputs: []int{-2}, Op: nn.ReLU()}}, []int{2}, "does not precede it"},
		{"NaN", []nn.Node{{Inputs: first, Op: with(math.NaN())}}, []int{2}, "weight [1, 0] is NaN, want a finite number"},
		{"infinite", []nn.Node{{Inputs: first, Op: with(math.Inf(-1))}}, []int{2}, "weight [1, 0] is -Inf"},
		{"value channel", []nn.Node{{Inputs: first, Op: value}}, []int{2}, "value channel: bias [1] is NaN"},
		{"scale", []nn.Node{{Inputs: first, Op: &nn.Scale{Factor: []float64{1, 2}, Shift: []float64{0}}}}, []int{2}, "2 factors and 1 shifts"},
		{"infinite scale", []nn.Node{{Inputs: first, Op: &nn.Scale{Factor: []float64{1, math.Inf(1)}, Shift: []float64{0, 0}}}}, []int{2}, "factor [1] is +Inf"},
		{"leak", []nn.Node{{Inputs: first, Op: nn.LeakyReLU(math.NaN())}}, []int{2}, "slope [0] is NaN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := nn.New(c.nodes, c.shape, nn.Meta{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestLayers(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	n := theoremNetwork(t, r, nn.ReLU())
	if got := n.Layers(); !slices.Equal(got, []int{1, 3, 5, 7}) {
		t.Errorf("layers are nodes %v", got)
	}
	if n.InDim() != 3 || n.OutDim() != 2 || n.PatternLen() != 15 {
		t.Errorf("%d inputs, %d outputs, %d units", n.InDim(), n.OutDim(), n.PatternLen())
	}
	for _, k := range []int{-1, 0, 5} {
		if _, _, err := n.Layer(k); err == nil || !strings.Contains(err.Error(), "layers 1 to 4") {
			t.Errorf("layer %d: error %v", k, err)
		}
	}
	if n.ActivationAfter(7) || !n.ActivationAfter(5) {
		t.Error("an activation lies between layer 3 and the output, and none after layer 4")
	}
	wrong := nntest.Params(r, 6, 2)
	if _, err := n.WithLayer(1, &wrong); err == nil || !strings.Contains(err.Error(), "want 6 x 3 with 6") {
		t.Errorf("value parameters of another shape: error %v", err)
	}
	v := nntest.Params(r, 6, 3)
	c, err := n.WithLayer(1, &v)
	if err != nil {
		t.Fatal(err)
	}
	if n.Decoupled() || !c.Decoupled() {
		t.Error("the copy is decoupled, the original not")
	}
	back, err := c.WithLayer(1, nil)
	if err != nil || back.Decoupled() {
		t.Errorf("decoupled %v, error %v", back.Decoupled(), err)
	}
	if _, err := n.Eval(nn.NewMatrix(1, 2), 1); err == nil || !strings.Contains(err.Error(), "2 numbers, the network has 3 inputs") {
		t.Errorf("points of another dimension: error %v", err)
	}
	if y, err := n.Eval(nn.NewMatrix(0, 3), 1); err != nil || y.Rows != 0 || y.Cols != 2 {
		t.Errorf("no points: %d x %d, error %v", y.Rows, y.Cols, err)
	}
}

// The tie rule: the upper piece at a breakpoint, of -0 too.
func TestTieRule(t *testing.T) {
	clip, err := nn.Clip(-0.5, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f           *nn.Piecewise
		at          float64
		upper, fine int // pieces at and just below
	}{
		{nn.ReLU(), 0, 1, 0},
		{nn.ReLU(), math.Copysign(0, -1), 1, 0},
		{nn.LeakyReLU(0.1), 0, 1, 0},
		{nn.HardTanh(), -1, 1, 0},
		{nn.HardTanh(), 1, 2, 1},
		{clip, -0.5, 1, 0},
		{clip, 2, 2, 1},
	} {
		if p := c.f.Piece(c.at); p != c.upper {
			t.Errorf("%s at %g: piece %d, want %d", c.f.Kind(), c.at, p, c.upper)
		}
		below := math.Nextafter(c.at, math.Inf(-1))
		if p := c.f.Piece(below); p != c.fine {
			t.Errorf("%s at %g: piece %d, want %d", c.f.Kind(), below, p, c.fine)
		}
		slope, offset := []float64{0}, []float64{0}
		c.f.Linearize(slope, offset, []float64{c.at})
		if slope[0] != c.f.Slope[c.upper] || offset[0] != c.f.Offset[c.upper] {
			t.Errorf("%s at %g: linearised as %g z + %g", c.f.Kind(), c.at, slope[0], offset[0])
		}
	}
}

func TestActivationValues(t *testing.T) {
	z := []float64{-1000, -2, -1, -0.5, 0, 0.5, 1, 2, 1000}
	for name, f := range everyActivation(t) {
		y, slope, offset := make([]float64, len(z)), make([]float64, len(z)), make([]float64, len(z))
		f.Apply(y, z)
		f.Linearize(slope, offset, z)
		for i, v := range z {
			if got := float64(slope[i]*v) + offset[i]; math.Abs(got-y[i]) > 1e-12*(1+math.Abs(v)) {
				t.Errorf("%s at %g: the linearisation has %g, the function %g", name, v, got, y[i])
			}
			const h = 1e-6
			around := []float64{v + h, v + 2*h} // above: the upper piece
			f.Apply(around, around)
			if d := (around[1] - around[0]) / h; math.Abs(d-slope[i]) > 1e-5 {
				t.Errorf("%s at %g: slope %g, by differences %g", name, v, slope[i], d)
			}
		}
	}
	for _, c := range [][2]float64{{1, 1}, {2, 1}, {math.NaN(), 1}, {0, math.NaN()}, {math.Inf(1), math.Inf(1)}, {math.Inf(-1), math.Inf(-1)}} {
		if _, err := nn.Clip(c[0], c[1]); err == nil {
			t.Errorf("clip to %v is accepted", c)
		}
	}
}

func TestDType(t *testing.T) {
	for _, d := range []nn.DType{nn.Float32, nn.Float64} {
		if got, err := nn.ParseDType(d.String()); err != nil || got != d {
			t.Errorf("%v is read as %v, error %v", d, got, err)
		}
	}
	if _, err := nn.ParseDType("float16"); err == nil {
		t.Error("float16 is accepted")
	}
	if v := nn.Float32.Round(0.1); v != float64(float32(0.1)) || nn.Float64.Round(0.1) != 0.1 {
		t.Errorf("0.1 is rounded to %g", v)
	}
	if v := nn.Float32.Round(1 + 0x1p-24); v != 1 {
		t.Errorf("a tie is rounded to %g, want the even 1", v)
	}
}

// Evaluation does not depend on the number of workers, to the bit.
func TestEvalWorkers(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	n := withChange(t, theoremNetwork(t, r, nn.HardTanh()), 2, nntest.Params(r, 5, 6), 1)
	x := randomPoints(r, 3000, 3)
	want := evaluate(t, n, x)
	for _, workers := range []int{2, 3, 8} {
		got, err := n.Eval(x, workers)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Data, want.Data) {
			t.Errorf("%d workers give other bits", workers)
		}
	}
}
