// Package region enumerates the exact linear regions of a piecewise-affine network on
// segments and on convex polygons (two-dimensional slices of an input space of any
// dimension), as an ordered stream of cells with the split tree behind it. [OnSegment]
// and [OnPolygon] call a function for each [Cell]; [Proven] has package proof decide
// which regions there are.
//
// Package region/polytope does the same for boxes and other polytopes in their full
// dimension, and package region/polyhedron for polyhedra in half-space form, bounded or
// not.
//
// On every cell the activation channel follows one activation pattern (Definition 2.5),
// so the network is one affine map there. The cells of a domain cover it and overlap only
// on faces.
//
// # Algorithm
//
// A cell is the list of its vertices, and each vertex carries the values that the
// activation channel has there. Cells are split depth first, and within a layer in the
// order of the units: a unit splits the cell if its values at the vertices lie on both
// sides of one of its breakpoints. The new vertices lie on the cut edges, their values are
// interpolated along the edge, and the value of the unit that cuts is exactly the
// breakpoint. No linear program is solved.
//
// # Numbers
//
// A value counts as above a breakpoint if it exceeds it by more than the unit's tolerance,
// as below if it falls short by more, and as on it otherwise; see signTolerance for the
// size. Values belong to vertices, not to cells: neighbouring cells see the same bits, so
// they decide in the same way and share whole edges, and the cells form a subdivision
// without T-junctions. (If rounding errors exceed the tolerance, with weights of extreme
// size, the cells still cover the domain, but a neighbour may lack a vertex.)
//
// [Proven] decides in exact arithmetic, and takes the checker's cells where they differ
// from those of the enumeration.
//
// # Order
//
// Cells come in a fixed order: domain after domain; on a segment in ascending t; on a
// polygon the side below a breakpoint before the side above it. The order and every bit of
// the result are the same for any number of workers.
package region
