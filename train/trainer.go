package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// ErrDiverged says that the loss is no longer finite.
var ErrDiverged = errors.New("training diverged: the loss is not finite")

// Options say how a network is trained.
type Options struct {
	// Loss to minimise; nil is [CrossEntropy] for the largest output.
	Loss Loss
	// Optimizer is [SGD] or [Adam].
	Optimizer Optimizer
	// BatchSize is the number of samples per step; 0 means 32.
	BatchSize int
	// Layers to train, from 1; nil means all.
	Layers []int
	// Penalty on the change since the start.
	Penalty Penalty
	// Seed of the order of the samples.
	Seed uint64
	// Workers is the number of goroutines; 0 means one per processor. The result
	// does not depend on it.
	Workers int
}

// Trainer trains a copy of a network, one epoch after the other.
type Trainer struct {
	net    *nn.Network
	opt    Options
	layers []*layer
	epoch  uint64
	graph  graph
}

// New prepares a copy of the network for training. It fails for a decoupled
// network, for layers that the network does not have or that cannot be trained, and
// for options out of range.
func New(net *nn.Network, opt Options) (*Trainer, error) {
	if opt.Loss == nil {
		opt.Loss = CrossEntropy{Extremum: spec.Argmax}
	}
	if opt.BatchSize == 0 {
		opt.BatchSize = 32
	}
	opt.Workers = parallel.Workers(opt.Workers)
	switch {
	case net.Decoupled():
		return nil, errors.New("the network is decoupled: only ordinary networks are trained")
	case opt.Optimizer == nil:
		return nil, errors.New("no optimizer is given")
	case opt.BatchSize < 0:
		return nil, fmt.Errorf("batch size %d: want at least 1", opt.BatchSize)
	case !(opt.Penalty.Sum >= 0 && opt.Penalty.Max >= 0):
		return nil, fmt.Errorf("penalty %v: want numbers from 0", opt.Penalty)
	}
	if err := opt.Optimizer.check(); err != nil {
		return nil, err
	}
	t := &Trainer{net: net.Clone(), opt: opt}
	nodes, err := trainedNodes(net, opt.Layers)
	if err != nil {
		return nil, err
	}
	for _, i := range nodes {
		l, err := newLayer(t.net, i, opt.Optimizer)
		if err != nil {
			return nil, err
		}
		t.layers = append(t.layers, l)
	}
	t.graph, err = newGraph(t.net, t.layers, opt.BatchSize)
	return t, err
}

// trainedNodes are the nodes of the given layers, ascending and without
// repetition; of all layers where none is given.
func trainedNodes(net *nn.Network, layers []int) ([]int, error) {
	all := net.Layers()
	if layers == nil {
		if len(all) == 0 {
			return nil, errors.New("the network has no layers to train")
		}
		return all, nil
	}
	chosen := make([]bool, len(all))
	for _, k := range layers {
		if k < 1 || k > len(all) {
			return nil, fmt.Errorf("there is no layer %d: the network has layers 1 to %d", k, len(all))
		}
		chosen[k-1] = true
	}
	var nodes []int
	for k, node := range all {
		if chosen[k] {
			nodes = append(nodes, node)
		}
	}
	if nodes == nil {
		return nil, errors.New("no layer is to be trained")
	}
	return nodes, nil
}

// Epoch takes one step for each batch of the shuffled samples and returns the
// mean loss, the penalty included, as it was before each step. It fails for
// data that do not fit, with [ErrDiverged], and with ctx.Err(); the parameters
// are then those after the last step.
func (t *Trainer) Epoch(ctx context.Context, d *Data) (loss float64, err error) {
	if err := errors.Join(d.check(t.net), t.opt.Loss.check(d)); err != nil {
		return 0, err
	}
	t.epoch++
	order := rand.New(rand.NewPCG(t.opt.Seed, t.epoch)).Perm(d.Len())
	for from := 0; from < len(order); from += t.opt.BatchSize {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		batch := order[from:min(from+t.opt.BatchSize, len(order))]
		loss += t.step(d, batch)
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return loss, ErrDiverged
		}
	}
	return loss / float64(d.Len()), nil
}

// step moves the parameters after the gradient of a batch and returns the sum
// of the samples' losses.
func (t *Trainer) step(d *Data, batch []int) float64 {
	g := &t.graph
	y := g.forward(d.X, batch, t.opt.Workers)
	loss := t.opt.Loss.gradient(g.outputGradient(), y, d, batch)
	loss += float64(float64(len(batch)) * t.opt.Penalty.value(t.layers))
	g.backward(t.opt.Workers)
	t.opt.Penalty.addTo(t.layers)
	for _, l := range t.layers {
		l.step()
	}
	return loss
}

// Network returns a copy of the network as trained so far. It fails if a
// parameter is not finite.
func (t *Trainer) Network() (*nn.Network, error) {
	nodes := append([]nn.Node(nil), t.net.Nodes...)
	for _, l := range t.layers {
		// A rebuilt layer copies the parameters.
		c := t.net.Clone()
		if _, err := newLayer(c, l.node, t.opt.Optimizer); err != nil {
			return nil, err
		}
		nodes[l.node] = c.Nodes[l.node]
	}
	return nn.New(nodes, t.net.InputShape, t.net.Meta)
}

// Correct counts the samples whose class the network, as trained so far,
// answers.
func (t *Trainer) Correct(d *Data, classifier spec.Extremum) (int, error) {
	return Correct(t.net, d, classifier, t.opt.Workers)
}

// Correct counts the samples whose class a network answers.
func Correct(net *nn.Network, d *Data, classifier spec.Extremum, workers int) (int, error) {
	if err := errors.Join(d.check(net), CrossEntropy{}.check(d)); err != nil {
		return 0, err
	}
	correct := 0
	batch := net.BatchRows()
	for from := 0; from < d.Len(); from += batch {
		to := min(from+batch, d.Len())
		y, err := net.Eval(d.X.Slice(from, to), workers)
		if err != nil {
			return 0, err
		}
		for r := range y.Rows {
			if classifier.Prefers(y.Row(r), nil) == d.Labels[from+r] {
				correct++
			}
		}
	}
	return correct, nil
}
