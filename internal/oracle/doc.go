// Package oracle answers in exact rational arithmetic what a small piecewise-affine
// network does on a small set, so that tests can compare what the engines and the
// command say with the truth. It imports nothing of this module: a common mistake
// would have to be made twice.
//
// # Method
//
// A [Cell] is a half-open polytope, the points that satisfy some closed and some
// strict inequalities. It is kept as the vertices of its closure, each with the set
// of the inequalities that are tight there. Cutting it by one more inequality is the
// double description method: vertices on the wrong side go, and each edge that the
// cut crosses gives a vertex; two vertices are joined by an edge iff no third one is
// tight wherever both are. A strict inequality is kept iff some vertex is not tight,
// so a cell is empty iff one of its strict inequalities is tight at all vertices:
// the mean of the vertices satisfies all others strictly. No tolerance exists, and
// cells of lower dimension (a face on which units tie, the whole set where a unit is
// identically zero) are cells like any other.
//
// [Regions] cuts an input set by the pieces of every unit, in the order of the nodes.
// A piece holds from its lower breakpoint, included, to its upper one, excluded; a
// maximum copies the first of equal candidates. The regions are therefore disjoint,
// cover the set, and each pattern is the one that executes on all of its region.
//
// # Questions
//
//   - [Find]: a point whose output lies in a set of half-spaces, strict or closed,
//     or nil if there is none. A requirement holds iff its violation has no point.
//   - [Sup]: the supremum of a linear function of the outputs, and whether it is
//     reached.
//   - [Volume], [Preimage]: sizes and parts of preimages.
//   - [Repair]: whether a change of one layer meets a requirement, and how small its
//     norm can be, from a linear program over all regions.
//
// # Repairs
//
// A change D of a layer's value parameters leaves the regions as they are, and on
// the closure of each the output is affine in D at every vertex. A closed half-space
// holds on a region iff it holds at the vertices of its closure. A strict one is to
// hold on the region only, and may be met with equality at vertices that the region
// leaves out: it holds iff the closed one does and, for each face F of the closure that
// the region meets, the sum of the slacks at F's vertices is positive. Faces that
// contain such a face need no row of their own.
//
// The program is solved by a dual simplex method with integer pivoting ([Program]).
package oracle
