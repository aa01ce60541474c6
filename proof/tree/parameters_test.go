package tree

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
)

// TestParameters compares the matrices that are read off the kernels of package nn with the
// definition of a convolution and of a mean, by loops.
func TestParameters(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 6))
		groups := 1 + r.IntN(2)
		w := nn.Window{Channels: groups * (1 + r.IntN(2)), In: [2]int{3 + r.IntN(3), 3 + r.IntN(3)}}
		for axis := range 2 {
			w.Kernel[axis], w.Stride[axis], w.Dilation[axis] = 1+r.IntN(2), 1+r.IntN(2), 1+r.IntN(2)
			w.Before[axis], w.After[axis] = r.IntN(w.Kernel[axis]), r.IntN(w.Kernel[axis])
		}
		rows, per := groups*(1+r.IntN(2)), w.Channels/groups
		p := nn.Params{Weight: nn.NewMatrix(rows, per*w.Kernel[0]*w.Kernel[1]), Bias: make([]float64, rows)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = r.NormFloat64()
		}
		for i := range p.Bias {
			p.Bias[i] = r.NormFloat64()
		}
		mean := seed%3 == 0
		var op nn.Op = &nn.Conv{Params: p, Window: w, Groups: groups}
		if mean {
			op = &nn.AveragePool{Window: w}
			rows = w.Channels
		}
		net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: op}}, []int{w.Channels, w.In[0], w.In[1]}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		got, roundings, err := parameters(&watch{ctx: context.Background()}, net, 0, nn.ActivationChannel)
		if err != nil || (roundings > 0) != mean {
			t.Fatal(roundings, err)
		}
		want := nn.NewMatrix(net.OutDim(), net.InDim())
		height, width := w.Out(0), w.Out(1)
		for o := range rows {
			for y := range height {
				for x := range width {
					row := want.Row((o*height+y)*width + x)
					hits := 0
					for ky := range w.Kernel[0] {
						for kx := range w.Kernel[1] {
							at := [2]int{y*w.Stride[0] + ky*w.Dilation[0] - w.Before[0], x*w.Stride[1] + kx*w.Dilation[1] - w.Before[1]}
							if at[0] < 0 || at[0] >= w.In[0] || at[1] < 0 || at[1] >= w.In[1] {
								continue
							}
							hits++
							if mean {
								row[(o*w.In[0]+at[0])*w.In[1]+at[1]] = 1
								continue
							}
							for c := range per {
								in := o/(rows/groups)*per + c
								row[(in*w.In[0]+at[0])*w.In[1]+at[1]] = p.Weight.Row(o)[(c*w.Kernel[0]+ky)*w.Kernel[1]+kx]
							}
						}
					}
					for i := range row {
						if mean && hits > 0 {
							row[i] /= float64(hits)
						}
					}
				}
			}
		}
		for u := range want.Rows {
			for i, v := range want.Row(u) {
				if got.Weight.Row(u)[i] != v {
					t.Fatalf("network %d: output %d takes input %d times %v, want %v", seed, u, i, got.Weight.Row(u)[i], v)
				}
			}
			bias := 0.0
			if !mean {
				bias = p.Bias[u/(height*width)]
			}
			if got.Bias[u] != bias {
				t.Fatalf("network %d: output %d has the constant %v, want %v", seed, u, got.Bias[u], bias)
			}
		}
	}
}
