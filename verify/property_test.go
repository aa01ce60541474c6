package verify

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/vnnlib"
)

// n1 is the network h1 = ReLU(-x), h2 = ReLU(x), h3 = ReLU(x - 1),
// y = -h1 - h2 + h3: -|x|, and -1 from x = 1 on.
func n1(t testing.TB) *nn.Network {
	t.Helper()
	return build(t, []int{1, 3, 1}, []float64{-1, 1, 1, 0, 0, -1}, []float64{-1, -1, 1, 0})
}

// build makes a ReLU network; the parameters of a layer are its weights, row by
// row, then its biases.
func build(t testing.TB, sizes []int, layers ...[]float64) *nn.Network {
	t.Helper()
	var nodes []nn.Node
	last := nn.Input
	for i, p := range layers {
		in, out := sizes[i], sizes[i+1]
		w := nn.Matrix{Rows: out, Cols: in, Stride: in, Data: p[:in*out]}
		nodes = append(nodes, nn.Node{Inputs: []int{last}, Op: &nn.Dense{Params: nn.Params{Weight: w, Bias: p[in*out:]}}})
		last = len(nodes) - 1
		if i+1 < len(layers) {
			nodes = append(nodes, nn.Node{Inputs: []int{last}, Op: nn.ReLU()})
			last++
		}
	}
	net, err := nn.New(nodes, []int{sizes[0]}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// property reads a property with that many inputs and outputs.
func property(t testing.TB, inputs, outputs int, asserts string) *vnnlib.Property {
	t.Helper()
	var b strings.Builder
	for i := range inputs {
		fmt.Fprintf(&b, "(declare-const X_%d Real)\n", i)
	}
	for i := range outputs {
		fmt.Fprintf(&b, "(declare-const Y_%d Real)\n", i)
	}
	p, err := vnnlib.Read(strings.NewReader(b.String()+asserts), "test")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustDecide(t testing.TB, net *nn.Network, p *vnnlib.Property, opt Options) *Result {
	t.Helper()
	r, err := Property(t.Context(), net, p, opt)
	if err != nil {
		t.Fatal(err)
	}
	if (r.Verdict == Violated || r.Verdict == Unproven && r.Found == Violated) != (r.Witness != nil) {
		t.Fatalf("verdict %v with witness %v", r.Verdict, r.Witness)
	}
	if w := r.Witness; w != nil {
		checkWitness(t, net, p, w)
	}
	return r
}

// checkWitness tests a witness against the file as it is written, by the
// network's own evaluation.
func checkWitness(t testing.TB, net *nn.Network, p *vnnlib.Property, w *Witness) {
	t.Helper()
	y, err := net.EvalPoint(w.Input)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range w.Output {
		if math.Abs(v-y[k]) > 1e-9*(1+math.Abs(v)) {
			t.Errorf("output %d of the witness is %v, the network says %v", k, v, y[k])
		}
	}
	// An exact input or output may be no float64.
	if !w.Exact && !p.Violated(w.Input, w.Output) {
		t.Errorf("the witness %v -> %v does not satisfy the file", w.Input, w.Output)
	}
	if w.RoundingBound > w.Margin || w.Margin < 0 {
		t.Errorf("margin %v with rounding bound %v", w.Margin, w.RoundingBound)
	}
}

func TestPropertyOfN1(t *testing.T) {
	for _, c := range []struct {
		name, asserts string
		want          Verdict
	}{
		{"inside", "(assert (and (>= X_0 -1) (<= X_0 2) (<= Y_0 -0.5)))", Violated},
		{"above the maximum", "(assert (and (>= X_0 -1) (<= X_0 2) (>= Y_0 0.001)))", Holds},
		{"below the minimum", "(assert (and (>= X_0 -1) (<= X_0 2) (<= Y_0 -1.001)))", Holds},
		{"the maximum itself", "(assert (and (>= X_0 -1) (<= X_0 2) (>= Y_0 0)))", Violated},
		{"beyond the maximum, open", "(assert (and (>= X_0 -1) (<= X_0 2) (> Y_0 0)))", Holds},
		{"a plateau, closed", "(assert (and (>= X_0 1) (<= X_0 2) (<= Y_0 -1)))", Violated},
		{"two cases, the second violated", "(assert (or (and (>= X_0 -0.1) (<= X_0 0.1) (<= Y_0 -0.5)) (and (>= X_0 0.4) (<= X_0 0.6) (<= Y_0 -0.5))))", Violated},
		{"two cases, none", "(assert (or (and (>= X_0 -0.1) (<= X_0 0.1) (<= Y_0 -0.5)) (and (>= X_0 0.2) (<= X_0 0.4) (<= Y_0 -0.5))))", Holds},
		{"a point", "(assert (and (= X_0 0.5) (<= Y_0 -0.5)))", Violated},
		{"a point outside", "(assert (and (= X_0 0.5) (<= Y_0 -0.6)))", Holds},
		{"a point that is no float64", "(assert (and (= X_0 0.1) (>= Y_0 -0.11)))", Violated},
		{"no output condition", "(assert (and (>= X_0 0) (<= X_0 1)))", Violated},
		{"contradictory inputs", "(assert (and (>= X_0 1) (<= X_0 0) (<= Y_0 5)))", Holds},
		{"unbounded, no witness", "(assert (and (>= X_0 0) (>= Y_0 1)))", Holds},
		{"unbounded, witness", "(assert (and (>= X_0 0) (<= Y_0 -0.2)))", Violated},
		{"strict bound of the input", "(assert (and (> X_0 1) (<= X_0 2) (<= Y_0 -0.5)))", Violated},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := property(t, 1, 1, c.asserts)
			if c.name == "a point that is no float64" {
				// The witness is 1/10, of which Input is the nearest float64.
				r, err := Property(t.Context(), n1(t), p, Options{})
				if err != nil || r.Verdict != Violated || r.Witness.Input[0] != 0.1 || r.Witness.Proof.Input[0] != "1/10" {
					t.Fatalf("%+v, %v", r, err)
				}
				return
			}
			r := mustDecide(t, n1(t), p, Options{})
			if r.Verdict != c.want {
				t.Errorf("verdict %v (%s), want %v", r.Verdict, r.Reason, c.want)
			}
			if r.Verdict == Unknown && r.Reason == "" {
				t.Error("unknown without a reason")
			}
		})
	}
}

// TestExactWitness: the maximum of N1, 0 at x = 0, is shown without rounding.
func TestExactWitness(t *testing.T) {
	r := mustDecide(t, n1(t), property(t, 1, 1, "(assert (and (>= X_0 -1) (<= X_0 2) (>= Y_0 0)))"), Options{})
	if r.Verdict != Violated || !r.Witness.Exact || r.Witness.Input[0] != 0 || r.Witness.Margin != 0 {
		t.Errorf("%+v, want the exact witness x = 0 with margin 0", r.Witness)
	}
}

// TestRandomNetworks compares verdicts with dense samples, and with the largest
// output that the samples and the known answer "one above it" bracket.
func TestRandomNetworks(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for trial := range 60 {
		integer := trial%3 == 0
		net := randomNetwork(t, random, []int{2, 5, 4, 2}, integer)
		most := math.Inf(-1)
		for i := range 41 {
			for k := range 41 {
				y, err := net.EvalPoint([]float64{-1 + float64(i)/20, -1 + float64(k)/20})
				if err != nil {
					t.Fatal(err)
				}
				most = max(most, y[0]-y[1])
			}
		}
		for _, shift := range []float64{-0.01, 0, 0.05, 1} {
			text := fmt.Sprintf("(assert (and (>= X_0 -1) (<= X_0 1) (>= X_1 -1) (<= X_1 1) (>= Y_0 (+ Y_1 %v))))", format(most+shift))
			r := mustDecide(t, net, property(t, 2, 2, text), Options{})
			// At shift 0 the sample's own rounding decides.
			if r.By != Proof || shift < 0 && r.Verdict != Violated {
				t.Errorf("trial %d, %v beyond a sample: %v (%s)", trial, shift, r.Verdict, r.Reason)
			}
		}
	}
}

// format prints a number as VNN-LIB has it: without an exponent.
func format(v float64) string {
	s := fmt.Sprintf("%.20f", math.Abs(v))
	if v < 0 {
		return "(- " + s + ")"
	}
	return s
}

func randomNetwork(t testing.TB, random *rand.Rand, sizes []int, integer bool) *nn.Network {
	var layers [][]float64
	for i := range len(sizes) - 1 {
		p := make([]float64, (sizes[i]+1)*sizes[i+1])
		for k := range p {
			p[k] = random.NormFloat64()
			if integer {
				p[k] = float64(random.IntN(5) - 2)
			}
		}
		layers = append(layers, p)
	}
	return build(t, sizes, layers...)
}

// TestWorkers: the result does not depend on the number of workers.
func TestWorkers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		net := randomNetwork(t, random, []int{3, 8, 8, 2}, false)
		p := property(t, 3, 2, "(assert (and (>= X_0 -1) (<= X_0 1) (>= X_1 -1) (<= X_1 1) (>= X_2 -1) (<= X_2 1) (>= Y_0 (+ Y_1 6))))")
		a, b := mustDecide(t, net, p, Options{Workers: 1}), mustDecide(t, net, p, Options{Workers: 4})
		if fmt.Sprintf("%+v %+v", a, a.Witness) == "" || a.Verdict != b.Verdict || (a.Witness != nil && !equal(a.Witness.Input, b.Witness.Input)) {
			t.Errorf("1 worker: %+v, 4 workers: %+v", a, b)
		}
	}
}

func equal(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// TestCutInputs: half-spaces over several inputs restrict the witness, exactly.
func TestCutInputs(t *testing.T) {
	net := build(t, []int{2, 2}, []float64{1, 0, 0, 1, 0, 0}) // the identity
	box := "(>= X_0 0) (<= X_0 1) (>= X_1 0) (<= X_1 1)"
	for _, c := range []struct {
		cut, output string
		want        Verdict
	}{
		{"(<= (+ X_0 X_1) 0.7)", "(>= (+ Y_0 Y_1) 0.69)", Violated},
		{"(<= (+ X_0 X_1) 0.7)", "(>= (+ Y_0 Y_1) 0.71)", Holds},
		{"(>= (+ X_0 X_1) 3)", "(>= Y_0 0)", Holds}, // empty
		{"(<= (+ X_0 X_1) 0.7)", "(and (>= Y_0 0.6) (>= Y_1 0.05))", Violated},
	} {
		r := mustDecide(t, net, property(t, 2, 2, "(assert (and "+box+" "+c.cut+" "+c.output+"))"), Options{})
		if r.Verdict != c.want {
			t.Errorf("%s, %s: %v (%s), want %v", c.cut, c.output, r.Verdict, r.Reason, c.want)
		}
	}
}

// TestLimits: a limit ends in unknown with a reason, never in a wrong verdict.
func TestLimits(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	net := randomNetwork(t, random, []int{6, 30, 30, 30, 2}, false)
	text := "(assert (and "
	for i := range 6 {
		text += fmt.Sprintf("(>= X_%d -1) (<= X_%d 1) ", i, i)
	}
	p := property(t, 6, 2, text+"(>= Y_0 (+ Y_1 5000))))")
	r := mustDecide(t, net, p, Options{MaxTime: 50 * time.Millisecond})
	if r.Verdict == Violated || (r.Verdict == Unknown && (r.Reason == "" || r.Complete)) {
		t.Errorf("%+v", r)
	}
}

// TestSmooth: bounds decide for activations that are not piecewise affine.
func TestSmooth(t *testing.T) {
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: nn.RowMatrix([]float64{4}), Bias: []float64{-2}}}},
		{Inputs: []int{0}, Op: nn.Sigmoid()},
	}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		bound float64
		want  Verdict
	}{{0.95, Holds}, {0.85, Violated}} {
		p := property(t, 1, 1, fmt.Sprintf("(assert (and (>= X_0 0) (<= X_0 1) (>= Y_0 %v)))", c.bound))
		if r := mustDecide(t, net, p, Options{}); r.Verdict != c.want {
			t.Errorf("sigmoid >= %v: %v (%s), want %v", c.bound, r.Verdict, r.Reason, c.want)
		}
	}
}

// TestWrongSizes: a property that does not fit is an error.
func TestWrongSizes(t *testing.T) {
	p := property(t, 2, 1, "(assert (<= X_0 1))")
	if _, err := Property(t.Context(), n1(t), p, Options{}); err == nil || !strings.Contains(err.Error(), "2 inputs") {
		t.Errorf("error %v", err)
	}
}

// TestFaceOfDecoupled: at x = 0 both units are active, which they are in no linear
// region: there, and only there, the decoupled network gives -0 - (0 - 5) = 5 plus
// what h1 adds.
func TestFaceOfDecoupled(t *testing.T) {
	v := nn.Params{Weight: nn.Matrix{Rows: 3, Cols: 1, Stride: 1, Data: []float64{-1, 1, 1}}, Bias: []float64{-3, 3, 0}}
	net, err := n1(t).WithLayer(1, &v)
	if err != nil {
		t.Fatal(err)
	}
	// Left of 0: y = -(-x - 3) = x + 3; right: -(x + 3); at 0 both: 3 - 3 = 0.
	seg, err := set.NewSegment([]float64{-0.5}, []float64{0.5})
	if err != nil {
		t.Fatal(err)
	}
	bounds := func(lo, hi float64) *spec.Spec {
		s := &spec.Spec{Items: []spec.Item{{Segment: &seg, Output: spec.Output{Bounds: []spec.Bound{{Output: 0, Lower: lo, Upper: hi}}}}}}
		b, err := s.Bind(1, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		s    *spec.Spec
		want Verdict
	}{{bounds(-4, 3.5), Holds}, {bounds(-4, 2.9), Violated}, {bounds(-3.4, 4), Violated}} {
		r, err := Spec(t.Context(), net, c.s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != c.want {
			t.Errorf("%v (%s), want %v", r.Verdict, r.Reason, c.want)
		}
	}
	// With both biases 3 the output is -6 at 0, and at least -3.5 elsewhere.
	deep, err := n1(t).WithLayer(1, &nn.Params{Weight: v.Weight, Bias: []float64{3, 3, 0}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Spec(t.Context(), deep, bounds(-4, 4), Options{Arithmetic: Float64})
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != Unproven || r.Found != Violated || r.Witness == nil || r.Witness.Input[0] != 0 {
		t.Errorf("in float64 %v, found %v (%s), want violated at 0", r.Verdict, r.Found, r.Reason)
	}
	if r, err = Spec(t.Context(), deep, bounds(-6.5, 4), Options{Arithmetic: Float64}); err != nil || r.Found != Holds || r.Reason != "" {
		t.Errorf("in float64 %v, found %v (%s), %v, want that it holds", r.Verdict, r.Found, r.Reason, err)
	}
	// |y| >= 0.1 is what y not in [-0.1, 0.1] says: only x = 0 violates it.
	p := property(t, 1, 1, "(assert (and (>= X_0 -0.5) (<= X_0 0.4) (<= Y_0 0.1) (>= Y_0 -0.1)))")
	r = mustDecide(t, net, p, Options{})
	if r.Verdict != Violated || r.Witness.Input[0] != 0 {
		t.Errorf("%v (%s) %+v, want violated at 0", r.Verdict, r.Reason, r.Witness)
	}
}
