package face

import (
	"math/big"

	"github.com/netmend/netmend/nn"
)

// Face is a face of a cell as the rule is asked about it.
type Face struct {
	// Frame spans what the cell lies in.
	Frame Frame
	// Codim is by how much smaller the face's dimension is than the frame's. It must not be
	// more than the number of independent rows, of Facets and of units near it, that the face
	// lies on: an edge along which a cell was cut otherwise has the dimension of the cell.
	Codim int
	// Facets are those, of units and of the domain, that are known to meet in the face.
	Facets []Facet
}

// Executed is what executes on a face, between the face's own faces.
type Executed struct {
	// Pattern, of all units, is the cell's with the upper pieces of the ties.
	Pattern nn.Pattern
	// Doubt are the ties of which it is not known whether they are ones; Pattern has the cell's
	// piece, which is the lower one.
	Doubt []Tie
}

// Executes is what executes on a face of a cell, from the pattern of the cell, of all units,
// and the ties near the face, in order. At a vertex that its facets define it is what executes
// at that point, even where float64 takes the point for one of another cell. It must not be
// called by several goroutines at a time.
func (r *Rule) Executes(pattern nn.Pattern, f *Face, near []Tie) Executed {
	e := Executed{Pattern: append(nn.Pattern(nil), pattern...)}
	var open []Tie
	for _, t := range near {
		if f.has(r.first+int(t.Unit), int(t.Piece)-1) {
			e.raise(r, t)
		} else {
			open = append(open, t)
		}
	}
	switch {
	case len(open) == 0:
	case len(f.Facets)+len(open) <= f.Codim:
		// These are all rows on which the face can lie, and it takes as many to define it.
		for _, t := range open {
			e.raise(r, t)
		}
	case !r.decide(&e, pattern, f, open):
		for _, t := range open {
			e.doubt(r, t)
		}
	}
	return e
}

func (e *Executed) raise(r *Rule, t Tie) { e.Pattern[r.first+int(t.Unit)] = t.Piece }

func (e *Executed) doubt(r *Rule, t Tie) {
	if e.Pattern[r.first+int(t.Unit)] < t.Piece {
		e.Doubt = append(e.Doubt, t)
	}
}

// decide decides the open ties by exact rows, if it can.
func (r *Rule) decide(e *Executed, pattern nn.Pattern, f *Face, open []Tie) bool {
	var known basis
	for _, facet := range f.Facets {
		row, ok := r.row(pattern, &f.Frame, facet)
		if !ok {
			return false
		}
		known.add(row)
	}
	isDefined := known.rank() == f.Codim && known.meets()
	if isDefined && f.Codim+1 == len(f.Frame.Corners) {
		return r.decideAt(e, &f.Frame, &known, open)
	}
	rows := make([][]*big.Int, len(open))
	for i, t := range open {
		var ok bool
		if rows[i], ok = r.row(pattern, &f.Frame, r.facet(t)); !ok {
			return false
		}
	}
	if isDefined {
		for i, t := range open {
			if known.spans(rows[i]) {
				e.raise(r, t)
			} else {
				e.doubt(r, t) // it comes near the face all along without a tie
			}
		}
		return true
	}
	for _, row := range rows {
		known.add(row)
	}
	if known.rank() > f.Codim || !known.meets() {
		return false
	}
	for _, t := range open {
		e.raise(r, t)
	}
	return true
}

// decideAt gives the open ties the pieces that execute at the point at which all rows of the
// basis vanish.
func (r *Rule) decideAt(e *Executed, f *Frame, point *basis, open []Tie) bool {
	before := append(nn.Pattern(nil), e.Pattern...)
	for _, t := range open {
		row, ok := r.row(e.Pattern, f, r.facet(t))
		if !ok {
			copy(e.Pattern, before)
			return false
		}
		piece := &e.Pattern[r.first+int(t.Unit)]
		switch isAbove := point.sign(row) >= 0; {
		case isAbove && *piece < t.Piece:
			*piece = t.Piece
		case !isAbove && *piece >= t.Piece:
			*piece = t.Piece - 1
		}
	}
	return true
}

// facet is where a unit ties.
func (r *Rule) facet(t Tie) Facet {
	return Facet{Kind: Unit, Index: int32(r.first) + t.Unit, Break: int32(t.Piece) - 1}
}

// At is the pattern, of all units, that executes at a point, which is given exactly, by what
// float64 makes of it: the one row of t, of the activation channel, and bounds on the
// rounding errors of each node's values. It is not ok where that pattern is not known. It must not be called by several
// goroutines at a time.
func (r *Rule) At(t *nn.Trace, off []nn.Matrix) (pattern nn.Pattern, ok bool) {
	point := Frame{Corners: [][]float64{t.Of(nn.Input).Row(0)}}
	pattern = make(nn.Pattern, r.net.PatternLen())
	astray := false // float64 took another piece where a function jumps
	for i, node := range r.net.Nodes {
		f, isPiecewise := node.Op.(*nn.Piecewise)
		if !isPiecewise {
			continue
		}
		from, _ := r.net.Units(i)
		for u, z := range t.Of(node.Inputs[0]).Row(0) {
			bound := 0.0
			if j := node.Inputs[0]; j != nn.Input {
				bound = off[j].Row(0)[u]
			}
			for b, at := range f.Breaks {
				above := z > at
				if d := z - at; astray || !(d > bound) && !(d < -bound) { // also where it is not finite
					value, ok := r.row(pattern, &point, Facet{Kind: Unit, Index: int32(from + u), Break: int32(b)})
					if !ok {
						return nil, false
					}
					above = value[0].Sign() >= 0
					astray = astray || f.Jumps(b) && above != (z >= at)
				}
				if above {
					pattern[from+u] = uint8(b + 1)
				}
			}
		}
	}
	return pattern, true
}
