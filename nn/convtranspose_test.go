package nn_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/nn"
)

// naiveConvTranspose is the definition of [nn.ConvTranspose].
func naiveConvTranspose(c *nn.ConvTranspose, p *nn.Params, x []float64) []float64 {
	positions, plane := c.Positions(), c.In[0]*c.In[1]
	in, out := c.Inputs/c.Groups, c.Channels/c.Groups
	y := make([]float64, c.Channels*plane)
	for o := range c.Channels {
		for i := range plane {
			y[o*plane+i] = p.Bias[o]
		}
		for ch := range in {
			meet(&c.Window, func(q, element, i int) {
				if i >= 0 {
					w := p.Weight.Row(o)[ch*c.Kernel[0]*c.Kernel[1]+element]
					y[o*plane+i] += float64(w * x[(o/out*in+ch)*positions+q])
				}
			})
		}
	}
	return y
}

// A transposed convolution is its definition, its gradients are the transposes, and
// neither depends on the number of workers.
func TestConvTranspose(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 3))
	for trial := range 200 {
		c := nntest.ConvTranspose(r)
		size := c.Inputs * c.Positions()
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
			alone := nn.NewMatrix(1, out)
			c.Forward(alone, []nn.Matrix{x.Slice(1, 2)}, ch, true, 2)
			if !slices.Equal(y.Row(1), alone.Row(0)) {
				t.Fatalf("trial %d: the result depends on the batch", trial)
			}
			back, again := randomPoints(r, 3, size), nn.NewMatrix(3, size)
			copy(again.Data, back.Data)
			before := slices.Clone(back.Data)
			c.Backward([]nn.Matrix{back}, g, ch, 1)
			c.Backward([]nn.Matrix{again}, g, ch, 4)
			if !slices.Equal(back.Data, again.Data) {
				t.Fatalf("trial %d: the gradient depends on the number of workers", trial)
			}
			for i := range back.Data {
				back.Data[i] -= before[i] // it is added to what is there
			}
			p := c.Channel(ch)
			linear := p.Clone()
			clear(linear.Bias)
			for i := range 3 {
				near(t, "output", y.Row(i), naiveConvTranspose(c, p, x.Row(i)))
				near(t, "gradient", []float64{product(back.Row(i), x.Row(i))},
					[]float64{product(g.Row(i), naiveConvTranspose(c, &linear, x.Row(i)))})
			}
			// The gradient by the parameters, along a random change, twice.
			d := nntest.Params(r, c.Weight.Rows, c.Weight.Cols)
			grad := nn.Params{Weight: nn.NewMatrix(d.Weight.Rows, d.Weight.Cols), Bias: make([]float64, len(d.Bias))}
			c.ParamGradient(&grad, g.Row(0), x.Row(0))
			c.ParamGradient(&grad, g.Row(0), x.Row(0))
			near(t, "gradient by the parameters",
				[]float64{product(grad.Weight.Data, d.Weight.Data) + product(grad.Bias, d.Bias)},
				[]float64{float64(2 * product(g.Row(0), naiveConvTranspose(c, &d, x.Row(0))))})
		}
	}
}

func TestConvTransposeRefuses(t *testing.T) {
	window := nn.Window{Channels: 2, In: [2]int{5, 5}, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}}
	for name, change := range map[string]func(*nn.ConvTranspose){
		"stride 0":         func(c *nn.ConvTranspose) { c.Stride[0] = 0 },
		"window too large": func(c *nn.ConvTranspose) { c.Kernel[1] = 6 },
		"negative padding": func(c *nn.ConvTranspose) { c.Before[0] = -1 },
		"groups":           func(c *nn.ConvTranspose) { c.Groups = 2 },
		"no group":         func(c *nn.ConvTranspose) { c.Groups = 0 },
		"weights":          func(c *nn.ConvTranspose) { c.Weight = nn.NewMatrix(2, 26) },
		"biases":           func(c *nn.ConvTranspose) { c.Bias = c.Bias[:1] },
		"value parameters": func(c *nn.ConvTranspose) { c.Value = &nn.Params{Weight: nn.NewMatrix(2, 27)} },
		"channels":         func(c *nn.ConvTranspose) { c.Channels = 1 << 40 },
		"input channels":   func(c *nn.ConvTranspose) { c.Inputs = 1 << 40 },
	} {
		c := &nn.ConvTranspose{Window: window, Inputs: 3, Groups: 1, Params: nn.Params{Weight: nn.NewMatrix(2, 27), Bias: make([]float64, 2)}}
		if _, err := c.OutDim([]int{12}); err != nil {
			t.Fatal(err)
		}
		change(c)
		if _, err := c.OutDim([]int{12}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
