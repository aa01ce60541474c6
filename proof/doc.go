// Package proof decides in exact arithmetic, from stored networks and requirements alone,
// whether a network meets a requirement. Everything that netmend calls proven was accepted
// by this package.
//
// [Check] decides a specification. [CheckVerdict] and [CheckRepair] decide certificates.
// Package proof/tree executes split trees, and package proof/volume bounds volumes.
//
// # What it shares
//
// It imports no engine whose answers it checks (a test compares go list -deps): no
// enumeration of regions, no solver, no search. Evaluation, its tie rule and all decisions
// are its own. What it has in common with the engines, so that a fault there could deceive
// both, is in the packages that it does import. Each part has a test of its own:
//
//   - nn: the network as it was read and folded, with its shapes and units (nn's TestAreas
//     compares every operation, read, folded and lowered, with its definition; nn/onnx
//     compares files with ONNX Runtime); Network.LowerSelections, which turns maxima into
//     pairs of ReLUs (TestAreas; points are checked without it); Layer.ParamGradient, from
//     which it reads which parameter meets which input (TestMeetings); Affine.Forward at unit
//     vectors, where no sum has more than one term, for the matrices of split trees
//     (TestParameters in proof/tree); Selection.Source, the candidates of a maximum
//     (TestAreas); Network.Clone and Layer.WithParams to undo a change, compared by digest.
//   - internal/blas: products in filters and bands, whose error bounds hold for any order of
//     sums, and products in which nothing rounds.
//   - spec and spec/vnnlib: the requirement as it was read (spec/vnnlib is compared with
//     another reading of the benchmarks), and the half-spaces that an output requirement
//     stands for. Data files are read by package spec/datafile, which proof does not depend
//     on.
//   - set and cert: half-spaces and certificates, which are only data.
//
// # What is decided
//
// A network is the real function of its stored parameters. In a decoupled network the
// activation channel chooses the pieces and the value channel gives the output (Sotoudeh
// and Thakur, PLDI 2021, Definition 4.3). At a breakpoint the upper piece executes.
//
// The points of a requirement's set are those of its float64 corners: a segment is the
// convex hull of its ends, and a polygon the fan of triangles from its first vertex to
// each edge that does not meet it. That is the polygon itself if its vertices are exactly
// planar, and otherwise the surface that is meant.
//
// # How
//
// On a simplex (point, segment, triangle) with corners x_k, an affine function is given by
// its values at the corners, which are dyadic rationals wherever the network's pieces are
// fixed. The checker goes through the network node by node and divides the simplex where a
// unit changes its piece, into half-open cells: every point belongs to the one cell whose
// pieces execute there, and cells of lower dimension are included. The output is affine on
// each cell, so the requirement holds on a cell iff it holds at the vertices of its closure
// with its map. A vertex is where one form (on a segment) or two (in a triangle) vanish;
// the sign of another form there is that of a determinant of integers.
//
// Every sign is first tried in float64, with error bounds derived operation by operation;
// only the signs that these leave open are computed with math/big.
package proof
