package repair

import (
	"context"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// problem is the linear program of one layer: key points, their values in the
// network as it is, and what prices a change.
type problem struct {
	*keyPoints
	layer   int // node of the layer
	dense   *nn.Dense
	h, y    nn.Matrix // of each point: the layer's input, the network's output
	margin  float64
	workers int
	// straight: no activation follows the layer, so that a change of its output
	// acts alike at every key point of a point.
	straight bool

	u, dy nn.Matrix // scratch: change of the layer's and of the network's output
}

// newProblem enumerates the regions of the specification and evaluates the
// network at the key points. With layer 0 no layer is to change, and there are
// no inputs of it.
func newProblem(ctx context.Context, net *nn.Network, s *spec.Spec, layer int, opt Options) (*problem, error) {
	node, dense := len(net.Nodes), (*nn.Dense)(nil)
	if layer > 0 {
		var err error
		if node, dense, err = net.Layer(layer); err != nil {
			return nil, err
		}
	}
	k := newKeyPoints(net, s, firstRelevant(net, node))
	progress := func(cells int) { opt.Progress(Progress{Phase: "regions", Layer: layer, Cells: cells}) }
	if err := k.collect(ctx, opt.Workers, progress); err != nil {
		return nil, err
	}
	p := &problem{keyPoints: k, layer: node, dense: dense, margin: s.Margin, workers: opt.Workers}
	if opt.Margin != nil {
		p.margin = *opt.Margin
	}
	p.straight = layer == 0 || !net.ActivationAfter(node)
	opt.Progress(Progress{Phase: "key points", Layer: layer, Cells: len(k.cells)})
	return p, p.assemble()
}

// assemble makes the key points from the cells and evaluates the network there.
func (p *problem) assemble() error {
	p.linearise()
	for _, c := range p.cells {
		for _, v := range c.places {
			p.pointAt(v, c.tail)
		}
	}
	if err := p.extend(); err != nil {
		return err
	}
	p.cells = p.cutAtTies(p.cells, p.y)
	if err := p.addCells(); err != nil {
		return err
	}
	if err := p.addExtras(); err != nil {
		return err
	}
	p.findTies(p.workers)
	p.addFaces(p.workers)
	before := len(p.keys)
	if err := p.addExtras(); err != nil {
		return err
	}
	p.facePoints = len(p.keys) - before
	p.linearise()
	if err := p.extend(); err != nil {
		return err
	}
	p.placeOf, p.pointOf, p.keyOf, p.tailOf = nil, nil, nil, nil
	return nil
}

// addExtras makes key points of the extras. A network that is decoupled already
// jumps, and may prefer other classes there than in the cells around.
func (p *problem) addExtras() error {
	if p.net.Decoupled() && len(p.extras) > 0 {
		p.linearise()
		for _, c := range p.extras {
			for _, v := range c.places {
				p.pointAt(v, c.tail)
			}
		}
		if err := p.extend(); err != nil {
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
func (p *problem) extend() error {
	grow := func(m nn.Matrix, cols int) nn.Matrix {
		g := nn.NewMatrix(len(p.points), cols)
		copy(g.Data, m.Data)
		return g
	}
	from := p.y.Rows
	if p.dense != nil {
		p.h = grow(p.h, p.dense.Weight.Cols)
	}
	p.y = grow(p.y, p.net.OutDim())
	p.evaluate(from, len(p.points), p.layer, p.h, p.y, p.workers)
	for i := from; i < len(p.points); i++ {
		if !finite(p.y.Row(i)) || (p.dense != nil && !finite(p.h.Row(i))) {
			return p.overflow(p.points[i].place)
		}
	}
	return nil
}

// violation is how far a key point misses its worst half-space; row is that
// half-space's index.
type violation struct {
	value float64
	row   int32
}

// price computes the worst violation of every key point under the change d,
// out x (in+1) numbers with the bias last, for the margin given. It is one batch
// evaluation; the matrix of rows is never built.
func (p *problem) price(dst []violation, d []float64, margin float64) {
	out, in := p.dense.Weight.Rows, p.dense.Weight.Cols
	if p.u.Rows == 0 {
		p.u = nn.NewMatrix(len(p.points), out)
	}
	w := nn.Matrix{Rows: out, Cols: in, Stride: in + 1, Data: d[:len(d)-1]}
	chunks(len(p.points), p.workers, func(a, b int) {
		u := p.u.Slice(a, b)
		for r := range u.Rows {
			row := u.Row(r)
			for j := range row {
				row[j] = d[j*(in+1)+in]
			}
		}
		blas.MulNT(u, p.h.Slice(a, b), w, true, 1)
	})
	if p.straight {
		p.dy = p.net.PushForward(p.layer, p.u, p.tails, nil, p.workers)
	}
	chunks(len(p.keys), p.workers, func(a, b int) { p.priceKeys(dst[a:b], a, margin) })
}

func (p *problem) priceKeys(dst []violation, from int, margin float64) {
	keys := p.keys[from : from+len(dst)]
	dy := nn.Matrix{}
	if !p.straight {
		dv := nn.NewMatrix(len(keys), p.dense.Weight.Rows)
		tails := make([]int32, len(keys))
		for i, k := range keys {
			copy(dv.Row(i), p.u.Row(int(k.point)))
			tails[i] = k.tail
		}
		dy = p.net.PushForward(p.layer, dv, p.tails, tails, 1)
	}
	y := make([]float64, p.net.OutDim())
	for i, k := range keys {
		var change []float64
		if p.straight {
			change = p.dy.Row(int(k.point))
		} else {
			change = dy.Row(i)
		}
		for o, v := range p.y.Row(int(k.point)) {
			y[o] = v + change[o]
		}
		dst[i] = p.needs[k.need].worst(y, margin)
	}
}

// worst is the most violated half-space at output y.
func (n *need) worst(y []float64, margin float64) violation {
	v := violation{value: n.halfSpaces[0].value(y) + margin}
	for j := 1; j < len(n.halfSpaces); j++ {
		if x := n.halfSpaces[j].value(y) + margin; x > v.value {
			v = violation{x, int32(j)}
		}
	}
	return v
}

// gradient writes g, the gradient of a row's half-space by the layer's output
// under the key point's pattern.
func (p *problem) gradient(dst []float64, key int32, row int32) {
	k := p.keys[key]
	a := nn.NewMatrix(1, p.net.OutDim())
	p.needs[k.need].halfSpaces[row].normal(a.Row(0))
	copy(dst, p.net.PullBack(p.layer, a, p.tails, []int32{k.tail}, 1).Row(0))
}

// input writes [h; 1].
func (p *problem) input(dst []float64, key int32) {
	n := copy(dst, p.h.Row(int(p.keys[key].point)))
	dst[n] = 1
}

// rhs is the row's right-hand side for margin 0: b - a . N(x).
func (p *problem) rhs(key int32, row int32) float64 {
	k := p.keys[key]
	return -p.needs[k.need].halfSpaces[row].value(p.y.Row(int(k.point)))
}
