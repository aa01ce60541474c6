package proof

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/nn"
)

// TestMeetings compares what is read off the gradients that package nn computes with this
// package's own sums: parameter p of output u is multiplied with the input that the sum of
// u takes with a factor of 1 where p alone is 1.
func TestMeetings(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		groups := 1 + r.IntN(2)
		w := nn.Window{Channels: groups * (1 + r.IntN(2)), In: [2]int{3 + r.IntN(3), 3 + r.IntN(3)}}
		for axis := range 2 {
			w.Kernel[axis], w.Stride[axis], w.Dilation[axis] = 1+r.IntN(2), 1+r.IntN(2), 1+r.IntN(2)
			w.Before[axis], w.After[axis] = r.IntN(w.Kernel[axis]), r.IntN(w.Kernel[axis])
		}
		rows, cols := groups*(1+r.IntN(2)), w.Channels/groups*w.Kernel[0]*w.Kernel[1]
		zeros := func() nn.Params {
			return nn.Params{Weight: nn.NewMatrix(rows, cols), Bias: make([]float64, rows)}
		}
		inputs := w.Channels * w.In[0] * w.In[1]
		transposed := seed%2 == 1
		channels := groups * (1 + r.IntN(2)) // of the input of a transposed one
		if transposed {
			rows, cols = w.Channels, channels/groups*w.Kernel[0]*w.Kernel[1]
			inputs = channels * w.Positions()
		}
		conv := func(p nn.Params) (*nn.Network, nn.Layer) {
			var op nn.Layer = &nn.Conv{Params: p, Window: w, Groups: groups}
			if transposed {
				op = &nn.ConvTranspose{Params: p, Window: w, Inputs: channels, Groups: groups}
			}
			net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: op}}, []int{inputs}, nn.Meta{})
			if err != nil {
				t.Fatal(err)
			}
			return net, op
		}
		net, op := conv(zeros())
		found, err := meetings(op, net.InDim(), net.OutDim())
		if err != nil {
			t.Fatal(err)
		}
		of, err := meetingsOf(op, net.InDim(), net.OutDim())
		if err != nil {
			t.Fatal(err)
		}
		byPlace := func(a, b meeting) int { return cmp.Or(a.parameter-b.parameter, a.input-b.input) }
		for u, ms := range found {
			got := of(u)
			slices.SortFunc(got, byPlace)
			if want := slices.SortedFunc(slices.Values(ms), byPlace); !slices.Equal(got, want) {
				t.Fatalf("network %d: output %d meets %v by the geometry, %v by the gradient", seed, u, got, want)
			}
		}
		type pair struct{ parameter, input int }
		all := make([]map[pair]bool, net.OutDim())
		for u, ms := range found {
			all[u] = map[pair]bool{}
			for _, m := range ms {
				all[u][pair(m)] = true
			}
		}
		for j := range rows {
			for i := range cols + 1 {
				p := zeros()
				if i == cols {
					p.Bias[j] = 1
				} else {
					p.Weight.Row(j)[i] = 1
				}
				one, _ := conv(p)
				s, err := newSums(one, 0, nn.ActivationChannel)
				if err != nil {
					t.Fatal(err)
				}
				for u := range all {
					want := pair{j*(cols+1) + i, -1}
					if i < cols {
						terms := s.terms(nil, u)
						if len(terms) == 0 {
							continue
						}
						want.input = terms[0].from
					} else if s.bias(u) == 0 {
						continue
					}
					if !all[u][want] {
						t.Fatalf("network %d: output %d does not meet parameter %d with input %d", seed, u, want.parameter, want.input)
					}
					delete(all[u], want)
				}
			}
		}
		for u, rest := range all {
			if len(rest) > 0 {
				t.Fatalf("network %d: output %d meets %v, which its sum does not", seed, u, rest)
			}
		}
	}
}
