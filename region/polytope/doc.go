// Package polytope enumerates the exact linear regions of a piecewise-affine
// network on bounded polytopes of dimension 1 to about 8: boxes, and boxes cut
// with half-spaces. With a target in the output space it visits the preimage of
// the target only, as polytopes that overlap on faces only.
//
// # Algorithm
//
// A cell is a simple polytope in vertex form: every vertex lies on as many facets
// as there are dimensions, and has as many neighbours. Cells are explored depth
// first. Within a layer a unit splits a cell where its values at the vertices lie
// on both sides of a breakpoint. The new vertices lie on the cut edges, one for
// each, and the values that the network has there are interpolated along the
// edge; two new vertices are neighbours where the facets that they lie on are the
// same but for one. No linear program is solved, and memory is proportional to
// the depth of the search.
//
// A vertex on a breakpoint counts as above it, as if the hyperplane passed at an
// infinitely small distance below. Every cut is then a generic one, and cells
// remain simple polytopes, some of whose vertices may coincide.
//
// With a target, the remaining layers are bounded from above and below by affine
// functions on the cell: centre and radius of a band for every unit, sent forward
// layer by layer, with the tightest linear relaxation of every activation between
// the bounds that the band has at the cell's vertices (the relaxation of Singh,
// Gehr, Püschel and Vechev, "An abstract domain for certifying neural networks",
// POPL 2019, in forward direction). A cell that cannot meet the target is dropped;
// one that lies inside is visited whole, without further splits.
//
// # Numbers
//
// A value counts as above a breakpoint where it exceeds it by more than the
// unit's tolerance, as below where it falls short by more, and as on it
// otherwise. Values belong to vertices, not to cells: neighbouring cells see the
// same bits and decide alike. Where rounding errors exceed the tolerance, so that
// the vertices above a breakpoint and those below cannot be parted by any
// hyperplane, the tolerance of that one cut is enlarged until they can;
// [Result.Loosened] counts these cuts. The cells cover the domain in any case.
//
// # Order
//
// Cells come in a fixed order: the side below a breakpoint before the side above
// it. Order and every bit of the result are the same for any number of workers,
// as long as no limit of time ends the search.
package polytope
