package repair

import (
	"context"
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair/internal/row"
	"github.com/netmend/netmend/spec"
)

// problem is the linear program of one layer: key points, their values in the
// network as it is, and what prices a change.
type problem struct {
	*keyPoints
	layer int   // node of the layer
	op    layer // nil where no layer is to change
	// few: besides the worst row of every key point, price notes the next ones.
	few     bool
	h, y    nn.Matrix // of each point: the layer's input, the network's output
	margin  float64
	workers int
	// straight: no activation follows the layer, so that a change of its output
	// acts alike at every key point of a point.
	straight bool

	// execution and reserves, by how much more than the margin the rows of each
	// key point ask for, of a repair that is to hold as executed; else nil.
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
	k := newKeyPoints(net, s, firstRelevant(net, node), opt.Memory, opt.Workers)
	k.pointsOnly = layer > 0 && opt.Arithmetic == Exact && !opt.Executed && net.DiscontinuousNode() >= 0
	progress := func(cells int) { opt.Progress(Progress{Phase: "regions", Layer: layer, Cells: cells}) }
	if err := k.collect(ctx, opt.Workers, progress); err != nil {
		return nil, err
	}
	p := &problem{keyPoints: k, layer: node, op: op, few: op != nil && !op.rankOne(), margin: s.Margin, workers: opt.Workers}
	if opt.Margin != nil {
		p.margin = *opt.Margin
	}
	p.straight = layer == 0 || !net.ActivationAfter(node)
	opt.Progress(Progress{Phase: "key points", Layer: layer, Cells: len(k.cells)})
	if err := p.assemble(ctx); err != nil {
		return nil, err
	}
	if opt.Executed {
		if p.execution, err = newExecution(ctx, p, opt); err != nil {
			return nil, err
		}
		return p, nil
	}
	p.placeOf, p.pointOf, p.keyOf, p.tailOf = nil, nil, nil, nil
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

// assemble makes the key points from the cells and evaluates the network there.
func (p *problem) assemble(ctx context.Context) error {
	p.linearise()
	for _, c := range p.cells {
		for _, v := range c.places {
			p.pointAt(v, c.tail)
		}
	}
	if err := p.extend(ctx); err != nil {
		return err
	}
	p.cells = p.cutAtTies(p.cells, p.y)
	p.addCells()
	if err := p.addExtras(ctx); err != nil {
		return err
	}
	p.findTies(p.workers)
	p.addFaces()
	before := len(p.keys)
	if err := p.addExtras(ctx); err != nil {
		return err
	}
	p.facePoints = len(p.keys) - before
	p.linearise()
	return p.extend(ctx)
}

// addExtras makes key points of the extras. A network that is decoupled already
// jumps, and may prefer other classes there than in the cells around.
func (p *problem) addExtras(ctx context.Context) error {
	if p.jumps && len(p.extras) > 0 {
		p.linearise()
		for _, c := range p.extras {
			for _, v := range c.places {
				p.pointAt(v, c.tail)
			}
		}
		if err := p.extend(ctx); err != nil {
			return err
		}
		p.extras = p.cutAtTies(p.extras, p.y)
	}
	for i := range p.extras {
		p.addCell(&p.extras[i])
	}
	p.extras = nil
	return nil
}

// extend evaluates the points added since the last call. It fails where the
// network's values overflow.
func (p *problem) extend(ctx context.Context) error {
	grow := func(m nn.Matrix, cols int) nn.Matrix {
		g := nn.NewMatrix(len(p.points), cols)
		copy(g.Data, m.Data)
		return g
	}
	from := p.y.Rows
	if p.op != nil {
		p.h = grow(p.h, p.net.Dim(p.net.Nodes[p.layer].Inputs[0]))
	}
	p.y = grow(p.y, p.net.OutDim())
	if err := p.evaluate(ctx, from, len(p.points), p.layer, p.h, p.y, p.workers); err != nil {
		p.y.Rows = from // the rest is to be evaluated again
		return err
	}
	for i := from; i < len(p.points); i++ {
		if !finite(p.y.Row(i)) || (p.op != nil && !finite(p.h.Row(i))) {
			return p.overflow(p.points[i].place)
		}
	}
	return nil
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
	p.chunks(len(p.keys), p.workers, func(a, b int) { p.priceKeys(dst[a:b], a, d, margin) })
}

// keepsChanges reports whether the changes of the layer's output are computed for
// all points at once, since several key points share a point, and do not take
// more room than its inputs do anyway.
func (p *problem) keepsChanges() bool { return p.op.rankOne() }

// changes computes those of the layer's output, and of the network's where no
// activation lies between.
func (p *problem) changes(d []float64) {
	if p.u.Rows == 0 {
		p.u = nn.NewMatrix(len(p.points), p.net.Dim(p.layer))
	}
	p.chunks(len(p.points), p.workers, func(a, b int) { p.op.change(p.u.Slice(a, b), p.h.Slice(a, b), d) })
	if p.straight {
		p.dy = p.net.PushForward(p.layer, p.u, p.noTails(), nil, p.workers)
	}
}

// noTails is a linearisation for networks in which none is needed.
func (p *problem) noTails() *nn.Linearization { return &nn.Linearization{} }

func (p *problem) priceKeys(dst []violation, from int, d []float64, margin float64) {
	keys := p.keys[from : from+len(dst)]
	dy := nn.Matrix{}
	if !p.straight || !p.keepsChanges() {
		dv := nn.NewMatrix(len(keys), p.net.Dim(p.layer))
		tails := make([]int32, len(keys))
		for i, k := range keys {
			tails[i] = k.tail
			if p.keepsChanges() {
				copy(dv.Row(i), p.u.Row(int(k.point)))
			} else {
				p.op.change(dv.Slice(i, i+1), p.h.Slice(int(k.point), int(k.point)+1), d)
			}
		}
		lin, rowOf := p.slopes(tails)
		dy = p.net.PushForward(p.layer, dv, lin, rowOf, 1)
	}
	y := make([]float64, p.net.OutDim())
	for i, k := range keys {
		var change []float64
		if dy.Rows == 0 {
			change = p.dy.Row(int(k.point))
		} else {
			change = dy.Row(i)
		}
		for o, v := range p.y.Row(int(k.point)) {
			y[o] = v + change[o]
		}
		m := margin + p.reserveFor(int32(from+i))
		if p.few {
			dst[i] = p.needs[k.need].worstFew(y, m)
		} else {
			dst[i] = p.needs[k.need].worst(y, m)
		}
	}
}

// worst is the most violated half-space at output y.
func (n *need) worst(y []float64, margin float64) violation {
	v := violation{value: n.halfSpaces[0].value(y) + margin, next: [moreRows]int32{-1, -1}}
	for j := 1; j < len(n.halfSpaces); j++ {
		if x := n.halfSpaces[j].value(y) + margin; x > v.value {
			v.value, v.row = x, int32(j)
		}
	}
	return v
}

// worstFew is worst and the next worst half-spaces that are violated.
func (n *need) worstFew(y []float64, margin float64) violation {
	const none = -1
	values := [moreRows + 1]float64{math.Inf(-1)}
	rows := [moreRows + 1]int32{none, none, none}
	for j := range n.halfSpaces {
		x, row := n.halfSpaces[j].value(y)+margin, int32(j)
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
	p.chunks(len(ids), p.workers, func(from, to int) {
		a := nn.NewMatrix(to-from, p.net.OutDim())
		tails := make([]int32, to-from)
		for i, id := range ids[from:to] {
			k := p.keys[id.key]
			p.needs[k.need].halfSpaces[id.row].normal(a.Row(i))
			tails[i] = k.tail
		}
		lin, rowOf := p.slopes(tails)
		g := p.net.PullBack(p.layer, a, lin, rowOf, 1)
		for i, id := range ids[from:to] {
			rows[from+i] = p.op.row(g.Row(i), p.h.Row(int(p.keys[id.key].point)))
		}
	})
	return rows
}

// row is the row of a half-space at a key point.
func (p *problem) row(id rowID) *row.Row {
	k := p.keys[id.key]
	a := nn.NewMatrix(1, p.net.OutDim())
	p.needs[k.need].halfSpaces[id.row].normal(a.Row(0))
	lin, rowOf := p.slopes([]int32{k.tail})
	g := p.net.PullBack(p.layer, a, lin, rowOf, 1)
	return p.op.row(g.Row(0), p.h.Row(int(k.point)))
}

// rhs is the row's right-hand side for margin 0: b - a . N(x), less the reserve.
func (p *problem) rhs(id rowID) float64 {
	k := p.keys[id.key]
	return -p.needs[k.need].halfSpaces[id.row].value(p.y.Row(int(k.point))) - p.reserveFor(id.key)
}
