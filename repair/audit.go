package repair

import (
	"math"

	"github.com/netmend/netmend/nn"
)

// auditor evaluates a network, as it is, at key points with their patterns, and
// bounds the rounding errors of that evaluation.
type auditor struct {
	net    *nn.Network
	k      *keyPoints
	margin float64

	points []point // distinct pairs of place and tail
	first  []int32 // keys of point i are order[first[i]:first[i+1]]
	order  []int32
}

// audit checks every half-space at every key point. net has the regions of
// k.net: it may differ from it in value parameters of nodes from k.from on.
func (k *keyPoints) audit(net *nn.Network, margin float64, workers int) CheckResult {
	a := &auditor{net: net, k: k, margin: margin}
	a.group()
	parts := make([]auditPart, (len(a.points)+chunkRows-1)/chunkRows)
	chunks(len(a.points), workers, func(from, to int) { parts[from/chunkRows] = a.check(from, to) })
	total := newAuditPart()
	for _, p := range parts {
		total.merge(p)
	}
	r := CheckResult{
		MarginReached: total.slack, RoundingBound: max(0, total.slack-total.certain),
		Cells: len(k.cells) - k.single, KeyPoints: k.repeated, Rows: k.repeatedRows, Violations: total.violations,
	}
	if total.key >= 0 {
		key := k.keys[total.key]
		r.Worst = k.describe(k.places[k.points[key.point].place])
	}
	return r
}

// group collects the distinct points and the keys at each.
func (a *auditor) group() {
	index := make(map[point]int32, len(a.k.points))
	of := make([]int32, len(a.k.keys))
	jumps := a.net.Decoupled() && len(a.k.patterns) > 1 || a.net.SmoothNode() >= 0
	for i, key := range a.k.keys {
		p := point{a.k.points[key.point].place, 0}
		if jumps {
			p.tail = key.tail
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
}

func newAuditPart() auditPart {
	return auditPart{slack: math.Inf(1), certain: math.Inf(1), key: -1}
}

func (p *auditPart) merge(q auditPart) {
	if q.slack < p.slack {
		p.slack, p.key = q.slack, q.key
	}
	p.certain = min(p.certain, q.certain)
	p.violations += q.violations
}

// closeRow is a row that the cheap error bound does not decide.
type closeRow struct {
	row   int // in the chunk
	space *sparseHalfSpace
	slack float64
}

// check evaluates the points from..to.
func (a *auditor) check(from, to int) auditPart {
	x := nn.NewMatrix(to-from, a.net.InDim())
	tails := make([]int32, to-from)
	for i := from; i < to; i++ {
		copy(x.Row(i-from), a.k.at(a.k.places[a.points[i].place]))
		tails[i-from] = a.points[i].tail
	}
	lin := a.k.tails
	t := a.net.RunLinear(x, lin, tails, 1)
	local := a.net.LocalError(t, lin, tails, false)
	bound := a.net.ErrorBound(local, lin, tails)
	part := newAuditPart()
	var doubtful []closeRow
	for i := from; i < to; i++ {
		y, e := t.Output().Row(i-from), bound.Row(i-from)
		for _, ki := range a.order[a.first[i]:a.first[i+1]] {
			key := a.k.keys[ki]
			spaces := a.k.needs[key.need].halfSpaces
			for j := range spaces {
				h := &spaces[j]
				slack := -h.value(y)
				if slack < part.slack {
					part.slack, part.key = slack, ki
				}
				if loose := slack - h.error(y, e); loose >= a.margin {
					part.certain = min(part.certain, loose)
				} else {
					doubtful = append(doubtful, closeRow{i - from, h, slack})
				}
			}
		}
	}
	a.decide(&part, doubtful, x, tails)
	return part
}

// error bounds the error of value at y, whose entries are off by up to e.
func (s *sparseHalfSpace) error(y, e []float64) float64 {
	sum, size := 0.0, math.Abs(s.offset)
	for i, j := range s.index {
		sum += math.Abs(s.coef[i]) * e[j]
		size += math.Abs(s.coef[i] * y[j])
	}
	const u = 0x1p-53
	return (sum + float64(len(s.index)+2)*u*size) * (1 + 16*u)
}

// pullBackSlack covers the rounding of gradients and bounds themselves, which is
// 1e-12 of their size at most.
const pullBackSlack = 1 + 1e-9

// decide settles close rows: the error of every node counts with the gradient
// of the half-space by that node's output, exactly what the fixed pattern makes
// of it. x and tails are the chunk's points.
func (a *auditor) decide(part *auditPart, rows []closeRow, x nn.Matrix, tails []int32) {
	zero := make([]float64, a.net.OutDim())
	for len(rows) > 0 {
		n := min(len(rows), chunkRows)
		batch := rows[:n]
		rows = rows[n:]
		grad := nn.NewMatrix(n, a.net.OutDim())
		at := nn.NewMatrix(n, x.Cols)
		rowOf := make([]int32, n)
		for i, c := range batch {
			c.space.normal(grad.Row(i))
			copy(at.Row(i), x.Row(c.row))
			rowOf[i] = tails[c.row]
		}
		t := a.net.RunLinear(at, a.k.tails, rowOf, 1)
		local := a.net.LocalError(t, a.k.tails, rowOf, true)
		slopes := a.slopes(t, rowOf)
		errs := make([]float64, n)
		for node := range a.net.Nodes {
			g := a.net.PullBack(node, grad, slopes, nil, 1)
			for i := range batch {
				for u, e := range local[node].Row(i) {
					errs[i] += math.Abs(g.Row(i)[u]) * e
				}
			}
		}
		for i, c := range batch {
			e := errs[i]*pullBackSlack + c.space.error(t.Output().Row(i), zero)
			part.certain = min(part.certain, c.slack-e)
			if c.slack+e < a.margin {
				part.violations++
			}
		}
	}
}

// nearBreak: a unit this close to a breakpoint, relative to 1 + |z|, counts with
// the steeper of the two pieces, since the exact value may lie on either.
const nearBreak = 1e-9

// slopes is the linearisation of every activation at the rows of a trace: that
// of the key point's tail where it covers a node, else the executed piece.
func (a *auditor) slopes(t *nn.Trace, tails []int32) *nn.Linearization {
	lin := a.k.tails
	full := &nn.Linearization{Slope: make([]nn.Matrix, len(a.net.Nodes)), Offset: make([]nn.Matrix, len(a.net.Nodes))}
	for i, node := range a.net.Nodes {
		op, ok := node.Op.(nn.Activation)
		if !ok {
			continue
		}
		s, o := nn.NewMatrix(len(tails), a.net.Dim(i)), nn.NewMatrix(len(tails), a.net.Dim(i))
		full.Slope[i], full.Offset[i] = s, o
		for r, tail := range tails {
			if lin.Slope[i].Rows > 0 {
				copy(s.Row(r), lin.Slope[i].Row(int(tail)))
				continue
			}
			z := t.Of(node.Inputs[0]).Row(r)
			op.Linearize(s.Row(r), o.Row(r), z)
			if p, ok := op.(*nn.Piecewise); ok {
				steepenAtBreaks(s.Row(r), z, p)
			}
		}
	}
	return full
}

func steepenAtBreaks(slope, z []float64, p *nn.Piecewise) {
	for u, v := range z {
		for b, at := range p.Breaks {
			if math.Abs(v-at) <= nearBreak*(1+math.Abs(v)) {
				slope[u] = max(math.Abs(p.Slope[b]), math.Abs(p.Slope[b+1]))
			}
		}
	}
}
