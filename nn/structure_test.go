package nn_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/nn"
)

// structural is a random affine operation without parameters, the lengths of its
// inputs, and its definition.
type structural struct {
	op    nn.Affine
	dims  []int
	naive func(in [][]float64, bias bool) []float64
}

func structurals(r *rand.Rand) map[string]structural {
	ops := map[string]structural{}

	pool := &nn.AveragePool{Window: nntest.Window(r), CountPadding: r.IntN(2) == 0}
	for a := range 2 {
		if pool.After[a] > 0 && r.IntN(2) == 0 {
			pool.Beyond[a] = 1
		}
	}
	plane := pool.In[0] * pool.In[1]
	ops["average pool"] = structural{pool, []int{pool.Channels * plane}, func(in [][]float64, _ bool) []float64 {
		var out []float64
		for c := range pool.Channels {
			sum, count := make([]float64, pool.Positions()), make([]float64, pool.Positions())
			meet(&pool.Window, func(q, element, i int) {
				row := q/pool.Out(1)*pool.Stride[0] + element/pool.Kernel[1]*pool.Dilation[0] - pool.Before[0]
				col := q%pool.Out(1)*pool.Stride[1] + element%pool.Kernel[1]*pool.Dilation[1] - pool.Before[1]
				beyond := row >= pool.In[0]+pool.After[0]-pool.Beyond[0] || col >= pool.In[1]+pool.After[1]-pool.Beyond[1]
				switch {
				case i >= 0:
					sum[q] += in[0][c*plane+i]
					count[q]++
				case pool.CountPadding && !beyond:
					count[q]++
				}
			})
			for q, s := range sum {
				out = append(out, s/count[q])
			}
		}
		return out
	}}

	dims := []int{1 + r.IntN(4), 1 + r.IntN(4), 1 + r.IntN(4)}
	ops["concat"] = structural{&nn.Concat{Dims: dims}, dims, func(in [][]float64, _ bool) []float64 {
		return slices.Concat(in...)
	}}

	take := &nn.Take{In: 5, From: make([]int32, 7), Fill: r.NormFloat64()}
	for i := range take.From {
		take.From[i] = int32(r.IntN(6) - 1)
	}
	ops["take"] = structural{take, []int{5}, func(in [][]float64, bias bool) []float64 {
		out := make([]float64, 7)
		for i, f := range take.From {
			if f >= 0 {
				out[i] = in[0][f]
			} else if bias {
				out[i] = take.Fill
			}
		}
		return out
	}}

	sum := &nn.Sum{Coefficients: []float64{1, -1, r.NormFloat64()}}
	ops["sum"] = structural{sum, []int{4, 4, 4}, func(in [][]float64, _ bool) []float64 {
		out := make([]float64, 4)
		for k, c := range sum.Coefficients {
			for i, v := range in[k] {
				out[i] += float64(c * v)
			}
		}
		return out
	}}

	reduce := &nn.Reduce{Outer: 1 + r.IntN(3), Axis: 1 + r.IntN(4), Inner: 1 + r.IntN(3), Divisor: 1 + r.Float64()}
	ops["reduce"] = structural{reduce, []int{reduce.Outer * reduce.Axis * reduce.Inner}, func(in [][]float64, _ bool) []float64 {
		out := make([]float64, reduce.Outer*reduce.Inner)
		for i, v := range in[0] {
			out[i/reduce.Inner/reduce.Axis*reduce.Inner+i%reduce.Inner] += v / reduce.Divisor
		}
		return out
	}}
	return ops
}

// Every affine operation without parameters is its definition, with and without
// its constant part, and its gradient is the transpose.
func TestStructural(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	for range 100 {
		for name, s := range structurals(r) {
			out, err := s.op.OutDim(s.dims)
			if err != nil {
				if name == "average pool" { // of padding only
					continue
				}
				t.Fatalf("%s: %v", name, err)
			}
			var src, back []nn.Matrix
			for _, d := range s.dims {
				src, back = append(src, randomPoints(r, 2, d)), append(back, nn.NewMatrix(2, d))
			}
			left := -1
			if len(back) > 1 { // an input that is asked for nothing
				left = r.IntN(len(back))
				back[left] = nn.Matrix{}
			}
			g := randomPoints(r, 2, out)
			s.op.Backward(back, g, nn.ValueChannel, 1)
			for _, bias := range []bool{true, false} {
				y := nn.NewMatrix(2, out)
				s.op.Forward(y, src, nn.ValueChannel, bias, 1)
				for i := range 2 {
					var in [][]float64
					along := 0.0
					for k, m := range src {
						in = append(in, m.Row(i))
						if k != left {
							along += product(back[k].Row(i), m.Row(i))
						}
					}
					near(t, name, y.Row(i), s.naive(in, bias))
					if bias {
						continue
					}
					if left >= 0 {
						in[left] = make([]float64, len(in[left]))
					}
					near(t, name+": gradient", []float64{along}, []float64{product(g.Row(i), s.naive(in, false))})
				}
			}
		}
	}
}

// A selection copies the first of its largest candidates, and says which.
func TestSelection(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 2))
	for range 200 {
		pool := &nn.MaxPool{Window: nntest.Window(r)}
		size := pool.Channels * pool.In[0] * pool.In[1]
		out, err := pool.OutDim([]int{size})
		if err != nil {
			continue // a position that meets padding only
		}
		x := make([]float64, size)
		for i := range x {
			x[i] = float64(r.IntN(4)) - 2 // with many ties
		}
		want, first := make([]float64, out), make([]int, out)
		for c := range pool.Channels {
			for q := range pool.Positions() {
				want[c*pool.Positions()+q] = math.Inf(-1)
			}
			meet(&pool.Window, func(q, element, i int) {
				u := c*pool.Positions() + q
				if i >= 0 && x[c*pool.In[0]*pool.In[1]+i] > want[u] {
					want[u], first[u] = x[c*pool.In[0]*pool.In[1]+i], element
				}
			})
		}
		checkSelection(t, pool, [][]float64{x}, want, first)
	}
	m := &nn.Max{Inputs: 3, Dim: 3}
	checkSelection(t, m, [][]float64{{1, 2, 0}, {1, 3, 0}, {0, 3, 5}}, []float64{1, 3, 5}, []int{0, 1, 2})
}

func checkSelection(t *testing.T, s nn.Selection, src [][]float64, want []float64, first []int) {
	t.Helper()
	got, pieces := make([]float64, len(want)), make([]uint8, len(want))
	s.Apply(got, src)
	s.Choose(pieces, src)
	all := slices.Concat(src...)
	for u, v := range want {
		if got[u] != v || int(pieces[u]) != first[u] || all[s.Source(u, int(pieces[u]))] != v {
			t.Fatalf("unit %d: %v, piece %d, want %v and %d", u, got[u], pieces[u], v, first[u])
		}
	}
}
