package preimage

import (
	"context"
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// widening is how far Faces moves the target's half-spaces outward, relative to
// the size of a row's numbers, to find the cells that meet the target in a face
// only: above the tolerance of the enumeration (1e-9), which may drop thinner
// cells.
const widening = 1e-7

// enumeration is a run of [Regions].
type enumeration struct {
	engine  Engine
	alone   bool // float64 computes nothing with the target's numbers
	net     *nn.Network
	domain  set.Polyhedron
	target  set.Union
	claim   set.Union // see [RegionsOptions]
	members []int     // of the target that count
	// faces and strict: pieces are written with the target's own half-spaces.
	faces, strict, discard bool
	result                 Result
	found                  *found // nil if no proof is asked for
	// measures: the proof encloses volumes; full: all of the domain is proven to be in the
	// preimage.
	measures, full bool
	// shifted: the proof found a piece to lie in another linear region than float64 did.
	shifted bool
}

// add counts a piece and keeps it, or notes that there are too many.
func (e *enumeration) add(p Piece, most int) bool {
	if most > 0 && e.result.Count >= most {
		e.result.Limit = ErrPolyhedra
		return false
	}
	e.result.Count++
	e.result.Volume += p.Volume
	if e.result.Shares != nil {
		e.result.Shares[p.Member].Count++
		e.result.Shares[p.Member].Volume += p.Volume
	}
	if !e.discard {
		e.result.Pieces = append(e.result.Pieces, p)
	}
	return true
}

// search enumerates the cells.
func (e *enumeration) search(ctx context.Context, d polytope.Domain, opt RegionsOptions) (*Result, error) {
	options := polytope.Options{
		Split:  opt.Split || e.faces || e.net.Decoupled(),
		Volume: opt.Volume && !e.faces, Workers: opt.Workers, MaxBytes: opt.MaxBytes, Progress: opt.Progress,
	}
	if !e.faces {
		return e.enumerate(ctx, d, e.members, options, opt.MaxPieces)
	}
	if e.net.Decoupled() {
		return e.runExecuted(ctx, widened(d), options, opt.MaxPieces)
	}
	// Where members overlap, the enumeration leaves out of a later one what lies
	// in an earlier one moved outward, which is too much: one at a time.
	for _, m := range e.members {
		if r, err := e.enumerate(ctx, widened(d), []int{m}, options, opt.MaxPieces); err != nil || r.Limit != nil && r.Limit != ErrResolution {
			return r, err
		}
	}
	return &e.result, nil
}

// enumerate adds the pieces of some members of the target.
func (e *enumeration) enumerate(ctx context.Context, d polytope.Domain, members []int, options polytope.Options, maxPieces int) (*Result, error) {
	options.Target = e.goal(members)
	if e.discard && !e.faces && !e.strict && e.result.Shares == nil && e.found == nil {
		options.MaxCells = maxPieces
		if e.engine == Polyhedra && !options.Volume {
			return &e.result, e.visitPolyhedra(ctx, d, options, nil)
		} else if e.engine != Polyhedra {
			return &e.result, e.visitAll(ctx, d, options, nil)
		}
	}
	options.Tree = e.found != nil && !e.faces
	visit := func(c *cell) error {
		p, ok := e.piece(c, members[c.term])
		// A cell on which the output ties with a strict half-space throughout may
		// lie in a later member.
		for _, m := range members[c.term+1:] {
			if ok {
				break
			}
			if p, ok = e.piece(c, m); ok && options.Volume && len(freeDims(d)) <= maxVolumeDim {
				p.Volume = 0 // that of the cell may be too much
				r := Result{Pieces: []Piece{p}, free: e.result.free, constants: e.result.constants}
				v, err := r.Volumes()
				if err != nil {
					return err
				}
				p.Volume = v[0]
			}
		}
		if !isFiniteRows(p.Set.Rows) {
			return ErrOverflow
		}
		if !ok {
			e.result.Ties++
			if options.Tree {
				e.found.note(c, nil, 0)
				e.found.unlist()
			}
			return nil
		}
		if !e.add(p, maxPieces) {
			return polytope.ErrEnough
		}
		if options.Tree {
			e.found.note(c, &p, e.result.Count-1)
			if p.Member != members[c.term] {
				e.found.unlist()
			}
		}
		return nil
	}
	if e.engine == Polyhedra {
		return &e.result, e.visitPolyhedra(ctx, d, options, visit)
	}
	return &e.result, e.visitAll(ctx, d, options, func(c *polytope.Cell) error { return visit(cellOfPolytopes(c)) })
}

// noteEnd notes which limit ended an enumeration that returned err and was stopped by stopped,
// if one did; other errors are returned.
func (e *enumeration) noteEnd(ctx context.Context, err, stopped error) error {
	switch {
	case err != nil && context.Cause(ctx) == ErrTime:
		e.result.Limit = ErrTime
	case err != nil:
		return err
	case e.result.Limit == nil:
		e.result.Limit = limitOf(stopped)
	}
	return nil
}

// visitAll visits the cells and notes which limit ended that, if one did.
func (e *enumeration) visitAll(ctx context.Context, d polytope.Domain, options polytope.Options, visit func(*polytope.Cell) error) error {
	r, err := polytope.Enumerate(ctx, e.net, d, options, visit)
	var stopped error
	if r != nil {
		stopped = r.Stopped
		if e.found != nil {
			e.found.guide.Tree = r.Tree
		}
	}
	if err := e.noteEnd(ctx, err, stopped); err != nil {
		return err
	}
	if r != nil {
		e.result.DomainVolume = r.DomainVolume
		if visit == nil {
			e.result.Count += r.Cells
			e.result.Volume += r.Volume
		}
		if e.result.Limit == nil && !r.Resolved() {
			missing, err := e.isCoarse(ctx, d, options, r)
			if err != nil {
				return err
			}
			if missing {
				e.result.Limit = ErrResolution
			}
		}
	}
	if e.result.Limit != nil {
		e.result.Side = Under
	}
	return nil
}

// isCoarse reports whether an enumeration that was not resolved may have left out
// something: not where no cell comes close to the target.
func (e *enumeration) isCoarse(ctx context.Context, d polytope.Domain, options polytope.Options, r *polytope.Result) (bool, error) {
	if r.Cells > 0 || r.Touching > 0 {
		return true, nil
	}
	options.Target, options.MaxCells, options.Volume = options.Target.Widen(r.Tolerances), 1, false
	again, err := polytope.Enumerate(ctx, e.net, d, options, func(*polytope.Cell) error { return polytope.ErrEnough })
	if err != nil {
		return context.Cause(ctx) == ErrTime, unlessTime(ctx, err)
	}
	return again.Cells > 0 || again.Touching > 0 || again.Stopped != nil, nil
}

// unlessTime is the error but for the end of the time allowed.
func unlessTime(ctx context.Context, err error) error {
	if context.Cause(ctx) == ErrTime {
		return nil
	}
	return err
}

// goal is the target for the enumeration: closed, and with faces moved outward.
func (e *enumeration) goal(members []int) set.Union {
	goal := set.Union{} // not nil: without terms, nothing is in it
	for _, m := range members {
		term := set.Whole(e.net.OutDim())
		for _, h := range e.target[m].Rows {
			h = h.Closure()
			if e.faces {
				h.Offset += float64(widening * size(h))
			}
			term.Rows = append(term.Rows, h)
		}
		goal = append(goal, term)
	}
	return goal
}

// size is that of a row's numbers, at least 1.
func size(h set.HalfSpace) float64 {
	s := max(1, math.Abs(h.Offset))
	for _, a := range h.Normal {
		s = max(s, math.Abs(a))
	}
	return s
}

// widened is d with its cuts moved outward.
func widened(d polytope.Domain) polytope.Domain {
	cuts := make([]set.HalfSpace, len(d.Cuts))
	for i, h := range d.Cuts {
		h.Offset += float64(widening * size(h))
		cuts[i] = h
	}
	d.Cuts = cuts
	return d
}
