package attack

import (
	"math/rand/v2"

	"github.com/netmend/netmend/nn"
)

// builder makes a network node by node. The numbers of a layer are integers times unit.
type builder struct {
	rng   *rand.Rand
	dtype nn.DType
	nodes []nn.Node
	width int
	unit  float64
}

// network is a random network: mostly with integer weights, of one to three layers, with
// every piecewise-affine activation and maxima between them; some have decimal weights,
// weights of very different size, units that vanish together at a point that is no
// float64, or a peak that is narrower than any tolerance.
func network(rng *rand.Rand, inputs, outputs int, dtype nn.DType) (*nn.Network, error) {
	b := &builder{rng: rng, dtype: dtype, width: inputs, unit: 1}
	units := []float64{1}
	switch rng.IntN(14) {
	case 0:
		b.peak()
	case 1, 2:
		b.bundle()
	case 3:
		units = []float64{0.1, 1. / 7}
	case 4:
		units = []float64{0x1p-20, 1, 0x1p20}
	case 5:
		units = []float64{anyReal}
	}
	for range rng.IntN(3) + rng.IntN(2)*rng.IntN(2) {
		b.unit = units[rng.IntN(len(units))]
		b.hidden()
	}
	b.unit = units[rng.IntN(len(units))]
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
		// With breakpoints that are float64 numbers: others are read as a scaling and its limits.
		return must(nn.HardSigmoid([]float64{0.25, 0.5, -0.5, 0.125}[b.rng.IntN(4)], 0.5))
	case 3:
		return must(nn.Clip(float64(b.rng.IntN(3)-2), float64(1+b.rng.IntN(6))))
	case 4:
		return nn.Abs()
	case 5:
		return &nn.Piecewise{Breaks: []float64{0, 1}, Slope: []float64{0, 0, 0}, Offset: []float64{-1, 0, 1}} // a staircase
	case 6:
		return &nn.Piecewise{Breaks: []float64{float64(b.rng.IntN(2)) / 2}, Slope: []float64{0, 1}, Offset: []float64{0, 0}} // a thresholded ReLU
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
				row[i] = float64(factor * v)
			}
			bias[j] = float64(factor * bias[j-1])
		default:
			for i := range row {
				row[i] = b.number(b.rng.IntN(7) - 3)
			}
			if b.rng.IntN(2) == 0 {
				bias[j] = b.number(b.rng.IntN(7)-3) / []float64{1, 1, 1, 2, 4}[b.rng.IntN(5)]
			}
		}
	}
	b.add(&nn.Dense{Params: nn.Params{Weight: w, Bias: bias}}, from)
	b.width = width
}

// anyReal as a unit stands for parameters that are any numbers of the type.
const anyReal = -1

// number is a parameter: an integer in the layer's unit.
func (b *builder) number(n int) float64 {
	if b.unit == anyReal {
		return b.dtype.Round(b.rng.NormFloat64())
	}
	return b.dtype.Round(float64(float64(n) * b.unit))
}

// peak adds a sum of outputs that is 0 but within 2^-22 or so of a hyperplane, where it
// is as high as 1 or 10.
func (b *builder) peak() {
	steep := []float64{0x1p15, 0x1p20, 1}[b.rng.IntN(3)]
	width := []float64{0x1p-22, 0x1p-27, 0x1p-30}[b.rng.IntN(3)]
	w := nn.NewMatrix(2, b.width)
	at := float64(b.rng.IntN(33)-16) / 16
	i := b.rng.IntN(b.width)
	w.Row(0)[i], w.Row(1)[i] = steep, -steep
	b.layer(w, []float64{float64(-steep * at), float64(steep * at)})
	b.add(nn.ReLU(), b.last())
	one := nn.NewMatrix(1, 2)
	one.Row(0)[0], one.Row(0)[1] = -1, -1
	b.layer(one, []float64{width})
	b.add(nn.ReLU(), b.last())
	high := nn.NewMatrix(1, 1)
	high.Row(0)[0] = []float64{1, 10}[b.rng.IntN(2)] / width
	b.layer(high, []float64{0})
}

// bundle adds units that vanish together: multiples of one affine function.
func (b *builder) bundle() {
	n := 2 + b.rng.IntN(2)
	w, bias := nn.NewMatrix(n, b.width), make([]float64, n)
	f := vector(b.width+1, func(int) float64 { return float64(b.rng.IntN(7) - 3) })
	if b.rng.IntN(2) == 0 {
		f[0] = 3 // zeros at thirds
	}
	for j := range n {
		factor := []float64{1, -1, 2, -2, 0.5, -3}[b.rng.IntN(6)]
		for i := range w.Row(j) {
			w.Row(j)[i] = float64(factor * f[i])
		}
		bias[j] = float64(factor * f[b.width])
	}
	b.layer(w, bias)
	b.add(b.activation(), b.last())
}

// layer adds a dense layer with given parameters.
func (b *builder) layer(w nn.Matrix, bias []float64) {
	b.add(&nn.Dense{Params: nn.Params{Weight: w, Bias: bias}}, b.last())
	b.width = w.Rows
}
