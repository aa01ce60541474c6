package onnx

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/nn"
)

// imageNetwork is a random network on small images, of all operations that are no
// activations of one unit, with branches that meet again.
func imageNetwork(t testing.TB, r *rand.Rand) *nn.Network {
	t.Helper()
	b := &imageBuilder{r: r, at: nn.Input, shape: []int{1 + r.IntN(3), 6 + r.IntN(4), 6 + r.IntN(4)}}
	input := b.shape
	b.conv(1 + r.IntN(4))
	for range 2 + r.IntN(4) {
		b.random()
	}
	dim := b.shape[0] * b.shape[1] * b.shape[2]
	b.add(&nn.Dense{Params: mild(r, 5, dim)}, b.at)
	b.add(nn.ReLU(), b.at)
	b.add(&nn.Dense{Params: mild(r, 3, 5)}, b.at)
	n, err := nn.New(b.nodes, input, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// mild are random parameters that keep values near one in size.
func mild(r *rand.Rand, out, in int) nn.Params {
	p := nntest.Params(r, out, in)
	for i := range p.Weight.Data {
		p.Weight.Data[i] /= math.Sqrt(float64(in))
	}
	return p
}

type imageBuilder struct {
	r     *rand.Rand
	nodes []nn.Node
	at    int   // the latest node
	shape []int // of its output
}

func (b *imageBuilder) add(op nn.Op, in ...int) {
	b.nodes = append(b.nodes, nn.Node{Name: fmt.Sprintf("n%d", len(b.nodes)), Inputs: in, Op: op})
	b.at = len(b.nodes) - 1
}

func (b *imageBuilder) dim() int { return b.shape[0] * b.shape[1] * b.shape[2] }

// window is a random window that leaves positions.
func (b *imageBuilder) window() nn.Window {
	w := nn.Window{Channels: b.shape[0], In: [2]int{b.shape[1], b.shape[2]}}
	for a := range 2 {
		w.Kernel[a], w.Stride[a], w.Dilation[a] = 1+b.r.IntN(min(3, w.In[a])), 1+b.r.IntN(2), 1
		if w.In[a] > 4 && w.Kernel[a] > 1 {
			w.Before[a], w.After[a] = b.r.IntN(w.Kernel[a]), b.r.IntN(w.Kernel[a])
		}
	}
	return w
}

func (b *imageBuilder) slid(w nn.Window, channels int) { b.shape = []int{channels, w.Out(0), w.Out(1)} }

func (b *imageBuilder) conv(channels int) {
	w := b.window()
	if w.In[0] > 4 {
		w.Dilation[0] = 1 + b.r.IntN(2)
	}
	groups := 1
	if b.r.IntN(2) == 0 {
		groups, channels = b.shape[0], b.shape[0]
	}
	b.add(&nn.Conv{Params: mild(b.r, channels, b.shape[0]/groups*w.Kernel[0]*w.Kernel[1]), Window: w, Groups: groups}, b.at)
	b.slid(w, channels)
}

func (b *imageBuilder) random() {
	r, from := b.r, b.at
	same := nn.Window{
		Channels: b.shape[0], In: [2]int{b.shape[1], b.shape[2]}, Kernel: [2]int{3, 3}, Stride: [2]int{1, 1},
		Dilation: [2]int{1, 1}, Before: [2]int{1, 1}, After: [2]int{1, 1},
	}
	branch := func() int { // a second branch of the same shape
		b.add(&nn.Conv{Params: mild(r, b.shape[0], 9*b.shape[0]), Window: same, Groups: 1}, from)
		return b.at
	}
	switch r.IntN(10) {
	case 0:
		b.conv(1 + r.IntN(4))
		b.add(nn.ReLU(), b.at)
	case 1:
		w := b.window()
		b.add(&nn.MaxPool{Window: w}, from)
		b.slid(w, b.shape[0])
	case 2:
		w := b.window()
		b.add(&nn.AveragePool{Window: w, CountPadding: r.IntN(2) == 0}, from)
		b.slid(w, b.shape[0])
	case 3: // of each channel
		s := &nn.Scale{}
		for range b.shape[0] {
			f, c := r.NormFloat64(), r.NormFloat64()
			s.Factor = append(s.Factor, slices.Repeat([]float64{f}, b.shape[1]*b.shape[2])...)
			s.Shift = append(s.Shift, slices.Repeat([]float64{c}, b.shape[1]*b.shape[2])...)
		}
		b.add(s, from)
	case 4:
		b.add(&nn.Sum{Coefficients: []float64{1, []float64{1, -1, 0.5}[r.IntN(3)]}}, from, branch())
	case 5:
		b.add(&nn.Concat{Dims: []int{b.dim(), b.dim()}}, from, branch())
		b.shape = []int{2 * b.shape[0], b.shape[1], b.shape[2]}
	case 6:
		b.add(&nn.Max{Inputs: 2, Dim: b.dim()}, from, branch())
	case 7: // rows and columns change places, with a border
		t := &nn.Take{In: b.dim(), Fill: 0.5}
		c, h, w := b.shape[0], b.shape[1], b.shape[2]
		for k := range c {
			for x := range w + 1 {
				for y := range h {
					from := int32((k*h+y)*w + x)
					if x == w {
						from = -1
					}
					t.From = append(t.From, from)
				}
			}
		}
		b.add(t, from)
		b.shape = []int{c, w + 1, h}
	case 8:
		divisor := []float64{1, float64(b.shape[1]), 2}[r.IntN(3)]
		b.add(&nn.Reduce{Outer: b.shape[0], Axis: b.shape[1], Inner: b.shape[2], Divisor: divisor}, from)
		b.shape = []int{b.shape[0], 1, b.shape[2]}
	case 9:
		b.add(nn.HardTanh(), from)
	}
}

// A network of images is read back as it was written, in one channel or two.
func TestImageRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 1))
	for trial := range 150 {
		n := imageNetwork(t, r)
		if trial%2 == 1 {
			n = repaired(t, r, n, 1+r.IntN(len(n.Layers())))
		}
		back := readBack(t, n, nn.Float64)
		if !slices.Equal(back.RepairedLayers(), n.RepairedLayers()) || len(back.Layers()) != len(n.Layers()) {
			t.Fatalf("trial %d: layers %v of %d are repaired, want %v of %d", trial,
				back.RepairedLayers(), len(back.Layers()), n.RepairedLayers(), len(n.Layers()))
		}
		// What has been read comes back node by node.
		if again := readBack(t, back, nn.Float64); !slices.EqualFunc(back.Nodes, again.Nodes, func(a, b nn.Node) bool {
			return a.Op.Kind() == b.Op.Kind() && slices.Equal(a.Inputs, b.Inputs)
		}) {
			t.Fatalf("trial %d: nodes %v came back as %v", trial, back.Nodes, again.Nodes)
		}
		x := randomPoints(r, 5, n.InDim())
		want, got := evaluated(t, n, x), evaluated(t, back, x)
		for i, v := range want.Data {
			if d := math.Abs(got.Data[i] - v); !(d <= 1e-11*(1+math.Abs(v))) {
				t.Fatalf("trial %d: output %v, want %v", trial, got.Data[i], v)
			}
		}
	}
}

func evaluated(t testing.TB, n *nn.Network, x nn.Matrix) nn.Matrix {
	t.Helper()
	y, err := n.Eval(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	return y
}
