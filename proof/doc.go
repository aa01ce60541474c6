// Package proof decides in exact arithmetic, from stored networks and
// requirements alone, whether a network meets a requirement. It shares no code
// with the engines whose answers it checks: it imports packages cert, nn, spec
// and set only, and the kernels of internal/blas for products in which nothing
// rounds, whose sums are the same whatever computes them.
//
// # What is decided
//
// A network is the real function of its stored parameters; for a decoupled one
// the activation channel chooses the pieces and the value channel gives the
// output (Sotoudeh and Thakur, PLDI 2021, Definition 4.3), and at a breakpoint
// the upper piece executes. The points of a requirement's set are those of its
// float64 corners: a segment is the convex hull of its ends, a polygon the fan
// of triangles from its first vertex to each edge that does not meet it, which
// is the polygon where its vertices are exactly planar and else the surface
// that is meant.
//
// # How
//
// On a simplex (point, segment, triangle) with corners x_k, an affine function is
// given by its values at the corners, which are dyadic rationals wherever the
// network's pieces are fixed. Going through the network node by node, the
// simplex is divided where a unit changes its piece, into cells that are
// half-open: every point belongs to the one cell whose pieces execute there,
// cells of lower dimension included. The output is affine on each cell, so the
// requirement holds on it iff it holds at the vertices of its closure with its
// map. A vertex is where one form (on a segment) or two (in a triangle) vanish;
// the sign of another form there is that of a determinant of integers.
//
// Every sign is first tried in float64, with error bounds derived operation by
// operation; only what these leave open is computed with math/big.
package proof
