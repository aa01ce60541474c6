package affine_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/affine"
	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// random is a network with one node of each kind, all of them of the input but the last.
func random(t *testing.T, r *rand.Rand) *nn.Network {
	t.Helper()
	numbers := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		return x
	}
	one, two, three := [2]int{1, 1}, [2]int{2, 2}, [2]int{3, 3}
	window := nn.Window{Channels: 2, In: three, Kernel: two, Stride: one, Dilation: one, Before: one, After: one}
	conv := &nn.Conv{Params: nn.Params{Weight: nn.NewMatrix(4, 4), Bias: numbers(4)}, Window: window, Groups: 2}
	copy(conv.Weight.Data, numbers(16))
	transposed := &nn.ConvTranspose{Inputs: 2, Groups: 1, Window: nn.Window{
		Channels: 3, In: [2]int{5, 5}, Kernel: two, Stride: two, Dilation: one, After: one, // one column beyond
	}}
	transposed.Params = nntest.Params(r, 3, transposed.Depth())
	ops := []nn.Op{
		conv,
		&nn.AveragePool{Window: window, CountPadding: r.IntN(2) == 0},
		&nn.Reduce{Outer: 2, Axis: 3, Inner: 3, Divisor: 3},
		&nn.Scale{Factor: numbers(18), Shift: numbers(18)},
		transposed,
	}
	var nodes []nn.Node
	for _, op := range ops {
		nodes = append(nodes, nn.Node{Inputs: []int{nn.Input}, Op: op})
	}
	nodes = append(nodes, nn.Node{Inputs: []int{0, 1, 2, 3, 4}, Op: &nn.Concat{Dims: []int{4 * 16, 2 * 16, 6, 18, 3 * 25}}})
	net, err := nn.New(nodes, []int{2, 3, 3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func expanded(t *testing.T, net *nn.Network, i int) nn.Matrix {
	t.Helper()
	o, err := affine.Expanded(t.Context(), net, i, nn.ValueChannel)
	if err != nil {
		t.Fatal(err)
	}
	return o.Matrix
}

// randomBox has some coordinates of no width.
func randomBox(r *rand.Rand, n int) set.Box {
	box := set.Box{Lo: make([]float64, n), Hi: make([]float64, n)}
	for j := range n {
		box.Lo[j] = r.NormFloat64()
		box.Hi[j] = box.Lo[j] + max(0, r.Float64()-0.3)
	}
	return box
}

// same reports boxes that differ by more than slack.
func same(t *testing.T, what string, a, b set.Box, slack float64) {
	t.Helper()
	for k := range b.Lo {
		if math.Abs(a.Lo[k]-b.Lo[k]) > slack || math.Abs(a.Hi[k]-b.Hi[k]) > slack {
			t.Fatalf("%s: [%v, %v] in place of [%v, %v]", what, a.Lo[k], a.Hi[k], b.Lo[k], b.Hi[k])
		}
	}
}

// TestExpanded holds values against those of the matrix, and has rounded coefficients where a
// mean of three is taken.
func TestExpanded(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 10))
	net := random(t, r)
	for i := range net.Nodes[:4] {
		o, err := affine.Expanded(t.Context(), net, i, nn.ValueChannel)
		if err != nil {
			t.Fatal(err)
		}
		if _, mean := net.Nodes[i].Op.(*nn.Reduce); mean && !o.Rounded || i == 0 && o.Rounded {
			t.Errorf("node %d: rounded is %v", i, o.Rounded)
		}
		x := nn.NewMatrix(1, net.InDim())
		for j := range x.Data {
			x.Data[j] = r.NormFloat64()
		}
		y := nn.NewMatrix(1, net.Dim(i))
		net.Nodes[i].Op.(nn.Affine).Forward(y, []nn.Matrix{x}, nn.ValueChannel, true, 1)
		for u, v := range y.Data {
			want := o.Constant[u]
			for j, a := range o.Matrix.Row(u) {
				want += float64(a * x.Data[j])
			}
			if math.Abs(v-want) > 1e-12 {
				t.Fatalf("node %d, value %d is %v, by the matrix %v", i, u, v, want)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := affine.Expanded(ctx, net, 0, nn.ValueChannel); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}

// TestImages holds the images under operations that are not expanded against those
// under their matrices, unbounded boxes included.
func TestImages(t *testing.T) {
	implicit := 0
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 11))
		net := random(t, r)
		for i := range net.Nodes[:4] {
			o := affine.Of(net, i, nn.ValueChannel)
			if !o.Implicit() {
				continue
			}
			implicit++
			a := expanded(t, net, i)
			box := randomBox(r, a.Cols)
			got, sizes := o.BoxImage(box)
			same(t, "box", got, box.Image(a, o.Constant), 1e-12)
			for k := range sizes {
				want := math.Abs(o.Constant[k])
				for j, v := range a.Row(k) {
					want += float64(math.Abs(v) * max(math.Abs(box.Lo[j]), math.Abs(box.Hi[j])))
				}
				if math.Abs(sizes[k]-want) > 1e-12*want || sizes[k] < want*(1-1e-15) {
					t.Fatalf("size %d is %v, want %v", k, sizes[k], want)
				}
			}
			for range 1 + r.IntN(3) {
				box.Lo[r.IntN(a.Cols)], box.Hi[r.IntN(a.Cols)] = math.Inf(-1), math.Inf(1)
			}
			got, _ = o.BoxImage(box)
			want := box.Image(a, o.Constant)
			for k := range want.Lo {
				if math.IsInf(want.Lo[k], 0) != math.IsInf(got.Lo[k], 0) || math.IsInf(want.Hi[k], 0) != math.IsInf(got.Hi[k], 0) {
					t.Fatalf("unbounded: [%v, %v] in place of [%v, %v]", got.Lo[k], got.Hi[k], want.Lo[k], want.Hi[k])
				}
				for _, b := range []*set.Box{&got, &want} {
					b.Lo[k], b.Hi[k] = max(b.Lo[k], -1e6), min(b.Hi[k], 1e6)
				}
			}
			same(t, "unbounded box", got, want, 1e-12)
			z := set.BoxZonotope(randomBox(r, a.Cols))
			z.Radius = make([]float64, a.Cols)
			z.Radius[0] = 0.5
			p, q := o.ZonotopeImage(t.Context(), z), z.Image(a, o.Constant)
			same(t, "zonotope", p.BoundingBox(), q.BoundingBox(), 1e-11)
			for k := range q.Radius {
				if math.Abs(p.Radius[k]-q.Radius[k]) > 1e-12 || p.Radius[k] <= 0 {
					t.Fatalf("radius %d is %v, want %v", k, p.Radius[k], q.Radius[k])
				}
			}
		}
	}
	if implicit < 80 {
		t.Errorf("%d operators are not expanded, want 4 of each network", implicit)
	}
}
