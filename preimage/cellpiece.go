package preimage

import (
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// piece is the part of a cell in which the output lies in a member of the
// target; not ok where there is none.
func (e *enumeration) piece(c *cell, m int) (p Piece, ok bool) {
	p = Piece{Member: m, Volume: c.volume}
	if e.discard && !e.faces && (!e.strict || c.whole) {
		return p, true
	}
	p.Set = set.Polyhedron{Dim: e.net.InDim(), Rows: e.cellRows(c)}
	if c.pattern != nil {
		p.Pattern = append(nn.Pattern{}, c.pattern...)
	}
	if !e.faces && c.corners {
		p.Vertices = nn.RowsOf(c.points())
	}
	if !e.faces && (!e.strict || c.whole) {
		return p, true // a cell taken whole lies in the member's interior
	}
	// By the half-spaces of domain and target themselves.
	a, b, err := e.net.AffineMap(c.pattern)
	if err != nil {
		return p, false
	}
	if e.faces {
		p.Set = p.Set.Intersect(e.domain)
	}
	target := e.target[m].Preimage(a, b)
	p.Set = p.Set.Intersect(target)
	return p, !e.faces && someInside(target, c.points()) || !isEmpty(p.Set, nil)
}

// someInside reports whether the polyhedron's rows, which hold on a cell but for
// their strictness, hold strictly within it: whether for each row some corner lies
// inside by more than the rounding of the corner and of the row.
func someInside(p set.Polyhedron, points nn.Matrix) bool {
	for _, h := range p.Rows {
		if h.Strict && !someBeyond(set.HalfSpace{Normal: h.Complement().Normal, Offset: -h.Offset}, points) {
			return false
		}
	}
	return true
}

// someBeyond reports whether some point lies outside a half-space by more than the
// rounding of the point and of the half-space.
func someBeyond(h set.HalfSpace, points nn.Matrix) bool {
	for v := range points.Rows {
		if isBeyond(h, points.Row(v)) {
			return true
		}
	}
	return false
}

// rounding is how far outside of a half-space, in units of 1 plus the size of the terms, a
// point may seem to lie by the rounding of both.
const rounding = 1e-9

// isBeyond is someBeyond for one point.
func isBeyond(h set.HalfSpace, x []float64) bool {
	reach := math.Abs(h.Offset)
	for j, a := range h.Normal {
		reach += math.Abs(a * x[j])
	}
	return h.Slack(x) < -rounding*(1+reach)
}

// cellRows are the half-spaces of a cell; where faces are wanted, without those
// of target and domain, which have been moved outward.
func (e *enumeration) cellRows(c *cell) []set.HalfSpace {
	var rows []set.HalfSpace
	for i, h := range c.rows() {
		if i < len(c.facets) {
			f := c.facets[i]
			if e.faces && (f.Kind == polytope.Goal || f.Kind == polytope.Cut) {
				continue
			}
			h.Strict = f.Kind == polytope.Unit && !f.Above && e.net.Decoupled()
		}
		rows = append(rows, h)
	}
	return rows
}
