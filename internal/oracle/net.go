package oracle

import (
	"fmt"
	"math/big"
	"slices"
)

// Rat is the type of all numbers here. Values are never written to once they are
// part of a network, a cell or an answer.
type Rat = *big.Rat

// Input stands for the network's input in [Node.From].
const Input = -1

// Net is a network as plain data: nodes in order, the last of which is the output.
type Net struct {
	Inputs int
	Nodes  []Node
}

// Node applies an operation to the concatenation of the values of earlier nodes.
type Node struct {
	From []int
	// Exactly one of these is set.
	Affine *Affine
	Pieces *Pieces
	Max    *Max
	// Smooth is for [Net.EvalReal] alone.
	Smooth *Smooth
}

// Affine is W x + B, with parameters of its own for the value channel where Value is
// set: then the network is decoupled.
type Affine struct {
	W     [][]Rat
	B     []Rat
	Value *Affine
}

// Pieces is an activation function: Slope[p] z + Offset[p] for
// Breaks[p-1] <= z < Breaks[p].
type Pieces struct {
	Breaks, Slope, Offset []Rat
}

// Max has for each output its candidates, as places of the concatenated input; the
// first of equal ones executes.
type Max struct {
	Candidates [][]int
}

// Int is an integer as a [Rat].
func Int(n int64) Rat { return new(big.Rat).SetInt64(n) }

// Float is the exact value of a finite float64.
func Float(f float64) Rat {
	r := new(big.Rat).SetFloat64(f)
	if r == nil {
		panic(fmt.Sprintf("oracle: %v is no number", f))
	}
	return r
}

// Floats are the exact values of finite numbers.
func Floats(f []float64) []Rat {
	r := make([]Rat, len(f))
	for i, v := range f {
		r[i] = Float(v)
	}
	return r
}

// Dims are the lengths of the nodes' values.
func (n *Net) Dims() []int {
	dims := make([]int, len(n.Nodes))
	for i, node := range n.Nodes {
		switch {
		case node.Affine != nil:
			dims[i] = len(node.Affine.W)
		case node.Max != nil:
			dims[i] = len(node.Max.Candidates)
		default:
			for _, from := range node.From {
				dims[i] += n.dim(dims, from)
			}
		}
	}
	return dims
}

func (n *Net) dim(dims []int, from int) int {
	if from == Input {
		return n.Inputs
	}
	return dims[from]
}

// Outputs is the number of outputs.
func (n *Net) Outputs() int { return n.Dims()[len(n.Nodes)-1] }

// Changed is the network with value parameters of a node changed, as in [Repair].
func (n *Net) Changed(layer int, change []Rat) *Net {
	nodes := slices.Clone(n.Nodes)
	a := *nodes[layer].Affine
	value := &Affine{}
	for j, row := range a.value().W {
		moved := make([]Rat, len(row))
		for i, w := range row {
			moved[i] = new(big.Rat).Add(w, change[i])
		}
		value.W = append(value.W, moved)
		value.B = append(value.B, new(big.Rat).Add(a.value().B[j], change[len(row)]))
		change = change[len(row)+1:]
	}
	a.Value = value
	nodes[layer].Affine = &a
	return &Net{Inputs: n.Inputs, Nodes: nodes}
}

// value returns the parameters of the value channel.
func (a *Affine) value() *Affine {
	if a.Value != nil {
		return a.Value
	}
	return a
}

// form is an affine function of the inputs: coefficients, then the constant.
type form []Rat

// at evaluates a form.
func (f form) at(x []Rat) Rat {
	sum, product := new(big.Rat).Set(f[len(f)-1]), new(big.Rat)
	for i, v := range x {
		if f[i].Sign() != 0 {
			sum.Add(sum, product.Mul(f[i], v))
		}
	}
	return sum
}

// combine is the sum of forms with coefficients, and a constant.
func combine(coefficients []Rat, forms []form, constant Rat, length int) form {
	f := zeros(length)
	f[length-1].Set(constant)
	product := new(big.Rat)
	for k, c := range coefficients {
		if c.Sign() == 0 {
			continue
		}
		for i, v := range forms[k] {
			if v.Sign() != 0 {
				f[i].Add(f[i], product.Mul(c, v))
			}
		}
	}
	return f
}

func zeros(n int) []Rat {
	r := make([]Rat, n)
	for i := range r {
		r[i] = new(big.Rat)
	}
	return r
}

// apply is the affine map of forms.
func (a *Affine) apply(in []form, length int) []form {
	out := make([]form, len(a.W))
	for j, row := range a.W {
		out[j] = combine(row, in, a.B[j], length)
	}
	return out
}

// piece is piece p of a form.
func (f *Pieces) piece(p int, z form) form {
	return combine([]Rat{f.Slope[p]}, []form{z}, f.Offset[p], len(z))
}

// Eval is the exact output at a point, by the value channel along the pattern that
// the activation channel executes.
func (n *Net) Eval(x []Rat) []Rat {
	act, val := make([][]Rat, len(n.Nodes)), make([][]Rat, len(n.Nodes))
	for i, node := range n.Nodes {
		a, v := gather(act, node.From, x), gather(val, node.From, x)
		switch {
		case node.Affine != nil:
			act[i], val[i] = node.Affine.at(a), node.Affine.value().at(v)
		case node.Pieces != nil:
			for u, z := range a {
				p := node.Pieces.at(z)
				act[i] = append(act[i], node.Pieces.value(p, z))
				val[i] = append(val[i], node.Pieces.value(p, v[u]))
			}
		default:
			for _, candidates := range node.Max.Candidates {
				k := first(candidates, a)
				act[i], val[i] = append(act[i], a[k]), append(val[i], v[k])
			}
		}
	}
	return val[len(val)-1]
}

func gather[T any](values [][]T, from []int, input []T) []T {
	var in []T
	for _, k := range from {
		if k == Input {
			in = append(in, input...)
		} else {
			in = append(in, values[k]...)
		}
	}
	return in
}

func (a *Affine) at(x []Rat) []Rat {
	y := make([]Rat, len(a.W))
	for j, row := range a.W {
		y[j] = new(big.Rat).Add(dot(row, x), a.B[j])
	}
	return y
}

func dot(a, x []Rat) Rat {
	sum, product := new(big.Rat), new(big.Rat)
	for i, v := range a {
		if v.Sign() != 0 {
			sum.Add(sum, product.Mul(v, x[i]))
		}
	}
	return sum
}

// at is the piece that executes at z.
func (f *Pieces) at(z Rat) int {
	p := 0
	for p < len(f.Breaks) && z.Cmp(f.Breaks[p]) >= 0 {
		p++
	}
	return p
}

func (f *Pieces) value(p int, z Rat) Rat {
	y := new(big.Rat).Mul(f.Slope[p], z)
	return y.Add(y, f.Offset[p])
}

// first is the first of the largest candidates.
func first(candidates []int, x []Rat) int {
	best := candidates[0]
	for _, k := range candidates[1:] {
		if x[k].Cmp(x[best]) > 0 {
			best = k
		}
	}
	return best
}
