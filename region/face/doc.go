// Package face is the engines' one rule for faces and ties: which units of a network lie on
// a breakpoint at a place, and which pattern executes there.
//
// # Words
//
// A place is a point at which the rule is asked: a vertex of a cell, or a point of a
// requirement. It is given by float64 numbers, which may be a rounding of the point meant.
//
// A tie is a unit whose input equals a breakpoint of its function. Where a unit ties, the
// upper of the two pieces executes (Sotoudeh and Thakur, PLDI 2021, Definition 2.3).
//
// A face of a cell is the hull of some of its places: a vertex, an edge, and so on up to the
// cell itself. The channel that chooses the pieces is affine and continuous on a cell, so a
// unit ties on a face iff it ties at all of the face's places, and the pattern that executes
// between the face's own faces is the cell's with the upper piece of every unit that ties
// there. It may be that of no cell: with ReLU(x) and ReLU(-x) both units execute their upper
// piece at 0 and nowhere else.
//
// # What float64 cannot tell
//
// In float64 a unit is far from a breakpoint or [Rule.Near] it, by a margin above all errors
// of places and values. That decides nothing. [Rule.Executes] does, with the face as the place
// where rows vanish, those of the facets that it lies on and of the units near it, each a
// unit's exact input by the corners of a simplex. If these rows vanish together in as many
// dimensions as the face has, they define it, and the units tie. If fewer dimensions are left,
// float64 took several faces for one, and the units are in doubt, but for a face that its
// facets alone define: of such a vertex all is known, of others the units that tie throughout.
// The rows are computed in float64 where nothing rounds, otherwise with math/big; units of
// networks that are too large for that are in doubt. A caller leaves what is in doubt to
// package proof, or takes the face with either pattern.
//
// Package proof has a rule of its own, in which cells are half-open. The tests compare them.
package face
