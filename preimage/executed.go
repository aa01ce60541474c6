package preimage

import (
	"context"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/face"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// executed finds, for a decoupled network, where each pattern executes: on the cells, and on
// those of their faces on which another pattern executes (package face), which may be one
// that holds on no region with an interior.
type executed struct {
	net  *nn.Network
	rule *face.Rule
	// channel is the activation channel as a network of its own, and upTo its
	// parts up to the input of each activation node.
	channel *nn.Network
	upTo    map[int]*nn.Network
	frame   face.Frame
	reach   float64         // of the frame
	cuts    []set.HalfSpace // of the domain
	seen    map[string]bool // faces done, by vertices and pattern
}

// activationChannel is the activation channel as a network of its own.
func activationChannel(net *nn.Network) (*nn.Network, error) {
	channel := net
	for _, k := range net.RepairedLayers() {
		var err error
		if channel, err = channel.WithLayer(k, nil); err != nil {
			return nil, err
		}
	}
	return channel, nil
}

func newExecuted(net *nn.Network, d polytope.Domain) (*executed, error) {
	x := &executed{
		net: net, rule: face.New(net, 0), upTo: make(map[int]*nn.Network),
		frame: face.OfBox(d.Lo, d.Hi), cuts: d.Cuts, seen: make(map[string]bool),
	}
	x.reach = face.Reach(x.frame.Corners...)
	var err error
	if x.channel, err = activationChannel(net); err != nil {
		return nil, err
	}
	for i, node := range net.Nodes {
		if _, ok := node.Op.(*nn.Piecewise); ok && node.Inputs[0] != nn.Input {
			j := node.Inputs[0]
			if x.upTo[i], err = nn.New(x.channel.Nodes[:j+1], net.InputShape, nn.Meta{}); err != nil {
				return nil, err
			}
		}
	}
	return x, nil
}

// extent is what one pattern executes on: a cell, or a face of one, or a part of it.
type extent struct {
	pattern nn.Pattern
	// equations hold on the face, rows keep off what another pattern executes on.
	equations, rows []set.HalfSpace
}

// extents are the cell itself and those of its faces on which its pattern does not
// execute.
func (x *executed) extents(c *polytope.Cell) ([]extent, error) {
	vertices := c.Points()
	reach := make([]float64, vertices.Rows)
	for v := range reach {
		reach[v] = x.reach
	}
	near := x.rule.Near(vertices, reach)
	all := make([]int, vertices.Rows)
	for v := range all {
		all[v] = v
	}
	found, err := x.extentsAt(c, near, all, nil)
	if err != nil {
		return nil, err
	}
	own := found[0].pattern
	rows := c.HalfSpaces()
	d := c.Coords.Cols
	for v := range vertices.Rows {
		if isGeneric(c, near[v], v) {
			continue
		}
		here := c.On[v*d : v*d+d]
		for mask := 1; mask < 1<<len(here); mask++ {
			var on []int32
			for k, f := range here {
				if mask>>k&1 == 1 {
					on = append(on, f)
				}
			}
			corners := facesVertices(c, on)
			extents, err := x.extentsAt(c, near, corners, on)
			if err != nil {
				return nil, err
			}
			for _, p := range extents {
				if slices.Equal(p.pattern, own) {
					continue
				}
				key := string(p.pattern)
				for _, w := range corners {
					for _, t := range vertices.Row(w) {
						key += string(appendBits(nil, t))
					}
				}
				if x.seen[key] {
					continue
				}
				x.seen[key] = true
				for _, f := range on {
					p.equations = append(p.equations, opposite(rows[f]))
				}
				found = append(found, p)
			}
		}
	}
	return found, nil
}

// isGeneric reports whether all units near a breakpoint at a vertex are those
// whose facets meet there: the patterns that execute on the faces around it are
// then those of other cells.
func isGeneric(c *polytope.Cell, near []face.Tie, v int) bool {
	return !slices.ContainsFunc(near, func(t face.Tie) bool { return !c.OnUnit(v, t.Unit, int32(t.Piece)-1) })
}

// facesVertices are the vertices of a cell that lie on all of the facets.
func facesVertices(c *polytope.Cell, on []int32) []int {
	var vs []int
	d := c.Coords.Cols
	for v := range c.Coords.Rows {
		facets := c.On[v*d : v*d+d]
		if !slices.ContainsFunc(on, func(f int32) bool { return !slices.Contains(facets, f) }) {
			vs = append(vs, v)
		}
	}
	return vs
}

func appendBits(b []byte, x float64) []byte {
	for u := math.Float64bits(x); len(b) < 8; u >>= 8 {
		b = append(b, byte(u))
	}
	return b
}

// opposite is the closed half-space on the other side.
func opposite(h set.HalfSpace) set.HalfSpace {
	o := h.Complement()
	o.Strict = false
	return o
}

// extentsAt are what executes between the given vertices of a cell, which are those on some
// of its facets. Where it is not known whether units tie there, they are two extents or more:
// at and above the breakpoint the upper piece executes, below it the other one.
func (x *executed) extentsAt(c *polytope.Cell, near [][]face.Tie, vertices []int, on []int32) ([]extent, error) {
	count := make(map[face.Tie]int)
	for _, v := range vertices {
		for _, t := range near[v] {
			count[t]++
		}
	}
	var common, touching []face.Tie
	for _, v := range vertices {
		for _, t := range near[v] {
			if n := count[t]; n == len(vertices) {
				common = append(common, t)
			} else if n > 0 {
				touching = append(touching, t)
			}
			count[t] = 0 // once
		}
	}
	f := face.Face{Frame: x.frame, Codim: len(on)}
	for _, i := range on {
		f.Facets = append(f.Facets, x.facet(c.Facets[i]))
	}
	e := x.rule.Executes(c.Pattern, &f, common)
	first := extent{pattern: e.Pattern}
	for _, t := range touching {
		if e.Pattern[t.Unit] == t.Piece-1 {
			h, err := x.below(e.Pattern, t)
			if err != nil {
				return nil, err
			}
			first.rows = append(first.rows, h)
		}
	}
	return x.divided(first, e.Doubt)
}

// maxDoubts is the number of units in doubt up to which all combinations of their pieces are
// looked at; of more, all lower and all upper ones.
const maxDoubts = 3

// divided is a extent by the pieces of the units in doubt, those of its own pattern first.
func (x *executed) divided(p extent, doubt []face.Tie) ([]extent, error) {
	var extents []extent
	for mask := range 1 << len(doubt) {
		if len(doubt) > maxDoubts && mask != 0 && mask != 1<<len(doubt)-1 {
			continue
		}
		q := extent{pattern: slices.Clone(p.pattern), rows: slices.Clone(p.rows)}
		var upper []bool
		for k, t := range doubt {
			// What is near the lower breakpoint of its piece stays above it.
			upper = append(upper, mask>>k&1 == 1)
			if upper[k] {
				q.pattern[t.Unit] = t.Piece
			}
		}
		for k, t := range doubt {
			h, err := x.below(q.pattern, t)
			if err != nil {
				return nil, err
			}
			if upper[k] {
				h = h.Complement()
			}
			q.rows = append(q.rows, h)
		}
		extents = append(extents, q)
	}
	return extents, nil
}

// facet is a cell's facet as package face has it.
func (x *executed) facet(f polytope.Facet) face.Facet {
	switch f.Kind {
	case polytope.Unit:
		return face.Facet{Kind: face.Unit, Index: f.Index, Break: f.Break}
	case polytope.Cut:
		return face.Facet{Kind: face.Plane, Plane: x.cuts[f.Index]}
	}
	h := set.HalfSpace{Normal: make([]float64, x.net.InDim()), Offset: x.frame.Corners[0][f.Index]}
	h.Normal[f.Index] = 1
	if f.Kind == polytope.Upper {
		for _, corner := range x.frame.Corners {
			h.Offset = max(h.Offset, corner[f.Index])
		}
	}
	return face.Facet{Kind: face.Plane, Plane: h}
}

// below is the strict half-space in which a unit lies below a breakpoint.
func (x *executed) below(pattern nn.Pattern, t face.Tie) (set.HalfSpace, error) {
	node, unit := x.net.UnitAt(int(t.Unit))
	op := x.net.Nodes[node].Op.(*nn.Piecewise)
	h := set.HalfSpace{Normal: make([]float64, x.net.InDim()), Offset: op.Breaks[t.Piece-1], Strict: true}
	if x.net.Nodes[node].Inputs[0] == nn.Input {
		h.Normal[unit] = 1
		return h, nil
	}
	part := x.upTo[node]
	a, b, err := part.AffineMap(pattern[:part.PatternLen()])
	if err != nil {
		return h, err
	}
	copy(h.Normal, a.Row(unit))
	h.Offset -= b[unit]
	return h, nil
}

// runExecuted finds the pieces of a decoupled network's preimage, faces included:
// of every cell of the domain, and of the faces on which a pattern executes that
// is none of a cell.
func (e *enumeration) runExecuted(ctx context.Context, d polytope.Domain, options polytope.Options, maxPieces int) (*Result, error) {
	x, err := newExecuted(e.net, d)
	if err != nil {
		return nil, err
	}
	cells := make(map[string]bool)
	var faces []Piece
	err = e.visitAll(ctx, d, options, func(c *polytope.Cell) error {
		cells[string(c.Pattern)] = true
		extents, err := x.extents(c)
		if err != nil {
			return err
		}
		for i, p := range extents {
			pieces, err := e.piecesAt(c, p)
			if err != nil {
				return err
			}
			if i > 0 {
				faces = append(faces, pieces...)
				continue
			}
			for _, p := range pieces {
				if !e.add(p, maxPieces) {
					return polytope.ErrEnough
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, p := range faces {
		if !cells[string(p.Pattern)] { // else the cell has the face as its own
			e.add(p, maxPieces)
		}
	}
	if e.result.Limit != nil {
		e.result.Side = Under
	}
	return &e.result, nil
}

// piecesAt are the parts of a extent in which the output lies in the target.
func (e *enumeration) piecesAt(c *polytope.Cell, p extent) ([]Piece, error) {
	a, b, err := e.net.AffineMap(p.pattern)
	if err != nil {
		return nil, err
	}
	var at set.Polyhedron
	var pieces []Piece
	points := c.Points()
	for _, m := range e.members {
		target := e.target[m].Preimage(a, b)
		if beyondAll(target, points) {
			continue
		}
		if at.Rows == nil {
			at = set.Polyhedron{Dim: e.net.InDim(), Rows: e.cellRows(cellOfPolytopes(c))}
			for i := range at.Rows {
				at.Rows[i].Strict = false
			}
			at = at.With(p.equations...).With(p.rows...).Intersect(e.domain)
		}
		piece := at.Intersect(target)
		if !isFiniteRows(piece.Rows) {
			return nil, ErrOverflow
		}
		if !isEmpty(piece, nil) {
			pieces = append(pieces, Piece{Set: piece, Pattern: p.pattern, Member: m})
		}
	}
	return pieces, nil
}

// beyondAll reports whether all points lie beyond one row of p by more than the
// rounding of the points and of the row: then so does their hull.
func beyondAll(p set.Polyhedron, points nn.Matrix) bool {
	for _, h := range p.Rows {
		beyond := true
		for v := range points.Rows {
			if !isBeyond(h, points.Row(v)) {
				beyond = false
				break
			}
		}
		if beyond {
			return true
		}
	}
	return false
}
