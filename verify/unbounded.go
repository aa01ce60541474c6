package verify

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/netmend/netmend/nn"
	prooftree "github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/region/polyhedron"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// decideUnbounded decides a case with an unbounded input set: by a witness in one of the linear
// regions that meet the violation, or by split trees of the charts of the set (see
// [prooftree.Charts]).
func (c *propertyRun) decideUnbounded(t *task) (*Witness, error) {
	switch err := c.over(); {
	case errors.Is(err, errTime):
		c.open(t, "%v", err)
		return nil, nil
	case err != nil:
		return nil, err
	}
	if c.net.SmoothNode() >= 0 || c.net.DiscontinuousNode() >= 0 {
		c.open(t, "input %d is unbounded, and the network is not continuous and piecewise affine: bound every input", t.unbounded())
		return nil, nil
	}
	w, met, err := c.meet(t, 0)
	if w != nil || err != nil {
		return w, err
	}
	if c.opt.Arithmetic == Float64 {
		c.rests(Engine)
		c.result.Borderline += met
		return nil, nil
	}
	p, err := c.searchCharts(t)
	switch {
	case err != nil || p.witness != nil:
		return p.witness, err
	case p.holds:
		c.result.Unbounded = true
		return nil, nil
	}
	c.note(t, "%s", p.reason)
	if p.end || met > 0 {
		c.open(t, "%s", p.reason)
		return nil, nil
	}
	c.rests(Engine)
	return nil, nil
}

// meet enumerates the linear regions that meet the violation, and tries a point of each; met
// counts those where that is not a witness. Where a slice of time is given it ends after that.
func (c *propertyRun) meet(t *task, slice time.Duration) (w *Witness, met int, err error) {
	ctx, cancel := c.limited()
	defer cancel()
	if slice > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, slice)
		defer stop()
	}
	domain := set.Whole(len(t.domain.Lo))
	for _, h := range (set.Box{Lo: t.domain.Lo, Hi: t.domain.Hi}).Polyhedron().Rows {
		if !math.IsInf(h.Offset, 0) {
			domain = domain.With(h)
		}
	}
	opt := polyhedron.Options{Target: t.outputs(c.net.OutDim(), func(*set.HalfSpace) float64 { return 0 }), Split: true, Inner: true, Workers: c.opt.Workers, MaxCells: c.opt.MaxCells}
	c.result.Searched++
	r, err := polyhedron.Enumerate(ctx, c.net, domain.With(t.domain.Cuts...), opt, func(cell *polyhedron.Cell) error {
		c.result.Cells++
		c.progress(t)
		var err error
		if w, err = c.try(t, nn.RowMatrix(t.input(cell.Inner))); err != nil {
			return err
		}
		if w != nil {
			return polytope.ErrEnough
		}
		met++
		return nil
	})
	switch {
	case w != nil:
		return w, met, nil
	case c.ctx.Err() != nil:
		return nil, met, c.ctx.Err()
	case ctx.Err() != nil:
		c.open(t, "%v", errTime)
	case err != nil:
		return nil, met, err
	case r.Stopped != nil:
		c.open(t, "%v", r.Stopped)
	}
	return nil, met, nil
}

// input is the input for values of those that the box does not fix.
func (t *task) input(free []float64) []float64 {
	x, k := make([]float64, len(t.domain.Lo)), 0
	for j, lo := range t.domain.Lo {
		if x[j] = lo; lo != t.domain.Hi[j] {
			x[j], k = free[k], k+1
		}
	}
	return x
}

// searchCharts looks for a split tree of each chart of a case's input set.
func (c *propertyRun) searchCharts(t *task) (proven, error) {
	ctx, cancel := c.limited()
	defer cancel()
	problem := prooftree.OfCase(c.original, &c.property.Cases[t.index])
	if problem.Exact == nil {
		return proven{reason: "the input set is unbounded, and its numbers are not known exactly"}, nil
	}
	charts, err := prooftree.Charts(ctx, problem)
	if err != nil {
		return proven{reason: err.Error()}, c.ctx.Err()
	}
	for i := range charts {
		chart := &charts[i]
		found, err := certify.Search(ctx, chart.Problem, certify.Options{Workers: c.opt.Workers, Try: func(v []float64) error {
			if w := c.candidate(t, chart.Input(problem, v)); w != nil {
				return &foundError{w}
			}
			return nil
		}})
		if err != nil {
			return c.withoutProof(ctx, err)
		}
		c.result.Cells += found.Splits + 1
	}
	return proven{holds: true}, nil
}

// withoutProof says why there is no proof.
func (c *propertyRun) withoutProof(ctx context.Context, err error) (proven, error) {
	var found *foundError
	switch {
	case c.ctx.Err() != nil:
		return proven{}, c.ctx.Err()
	case errors.As(err, &found):
		return proven{witness: found.witness}, nil
	case ctx.Err() != nil:
		return proven{end: true, reason: errTime.Error()}, nil
	}
	return proven{reason: err.Error()}, nil
}
