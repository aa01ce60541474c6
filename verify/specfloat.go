package verify

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/region/face"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// specInFloat decides a specification by the linear regions that package region
// enumerates. On each the network is affine, so that the corners of its intersection
// with the violation decide, and so on faces of regions on which another pattern executes
// for certain. What is missed by no more than rounding errors explain counts as met, as
// where a repair stops right at it, and [Result.Reason] says so. The points of a witness lie
// on the segment or polygon up to their
// rounding to float64.
func specInFloat(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Result, error) {
	net = net.LowerSelections()
	c := &specRun{run: newRun(ctx, net, opt, len(s.Items)), spec: s}
	for i := range s.Items {
		it := &s.Items[i]
		c.violations = append(c.violations, violationOf(&it.Output, net.OutDim(), s.Margin))
	}
	err := c.items()
	switch {
	case errors.Is(err, errFound):
	case err != nil && errors.Is(context.Cause(ctx), errTime):
		c.result.Reason, c.result.TimedOut = errTime.Error(), true
	case err != nil:
		return nil, err
	default:
		c.result.Complete = true
		c.conclude()
	}
	return &c.result, nil
}

// errFound ends the work at a witness.
var errFound = errors.New("a witness was found")

// specRun is one run of [Spec] in float64.
type specRun struct {
	run
	spec       *spec.Spec
	violations []violation
	rounded    bool     // somewhere the requirement is missed by no more than rounding errors
	faceDoubts bool     // which pattern executes on some face is not known
	waiting    []extent // for the next batch, and
	rows       int      // how many points they have
}

func (c *specRun) conclude() {
	r := &c.result
	switch {
	case r.Verdict == Unproven:
	case r.Borderline > 0:
		r.Reason = c.doubt.reason(r.Borderline, "requirement")
	default:
		r.Verdict, r.Found = Unproven, Holds
		if c.faceDoubts {
			r.Reason = onFaces
		}
		if c.rounded {
			r.Reason = "somewhere the requirement is missed by no more than rounding errors explain"
		}
	}
}

// items looks at points first, then segments, then polygons.
func (c *specRun) items() error {
	var segments []set.Segment
	var polygons []*set.Polygon
	var ofSegment, ofPolygon []int
	for i := range c.spec.Items {
		it := &c.spec.Items[i]
		switch {
		case it.Segment != nil:
			segments, ofSegment = append(segments, *it.Segment), append(ofSegment, i)
		case it.Polygon != nil:
			polygons, ofPolygon = append(polygons, it.Polygon), append(ofPolygon, i)
		default:
			if err := c.ctx.Err(); err != nil {
				return err
			}
			p := extent{item: i, points: [][]float64{it.Point}}
			if err := c.look(&p); err != nil {
				return err
			}
		}
	}
	opt := region.Options{Workers: c.opt.Workers}
	if len(segments) > 0 {
		c.result.Searched += len(segments)
		_, err := region.OnSegments(c.ctx, c.net, segments, opt, func(cell *region.Cell) error {
			s := segments[cell.Domain]
			frame := func(points ...[]float64) (face.Frame, []face.Facet) { return face.OfSegment(s, points...) }
			return c.cell(ofSegment[cell.Domain], cell, frame, func(v region.Vertex) []float64 { return s.At(v.Param[0]) })
		})
		if err != nil {
			return err
		}
	}
	if len(polygons) > 0 {
		c.result.Searched += len(polygons)
		_, err := region.OnPolygons(c.ctx, c.net, polygons, opt, func(cell *region.Cell) error {
			p := polygons[cell.Domain]
			frame := func(points ...[]float64) (face.Frame, []face.Facet) { return face.OfPolygon(p, points...) }
			return c.cell(ofPolygon[cell.Domain], cell, frame, func(v region.Vertex) []float64 { return p.At(v.Param[0], v.Param[1]) })
		})
		if err != nil {
			return err
		}
	}
	return c.flush()
}

// extent is a convex set, by its corners in order, within which a pattern executes (nil:
// the one that does at a point).
type extent struct {
	item    int
	points  [][]float64
	pattern nn.Pattern
}

// look decides whether the network meets the item on an extent, now or with the next
// batch.
func (c *specRun) look(p *extent) error {
	if p.pattern == nil {
		x, err := nn.MatrixOf(p.points)
		if err != nil {
			return err
		}
		trace := c.net.RunLinear(x, c.net.LinearizeAt(x, 1), nil, 1)
		return c.evaluate(p, trace.Output(), nil)
	}
	// The cell's pattern is used again once it is left.
	q := *p
	q.pattern = slices.Clone(p.pattern)
	c.waiting = append(c.waiting, q)
	if c.rows += len(p.points); c.rows >= min(batchRows, c.net.BatchRows()) {
		return c.flush()
	}
	return nil
}

// evaluate decides for an extent, with the outputs y at its corners. Quick bounds on their errors, where there are any,
// settle most; better ones are computed where they do not.
func (c *specRun) evaluate(p *extent, y nn.Matrix, quick []float64) error {
	var largest []float64
	for k, term := range c.violations[p.item] {
		// A point of a large network has a thousand terms, each evaluated where it is
		// not decided.
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if quick != nil && len(term.outward(y, quick).clip(y)) == 0 {
			continue
		}
		if largest == nil {
			var err error
			if largest, err = c.bounds(p); err != nil {
				return err
			}
		}
		corners := term.outward(y, largest).clip(y)
		if len(corners) == 0 {
			continue
		}
		// The deepest corner, or the middle, of what lies in the violation.
		best, depth := corners[0], math.Inf(-1)
		for _, q := range append(corners, middleOf(corners)) {
			if d := term.slack(q.y); d > depth {
				best, depth = q, d
			}
		}
		bound := term.error(best.y, largest)
		if !(depth > bound) {
			if bound > coarsest {
				c.unsure(p, best.of(p.points), term)
			} else {
				c.rounded = true
			}
			continue
		}
		for _, q := range towardsMiddle(best, corners) {
			if term.slack(q.y) > bound && c.witness(p, k, q.of(p.points)) {
				return errFound
			}
		}
		c.unsure(p, best.of(p.points), term)
	}
	return nil
}

// unsure notes that float64 does not decide an extent, of which x is the point deepest in
// a term.
func (c *specRun) unsure(p *extent, x []float64, t term) {
	c.result.Borderline++
	y, err := c.net.EvalPoint(x)
	if err != nil || !c.doubt.consider(x, t.slack(y)) {
		return
	}
	c.doubt.jumps = c.jumps
	if c.doubt.where = c.spec.Items[p.item].Name; c.doubt.where == "" {
		c.doubt.where = fmt.Sprintf("item %d", p.item+1)
	}
}

// towardsMiddle are points to try as witnesses: the deepest one, and others on the way to
// the middle, as on a face another pattern may execute.
func towardsMiddle(deepest corner, corners []corner) []corner {
	points, middle := []corner{deepest}, middleOf(corners)
	for _, t := range []float64{0x1p-20, 0x1p-10, 0x1p-4, 0.5, 1} {
		points = append(points, between(deepest, middle, t))
	}
	return points
}

// coarsest is the largest rounding bound of which "up to rounding" says
// something.
const coarsest = 1e-6

// witness evaluates the network at x as it executes, and reports whether it
// violates the item for certain.
func (c *specRun) witness(p *extent, term int, x []float64) bool {
	y, err := c.net.EvalPoint(x)
	if err != nil {
		return false
	}
	w, certain := c.violates(x, y, c.violations[p.item], p.item, term)
	if certain {
		c.result.Verdict, c.result.Found, c.result.Witness, c.result.Reason = Unproven, Violated, w, ""
	}
	return certain
}
