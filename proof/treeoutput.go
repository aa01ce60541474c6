package proof

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
)

// maxWitnessBits limits the numbers of an exact evaluation: ACAS Xu takes about 1,300 bits.
const maxWitnessBits = 1 << 20

// exactNumbers are num[i] 2^exp / den, exactly.
type exactNumbers struct {
	num []*big.Int
	exp int
}

// exactOutput evaluates a piecewise-affine network without rounding: the activation
// channel chooses the pieces (the upper one at a breakpoint), the value channel gives the
// output.
func exactOutput(net *nn.Network, x []*big.Rat) ([]*big.Rat, error) {
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
			var p *nn.Params
			var roundings int
			if p, roundings, err = tree.Parameters(e.net, i, ch); roundings > 0 {
				err = errInexact
			}
			if err == nil {
				y, err = e.affine(join(node.Inputs, func(j int) exactNumbers { return of(ch, j) }), len(p.Bias), func(j int) ([]float64, float64) { return p.Weight.Row(j), p.Bias[j] })
			}
		case *nn.Piecewise:
			at, in := of(nn.ActivationChannel, node.Inputs[0]), of(ch, node.Inputs[0])
			one := make([]float64, len(in.num))
			y, err = e.affine(in, len(in.num), func(j int) ([]float64, float64) {
				p := e.piece(op, at, j)
				clear(one)
				one[j] = op.Slope[p]
				return one, op.Offset[p]
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

// affine is the sum of the products of a row and x, plus a constant, for n rows.
func (e *witnessRun) affine(x exactNumbers, n int, row func(int) ([]float64, float64)) (exactNumbers, error) {
	// All terms get the smallest exponent that any has.
	low := 0
	see := func(exp int) { low = min(low, exp) }
	for j := range n {
		w, b := row(j)
		for _, a := range w {
			if a != 0 {
				_, exp := split(a)
				see(x.exp + exp)
			}
		}
		if b != 0 {
			_, exp := split(b)
			see(exp)
		}
	}
	y := exactNumbers{exp: low}
	term, factor := new(big.Int), new(big.Int)
	for j := range n {
		w, b := row(j)
		sum := new(big.Int)
		if b != 0 {
			m, exp := split(b)
			sum.Mul(factor.SetInt64(m), e.den)
			sum.Lsh(sum, uint(exp-low))
		}
		for k, a := range w {
			if a == 0 || x.num[k].Sign() == 0 {
				continue
			}
			m, exp := split(a)
			term.Mul(factor.SetInt64(m), x.num[k])
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
