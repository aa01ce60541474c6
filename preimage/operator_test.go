package preimage

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/affine"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// normalParams are normally distributed.
func normalParams(r *rand.Rand, out, in int) nn.Params {
	p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
	for i := range p.Weight.Data {
		p.Weight.Data[i] = r.NormFloat64()
	}
	for i := range p.Bias {
		p.Bias[i] = r.NormFloat64()
	}
	return p
}

// convolutional is a network of two convolutions with groups, strides, padding and
// dilation, of which the second is beside a convolution of the input, and a pool; a
// twin has dense layers in their places.
func convolutional(t *testing.T, r *rand.Rand) (net, twin *nn.Network) {
	t.Helper()
	one, two, three := [2]int{1, 1}, [2]int{2, 2}, [2]int{3, 3}
	conv := func(out, groups int, w nn.Window) *nn.Conv {
		return &nn.Conv{Params: normalParams(r, out, w.Channels/groups*w.Kernel[0]*w.Kernel[1]), Window: w, Groups: groups}
	}
	ops := []nn.Op{
		conv(4, 1+r.IntN(2), nn.Window{Channels: 2, In: [2]int{5, 5}, Kernel: three, Stride: two, Dilation: one, Before: one, After: one}),
		nn.ReLU(), // 4 x 3 x 3
		conv(4, 1<<r.IntN(3), nn.Window{Channels: 4, In: three, Kernel: two, Stride: one, Dilation: two, Before: one, After: one}),
		conv(4, 2, nn.Window{Channels: 2, In: [2]int{5, 5}, Kernel: one, Stride: two, Dilation: one}),
		&nn.Sum{Coefficients: []float64{1, -0.5}},
		nn.ReLU(),
		&nn.AveragePool{Window: nn.Window{Channels: 4, In: three, Kernel: two, Stride: one, Dilation: one, Before: one, After: one}},
		nn.LeakyReLU(0.1),
		&nn.Dense{Params: normalParams(r, 2, 64)},
	}
	inputs := [][]int{{nn.Input}, {0}, {1}, {nn.Input}, {2, 3}, {4}, {5}, {6}, {7}}
	nodes := make([]nn.Node, len(ops))
	for i, op := range ops {
		nodes[i] = nn.Node{Inputs: inputs[i], Op: op}
	}
	net, err := nn.New(nodes, []int{2, 5, 5}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	twin = net.Clone()
	for i, node := range net.Nodes {
		if _, ok := node.Op.(nn.Affine); ok && len(node.Inputs) == 1 {
			matrix, err := affine.Matrix(t.Context(), net, i, nn.ValueChannel)
			if err != nil {
				t.Fatal(err)
			}
			twin.Nodes[i].Op = &nn.Dense{Params: nn.Params{Weight: matrix, Bias: affine.Constant(net, i, nn.ValueChannel)}}
		}
	}
	return net, twin
}

// randomBox has some coordinates of no width.
func randomBox(r *rand.Rand, n int, width float64) set.Box {
	box := set.Box{Lo: make([]float64, n), Hi: make([]float64, n)}
	for j := range n {
		box.Lo[j] = r.NormFloat64()
		box.Hi[j] = box.Lo[j] + float64(width*max(0, r.Float64()-0.3))
	}
	return box
}

// within reports whether a contains b, and is larger by no more than slack.
func within(t *testing.T, what string, a, b set.Box, slack float64) {
	t.Helper()
	for k := range b.Lo {
		// Where both round outward, either may be the larger by a few roundings.
		if math.Abs(a.Lo[k]-b.Lo[k]) > slack || math.Abs(a.Hi[k]-b.Hi[k]) > slack {
			t.Fatalf("%s: [%v, %v] in place of [%v, %v]", what, a.Lo[k], a.Hi[k], b.Lo[k], b.Hi[k])
		}
	}
}

// TestConvolutionalBounds holds the bounds of all values, of rows pulled back and the
// blame of the inputs against those of the dense twin.
func TestConvolutionalBounds(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 12))
		net, twin := convolutional(t, r)
		box := randomBox(r, net.InDim(), 0.3)
		var of [2]*bounder
		var rows [2]affineBounds
		for k, n := range []*nn.Network{net, twin} {
			b, err := newBounder(t.Context(), n)
			if err == nil {
				err = b.on(t.Context(), box)
			}
			if err != nil {
				t.Fatal(err)
			}
			start := b.start(2, 2)
			start.Row(0)[0], start.Row(1)[0], start.Row(1)[1] = 1, -1, 2
			rows[k], of[k] = b.pullOutputs(start), b
		}
		for i := range of[0].values {
			within(t, "values", of[0].values[i], of[1].values[i], 1e-10)
		}
		for i := range rows[0].offset {
			if math.Abs(rows[0].offset[i]-rows[1].offset[i]) > 1e-9 {
				t.Fatalf("row %d has the constant %v, want %v", i, rows[0].offset[i], rows[1].offset[i])
			}
			for j, v := range rows[0].slope.Row(i) {
				if math.Abs(v-rows[1].slope.Row(i)[j]) > 1e-9 {
					t.Fatalf("row %d has the slope %v, want %v", i, v, rows[1].slope.Row(i)[j])
				}
			}
		}
		for j, v := range of[0].blame {
			if math.Abs(v-of[1].blame[j]) > 1e-9*(1+v) {
				t.Fatalf("input %d is blamed for %v, want %v", j, v, of[1].blame[j])
			}
		}
		// Without slopes the blame is divided otherwise, and all of it.
		sum := func(xs []float64) (s float64) {
			for _, x := range xs {
				s += x
			}
			return s
		}
		want := sum(of[0].blame)
		clear(of[0].slopes)
		clear(of[0].blame)
		start := of[0].start(2, 2)
		start.Row(0)[0], start.Row(1)[0], start.Row(1)[1] = 1, -1, 2
		of[0].pullOutputs(start)
		if got := sum(of[0].blame); math.Abs(got-want) > 1e-9*(1+want) {
			t.Fatalf("the blame is %v in all, want %v", got, want)
		}
	}
}

// TestFewerGenerators has zonotopes with limits enclose the outputs, and more closely
// the higher the limit.
func TestFewerGenerators(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 13))
		net, _ := convolutional(t, r)
		box := randomBox(r, net.InDim(), 0.5)
		widths := make([]float64, 0, 4)
		for _, most := range []int{0, 10, 40, 1000} {
			z, err := imageZonotope(t.Context(), net, set.BoxZonotope(box), most)
			if err != nil {
				t.Fatal(err)
			}
			if z.Generators.Rows > most {
				t.Fatalf("%d generators, the limit is %d", z.Generators.Rows, most)
			}
			image := z.BoundingBox()
			widths = append(widths, image.Hi[0]-image.Lo[0])
			for range 20 {
				x := make([]float64, len(box.Lo))
				for j := range x {
					x[j] = box.Lo[j] + float64(r.Float64()*(box.Hi[j]-box.Lo[j]))
				}
				y, err := net.EvalPoint(x)
				if err != nil {
					t.Fatal(err)
				}
				if !image.Contains(y) {
					t.Fatalf("with %d generators the output %v lies outside", most, y)
				}
			}
		}
		if widths[0] < widths[3] || widths[1] < widths[3]*(1-1e-9) {
			t.Errorf("widths %v with more and more generators", widths)
		}
	}
}
