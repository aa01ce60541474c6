package repair

import (
	"context"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair/internal/keypoint"
	"github.com/netmend/netmend/spec"
)

// problem is the linear program of one layer: key points, their values in the
// network as it is, and what prices a change.
type problem struct {
	*keypoint.Set
	net   *nn.Network
	spec  *spec.Spec
	layer int   // node of the layer
	op    layer // nil if no layer is to change
	// few: besides the worst row of every key point, price notes the next ones.
	few     bool
	margin  float64
	memory  int64
	workers int
	// straight: no activation follows the layer, so that a change of its output
	// acts alike at every key point of a point.
	straight bool

	// execution and reserves, by how much more than the margin the rows of each
	// key point ask for, of a repair that is to hold as executed; otherwise nil.
	execution *execution
	reserves  []float64

	u, dy nn.Matrix // scratch of price: change of the layer's and of the network's output
}

// newProblem enumerates the regions of the specification and evaluates the
// network at the key points. With layer 0 no layer is to change, and there are
// no inputs of it.
func newProblem(ctx context.Context, net *nn.Network, s *spec.Spec, layer int, opt Options) (*problem, error) {
	node, op, err := changed(net, layer)
	if err != nil {
		return nil, err
	}
	keys, err := keypoint.New(ctx, net, s, keypoint.Options{
		Node:       node,
		PointsOnly: layer > 0 && opt.Arithmetic == Exact && !opt.Executed && net.DiscontinuousNode() >= 0,
		MaxBytes:   opt.MaxBytes, Workers: opt.Workers,
		Progress: func(phase string, cells int) { opt.Progress(Progress{Phase: phase, Layer: layer, Cells: cells}) },
	})
	if err != nil {
		return nil, err
	}
	p := &problem{Set: keys, net: net, spec: s, layer: node, op: op, few: op != nil && !op.rankOne(), margin: s.Margin, memory: opt.MaxBytes, workers: opt.Workers}
	if opt.Margin != nil {
		p.margin = *opt.Margin
	}
	p.straight = layer == 0 || !net.ActivationAfter(node)
	if opt.Executed {
		if p.execution, err = newExecution(ctx, p, opt); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// changed is the node of layer k and its operation; no node for k = 0.
func changed(net *nn.Network, k int) (node int, op layer, err error) {
	if k == 0 {
		return len(net.Nodes), nil, nil
	}
	node, l, err := net.Layer(k)
	if err != nil {
		return 0, nil, err
	}
	return node, layerOf(l), nil
}

// parameters is how many numbers a change has.
func (p *problem) parameters() int {
	out, in := p.op.size()
	return out * in
}

// extend evaluates the network at new points.
func (p *problem) extend(ctx context.Context) error {
	p.u, p.dy = nn.Matrix{}, nn.Matrix{}
	return p.Extend(ctx)
}

// learn makes key points of violations and evaluates the network there.
func (p *problem) learn(ctx context.Context, violations []proof.Place) ([]int32, error) {
	p.u, p.dy = nn.Matrix{}, nn.Matrix{}
	return p.Learn(ctx, violations)
}

// place names a vertex for people.
func (p *problem) place(vertex int32) Place {
	item := p.ItemOf(vertex)
	return Place{Item: p.spec.Items[item].Name, Point: p.At(vertex), index: item}
}
