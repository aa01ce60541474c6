package fold

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
)

// randomNetwork chains operations, most of them mergeable, over values used once or
// more. Small constants make it exact: whole numbers, of which products stay small.
func randomNetwork(t *testing.T, r *rand.Rand, small bool) *nn.Network {
	t.Helper()
	number := func() float64 {
		if small {
			return float64(r.IntN(5) - 2)
		}
		return r.NormFloat64()
	}
	numbers := func(n int) []float64 {
		xs := make([]float64, n)
		for i := range xs {
			if xs[i] = number(); i > 0 && r.IntN(2) == 0 {
				xs[i] = xs[i-1]
			}
		}
		return xs
	}
	var nodes []nn.Node
	dims := []int{1 + r.IntN(4)} // of the input, then of each node
	for i := range 3 + r.IntN(10) {
		j := len(dims) - 2 // most often the value before
		if r.IntN(5) == 0 {
			j = r.IntN(len(dims)) - 1
		}
		d := dims[j+1]
		node := nn.Node{Name: fmt.Sprint("n", i), Inputs: []int{j}}
		switch r.IntN(8) {
		case 0, 1:
			node.Op = &nn.Scale{Factor: numbers(d), Shift: numbers(d)}
		case 2, 3:
			op := &nn.Take{In: d, From: make([]int32, 1+r.IntN(5)), Fill: number()}
			for e := range op.From {
				op.From[e] = int32(r.IntN(d+1)) - 1
			}
			node.Op, d = op, len(op.From)
		case 4:
			k := r.IntN(len(dims)) - 1
			node.Inputs = append(node.Inputs, k)
			node.Op, d = &nn.Concat{Dims: []int{d, dims[k+1]}}, d+dims[k+1]
		case 5:
			k := j
			for try := range dims {
				if dims[try] == d && r.IntN(2) == 0 {
					k = try - 1
				}
			}
			node.Inputs = append(node.Inputs, k)
			node.Op = &nn.Sum{Coefficients: numbers(2)}
		case 6:
			node.Op = &nn.Piecewise{Slope: []float64{number()}, Offset: []float64{number()}}
		case 7:
			node.Op = nn.ReLU()
		}
		nodes, dims = append(nodes, node), append(dims, d)
	}
	n, err := nn.New(nodes, dims[:1], nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// exact evaluates a network in exact arithmetic, and with it the same sums of
// absolute values.
func exact(n *nn.Network, x []float64) (y, size []*big.Rat) {
	rat := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
	values, sizes := map[int][]*big.Rat{}, map[int][]*big.Rat{}
	for _, v := range x {
		values[nn.Input] = append(values[nn.Input], rat(v))
		sizes[nn.Input] = append(sizes[nn.Input], new(big.Rat).Abs(rat(v)))
	}
	affine := func(f float64, v *big.Rat, s float64) *big.Rat {
		p := new(big.Rat).Mul(rat(f), v)
		return p.Add(p, rat(s))
	}
	abs := func(v float64) float64 { return max(v, -v) }
	for i, node := range n.Nodes {
		var y, z []*big.Rat
		in, size := values[node.Inputs[0]], sizes[node.Inputs[0]]
		switch op := node.Op.(type) {
		case *nn.Scale:
			for e, v := range in {
				y = append(y, affine(op.Factor[e], v, op.Shift[e]))
				z = append(z, affine(abs(op.Factor[e]), size[e], abs(op.Shift[e])))
			}
		case *nn.Piecewise:
			for e, v := range in {
				k := 0
				if len(op.Breaks) > 0 && v.Sign() >= 0 {
					k = 1
				}
				y = append(y, affine(op.Slope[k], v, op.Offset[k]))
				z = append(z, affine(max(abs(op.Slope[k]), abs(op.Slope[len(op.Slope)-1])), size[e], abs(op.Offset[k])))
			}
		case *nn.Take:
			for _, j := range op.From {
				if j < 0 {
					y, z = append(y, rat(op.Fill)), append(z, rat(abs(op.Fill)))
				} else {
					y, z = append(y, in[j]), append(z, size[j])
				}
			}
		case *nn.Concat:
			for _, j := range node.Inputs {
				y, z = append(y, values[j]...), append(z, sizes[j]...)
			}
		case *nn.Sum:
			for e := range in {
				s, a := new(big.Rat), new(big.Rat)
				for k, j := range node.Inputs {
					s.Add(s, affine(op.Coefficients[k], values[j][e], 0))
					a.Add(a, affine(abs(op.Coefficients[k]), sizes[j][e], 0))
				}
				y, z = append(y, s), append(z, a)
			}
		}
		values[i], sizes[i] = y, z
	}
	return values[len(n.Nodes)-1], sizes[len(n.Nodes)-1]
}

// Random networks compute after folding what they did before: exactly with whole
// numbers, otherwise within one rounding of each constant that is left.
func TestRandomNetworks(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 1))
	folded, nodes, left := 0, 0, 0
	for i := range 3000 {
		small := i%2 == 0
		n := randomNetwork(t, r, small)
		m := Network(n)
		if nodes, left = nodes+len(n.Nodes), left+len(m.Nodes); m != n {
			folded++
		}
		if len(m.Nodes) > len(n.Nodes) || m != n && len(m.Nodes) == len(n.Nodes) {
			t.Fatalf("network %d: %d nodes became %d", i, len(n.Nodes), len(m.Nodes))
		}
		if Network(m) != m {
			t.Fatalf("network %d: not folded in one go", i)
		}
		x := make([]float64, n.InDim())
		for e := range x {
			x[e] = r.NormFloat64()
		}
		y, _ := exact(n, x)
		z, size := exact(m, x)
		// One rounding a constant, of at most as many as the nodes have in a row.
		unit := new(big.Rat).SetFloat64(float64(0x1p-53 * 1.0001 * float64(len(m.Nodes))))
		for e := range y {
			d := new(big.Rat).Sub(y[e], z[e])
			if small && d.Sign() != 0 || d.Abs(d).Cmp(unit.Mul(unit, size[e])) > 0 {
				t.Fatalf("network %d, output %d: %v became %v", i, e, y[e].FloatString(20), z[e].FloatString(20))
			}
			unit = new(big.Rat).SetFloat64(float64(0x1p-53 * 1.0001 * float64(len(m.Nodes))))
		}
	}
	t.Logf("%d of 3000 networks folded, %d nodes became %d", folded, nodes, left)
	if folded < 1000 {
		t.Errorf("only %d networks were folded", folded)
	}
}
