package nn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/nn"
)

// everyActivation has each function by name.
func everyActivation(t *testing.T) map[string]nn.Activation {
	t.Helper()
	clip := func(lo, hi float64) nn.Activation {
		f, err := nn.Clip(lo, hi)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	return map[string]nn.Activation{
		"identity": nn.IdentityActivation(), "ReLU": nn.ReLU(), "leaky ReLU": nn.LeakyReLU(0.1),
		"negative leaky ReLU": nn.LeakyReLU(-0.5), "hard tanh": nn.HardTanh(), "clip": clip(-0.25, 2),
		"clip above": clip(math.Inf(-1), 0.5), "clip below": clip(-0.5, math.Inf(1)),
		"tanh": nn.Tanh(), "sigmoid": nn.Sigmoid(),
	}
}

// theoremNetwork has three hidden layers of one activation.
func theoremNetwork(t *testing.T, r *rand.Rand, f nn.Activation) *nn.Network {
	t.Helper()
	params := func(out, in int) nn.Params { return nntest.Params(r, out, in) }
	ops := []nn.Op{
		&nn.Scale{Factor: []float64{1, 2, 0.5}, Shift: []float64{0, 1, -1}},
		&nn.Dense{Params: params(6, 3)}, f,
		&nn.Dense{Params: params(5, 6)}, f,
		&nn.Dense{Params: params(4, 5)}, f,
		&nn.Dense{Params: params(2, 4)},
	}
	var nodes []nn.Node
	for i, op := range ops {
		nodes = append(nodes, nn.Node{Inputs: []int{i - 1}, Op: op})
	}
	n, err := nn.New(nodes, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func randomPoints(r *rand.Rand, rows, cols int) nn.Matrix {
	x := nn.NewMatrix(rows, cols)
	for i := range x.Data {
		x.Data[i] = r.NormFloat64()
	}
	return x
}

// withChange is the network with layer k's value parameters changed by s times d.
func withChange(t *testing.T, n *nn.Network, k int, d nn.Params, s float64) *nn.Network {
	t.Helper()
	_, dense, err := n.Layer(k)
	if err != nil {
		t.Fatal(err)
	}
	v := dense.Channel(nn.ValueChannel).Clone()
	for i := range v.Weight.Data {
		v.Weight.Data[i] += float64(s * d.Weight.Data[i])
	}
	for i := range v.Bias {
		v.Bias[i] += float64(s * d.Bias[i])
	}
	c, err := n.WithLayer(k, &v)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func evaluate(t *testing.T, n *nn.Network, x nn.Matrix) nn.Matrix {
	t.Helper()
	y, err := n.Eval(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// closeTo reports entries of two matrices that differ by more than rounding.
func closeTo(t *testing.T, what string, got, want nn.Matrix) {
	t.Helper()
	const tolerance = 1e-11
	for i := range want.Rows {
		for j, v := range want.Row(i) {
			if d := math.Abs(got.Row(i)[j] - v); !(d <= tolerance*(1+math.Abs(v))) {
				t.Errorf("%s: row %d, column %d is %v, want %v", what, i, j, got.Row(i)[j], v)
				return
			}
		}
	}
}

// Theorem 4.4: a decoupled network whose channels have the same parameters
// computes what the ordinary network does.
func TestTheorem44(t *testing.T) {
	for name, f := range everyActivation(t) {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(44, 1))
			n := theoremNetwork(t, r, f)
			x := randomPoints(r, 200, 3)
			want := evaluate(t, n, x)
			for k := range n.Layers() {
				_, d, err := n.Layer(k + 1)
				if err != nil {
					t.Fatal(err)
				}
				c := withChange(t, n, k+1, *d.Channel(nn.ActivationChannel), 0)
				if !c.Decoupled() || n.Decoupled() || !slices.Equal(c.RepairedLayers(), []int{k + 1}) {
					t.Fatalf("layer %d: decoupled %v, layers %v", k+1, c.Decoupled(), c.RepairedLayers())
				}
				closeTo(t, fmt.Sprintf("layer %d", k+1), evaluate(t, c, x), want)
			}
		})
	}
}

// Theorem 4.5: the output is affine in the value parameters of one layer, with
// the Jacobian that PushForward and PullBack give.
func TestTheorem45(t *testing.T) {
	for name, f := range everyActivation(t) {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(45, 1))
			n := theoremNetwork(t, r, f)
			x := randomPoints(r, 50, 3)
			for k := 1; k <= len(n.Layers()); k++ {
				node, dense, err := n.Layer(k)
				if err != nil {
					t.Fatal(err)
				}
				// From a network that is decoupled already, at this or another
				// layer.
				other := 1 + r.IntN(len(n.Layers()))
				_, od, err := n.Layer(other)
				if err != nil {
					t.Fatal(err)
				}
				from := withChange(t, n, other, randomLike(r, od), 0.3)
				d := randomLike(r, dense)
				base := evaluate(t, from, x)
				step := evaluate(t, withChange(t, from, k, d, 1), x)
				for _, s := range []float64{-2, 0.5, 3} {
					got, want := evaluate(t, withChange(t, from, k, d, s), x), nn.NewMatrix(x.Rows, 2)
					for i, v := range base.Data {
						want.Data[i] = v + float64(s*(step.Data[i]-v))
					}
					closeTo(t, fmt.Sprintf("layer %d, %g times the change", k, s), got, want)
				}
				// J d by the layer's input h: the change of the layer's output is
				// W h + b.
				lin := from.LinearizeAt(x, 1)
				h := from.Run(x, 1).Of(from.Nodes[node].Inputs[0])
				dv := nn.NewMatrix(x.Rows, n.Dim(node))
				(&nn.Dense{Params: d}).Forward(dv, []nn.Matrix{h}, nn.ValueChannel, true, 1)
				push := from.PushForward(node, dv, lin, nil, 1)
				want := nn.NewMatrix(x.Rows, 2)
				for i, v := range base.Data {
					want.Data[i] = step.Data[i] - v
				}
				closeTo(t, fmt.Sprintf("layer %d, PushForward", k), push, want)
				// g . J dv by PullBack.
				g := randomPoints(r, x.Rows, 2)
				pull := from.PullBack(node, g, lin, nil, 1)
				a, b := nn.NewMatrix(x.Rows, 1), nn.NewMatrix(x.Rows, 1)
				for i := range x.Rows {
					for o, v := range g.Row(i) {
						a.Row(i)[0] += float64(v * push.Row(i)[o])
					}
					for u, v := range pull.Row(i) {
						b.Row(i)[0] += float64(v * dv.Row(i)[u])
					}
				}
				closeTo(t, fmt.Sprintf("layer %d, PullBack", k), b, a)
			}
		})
	}
}

// Theorem 4.6: a change of value parameters leaves the linear regions: patterns
// stay, and the output is affine on each.
func TestTheorem46(t *testing.T) {
	for name, f := range everyActivation(t) {
		if _, ok := f.(*nn.Piecewise); !ok {
			continue // Definition 2.4
		}
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(46, 1))
			n := theoremNetwork(t, r, f)
			affine := 0
			for range 300 {
				k := 1 + r.IntN(len(n.Layers()))
				_, dense, err := n.Layer(k)
				if err != nil {
					t.Fatal(err)
				}
				c := withChange(t, n, k, randomLike(r, dense), 1)
				x := randomPoints(r, 3, 3)
				for j, v := range x.Row(0) {
					x.Row(1)[j] = v + float64(0.05*r.NormFloat64())
					x.Row(2)[j] = float64((v + x.Row(1)[j]) / 2)
				}
				p, q := n.PatternsAt(x, 1), c.PatternsAt(x, 1)
				for i := range p {
					if !slices.Equal(p[i], q[i]) {
						t.Fatalf("pattern %v, after the change %v", p[i], q[i])
					}
				}
				if !slices.Equal(p[0], p[1]) {
					continue
				}
				affine++
				y := evaluate(t, c, x)
				middle := nn.NewMatrix(1, 2)
				for o := range 2 {
					middle.Data[o] = float64((y.Row(0)[o] + y.Row(1)[o]) / 2)
				}
				closeTo(t, "in the middle of a region", y.Slice(2, 3), middle)
			}
			if affine < 50 {
				t.Errorf("%d pairs in one region, too few", affine)
			}
		})
	}
}

// randomLike are random parameters of a layer's shape.
func randomLike(r *rand.Rand, l nn.Layer) nn.Params {
	w := l.Channel(nn.ActivationChannel).Weight
	return nntest.Params(r, w.Rows, w.Cols)
}
