package verify

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec/vnnlib"
)

// softmax is a small network with a final Softmax.
func softmax(t *testing.T, r *rand.Rand, classes int) *nn.Network {
	t.Helper()
	params := func(rows, cols int) nn.Params {
		p := nn.Params{Weight: nn.NewMatrix(rows, cols), Bias: make([]float64, rows)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = float64(r.IntN(9)-4) / 4
		}
		for i := range p.Bias {
			p.Bias[i] = float64(r.IntN(9)-4) / 4
		}
		return p
	}
	last := params(classes, 4)
	if r.IntN(4) == 0 { // all are equal
		for k := range classes {
			copy(last.Weight.Row(k), last.Weight.Row(0))
			last.Bias[k] = last.Bias[0]
		}
	}
	if r.IntN(3) == 0 { // probabilities of nearly 0
		for i := range last.Weight.Data {
			last.Weight.Data[i] = float64(last.Weight.Data[i] * 8)
		}
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: params(4, 2)}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.Dense{Params: last}},
	}, []int{2}, nn.Meta{DType: nn.Float32, End: &nn.End{Kind: nn.EndSoftmax, Outer: 1, Axis: classes, Inner: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// behindSoftmax is a violation for inputs in [-1, 1].
func behindSoftmax(t *testing.T, classes int, violation string) *vnnlib.Property {
	t.Helper()
	var b strings.Builder
	for i := range 2 {
		fmt.Fprintf(&b, "(declare-const X_%d Real)(assert (>= X_%d -1))(assert (<= X_%d 1))", i, i, i)
	}
	for k := range classes {
		fmt.Fprintf(&b, "(declare-const Y_%d Real)", k)
	}
	p, err := vnnlib.Read(strings.NewReader(b.String()+"(assert "+violation+")"), "test")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Bounds on probabilities, and on sums of them, that hold by little, are missed by little
// or are met exactly, are decided, and as they are on a grid.
func TestProbabilities(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 4))
	seen := map[Verdict]int{}
	const steps = 20
	for i := range 40 {
		classes := 3 + r.IntN(3)
		net := softmax(t, r, classes)
		a := make([]float64, classes)
		a[r.IntN(classes)] = 1
		if i%3 == 0 {
			a[r.IntN(classes)] = 0.5
		}
		least, most := math.Inf(1), math.Inf(-1)
		for u := range steps + 1 {
			for v := range steps + 1 {
				y, err := net.EvalPoint([]float64{-1 + float64(2*float64(u)/steps), -1 + float64(2*float64(v)/steps)})
				if err != nil {
					t.Fatal(err)
				}
				s := 0.0
				for k, p := range net.Meta.End.Apply(y) {
					s += float64(a[k] * p)
				}
				least, most = min(least, s), max(most, s)
			}
		}
		sum := "(+ 0.0"
		for k, v := range a {
			sum += fmt.Sprintf(" (* %v Y_%d)", v, k)
		}
		sum += ")"
		relation, bound := ">=", most
		away := []float64{0.01, 0.001, -0.001}[i/2%3]
		if i%2 == 0 {
			relation, bound, away = "<=", least, -away
		}
		equal := most-least < 1e-12
		violation := fmt.Sprintf("(%s %s %.9f)", relation, sum, bound+away)
		if equal && away > 0 == (relation == ">=") {
			// What is met with equality everywhere, of equal numbers.
			total := 0.0
			for _, v := range a {
				total += v
			}
			violation = fmt.Sprintf("(%s (* %d %s) %v)", relation[:1], classes, sum, total)
		}
		got, err := Property(t.Context(), net, behindSoftmax(t, classes, violation), Options{Workers: 1, MaxTime: 20 * time.Second})
		if err != nil {
			t.Fatalf("%s: %v", violation, err)
		}
		seen[got.Verdict]++
		violated := away > 0 != (relation == ">=")
		switch {
		case got.Verdict == Unknown || got.Verdict == Unproven:
			t.Errorf("network %d, %s: %v, %s (from %v to %v on a grid)", i, violation, got.Verdict, got.Reason, least, most)
		case got.Verdict == Holds && violated:
			t.Errorf("network %d, %s holds, but from %v to %v on a grid", i, violation, least, most)
		case got.Verdict == Violated:
			s := 0.0
			for k, p := range net.Meta.End.Apply(got.Witness.Output) {
				s += float64(a[k] * p)
			}
			if relation == ">=" && s < bound+away-1e-9 || relation == "<=" && s > bound+away+1e-9 || equal && !violated {
				t.Errorf("network %d, %s: the witness has %v", i, violation, s)
			}
		}
	}
	if seen[Holds] < 12 || seen[Violated] < 8 {
		t.Errorf("verdicts %v", seen)
	}
}
