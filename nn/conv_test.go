package nn_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/nn"
)

// naiveConv is the definition of [nn.Conv].
func naiveConv(c *nn.Conv, p *nn.Params, x []float64) []float64 {
	positions, plane := c.Positions(), c.In[0]*c.In[1]
	in, out := c.Channels/c.Groups, c.Weight.Rows/c.Groups
	y := make([]float64, c.Weight.Rows*positions)
	for o := range c.Weight.Rows {
		for q := range positions {
			y[o*positions+q] = p.Bias[o]
		}
		for ch := range in {
			meet(&c.Window, func(q, element, i int) {
				if i >= 0 {
					w := p.Weight.Row(o)[ch*c.Kernel[0]*c.Kernel[1]+element]
					y[o*positions+q] += float64(w * x[(o/out*in+ch)*plane+i])
				}
			})
		}
	}
	return y
}

// A convolution is its definition, its gradients are the transposes, and neither
// depends on the number of workers.
func TestConv(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	for trial := range 200 {
		c := nntest.Conv(r)
		size := c.Channels * c.In[0] * c.In[1]
		out, err := c.OutDim([]int{size})
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		x, g := randomPoints(r, 3, size), randomPoints(r, 3, out)
		for _, ch := range []nn.Channel{nn.ActivationChannel, nn.ValueChannel} {
			y, again := nn.NewMatrix(3, out), nn.NewMatrix(3, out)
			c.Forward(y, []nn.Matrix{x}, ch, true, 1)
			c.Forward(again, []nn.Matrix{x}, ch, true, 3)
			if !slices.Equal(y.Data, again.Data) {
				t.Fatalf("trial %d: the result depends on the number of workers", trial)
			}
			back, again := nn.NewMatrix(3, size), nn.NewMatrix(3, size)
			c.Backward([]nn.Matrix{back}, g, ch, 1)
			c.Backward([]nn.Matrix{again}, g, ch, 4)
			if !slices.Equal(back.Data, again.Data) {
				t.Fatalf("trial %d: the gradient depends on the number of workers", trial)
			}
			p := c.Channel(ch)
			linear := p.Clone()
			clear(linear.Bias)
			for i := range 3 {
				near(t, "output", y.Row(i), naiveConv(c, p, x.Row(i)))
				near(t, "gradient", []float64{product(back.Row(i), x.Row(i))},
					[]float64{product(g.Row(i), naiveConv(c, &linear, x.Row(i)))})
			}
			// The gradient by the parameters, along a random change.
			d := randomLike(r, c)
			grad := nn.Params{Weight: nn.NewMatrix(d.Weight.Rows, d.Weight.Cols), Bias: make([]float64, len(d.Bias))}
			c.ParamGradient(&grad, g.Row(0), x.Row(0))
			near(t, "gradient by the parameters",
				[]float64{product(grad.Weight.Data, d.Weight.Data) + product(grad.Bias, d.Bias)},
				[]float64{product(g.Row(0), naiveConv(c, &d, x.Row(0)))})
		}
	}
}

// Samples larger than a tile are put together from several.
func TestConvTiles(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 2))
	c := &nn.Conv{
		Window: nn.Window{
			Channels: 16, In: [2]int{70, 50}, Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1},
			Before: [2]int{1, 1}, After: [2]int{1, 1},
		},
		Groups: 1, Params: nntest.Params(r, 5, 144),
	}
	x, y := randomPoints(r, 1, 16*70*50), nn.NewMatrix(1, 5*70*50)
	c.Forward(y, []nn.Matrix{x}, nn.ValueChannel, true, 2)
	near(t, "output", y.Row(0), naiveConv(c, &c.Params, x.Row(0)))
}

func TestConvRefuses(t *testing.T) {
	window := nn.Window{Channels: 2, In: [2]int{4, 4}, Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
	for name, change := range map[string]func(*nn.Conv){
		"stride 0":          func(c *nn.Conv) { c.Stride[0] = 0 },
		"window too large":  func(c *nn.Conv) { c.Kernel[1] = 5 },
		"negative padding":  func(c *nn.Conv) { c.Before[0] = -1 },
		"overflow":          func(c *nn.Conv) { c.Kernel[0], c.Dilation[0] = 1<<30, 1<<30 },
		"groups":            func(c *nn.Conv) { c.Groups = 3 },
		"weights":           func(c *nn.Conv) { c.Weight = nn.NewMatrix(4, 17) },
		"biases":            func(c *nn.Conv) { c.Bias = c.Bias[:3] },
		"value parameters":  func(c *nn.Conv) { c.Value = &nn.Params{Weight: nn.NewMatrix(4, 18)} },
		"channels":          func(c *nn.Conv) { c.Channels = 1 << 40 },
		"no output channel": func(c *nn.Conv) { c.Params = nn.Params{Weight: nn.NewMatrix(0, 18)} },
	} {
		c := &nn.Conv{Window: window, Groups: 1, Params: nn.Params{Weight: nn.NewMatrix(4, 18), Bias: make([]float64, 4)}}
		if _, err := c.OutDim([]int{32}); err != nil {
			t.Fatal(err)
		}
		change(c)
		if _, err := c.OutDim([]int{32}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func product(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += float64(v * b[i])
	}
	return s
}

// near fails unless the numbers agree up to the rounding of a few hundred terms.
func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i, v := range want {
		if d := math.Abs(got[i] - v); !(d <= 1e-10*(1+math.Abs(v))) {
			t.Fatalf("%s: number %d is %v, want %v", what, i, got[i], v)
		}
	}
}
