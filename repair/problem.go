package repair

import (
	"context"
	"math"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair/internal/keypoint"
	"github.com/netmend/netmend/repair/internal/row"
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

// violation is how far a key point misses its worst half-space; row is that
// half-space's index, next those of the next worst ones that are violated, -1
// where there are none or they were not looked for.
type violation struct {
	value float64
	row   int32
	next  [moreRows]int32
}

// moreRows are noted of each key point where many rows enter at once.
const moreRows = 2

// price computes the worst violation of every key point under the change d,
// out x in numbers with the bias last, for the margin given. It is one batch
// evaluation; the matrix of rows is never built.
func (p *problem) price(dst []violation, d []float64, margin float64) {
	if p.keepsChanges() {
		p.changes(d)
	}
	parallel.Ranges(len(p.Keys), p.Batch, p.workers, func(a, b int) { p.priceKeys(dst[a:b], a, d, margin) })
}

// keepsChanges reports whether the changes of the layer's output are computed for
// all points at once, since several key points share a point, and do not take
// more room than its inputs do anyway.
func (p *problem) keepsChanges() bool { return p.op.rankOne() }

// changes computes those of the layer's output, and of the network's where no
// activation lies between.
func (p *problem) changes(d []float64) {
	if p.u.Rows == 0 {
		p.u = nn.NewMatrix(len(p.Points), p.net.Dim(p.layer))
	}
	parallel.Ranges(len(p.Points), p.Batch, p.workers, func(a, b int) { p.op.change(p.u.Slice(a, b), p.Inputs.Slice(a, b), d) })
	if p.straight {
		p.dy = p.net.PushForward(p.layer, p.u, p.noTails(), nil, p.workers)
	}
}

// noTails is a linearisation for networks in which none is needed.
func (p *problem) noTails() *nn.Linearization { return &nn.Linearization{} }

func (p *problem) priceKeys(dst []violation, from int, d []float64, margin float64) {
	keys := p.Keys[from : from+len(dst)]
	dy := nn.Matrix{}
	if !p.straight || !p.keepsChanges() {
		dv := nn.NewMatrix(len(keys), p.net.Dim(p.layer))
		tails := make([]int32, len(keys))
		for i, k := range keys {
			tails[i] = k.Tail
			if p.keepsChanges() {
				copy(dv.Row(i), p.u.Row(int(k.Point)))
			} else {
				p.op.change(dv.Slice(i, i+1), p.Inputs.Slice(int(k.Point), int(k.Point)+1), d)
			}
		}
		lin, rowOf := p.Slopes(tails)
		dy = p.net.PushForward(p.layer, dv, lin, rowOf, 1)
	}
	y := make([]float64, p.net.OutDim())
	for i, k := range keys {
		var change []float64
		if dy.Rows == 0 {
			change = p.dy.Row(int(k.Point))
		} else {
			change = dy.Row(i)
		}
		for o, v := range p.Outputs.Row(int(k.Point)) {
			y[o] = v + change[o]
		}
		m := margin + p.reserveFor(int32(from+i))
		if p.few {
			dst[i] = worstFew(&p.Needs[k.Need], y, m)
		} else {
			dst[i] = worst(&p.Needs[k.Need], y, m)
		}
	}
}

// worst is the most violated half-space at output y.
func worst(n *keypoint.Need, y []float64, margin float64) violation {
	v := violation{value: n.HalfSpaces[0].Value(y) + margin, next: [moreRows]int32{-1, -1}}
	for j := 1; j < len(n.HalfSpaces); j++ {
		if x := n.HalfSpaces[j].Value(y) + margin; x > v.value {
			v.value, v.row = x, int32(j)
		}
	}
	return v
}

// worstFew is worst and the next worst half-spaces that are violated.
func worstFew(n *keypoint.Need, y []float64, margin float64) violation {
	const none = -1
	values := [moreRows + 1]float64{math.Inf(-1)}
	rows := [moreRows + 1]int32{none, none, none}
	for j := range n.HalfSpaces {
		x, row := n.HalfSpaces[j].Value(y)+margin, int32(j)
		for i := range rows {
			if rows[i] == none || x > values[i] {
				values[i], x, rows[i], row = x, values[i], row, rows[i]
			}
			if row == none {
				break
			}
		}
	}
	v := violation{value: values[0], row: rows[0]}
	for i := range v.next {
		v.next[i] = none
		if rows[i+1] != none && values[i+1] > 0 {
			v.next[i] = rows[i+1]
		}
	}
	return v
}

// buildRows returns the given rows.
func (p *problem) buildRows(ids []rowID) []*row.Row {
	rows := make([]*row.Row, len(ids))
	parallel.Ranges(len(ids), p.Batch, p.workers, func(from, to int) {
		a := nn.NewMatrix(to-from, p.net.OutDim())
		tails := make([]int32, to-from)
		for i, id := range ids[from:to] {
			k := p.Keys[id.key]
			p.Needs[k.Need].HalfSpaces[id.row].Normal(a.Row(i))
			tails[i] = k.Tail
		}
		lin, rowOf := p.Slopes(tails)
		g := p.net.PullBack(p.layer, a, lin, rowOf, 1)
		for i, id := range ids[from:to] {
			rows[from+i] = p.op.row(g.Row(i), p.Inputs.Row(int(p.Keys[id.key].Point)))
		}
	})
	return rows
}

// row is the row of a half-space at a key point.
func (p *problem) row(id rowID) *row.Row {
	k := p.Keys[id.key]
	a := nn.NewMatrix(1, p.net.OutDim())
	p.Needs[k.Need].HalfSpaces[id.row].Normal(a.Row(0))
	lin, rowOf := p.Slopes([]int32{k.Tail})
	g := p.net.PullBack(p.layer, a, lin, rowOf, 1)
	return p.op.row(g.Row(0), p.Inputs.Row(int(k.Point)))
}

// rhs is the row's right-hand side for margin 0: b - a . N(x), less the reserve.
func (p *problem) rhs(id rowID) float64 {
	k := p.Keys[id.key]
	return -p.Needs[k.Need].HalfSpaces[id.row].Value(p.Outputs.Row(int(k.Point))) - p.reserveFor(id.key)
}
