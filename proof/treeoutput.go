package proof

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/netmend/netmend/nn"
)

// maxWitnessBits limits the numbers of an exact evaluation: ACAS Xu takes about 1,300 bits.
const maxWitnessBits = 1 << 20

// exactNumbers are num[i] 2^exp / den, exactly.
type exactNumbers struct {
	num []*big.Int
	exp int
}

// Evaluate is the output of a piecewise-affine network for an input, without any rounding, as
// it executes: at a breakpoint the upper piece. It fails if the network divides or is smooth,
// or if numbers take more than a million bits.
func Evaluate(net *nn.Network, x []*big.Rat) ([]*big.Rat, error) {
	if len(x) != net.InDim() {
		return nil, fmt.Errorf("an input of %d numbers, the network has %d", len(x), net.InDim())
	}
	return exactOutput(net, x)
}

// Encloses reports whether outputs of a network at a point are enclosed, as those of smooth
// functions and means are, since [Evaluate] cannot evaluate it without rounding.
func Encloses(net *nn.Network) bool {
	net = net.LowerSelections()
	for i := range net.Nodes {
		switch net.Nodes[i].Op.(type) {
		case nn.Affine:
			if s, err := newSums(net, i, nn.ValueChannel); err != nil || s.divisor != nil {
				return true
			}
		case *nn.Piecewise:
		default:
			return true
		}
	}
	return false
}

// exactOutput evaluates a piecewise-affine network without rounding: the activation
// channel chooses the pieces (the upper one at a breakpoint), the value channel gives the
// output.
func exactOutput(net *nn.Network, x []*big.Rat) ([]*big.Rat, error) {
	if err := finite(net); err != nil {
		return nil, err
	}
	net = net.LowerSelections()
	e := &witnessRun{net: net, den: big.NewInt(1)}
	for _, v := range x {
		// A common denominator.
		g := new(big.Int).GCD(nil, nil, e.den, v.Denom())
		if e.den.Mul(e.den, g.Quo(v.Denom(), g)); e.den.BitLen() > maxWitnessBits {
			return nil, fmt.Errorf("the input's common denominator has more than %d bits", maxWitnessBits)
		}
	}
	input := exactNumbers{}
	for _, v := range x {
		n := new(big.Int).Quo(e.den, v.Denom())
		input.num = append(input.num, n.Mul(n, v.Num()))
	}
	for i := range net.Nodes {
		if err := e.node(i, input); err != nil {
			return nil, fmt.Errorf("node %d (%s %q): %w", i, net.Nodes[i].Op.Kind(), net.Nodes[i].Name, err)
		}
	}
	last := e.values[nn.ValueChannel][len(net.Nodes)-1]
	y := make([]*big.Rat, len(last.num))
	for i, n := range last.num {
		n, d := new(big.Int).Set(n), new(big.Int).Set(e.den)
		if last.exp > 0 {
			n.Lsh(n, uint(last.exp))
		} else {
			d.Lsh(d, uint(-last.exp))
		}
		y[i] = new(big.Rat).SetFrac(n, d)
	}
	return y, nil
}

type witnessRun struct {
	net    *nn.Network
	den    *big.Int
	values [2][]exactNumbers // by channel and node
}

func (e *witnessRun) node(i int, input exactNumbers) error {
	node := &e.net.Nodes[i]
	of := func(ch nn.Channel, j int) exactNumbers {
		if j == nn.Input {
			return input
		}
		return e.values[ch][j]
	}
	for _, ch := range [...]nn.Channel{nn.ActivationChannel, nn.ValueChannel} {
		if ch == nn.ValueChannel && !e.net.Decoupled() {
			e.values[ch] = append(e.values[ch], e.values[nn.ActivationChannel][i])
			continue
		}
		var y exactNumbers
		var err error
		switch op := node.Op.(type) {
		case nn.Affine:
			var sums *sums
			if sums, err = newSums(e.net, i, ch); err == nil && sums.divisor != nil {
				err = errInexact
			}
			if err == nil {
				y, err = e.affine(join(node.Inputs, func(j int) exactNumbers { return of(ch, j) }), sums.count, func(into []entry, j int) ([]entry, float64) {
					return sums.terms(into, j), sums.bias(j)
				})
			}
		case *nn.Piecewise:
			at, in := of(nn.ActivationChannel, node.Inputs[0]), of(ch, node.Inputs[0])
			y, err = e.affine(in, len(in.num), func(into []entry, j int) ([]entry, float64) {
				p := e.piece(op, at, j)
				return appendTerm(into, j, op.Slope[p]), op.Offset[p]
			})
		default:
			err = errInexact
		}
		if err != nil {
			return err
		}
		e.values[ch] = append(e.values[ch], y)
	}
	return nil
}

var errInexact = errors.New("it cannot be evaluated without rounding")

// join puts the values of several nodes one after the other.
func join(in []int, of func(int) exactNumbers) exactNumbers {
	if len(in) == 1 {
		return of(in[0])
	}
	var x exactNumbers
	for _, j := range in {
		x.exp = min(x.exp, of(j).exp)
	}
	for _, j := range in {
		v := of(j)
		for _, n := range v.num {
			x.num = append(x.num, new(big.Int).Lsh(n, uint(v.exp-x.exp)))
		}
	}
	return x
}

// affine are n sums of terms of x, and a constant each.
func (e *witnessRun) affine(x exactNumbers, n int, row func(into []entry, j int) ([]entry, float64)) (exactNumbers, error) {
	// All terms get the smallest exponent that any has.
	low := 0
	see := func(exp int) { low = min(low, exp) }
	var terms []entry
	var b float64
	for j := range n {
		terms, b = row(terms[:0], j)
		for _, t := range terms {
			_, exp := split(t.factor)
			see(x.exp + exp)
		}
		if b != 0 {
			_, exp := split(b)
			see(exp)
		}
	}
	y := exactNumbers{exp: low}
	term, factor := new(big.Int), new(big.Int)
	for j := range n {
		terms, b = row(terms[:0], j)
		sum := new(big.Int)
		if b != 0 {
			m, exp := split(b)
			sum.Mul(factor.SetInt64(m), e.den)
			sum.Lsh(sum, uint(exp-low))
		}
		for _, t := range terms {
			if x.num[t.from].Sign() == 0 {
				continue
			}
			m, exp := split(t.factor)
			term.Mul(factor.SetInt64(m), x.num[t.from])
			sum.Add(sum, term.Lsh(term, uint(x.exp+exp-low)))
		}
		if sum.BitLen() > maxWitnessBits {
			return exactNumbers{}, fmt.Errorf("an exact value has more than %d bits", maxWitnessBits)
		}
		y.num = append(y.num, sum)
	}
	return y, nil
}

// piece is the piece of a function at number j of z.
func (e *witnessRun) piece(f *nn.Piecewise, z exactNumbers, j int) int {
	p := 0
	for p < len(f.Breaks) && e.compare(z, j, f.Breaks[p]) >= 0 {
		p++
	}
	return p
}

// compare is the sign of number j of z less v.
func (e *witnessRun) compare(z exactNumbers, j int, v float64) int {
	if v == 0 {
		return z.num[j].Sign()
	}
	m, exp := split(v)
	right := new(big.Int).Mul(big.NewInt(m), e.den)
	left := z.num[j]
	if z.exp > exp {
		left = new(big.Int).Lsh(left, uint(z.exp-exp))
	} else {
		right.Lsh(right, uint(exp-z.exp))
	}
	return left.Cmp(right)
}
