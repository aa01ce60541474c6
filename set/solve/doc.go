// Package solve computes with the sets of package set operations that need linear
// programs: emptiness, containment, equivalence, redundancy, bounds, vertices,
// volume, samples, projections and nearest points.
//
// # Conventions
//
// Polyhedra may be empty, unbounded or lower-dimensional, with rows redundant,
// repeated or nearly parallel; each operation says what it does then. Polyhedra
// and points are valid (see [set.Polyhedron.Validate]) and of dimensions that
// agree; what does not fit is a mistake of the programmer and panics. The
// results are the same in every run.
//
// Strict rows count as such in [Empty], [Difference] and [Eliminate], and they
// stay strict where rows are handed on; every other operation takes the
// closure, which is the same but for faces.
//
// # Exactness
//
// [Empty] is exact. Everything else is computed in float64, and distances, in
// the units of the coordinates and measured along the normalised normal of a
// row, count as zero up to [Tolerance].
//
// An error means that rounding errors were too much for the method
// ([ErrNumerical]), that the set is not one the operation can answer for
// ([ErrUnbounded], [ErrEmpty]), or that a limit was reached ([ErrTooLarge]).
package solve
