package repair

import (
	"context"
	"math"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair/internal/keypoint"
)

// auditor evaluates a network, as it is, at key points with their patterns, and
// bounds the rounding errors of that evaluation.
type auditor struct {
	net    *nn.Network
	p      *problem
	margin float64
	// from is the first node whose rounding is bounded; the values before it are
	// taken as computed.
	from int
	rows int // gradients bounded at once by a worker

	points []keypoint.Point // distinct pairs of vertex and tail
	first  []int32          // keys of point i are order[first[i]:first[i+1]]
	order  []int32
}

// audit checks every half-space at every key point. net has the regions of
// p.net: it may differ from it in value parameters of nodes from p.From on. It
// fails if the network's values overflow.
func (p *problem) audit(ctx context.Context, net *nn.Network, margin float64, workers int) (CheckResult, error) {
	a := &auditor{net: net, p: p, margin: margin, from: roundedFrom(net, p.From)}
	a.rows = keypoint.Batch(net, a.from, p.memory, workers)
	a.group()
	parts := make([]auditPart, (len(a.points)+p.Batch-1)/p.Batch)
	if err := parallel.RangesWithin(ctx, len(a.points), p.Batch, workers, func(from, to int) { parts[from/p.Batch] = a.evaluate(from, to) }); err != nil {
		return CheckResult{}, err
	}
	total := newAuditPart()
	for _, part := range parts {
		total.merge(part)
	}
	if total.overflow >= 0 {
		return CheckResult{}, p.Overflow(a.points[total.overflow].Vertex)
	}
	counts := p.Counts()
	r := CheckResult{
		MarginReached: total.slack, RoundingBound: max(0, total.slack-total.certain),
		Scale: max(1, total.scale), Cells: counts.Cells, KeyPoints: counts.Keys, Rows: counts.Rows, Violations: total.violations,
	}
	r.RoundingFrom = layerFrom(net, a.from)
	if total.key >= 0 {
		r.Worst = p.place(p.VertexOf(&p.Keys[total.key]))
	}
	return r, nil
}

// wholeNetwork is the largest number of values of a network whose rounding is
// bounded from the input on; of larger ones, from one of the last coveredLayers on.
// A bound by absolute values grows about tenfold a convolution, and behind a dozen
// of them it says nothing; gradients say more, but cost an evaluation a row.
const (
	wholeNetwork  = 1 << 17
	coveredLayers = 3
)

// roundedFrom is the first node whose rounding is bounded: the first one of all,
// or, in large networks, the one that is repaired, if it is one of the last few.
func roundedFrom(net *nn.Network, relevant int) int {
	values := 0
	for i := range net.Nodes {
		values += net.Dim(i)
	}
	layers := net.Layers()
	if values <= wholeNetwork || len(layers) == 0 {
		return 0
	}
	return min(max(relevant, layers[max(0, len(layers)-coveredLayers)]), layers[len(layers)-1])
}

// layerFrom is the number of the first layer from node on; 0 for node 0.
func layerFrom(net *nn.Network, node int) int {
	if node == 0 {
		return 0
	}
	for k, i := range net.Layers() {
		if i >= node {
			return k + 1
		}
	}
	return len(net.Layers()) + 1
}

// group collects the distinct points and the keys at each.
func (a *auditor) group() {
	index := make(map[keypoint.Point]int32, len(a.p.Points))
	of := make([]int32, len(a.p.Keys))
	jumps := (a.net.Decoupled() || a.p.Jumps) && a.p.Tails() > 1 || a.net.SmoothNode() >= 0
	for i, key := range a.p.Keys {
		p := keypoint.Point{Vertex: a.p.Points[key.Point].Vertex}
		if jumps {
			p.Tail = key.Tail
		}
		n, ok := index[p]
		if !ok {
			n = int32(len(a.points))
			a.points = append(a.points, p)
			index[p] = n
		}
		of[i] = n
	}
	a.first = make([]int32, len(a.points)+1)
	for _, n := range of {
		a.first[n+1]++
	}
	for i := range a.points {
		a.first[i+1] += a.first[i]
	}
	next := append([]int32(nil), a.first...)
	a.order = make([]int32, len(of))
	for i, n := range of {
		a.order[next[n]] = int32(i)
		next[n]++
	}
}

// auditPart is the result for some of the points.
type auditPart struct {
	slack, certain float64 // smallest b - a . y, and less its error bound
	key            int32   // where slack is attained
	violations     int
	scale          float64
	overflow       int // first point whose values are not finite, -1 for none
}

func newAuditPart() auditPart {
	return auditPart{slack: math.Inf(1), certain: math.Inf(1), key: -1, overflow: -1}
}

func (p *auditPart) merge(q auditPart) {
	if q.slack < p.slack {
		p.slack, p.key = q.slack, q.key
	}
	p.certain = min(p.certain, q.certain)
	p.violations += q.violations
	p.scale = max(p.scale, q.scale)
	if p.overflow < 0 {
		p.overflow = q.overflow
	}
}

// closeRow is a row that the cheap error bound does not decide.
type closeRow struct {
	row   int // in the chunk
	space *keypoint.HalfSpace
	slack float64
}

// evaluate audits the points from..to.
func (a *auditor) evaluate(from, to int) auditPart {
	x := nn.NewMatrix(to-from, a.net.InDim())
	tails := make([]int32, to-from)
	for i := from; i < to; i++ {
		copy(x.Row(i-from), a.p.At(a.points[i].Vertex))
		tails[i-from] = a.points[i].Tail
	}
	lin, rowOf := a.p.Linearization(tails)
	t := a.net.RunLinear(x, lin, rowOf, 1)
	bound := a.rounding(t, x, lin, rowOf, false).Total
	part := newAuditPart()
	var doubtful []closeRow
	for i := from; i < to; i++ {
		y, e := t.Output().Row(i-from), bound[len(bound)-1].Row(i-from)
		if !vector.AllFinite(y...) || !vector.AllFinite(e...) {
			part.overflow = i
			return part
		}
		for _, v := range y {
			part.scale = max(part.scale, math.Abs(v))
		}
		for _, ki := range a.order[a.first[i]:a.first[i+1]] {
			key := a.p.Keys[ki]
			spaces := a.p.Needs[key.Need].HalfSpaces
			for j := range spaces {
				h := &spaces[j]
				slack := -h.Value(y)
				if slack < part.slack {
					part.slack, part.key = slack, ki
				}
				if loose := slack - h.Error(y, e); loose >= a.margin {
					part.certain = min(part.certain, loose)
				} else {
					doubtful = append(doubtful, closeRow{i - from, h, slack})
				}
			}
		}
	}
	a.decide(&part, doubtful, t, x, lin, rowOf)
	return part
}

// rounding bounds the errors of a trace of the network at x.
func (a *auditor) rounding(t *nn.Trace, x nn.Matrix, lin *nn.Linearization, rowOf []int32, tight bool) *rounding.Bounds {
	var centre *rounding.Centre
	if a.net.SmoothNode() >= 0 {
		act := a.net.RunActivation(x, 1)
		centre = &rounding.Centre{Trace: act, Bounds: rounding.Of(a.net, act, nn.ActivationChannel, nil, nil, tight, nil)}
	}
	return rounding.From(a.net, a.from, t, nn.ValueChannel, lin, rowOf, tight, centre)
}

// decide settles close rows: the error of every node counts with the gradient
// of the half-space by that node's output, what the fixed pattern makes of it
// (where it is fixed; the slope of a unit close to a breakpoint may be that of
// either side). all is the trace of the chunk's points x, which have the rows linOf
// of lin.
func (a *auditor) decide(part *auditPart, rows []closeRow, all *nn.Trace, x nn.Matrix, lin *nn.Linearization, linOf []int32) {
	if len(rows) == 0 {
		return
	}
	// Rows of one point share its trace.
	var points []int
	of := make([]int32, len(rows))
	for i, c := range rows {
		if i == 0 || c.row != rows[i-1].row {
			points = append(points, c.row)
		}
		of[i] = int32(len(points) - 1)
	}
	t, rowOf := all.Select(points), make([]int32, len(points))
	at := nn.NewMatrix(len(points), x.Cols)
	for p, r := range points {
		copy(at.Row(p), x.Row(r))
		rowOf[p] = linOf[r]
	}
	errs := a.rounding(t, at, lin, rowOf, true)
	centre, radius := a.slopes(t, errs, lin, rowOf)
	zero := make([]float64, a.net.OutDim())
	for len(rows) > 0 {
		n := min(len(rows), a.rows)
		batch := rows[:n]
		grad, tails := nn.NewMatrix(n, a.net.OutDim()), make([]int32, n)
		for i, c := range batch {
			c.space.Normal(grad.Row(i))
			tails[i] = rowOf[of[i]]
		}
		gradients := rounding.GradientBounds(a.net, a.from, grad, centre, radius, of[:n], lin, tails)
		for i, c := range batch {
			y, total := t.Output().Row(int(of[i])), errs.Total[len(errs.Total)-1].Row(int(of[i]))
			quick := c.space.Error(y, total)
			e := c.space.Error(y, zero) + float64(gradientFloor*quick)
			for node, g := range gradients {
				if node < a.from {
					continue
				}
				for u, local := range errs.Local[node].Row(int(of[i])) {
					e += float64(g.Row(i)[u] * local)
				}
			}
			e = min(e, quick)
			part.certain = min(part.certain, c.slack-e)
			if c.slack+e < a.margin {
				part.violations++
			}
		}
		rows, of = rows[n:], of[n:]
	}
}

// gradientFloor times the quick bound covers the rounding of gradients that
// cancel: they are sums of at most some ten thousand terms.
const gradientFloor = 1e-11

// slopes is the range, centre +- radius, of the slope of every activation unit
// at the rows of a trace: that of the key point's tail where it covers a node;
// else of all pieces that the exact input may lie on.
func (a *auditor) slopes(t *nn.Trace, errs *rounding.Bounds, lin *nn.Linearization, tails []int32) (centre, radius []nn.Matrix) {
	centre, radius = make([]nn.Matrix, len(a.net.Nodes)), make([]nn.Matrix, len(a.net.Nodes))
	for i, node := range a.net.Nodes {
		op, ok := node.Op.(nn.Activation)
		if !ok || i < a.from {
			continue
		}
		s, w := nn.NewMatrix(len(tails), a.net.Dim(i)), nn.NewMatrix(len(tails), a.net.Dim(i))
		centre[i], radius[i] = s, w
		for r, tail := range tails {
			if lin.Slope[i].Rows > 0 {
				copy(s.Row(r), lin.Slope[i].Row(int(tail)))
				continue
			}
			z := t.Of(node.Inputs[0]).Row(r)
			for u := range z {
				var lo, hi float64
				switch f := op.(type) {
				case *nn.Piecewise:
					e := 0.0
					if j := node.Inputs[0]; j != nn.Input {
						e = errs.Total[j].Row(r)[u]
					}
					lo, hi = slopeRange(f, z[u]-e, z[u]+e)
				case *nn.Smooth:
					lo, hi = -f.Steepest(), f.Steepest()
				}
				s.Row(r)[u], w.Row(r)[u] = float64((lo+hi)/2), float64((hi-lo)/2)
			}
		}
	}
	return centre, radius
}

// slopeRange is the smallest and largest slope of the pieces that [from, to]
// meets.
func slopeRange(p *nn.Piecewise, from, to float64) (lo, hi float64) {
	first, last := p.Piece(from), p.Piece(to)
	lo, hi = p.Slope[first], p.Slope[first]
	for _, s := range p.Slope[first : last+1] {
		lo, hi = min(lo, s), max(hi, s)
	}
	return lo, hi
}
