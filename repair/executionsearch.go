package repair

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/netmend/netmend/nn"
)

const (
	// maxExecutionRounds bounds how often a repair is solved anew with more key
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

// mostReserve is the largest reserve.
func (p *problem) mostReserve() float64 {
	m := 0.0
	for _, r := range p.reserves {
		m = max(m, r)
	}
	return m
}

// prepareExecution makes key points of the patterns that executions may meet, and
// sets the reserves.
func (p *problem) prepareExecution(ctx context.Context) error {
	e := p.execution
	bounds, err := e.errors(ctx, p.net)
	if err != nil {
		return err
	}
	// What the parts add to the vertices on which they lie.
	beyond := make([]float64, len(e.cases))
	batches := e.caseBatches()
	each(len(batches)-1, p.workers, func(b int) {
		y := e.evaluate(p.net, batches[b], batches[b+1])
		row := 0
		for k := batches[b]; k < batches[b+1]; k++ {
			beyond[k] = e.beyond(k, y.Slice(row, row+int(e.cases[k].corners)))
			row += int(e.cases[k].corners)
		}
	})
	for k := range e.cases {
		c := &e.cases[k]
		reserve := reserveGrowth * (bounds[k] + beyond[k])
		any := false
		for v := range int(c.corners) {
			if at, ok := e.vertex(c, v); ok {
				any = true
				e.demand(c, at, reserve)
			}
		}
		for v := range int(c.corners) {
			if !any {
				e.demand(c, e.newPlace(c, v), reserveGrowth*bounds[k])
			}
		}
	}
	return p.renew()
}

// renew evaluates the network at new points.
func (p *problem) renew() error {
	p.u, p.dy = nn.Matrix{}, nn.Matrix{}
	return p.extend()
}

// beyond is by how much a half-space's value at the corners, outputs y, exceeds
// that at those which are vertices of the cell; 0 where none is.
func (e *execution) beyond(k int, y nn.Matrix) float64 {
	c := &e.cases[k]
	need := &e.p.needs[e.needs[c.cell]]
	most := 0.0
	for j := range need.halfSpaces {
		h := &need.halfSpaces[j]
		base, all, any := 0.0, 0.0, false
		for v := range int(c.corners) {
			value := h.value(y.Row(v))
			if _, ok := e.vertex(c, v); ok {
				if !any || value < base {
					base = value
				}
				any = true
			}
			if v == 0 || value > all {
				all = value
			}
		}
		if any && c.tail != e.p.cells[c.cell].tail {
			most = max(most, all-base)
		}
	}
	return most
}

// newPlace records a corner as a place.
func (e *execution) newPlace(c *executionCase, v int) int32 {
	p := e.p
	if at, ok := e.vertex(c, v); ok {
		return at
	}
	x := make([]float64, p.net.InDim())
	e.corner(x, c, v)
	p.places = append(p.places, place{item: p.cells[c.cell].item, x: x})
	return int32(len(p.places) - 1)
}

// key is that of a place under a case's pattern.
func (e *execution) key(c *executionCase, at int32) keyPoint {
	return keyPoint{point: e.p.pointAt(at, c.tail), tail: c.tail, need: e.needs[c.cell]}
}

// demand makes a key point of a place with a case's pattern, and gives it a
// reserve. It tells whether that is more than it had.
func (e *execution) demand(c *executionCase, at int32, reserve float64) bool {
	p := e.p
	key := e.key(c, at)
	i, ok := p.keyOf[key]
	if !ok {
		p.add(at, c.tail, key.need, true)
		i = p.keyOf[key]
		e.added++
	}
	if n := len(p.keys) - len(p.reserves); n > 0 {
		p.reserves = append(p.reserves, make([]float64, n)...)
	}
	if p.reserves[i] >= reserve {
		return false
	}
	p.reserves[i] = reserve
	return true
}

// searchExecution looks for a repair that holds as executed: it solves with
// reserves for the errors of executions, checks the stored network on all
// patterns that executions may meet, and where that fails asks for more.
func searchExecution(ctx context.Context, p *problem, opt Options, free []bool, res *Result) error {
	e := p.execution
	if err := p.prepareExecution(ctx); err != nil {
		return executionFailure(ctx, res, err)
	}
	newPlaces := map[[2]int32]int32{} // of a case and its corner
	for round := 1; round <= maxExecutionRounds; round++ {
		if err := newSearch(p, opt, free, res).run(ctx); err != nil {
			return err
		}
		if res.Network == nil {
			return e.withoutExecution(ctx, opt, res)
		}
		bounds, err := e.errors(ctx, res.Network)
		if err != nil {
			return executionFailure(ctx, res, err)
		}
		r, short := e.check(res.Network, bounds, res.Margin)
		r.Rounds = round
		res.Check.Execution = &r
		if len(short) == 0 {
			res.Status = Repaired
			return nil
		}
		for _, k := range slices.Sorted(maps.Keys(short)) {
			c := &e.cases[k]
			for _, q := range short[k] {
				id := [2]int32{k, q.row}
				at, ok := newPlaces[id]
				if !ok {
					at = e.newPlace(c, int(q.row))
					newPlaces[id] = at
				}
				if !e.demand(c, at, reserveGrowth*bounds[k]) {
					p.reserves[p.keyOf[e.key(c, at)]] += extraFactor * (res.Margin - q.margin)
				}
			}
		}
		if err := p.renew(); err != nil {
			return err
		}
	}
	reached := res.Check.Execution.MarginReached
	res.Network, res.Change = nil, nil
	res.unknown(fmt.Sprintf("executions in %v were not shown to reach the margin %g, only %.6g", e.dtype, res.Margin, reached))
	return nil
}

// withoutExecution tells a requirement that no change of the layer meets from one
// that only executions may miss.
func (e *execution) withoutExecution(ctx context.Context, opt Options, res *Result) error {
	if !e.refuted {
		return nil
	}
	opt.Executed = false
	plain, err := run(ctx, e.p.net, e.p.spec, opt)
	if err != nil || plain.Status != Infeasible {
		return err
	}
	*res = *plain
	return nil
}

// executionFailure makes a result of an error that says why nothing can be shown.
func executionFailure(ctx context.Context, res *Result, err error) error {
	var many *tooManyError
	var large *nn.RangeError
	switch {
	case ctx.Err() != nil:
		res.unknown(stopReason(ctx))
	case errors.As(err, &many), errors.As(err, &large):
		res.unknown(err.Error())
	default:
		return err
	}
	res.Network, res.Change = nil, nil
	return nil
}
