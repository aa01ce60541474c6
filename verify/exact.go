package verify

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/nn"
)

const (
	// firstPrecision and lastPrecision are the bits of the numbers with which an
	// evaluation without rounding is tried: ACAS Xu takes about 1,300.
	firstPrecision = 1024
	lastPrecision  = 1 << 15
	// maxExactWork is the number of products above which an evaluation without
	// rounding is not tried: a second or so.
	maxExactWork = 1_000_000
)

// canBeExact tells whether evaluating a network without rounding is worth trying.
func canBeExact(net *nn.Network) bool {
	work := 0
	for _, k := range net.Layers() {
		w := net.Nodes[k].Op.(nn.Layer).Channel(nn.ActivationChannel).Weight
		work += net.Dim(k) * w.Cols
	}
	return net.SmoothNode() < 0 && work <= maxExactWork
}

// exactValues are the values of every node, by channel, at x without rounding; nil
// where that takes too many digits, or when the time is over.
func exactValues(net *nn.Network, x []float64, pattern nn.Pattern, over func() bool) (*exactEvaluation, *[2][][]*big.Float) {
	for precision := uint(firstPrecision); precision <= lastPrecision && !over(); precision *= 2 {
		e := &exactEvaluation{precision: precision, exact: true, over: over}
		if values := e.values(net, x, pattern); e.exact {
			return e, values
		}
	}
	return nil, nil
}

// exactEvaluation computes with floats of so many bits that nothing is rounded;
// exact becomes false where something is.
type exactEvaluation struct {
	precision uint
	exact     bool
	over      func() bool
}

func (e *exactEvaluation) number(v float64) *big.Float {
	return new(big.Float).SetPrec(e.precision).SetFloat64(v)
}

// addTo adds a b to sum.
func (e *exactEvaluation) addTo(sum *big.Float, a float64, b *big.Float) {
	if a == 0 || b.Sign() == 0 {
		return
	}
	p := e.number(a)
	p.Mul(p, b)
	e.exact = e.exact && p.Acc() == big.Exact
	sum.Add(sum, p)
	e.exact = e.exact && sum.Acc() == big.Exact
}

// values are those of every node, by channel, with the pieces of a pattern, or
// where it is nil with those that execute; nil where they are not exact.
func (e *exactEvaluation) values(net *nn.Network, x []float64, pattern nn.Pattern) *[2][][]*big.Float {
	input := make([]*big.Float, len(x))
	for i, v := range x {
		input[i] = e.number(v)
	}
	var values [2][][]*big.Float
	channels := []nn.Channel{nn.ActivationChannel, nn.ValueChannel}
	for i, node := range net.Nodes {
		for _, ch := range channels {
			source := func(c nn.Channel) []*big.Float {
				if node.Inputs[0] == nn.Input {
					return input
				}
				return values[c][node.Inputs[0]]
			}
			if ch == nn.ValueChannel && !net.Decoupled() {
				values[ch] = append(values[ch], values[nn.ActivationChannel][i])
				continue
			}
			var out []*big.Float
			switch op := node.Op.(type) {
			case *nn.Dense:
				out = e.dense(op.Channel(ch), source(ch))
			case *nn.Scale:
				for j, v := range source(ch) {
					y := e.number(op.Shift[j])
					e.addTo(y, op.Factor[j], v)
					out = append(out, y)
				}
			case *nn.Piecewise:
				from, _ := net.Units(i)
				for j, v := range source(ch) {
					p := 0
					if pattern != nil {
						p = int(pattern[from+j])
					} else {
						p = e.piece(op, source(nn.ActivationChannel)[j])
					}
					y := e.number(op.Offset[p])
					e.addTo(y, op.Slope[p], v)
					out = append(out, y)
				}
			default:
				e.exact = false
				return nil
			}
			if !e.exact {
				return nil
			}
			values[ch] = append(values[ch], out)
		}
	}
	return &values
}

func (e *exactEvaluation) dense(p *nn.Params, x []*big.Float) []*big.Float {
	out := make([]*big.Float, p.Weight.Rows)
	for j := range out {
		if e.over() {
			e.exact = false
			return nil
		}
		y := e.number(p.Bias[j])
		for i, w := range p.Weight.Row(j) {
			e.addTo(y, w, x[i])
		}
		out[j] = y
	}
	return out
}

// piece is the piece that executes at z (the upper one at a breakpoint).
func (e *exactEvaluation) piece(f *nn.Piecewise, z *big.Float) int {
	p := 0
	for p < len(f.Breaks) && z.Cmp(big.NewFloat(f.Breaks[p])) >= 0 {
		p++
	}
	return p
}

// isFinite tells whether v is a number.
func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
