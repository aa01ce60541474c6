package preimage

import (
	"context"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// executed finds, for a decoupled network, where each pattern executes. On a face
// of a cell the units that lie on a breakpoint have the upper piece (the tie
// rule), so the pattern there may be another than the cell's, and even one that
// holds on no region with an interior: with ReLU(-x) and ReLU(x) both units are
// active at 0 only. The activation channel is continuous, so that its values at
// the vertices of a face, and on it, are those that the cell gives.
type executed struct {
	net *nn.Network
	// channel is the activation channel as a network of its own, and upTo its
	// parts up to the input of each activation node.
	channel *nn.Network
	upTo    map[int]*nn.Network
	seen    map[string]bool // faces done, by vertices and pattern
}

// onBreak is how far from a breakpoint, in units of 1 plus the size of the
// values, a unit's value counts as on it: above the rounding errors of the
// vertices of a cell and their values, below what tells cells apart.
const onBreak = 1e-9

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

func newExecuted(net *nn.Network) (*executed, error) {
	x := &executed{net: net, upTo: make(map[int]*nn.Network), seen: make(map[string]bool)}
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

// place is a cell or a face of one, on which one pattern executes.
type place struct {
	pattern nn.Pattern
	// equations hold on the face, strict rows keep off the faces on which
	// another pattern executes.
	equations, strict []set.HalfSpace
}

// places are the cell itself and those of its faces on which its pattern does not
// execute.
func (x *executed) places(c *polytope.Cell) ([]place, error) {
	vertices := c.Points()
	trace := x.channel.RunActivation(vertices, 1)
	all := make([]int, vertices.Rows)
	for v := range all {
		all[v] = v
	}
	p, err := x.place(c.Pattern, trace, all)
	if err != nil {
		return nil, err
	}
	found := []place{p}
	rows := c.HalfSpaces()
	d := c.Coords.Cols
	for v := range vertices.Rows {
		if x.generic(c, trace, v) {
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
			face := facesVertices(c, on)
			p, err := x.place(c.Pattern, trace, face)
			if err != nil {
				return nil, err
			}
			if slices.Equal(p.pattern, found[0].pattern) {
				continue
			}
			key := string(p.pattern)
			for _, w := range face {
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
	return found, nil
}

// generic tells whether all units that lie on a breakpoint at a vertex are those
// whose facets meet there: the patterns that execute on the faces around it are
// then those of other cells.
func (x *executed) generic(c *polytope.Cell, trace *nn.Trace, v int) bool {
	for i, node := range x.net.Nodes {
		op, ok := node.Op.(*nn.Piecewise)
		if !ok {
			continue
		}
		from, _ := x.net.Units(i)
		for u, z := range trace.Of(node.Inputs[0]).Row(v) {
			for k, at := range op.Breaks {
				if isOn(z, at) && !c.OnUnit(v, int32(from+u), int32(k)) {
					return false
				}
			}
		}
	}
	return true
}

// isOn tells whether a value counts as on a breakpoint.
func isOn(value, at float64) bool {
	return math.Abs(value-at) <= onBreak*(1+math.Abs(value)+math.Abs(at))
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

// place finds the pattern that executes between some vertices of a cell with the
// given pattern, and what tells it from the patterns on the faces there.
func (x *executed) place(pattern nn.Pattern, trace *nn.Trace, vertices []int) (place, error) {
	p := place{pattern: slices.Clone(pattern)}
	type touch struct{ node, unit int }
	var touching []touch
	for i, node := range x.net.Nodes {
		op, ok := node.Op.(*nn.Piecewise)
		if !ok {
			continue
		}
		from, to := x.net.Units(i)
		z := trace.Of(node.Inputs[0])
		for u := range to - from {
			k := int(p.pattern[from+u])
			for k < len(op.Breaks) {
				on := 0
				for _, v := range vertices {
					if isOn(z.Row(v)[u], op.Breaks[k]) {
						on++
					}
				}
				if on < len(vertices) {
					if on > 0 {
						touching = append(touching, touch{i, u})
					}
					break
				}
				k++
			}
			p.pattern[from+u] = uint8(k)
		}
	}
	for _, t := range touching {
		h, err := x.below(p.pattern, t.node, t.unit)
		if err != nil {
			return place{}, err
		}
		p.strict = append(p.strict, h)
	}
	return p, nil
}

// below is the strict half-space in which a unit lies below the upper breakpoint
// of its piece.
func (x *executed) below(pattern nn.Pattern, node, unit int) (set.HalfSpace, error) {
	op := x.net.Nodes[node].Op.(*nn.Piecewise)
	from, _ := x.net.Units(node)
	h := set.HalfSpace{Normal: make([]float64, x.net.InDim()), Offset: op.Breaks[pattern[from+unit]], Strict: true}
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
	x, err := newExecuted(e.net)
	if err != nil {
		return nil, err
	}
	cells := make(map[string]bool)
	var faces []Piece
	err = e.visitAll(ctx, d, options, func(c *polytope.Cell) error {
		cells[string(c.Pattern)] = true
		places, err := x.places(c)
		if err != nil {
			return err
		}
		for i, p := range places {
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

// piecesAt are the parts of a place in which the output lies in the target.
func (e *enumeration) piecesAt(c *polytope.Cell, p place) ([]Piece, error) {
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
			at = set.Polyhedron{Dim: e.net.InDim(), Rows: e.cellRows(c)}
			for i := range at.Rows {
				at.Rows[i].Strict = false
			}
			at = at.With(p.equations...).With(p.strict...).Intersect(e.domain)
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

// beyondAll tells whether all points lie beyond one row of p by more than the
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
