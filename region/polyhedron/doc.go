// Package polyhedron enumerates the exact linear regions of a piecewise-affine
// network on polyhedra in half-space form: also unbounded or lower-dimensional
// ones, and in dimensions where polytopes have too many vertices for package
// polytope, which is faster in up to eight ([Faster] tells).
//
// # Algorithm
//
// Depth first, layer by layer and unit by unit, a cell is split by a unit where
// linear programs, or points known to lie in the cell from earlier ones (witness
// points), show values on both sides of a breakpoint; where the box around the cell
// shows one side, none are needed. The half-spaces lie on the stack of the search, so
// that memory is proportional to its depth.
//
// With a target, the layers that remain are bounded by affine functions when the
// search enters a layer, as in package polytope, where the domain is bounded; a
// cell that cannot meet the target is dropped, and one that lies inside is
// visited whole.
//
// # Numbers
//
// A value counts as above a breakpoint where it exceeds it by more than tolerance
// times the size of the unit's coefficients, and as below likewise. Where a linear
// program fails for numerical reasons the cell is split all the same, so that the
// cells cover the domain in any case; some may then be empty, and
// [Result.Unsure] counts these programs.
//
// # Order
//
// Cells come in a fixed order, the side below a breakpoint before the side above
// it, for any number of workers.
package polyhedron
