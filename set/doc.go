// Package set holds the sets that requirements, regions and preimages are made
// of, as data, with the operations that need no linear program. Package
// [github.com/netmend/netmend/set/solve] has the operations that need one.
//
//   - [HalfSpace], closed or strict
//   - [Polyhedron], an intersection of half-spaces, and [Union], a list of them
//   - [Polytope], a bounded polyhedron with its vertices
//   - [Box], [Interval] and [Zonotope]
//   - [Segment] and [Polygon], convex sets in the plane or on a line of a space
//     of any dimension
//
// # Conventions
//
// A set lives in a space of fixed dimension, written Dim; points are slices of
// Dim numbers. Constructors (New...) and Validate check data and return errors.
// Methods take values that are valid and dimensions that agree: what does not
// fit is a mistake of the programmer, and the method panics with a message that
// names the dimensions. Operations return new values; these may share the
// normals of their operands, which are never changed.
//
// # Exactness
//
// Membership is exact, with tolerance 0: Contains decides as if computed with
// real numbers. Other operations compute in float64 and round as usual, except
// where they promise to round outward.
package set
