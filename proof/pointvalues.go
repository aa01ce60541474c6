package proof

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
)

// pointNetwork evaluates any network at single points, in intervals of growing
// precision: smooth functions, convolutions, pools and graphs that branch.
type pointNetwork struct {
	net       *nn.Network
	affine    [2][]*sums // by channel and node
	work      int        // products of an evaluation
	convolves bool       // some node is a convolution
	workers   int        // goroutines for one product of matrices
	runs      sync.Pool  // of *twofoldRun
	weights   *sync.Map  // by weightsKey, *slicedWeights; nil: they are not remembered
	kept      *Kept      // nil: nothing is
}

// maxPointWork bounds the products of an evaluation with numbers of any precision.
const maxPointWork = 20_000_000

// newPointNetwork prepares a network. It fails with an unsupportedError for what
// is not supported.
func newPointNetwork(net *nn.Network) (*pointNetwork, error) {
	if err := finite(net); err != nil {
		return nil, err
	}
	p := &pointNetwork{net: net}
	convolved := 0 // weights of convolutions
	for i, node := range net.Nodes {
		op, ok := node.Op.(nn.Affine)
		if conv, ok := node.Op.(*nn.Conv); ok {
			p.convolves = true
			convolved += conv.Params.Weight.Rows * conv.Params.Weight.Cols
		}
		if !ok {
			p.affine[0], p.affine[1] = append(p.affine[0], nil), append(p.affine[1], nil)
			continue
		}
		for _, ch := range []nn.Channel{nn.ActivationChannel, nn.ValueChannel} {
			if ch == nn.ValueChannel && !op.Decoupled() {
				p.affine[ch] = append(p.affine[ch], p.affine[nn.ActivationChannel][i])
				continue
			}
			s, err := newSums(net, i, ch)
			if err != nil {
				return nil, &unsupportedError{fmt.Errorf("node %d (%s %q): %w", i, op.Kind(), node.Name, err)}
			}
			p.affine[ch] = append(p.affine[ch], s)
			p.work += s.products
		}
	}
	if convolved <= mostRemembered {
		p.weights = new(sync.Map)
	}
	return p, nil
}

// outputs encloses the outputs at a point, computed with f's precision.
func (p *pointNetwork) outputs(ctx context.Context, f interval.Field, x []float64) ([]interval.Interval, error) {
	input := make([]interval.Interval, len(x))
	for i, v := range x {
		input[i] = f.Float(v)
	}
	return p.outputsFrom(ctx, f, input)
}

// outputsFrom is like outputs for inputs in intervals.
func (p *pointNetwork) outputsFrom(ctx context.Context, f interval.Field, input []interval.Interval) ([]interval.Interval, error) {
	run, err := p.runFrom(ctx, f, input)
	if err != nil {
		return nil, err
	}
	return run.values[nn.ValueChannel][len(p.net.Nodes)-1], nil
}

// run encloses all values at a point.
func (p *pointNetwork) run(ctx context.Context, f interval.Field, x []float64) (*pointRun, error) {
	input := make([]interval.Interval, len(x))
	for i, v := range x {
		input[i] = f.Float(v)
	}
	return p.runFrom(ctx, f, input)
}

func (p *pointNetwork) runFrom(ctx context.Context, f interval.Field, input []interval.Interval) (*pointRun, error) {
	if p.work > maxPointWork {
		return nil, &unsupportedError{fmt.Errorf("the network is too large for the exact check with numbers of any precision: more than %d products at a point", maxPointWork)}
	}
	run := &pointRun{input: input}
	apart := make([]bool, len(p.net.Nodes)) // the channels of a node differ
	for i, node := range p.net.Nodes {
		op, _ := node.Op.(nn.Affine)
		apart[i] = op != nil && op.Decoupled()
		for _, j := range node.Inputs {
			apart[i] = apart[i] || j != nn.Input && apart[j]
		}
		act := run.inputs(p.net, i, nn.ActivationChannel)
		for _, ch := range []nn.Channel{nn.ActivationChannel, nn.ValueChannel} {
			if ch == nn.ValueChannel && !apart[i] {
				run.values[ch] = append(run.values[ch], run.values[nn.ActivationChannel][i])
				continue
			}
			in := act
			if ch == nn.ValueChannel {
				in = run.inputs(p.net, i, ch)
			}
			y, err := p.node(ctx, f, i, ch, act, in)
			if err = errors.Join(err, ctx.Err()); err != nil {
				return nil, err
			}
			run.values[ch] = append(run.values[ch], y)
		}
	}
	return run, nil
}

// node computes a node in a channel from the activation channel's inputs and the
// channel's own.
func (p *pointNetwork) node(ctx context.Context, f interval.Field, i int, ch nn.Channel, act, in []interval.Interval) ([]interval.Interval, error) {
	switch op := p.net.Nodes[i].Op.(type) {
	case *nn.Piecewise:
		y := make([]interval.Interval, len(in))
		for u := range y {
			first, last := partOf(act[u].Lo, op.Breaks), partOf(act[u].Hi, op.Breaks)
			for k := first; k <= last; k++ {
				v := f.Add(f.Mul(f.Float(op.Slope[k]), in[u]), f.Float(op.Offset[k]))
				if k == first {
					y[u] = v
				} else {
					y[u] = interval.Hull(y[u], v)
				}
			}
		}
		return y, nil
	case *nn.Smooth:
		y := make([]interval.Interval, len(in))
		for u := range y {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			// The value channel's input may be the activation channel's.
			apart := ch == nn.ValueChannel && in[u] != act[u]
			v, slope, err := smoothValue(f, op, act[u], apart)
			if err != nil {
				return nil, &unsupportedError{err}
			}
			if apart {
				// Linearised at the activation channel's value (Definition 4.2).
				v = f.Add(v, f.Mul(slope, f.Sub(in[u], act[u])))
			}
			y[u] = v
		}
		return y, nil
	case nn.Selection:
		y := make([]interval.Interval, p.net.Dim(i))
		for u := range y {
			y[u] = choose(op, u, act, in)
		}
		return y, nil
	case nn.Affine:
		return p.affine[ch][i].apply(ctx, f, in), nil
	}
	return nil, &unsupportedError{fmt.Errorf("node %d: %s is not supported by the exact check", i, p.net.Nodes[i].Op.Kind())}
}

// choose is the hull of the candidates that a unit may copy.
func choose(op nn.Selection, u int, act, in []interval.Interval) interval.Interval {
	sources := candidates(op, u, act)
	y := in[sources[0]]
	for _, s := range sources[1:] {
		y = interval.Hull(y, in[s])
	}
	return y
}

// candidates are the inputs that a unit may copy: those that no other is sure to
// beat; of candidates that are equal for sure, the first.
func candidates(op nn.Selection, u int, act []interval.Interval) []int {
	var best *big.Float // largest lower end
	for k := range op.Pieces() {
		if s := op.Source(u, k); s >= 0 && (best == nil || act[s].Lo.Cmp(best) > 0) {
			best = act[s].Lo
		}
	}
	var sources []int
	known := false // a candidate that equals best for sure
	for k := range op.Pieces() {
		s := op.Source(u, k)
		if s < 0 || act[s].Hi.Cmp(best) < 0 {
			continue
		}
		if act[s].Hi.Cmp(best) == 0 {
			if known {
				continue
			}
			known = act[s].Exact()
		}
		sources = append(sources, s)
	}
	return sources
}

// apply computes the sums, not all of them where the context is done.
func (s *sums) apply(ctx context.Context, f interval.Field, x []interval.Interval) []interval.Interval {
	y := make([]interval.Interval, s.count)
	var terms []entry
	for j := range y {
		if ctx.Err() != nil {
			break
		}
		sum := f.Int(0)
		terms = s.terms(terms[:0], j)
		for _, e := range terms {
			if e.factor == 1 {
				sum = f.Add(sum, x[e.from])
			} else {
				sum = f.Add(sum, f.MulFloat(e.factor, x[e.from]))
			}
		}
		if s.divisor != nil {
			sum = f.Quo(sum, f.Float(s.divisor(j)))
		}
		y[j] = f.Add(sum, f.Float(s.bias(j)))
	}
	return y
}
