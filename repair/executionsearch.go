package repair

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
)

const (
	// maxExecutionRounds bounds how often a repair is solved again with more key
	// points and larger reserves.
	maxExecutionRounds = 12
	// reserveGrowth times the error bound of a case in the network before is what
	// its key points are to have in reserve: the repaired network's is a little
	// different.
	reserveGrowth = 1.1
)

// reserveFor is the reserve of key point i: how much more than the margin its
// rows ask for.
func (p *problem) reserveFor(i int32) float64 {
	if int(i) < len(p.reserves) {
		return p.reserves[i]
	}
	return 0
}

// lowerBound is the solver's at the margin asked for: the rows are for a margin
// enlarged by extra, and by their reserves. The bound is linear in the right-hand
// sides, so that a mean weighted by the multipliers stands for the reserves.
func (g *generator) lowerBound(s solver, extra float64) float64 {
	skip := g.doubtful()
	if g.p.reserves == nil {
		return s.lowerBound(extra, skip)
	}
	sum, total := 0.0, 0.0
	for k, y := range without(multipliersOf(s, len(g.rows)), skip) {
		sum += float64(y * g.p.reserveFor(g.rows[k].key))
		total += y
	}
	if total > 0 {
		extra += float64(sum / total * (1 + 1e-12))
	}
	return s.lowerBound(extra, skip)
}

// prepare makes key points of the patterns that executions may meet, sets the
// reserves, and returns the error bounds of the network before the repair.
func (e *execution) prepare(ctx context.Context) (bounds []float64, err error) {
	p := e.p
	if bounds, err = e.errors(ctx, p.net); err != nil {
		return nil, err
	}
	// What the corners beside add to the vertices next to them.
	beyond := make([]float64, len(e.weights))
	batches := e.caseBatches()
	parallel.Each(len(batches)-1, p.workers, func(b int) {
		y := e.evaluate(p.net, batches[b], batches[b+1])
		row := 0
		for k := batches[b]; k < batches[b+1]; k++ {
			n := int(e.cases[k].corners)
			e.beyond(beyond[e.cases[k].at:], k, y.Slice(row, row+n))
			row += n
		}
	})
	for k := range e.cases {
		c := &e.cases[k]
		for v := range int(c.corners) {
			add := beyond[c.at+v]
			if add < 0 {
				e.demand(c, e.newVertex(c, v), float64(reserveGrowth*bounds[k]))
			} else if at, ok := e.vertex(c, v); ok {
				e.demand(c, at, float64(reserveGrowth*(bounds[k]+add)))
			}
		}
	}
	return bounds, p.extend(ctx)
}

// beyond writes by how much, at most, a half-space's value at the corners next to
// each vertex of the cell, outputs y, exceeds that at the vertex itself; negative
// for a corner that has no vertex next to it, one on the part.
func (e *execution) beyond(dst []float64, k int, y nn.Matrix) {
	c := &e.cases[k]
	vertices := len(e.p.Cells[c.cell].Vertices)
	of := make([]int, vertices) // corner of each of the cell's vertices
	for i := range of {
		of[i] = -1
	}
	heaviest := func(v int) (vertex int, weight float64) {
		for i, w := range e.weights[c.at+v*vertices:][:vertices] {
			if w > weight {
				vertex, weight = i, w
			}
		}
		return vertex, weight
	}
	for v := range int(c.corners) {
		if i, w := heaviest(v); w == 1 {
			of[i] = v
		}
	}
	spaces := e.p.Needs[e.needs[c.cell]].HalfSpaces
	for v := range int(c.corners) {
		i, w := heaviest(v)
		switch {
		case w == 1:
		case of[i] < 0:
			dst[v] = -1
		default:
			for j := range spaces {
				dst[of[i]] = max(dst[of[i]], spaces[j].Value(y.Row(v))-spaces[j].Value(y.Row(of[i])))
			}
		}
	}
}

// newVertex records a corner.
func (e *execution) newVertex(c *executionCase, v int) int32 {
	p := e.p
	if at, ok := e.vertex(c, v); ok {
		return at
	}
	x := make([]float64, p.net.InDim())
	e.corner(x, c, v)
	return p.AddVertex(p.Cells[c.cell].Item, x)
}

// demand makes a key point of a vertex with a case's pattern, and gives it a
// reserve. It returns the key point and reports whether that is more than it had.
func (e *execution) demand(c *executionCase, at int32, reserve float64) (key int32, more bool) {
	p := e.p
	key, found := p.Find(at, c.tail, e.needs[c.cell])
	if !found {
		key = p.Add(at, c.tail, e.needs[c.cell], true)
		e.added++
	}
	if n := len(p.Keys) - len(p.reserves); n > 0 {
		p.reserves = append(p.reserves, make([]float64, n)...)
	}
	if p.reserves[key] >= reserve {
		return key, false
	}
	p.reserves[key] = reserve
	return key, true
}

// searchExecution looks for a repair that holds as executed: it solves with
// reserves for the errors of executions, checks the stored network on all
// patterns that executions may meet, and where that fails asks for more.
func searchExecution(ctx context.Context, p *problem, opt Options, free []bool, res *Result) error {
	e := p.execution
	corners := map[[2]int32]int32{} // of a case and its corner
	bounds, err := e.prepare(ctx)
	if err != nil {
		return executionFailure(ctx, res, err)
	}
	for round := 1; round <= maxExecutionRounds; round++ {
		if err := newSearch(p, opt, free, res).find(ctx); err != nil {
			return err
		}
		if res.Network == nil {
			return e.withoutExecution(ctx, opt, res)
		}
		// The bounds of another network show what to ask for, those of this one
		// are a proof.
		r, short := e.margins(res.Network, bounds, res.Margin)
		if len(short) == 0 {
			if bounds, err = e.errors(ctx, res.Network); err != nil {
				return executionFailure(ctx, res, err)
			}
			r, short = e.margins(res.Network, bounds, res.Margin)
		}
		r.Rounds = round
		res.Check.Execution = &r
		if len(short) == 0 {
			res.Status = Repaired
			e.bound(ctx, opt, free, res)
			return nil
		}
		for _, k := range slices.Sorted(maps.Keys(short)) {
			c := &e.cases[k]
			for _, q := range short[k] {
				id := [2]int32{k, q.row}
				at, ok := corners[id]
				if !ok {
					at = e.newVertex(c, int(q.row))
					corners[id] = at
				}
				if key, more := e.demand(c, at, float64(reserveGrowth*bounds[k])); !more && q.margin < res.Margin {
					p.reserves[key] += float64(extraFactor * (res.Margin - q.margin))
				}
			}
		}
		if err := p.extend(ctx); err != nil {
			return err
		}
	}
	reached := res.Check.Execution.MarginReached
	res.Network, res.Change = nil, nil
	res.unknown(fmt.Sprintf("executions in %v were not shown to reach the margin %g, only %.6g", e.dtype, res.Margin, reached))
	return nil
}

// bound improves the lower bound on the objective of all repairs: that of the
// solution at hand leaves out the rows of patterns beside, which are not implied
// by the requirement, and may be worth nothing without them.
func (e *execution) bound(ctx context.Context, opt Options, free []bool, res *Result) {
	p := e.p
	reserves := p.reserves
	p.reserves = nil
	defer func() { p.reserves = reserves }()
	x := newSearch(p, opt, free, res)
	x.g.certain = true
	extra := float64(firstExtra * x.scale)
	first := newEuclideanSolver(p, opt.Bound, free)
	switch {
	case x.norm.euclidean:
		x.solver = first
	case x.norm.linf > 0:
		x.g.seed(ctx, x.solver, first, extra)
	}
	if out := x.g.generate(ctx, x.solver, extra, float64(extra/2)); out.status == Repaired {
		if out.lower > res.LowerBound {
			res.LowerBound, res.Dual = min(out.lower, res.Objective), out.dual
		}
	}
}

// withoutExecution tells a requirement that no change of the layer meets from one
// that only executions may miss.
func (e *execution) withoutExecution(ctx context.Context, opt Options, res *Result) error {
	if !e.refuted {
		return nil
	}
	opt.Executed = false
	plain, err := repairLayer(ctx, e.p.net, e.p.spec, opt)
	if err != nil || plain.Status != Infeasible {
		return err
	}
	*res = *plain
	return nil
}

// executionFailure makes a result of an error that says why nothing can be shown.
func executionFailure(ctx context.Context, res *Result, err error) error {
	switch {
	case ctx.Err() != nil:
		res.unknown(stopReason(ctx))
	case Undecided(err):
		res.unknown(err.Error())
	default:
		return err
	}
	res.Network, res.Change = nil, nil
	return nil
}
