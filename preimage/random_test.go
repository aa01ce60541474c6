package preimage_test

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// seeds is the number of random networks that a test tries: n, and a third of them with
// -short.
func seeds(n uint64) uint64 {
	if testing.Short() {
		return n / 3
	}
	return n
}

// bent is a function of four pieces, one of them constant and one falling.
func bent() *nn.Piecewise {
	return &nn.Piecewise{Breaks: []float64{-1, 0, 1}, Slope: []float64{-0.5, 0, 1, 2}, Offset: []float64{-0.5, 0, 0, -1}}
}

// activations are the piecewise-affine functions that are continuous.
func activations(t testing.TB) []nn.Op {
	clip, err := nn.Clip(-1, 2)
	if err != nil {
		t.Fatal(err)
	}
	return []nn.Op{nn.ReLU(), nn.LeakyReLU(0.25), nn.HardTanh(), clip, nn.IdentityActivation(), bent()}
}

// randomDense is a layer of small integers, halves of them or normally
// distributed numbers, some of its units dead, some duplicates.
func randomDense(r *rand.Rand, in, out int) *nn.Dense {
	w, b := nn.NewMatrix(out, in), make([]float64, out)
	normal := r.IntN(3) == 0
	draw := func() float64 {
		if normal {
			return r.NormFloat64()
		}
		return float64(r.IntN(5)-2) / 2
	}
	for i := range out {
		row := w.Row(i)
		for j := range row {
			row[j] = draw()
		}
		b[i] = draw()
		switch {
		case r.IntN(8) == 0:
			clear(row)
			b[i] = -float64(r.IntN(2))
		case i > 0 && r.IntN(8) == 0:
			copy(row, w.Row(i-1))
			b[i] = b[i-1]
		}
	}
	return &nn.Dense{Params: nn.Params{Weight: w, Bias: b}}
}

// randomNet has the given widths, input first, with an activation of the list
// after every layer but the last, and sometimes after the last.
func randomNet(t testing.TB, r *rand.Rand, among []nn.Op, widths ...int) *nn.Network {
	var ops []nn.Op
	for k := 1; k < len(widths); k++ {
		ops = append(ops, randomDense(r, widths[k-1], widths[k]))
		if k+1 < len(widths) || r.IntN(4) == 0 {
			ops = append(ops, among[r.IntN(len(among))])
		}
	}
	return chain(t, widths[0], ops...)
}

// sum adds n inputs.
func sum(n int) *nn.Sum {
	s := &nn.Sum{}
	for range n {
		s.Coefficients = append(s.Coefficients, 1)
	}
	return s
}

// residual is a network with values that skip nodes: h = f(W x + b), then
// y = V (h + g(h) + x) + c. A function is read by two nodes, and so is its input.
func residual(t testing.TB, r *rand.Rand, f, g nn.Op, n, outputs int) *nn.Network {
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: randomDense(r, n, n)},
		{Inputs: []int{0}, Op: f},
		{Inputs: []int{1}, Op: g},
		{Inputs: []int{1}, Op: nn.IdentityActivation()}, // read by nobody
		{Inputs: []int{1, 2, nn.Input}, Op: sum(3)},
		{Inputs: []int{4}, Op: randomDense(r, n, outputs)},
	}, []int{n}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// randomTarget is a union of one or two polyhedra of one to three rows, with
// integers and strict rows among them.
func randomTarget(r *rand.Rand, dim int) set.Union {
	u := make(set.Union, 1+r.IntN(2))
	for k := range u {
		u[k] = set.Whole(dim)
		for range 1 + r.IntN(3) {
			h := set.HalfSpace{Normal: make([]float64, dim), Offset: float64(r.IntN(5)-2) / 2}
			for j := range h.Normal {
				h.Normal[j] = float64(r.IntN(5) - 2)
			}
			u[k] = u[k].With(h)
		}
	}
	return u
}

// randomPoint has coordinates in [-3, 3], multiples of a quarter half the time:
// these lie on faces often.
func randomPoint(r *rand.Rand, dim int) []float64 {
	x := make([]float64, dim)
	grid := r.IntN(2) == 0
	for j := range x {
		if grid {
			x[j] = float64(r.IntN(25)-12) / 4
		} else {
			x[j] = float64(6*r.Float64()) - 3
		}
	}
	return x
}
