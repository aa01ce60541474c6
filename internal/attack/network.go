package attack

import (
	"math/rand/v2"

	"github.com/netmend/netmend/nn"
)

// builder makes a network node by node.
type builder struct {
	rng   *rand.Rand
	nodes []nn.Node
	width int
}

// network is a random network with integer weights: of one to three layers, with
// every piecewise-affine activation and maxima between them.
func network(rng *rand.Rand, inputs, outputs int, dtype nn.DType) (*nn.Network, error) {
	b := &builder{rng: rng, width: inputs}
	for range rng.IntN(3) + rng.IntN(2)*rng.IntN(2) {
		b.hidden()
	}
	b.dense(b.last(), outputs)
	return nn.New(b.nodes, []int{inputs}, nn.Meta{DType: dtype})
}

func (b *builder) last() int { return len(b.nodes) - 1 }

func (b *builder) add(op nn.Op, inputs ...int) {
	b.nodes = append(b.nodes, nn.Node{Inputs: inputs, Op: op})
}

// hidden adds a layer and what follows it.
func (b *builder) hidden() {
	width := 1 + b.rng.IntN(3)
	switch b.rng.IntN(8) {
	case 0: // the maximum of two branches
		from, in := b.last(), b.width
		b.dense(from, width)
		first := b.last()
		b.width = in
		b.dense(from, width)
		b.add(&nn.Max{Inputs: 2, Dim: width}, first, b.last())
	case 1: // a maximum over pairs
		b.dense(b.last(), 2*width)
		b.add(&nn.MaxPool{Window: nn.Window{
			Channels: width, In: [2]int{1, 2}, Kernel: [2]int{1, 2}, Stride: [2]int{1, 2}, Dilation: [2]int{1, 1},
		}}, b.last())
		b.width = width
	default:
		b.dense(b.last(), width)
		b.add(b.activation(), b.last())
	}
}

// activation is a random piecewise-affine function with dyadic parameters.
func (b *builder) activation() *nn.Piecewise {
	must := func(p *nn.Piecewise, err error) *nn.Piecewise {
		if err != nil {
			panic(err)
		}
		return p
	}
	switch b.rng.IntN(16) {
	case 0:
		return nn.LeakyReLU([]float64{0.5, 0.125, -1, 2}[b.rng.IntN(4)])
	case 1:
		return nn.HardTanh()
	case 2:
		return must(nn.HardSigmoid([]float64{0.25, 0.5, -0.5}[b.rng.IntN(3)], 0.5))
	case 3:
		return must(nn.Clip(float64(b.rng.IntN(3)-2), float64(1+b.rng.IntN(6))))
	case 4:
		return nn.Abs()
	case 5:
		return nn.Sign()
	case 6:
		return must(nn.ThresholdedReLU(float64(b.rng.IntN(2)) / 2))
	case 7:
		return nn.Step()
	}
	return nn.ReLU()
}

// dense adds a dense layer of the node from. Weights are small integers; some units
// are dead (all weights 0), repeat the unit before, or are its negative or a multiple,
// so that they vanish together.
func (b *builder) dense(from, width int) {
	w := nn.NewMatrix(width, b.width)
	bias := make([]float64, width)
	for j := range width {
		row := w.Row(j)
		switch kind := b.rng.IntN(12); {
		case kind == 0:
			bias[j] = float64(b.rng.IntN(3) - 1)
		case kind <= 3 && j > 0:
			factor := []float64{1, -1, 2, -2, 0.5}[b.rng.IntN(5)]
			for i, v := range w.Row(j - 1) {
				row[i] = factor * v
			}
			bias[j] = factor * bias[j-1]
		default:
			for i := range row {
				row[i] = float64(b.rng.IntN(7) - 3)
			}
			if b.rng.IntN(2) == 0 {
				bias[j] = float64(b.rng.IntN(7)-3) / []float64{1, 1, 1, 2, 4}[b.rng.IntN(5)]
			}
		}
	}
	b.add(&nn.Dense{Params: nn.Params{Weight: w, Bias: bias}}, from)
	b.width = width
}
