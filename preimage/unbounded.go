package preimage

import (
	"context"
	"errors"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/region/polyhedron"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// unbounded is the preimage in a domain that is unbounded: what float64 finds, closed by proofs
// on the charts of the domain (see [tree.Charts]).
func (e *enumeration) unbounded(ctx context.Context, d polytope.Domain, opt RegionsOptions) (*Result, error) {
	corners := e.faces && e.net.Decoupled() // are needed, for faces in float64
	switch {
	case e.net.DiscontinuousNode() >= 0:
		return nil, checkContinuous(e.net)
	case opt.Rounded != Exact:
		return nil, errors.New("pieces are rounded to one side on bounded input sets alone")
	case corners && !opt.Prove:
		return nil, errCorners
	}
	ctx, stop := withLimit(ctx, opt.MaxTime)
	defer stop()
	float, r := opt, &e.result
	float.Prove, float.Split = false, opt.Split || opt.Prove
	discard := opt.Discard
	e.discard = discard && !opt.Prove // the proof compares pieces
	alone := corners || e.alone
	if !alone {
		if _, err := e.searchAndProve(ctx, d, float); err != nil {
			return r, err
		}
	}
	if opt.Prove {
		if err := e.proveCharts(ctx, opt); err != nil {
			return nil, err
		}
		switch {
		case !alone || r.Proof.Accepted:
		case errors.Is(r.Proof.Missing, ErrTime):
			r.Limit, r.Side = ErrTime, Under
		default:
			return nil, r.Proof.Missing
		}
	}
	if discard {
		r.Pieces = nil
	}
	return r, nil
}

// errCorners: what float64 needs corners for.
var errCorners = errors.New("in that many dimensions, and on unbounded input sets, the faces of a network with two channels are found only by the proof")

// proveCharts closes the result of the enumeration: what was missed is added, and what is no
// piece taken away. Without a proof the result stays as it is.
func (e *enumeration) proveCharts(ctx context.Context, opt RegionsOptions) error {
	r := &e.result
	if r.Limit != nil {
		r.Proof.Missing = r.Limit
		return nil
	}
	found, err := e.chart(ctx, opt)
	if err != nil {
		if context.Cause(ctx) == ErrTime {
			err = ErrTime
		} else if ctx.Err() != nil {
			return err
		}
		r.Proof.Missing = err
		return nil
	}
	r.Proof = Proof{Accepted: true, Thin: found.thin}
	listed, dropped := make(map[pieceKey]bool), make(map[string]bool)
	var kept []Piece
	for _, piece := range r.Pieces {
		at := pieceKey{string(piece.Pattern), piece.Member}
		listed[at] = true
		if found.proven[at] {
			kept = append(kept, piece)
			continue
		}
		dropped[at.pattern] = true
		r.Proof.Dropped++
		r.Count--
		if r.Shares != nil {
			r.Shares[piece.Member].Count--
		}
	}
	if r.Ties = len(dropped); !found.ties {
		r.Ties = 0
	}
	r.Pieces = kept
	for _, part := range found.parts {
		if !listed[part.key] {
			e.addPart(found.problem, part.pattern, part.CoverPart)
		}
	}
	return nil
}

// pieceKey names what a piece is by its pattern and member.
type pieceKey struct {
	pattern string
	member  int
}

// charted is what the proofs on charts say of a domain.
type charted struct {
	problem *tree.Problem
	proven  map[pieceKey]bool // has points (an interior)
	parts   []chartedPart
	ties    bool // some linear region ties throughout
	thin    int  // parts without an interior, of the chart with the most
}

// chartedPart is a part that no guide knew of, in the inputs.
type chartedPart struct {
	key     pieceKey
	pattern nn.Pattern
	certify.CoverPart
}

// chart proves where the preimage is, chart by chart.
func (e *enumeration) chart(ctx context.Context, opt RegionsOptions) (*charted, error) {
	p, err := e.problem(e.members)
	if err != nil {
		return nil, err
	}
	charts, err := tree.Charts(ctx, p)
	if err != nil {
		return nil, err
	}
	found := &charted{problem: p, proven: make(map[pieceKey]bool)}
	for i := range charts {
		c := &charts[i]
		options := certify.CoverOptions{Faces: e.faces, Workers: opt.Workers}
		if !e.faces && !e.alone {
			if options.Guide, err = guideOf(ctx, c.Problem, opt.Workers); err != nil {
				return nil, err
			}
		}
		covering, err := certify.Cover(ctx, c.Problem, options)
		if err != nil {
			return nil, err
		}
		found.ties = found.ties || covering.Ties > 0
		found.thin = max(found.thin, covering.Thin)
		for k := range covering.Leaves {
			leaf := &covering.Leaves[k]
			pattern := c.Pattern(leaf.Pattern)
			for _, cell := range leaf.Cells {
				found.proven[pieceKey{string(pattern), e.members[options.Guide.Terms[cell]]}] = true
			}
			for _, part := range leaf.Parts {
				at := pieceKey{string(pattern), e.members[part.Term]}
				found.proven[at] = true
				for k, row := range part.Rows {
					part.Rows[k] = c.Row(row, p.Lo, p.Hi)
				}
				found.parts = append(found.parts, chartedPart{at, pattern, part})
			}
		}
	}
	return found, nil
}

// guideOf enumerates the linear regions of a problem's set where they can meet its target.
func guideOf(ctx context.Context, p *tree.Problem, workers int) (*certify.Guide, error) {
	target := set.Union{}
	for _, term := range p.Terms {
		target = append(target, set.Polyhedron{Dim: p.Net.OutDim(), Rows: term}.Closure())
	}
	guide := &certify.Guide{}
	domain := set.Box{Lo: p.Lo, Hi: p.Hi}.Polyhedron().With(p.Cuts...)
	r, err := polyhedron.Enumerate(ctx, p.Net, domain, polyhedron.Options{Target: target, Split: true, Tree: true, Inner: true, Workers: workers}, func(c *polyhedron.Cell) error {
		guide.Points, guide.Terms = append(guide.Points, c.Inner), append(guide.Terms, c.Term)
		return nil
	})
	if err != nil {
		return nil, err
	}
	guide.Tree = r.Tree
	return guide, r.Stopped
}
