// Package nntest has random parts of networks for tests.
package nntest

import (
	"math/rand/v2"

	"github.com/netmend/netmend/nn"
)

// Params are random parameters of a layer of the given size.
func Params(r *rand.Rand, out, in int) nn.Params {
	p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
	for i := range p.Weight.Data {
		p.Weight.Data[i] = r.NormFloat64()
	}
	for i := range p.Bias {
		p.Bias[i] = r.NormFloat64()
	}
	return p
}

// Window is a random geometry that has positions.
func Window(r *rand.Rand) nn.Window {
	for {
		w := nn.Window{Channels: 1 + r.IntN(4)}
		fits := true
		for a := range 2 {
			w.In[a], w.Kernel[a] = 1+r.IntN(9), 1+r.IntN(3)
			w.Stride[a], w.Dilation[a] = 1+r.IntN(3), 1+r.IntN(2)
			if r.IntN(2) == 0 {
				w.Before[a], w.After[a] = r.IntN(w.Kernel[a]), r.IntN(w.Kernel[a])
			}
			fits = fits && w.In[a]+w.Before[a]+w.After[a] > (w.Kernel[a]-1)*w.Dilation[a]
		}
		if fits {
			return w
		}
	}
}

// Conv is a random convolution, decoupled as often as not.
func Conv(r *rand.Rand) *nn.Conv {
	c := &nn.Conv{Window: Window(r), Groups: 1}
	if r.IntN(2) == 0 {
		c.Groups = 1 + r.IntN(3)
		c.Channels *= c.Groups
	}
	if r.IntN(3) == 0 { // columns that are the input itself
		c.Kernel, c.Stride, c.Before, c.After = [2]int{1, 1}, [2]int{1, 1}, [2]int{}, [2]int{}
	}
	c.Params = Params(r, c.Groups*(1+r.IntN(3)), c.Depth())
	if r.IntN(2) == 0 {
		v := Params(r, c.Weight.Rows, c.Depth())
		c.Value = &v
	}
	return c
}

// ConvTranspose is a random transposed convolution, decoupled as often as not.
func ConvTranspose(r *rand.Rand) *nn.ConvTranspose {
	c := &nn.ConvTranspose{Window: Window(r), Groups: 1 + r.IntN(3)}
	c.Channels, c.Inputs = c.Groups*(1+r.IntN(3)), c.Groups*(1+r.IntN(3))
	c.Params = Params(r, c.Channels, c.Depth())
	if r.IntN(2) == 0 {
		v := Params(r, c.Channels, c.Depth())
		c.Value = &v
	}
	return c
}
