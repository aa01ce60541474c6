// Package repair changes the parameters of one layer of a network as little as possible so
// that it meets a requirement on points, segments and polygons, or proves that this layer
// has no such change within a bound (Sotoudeh and Thakur, "Provable Repair of Deep Neural
// Networks", PLDI 2021, Algorithms 1 and 2).
//
// Start with [Auto], which tries every layer and returns the best result, or [Run], which
// repairs the layer in [Options]. A [Result] has a [Status] and, if it is [Repaired], the
// network. Package spec reads requirements, and package nn/onnx reads and writes networks.
//
// # From requirement to linear program
//
// The repaired network is decoupled: the activation channel keeps the original parameters,
// so the linear regions stay the same (Theorem 4.6), and the output is affine in the change
// of the layer's value parameters (Theorem 4.5). A requirement on a polytope holds iff it
// holds at the vertices of its linear regions, each with that region's activation pattern.
// Such a pair of a vertex and a pattern is a key point. A decoupled network jumps at faces:
// if the pattern that executes on a face belongs to no adjacent region, the face's vertices
// with that pattern are key points too. Those that float64 is sure of are there from the
// start; the others are added when package proof finds them (package
// repair/internal/keypoint).
//
// A key point x and a half-space a . y <= b give the row
//
//	g^T D [h; 1]  <=  b - margin - a . N(x),
//
// with D the change, h the input of the layer and g the gradient of a . y by the layer's
// output, through the value channel. The matrix of all rows is never built: one batch
// evaluation prices all of them, and only the worst enter the master program (package
// repair/internal/master).
//
// For a convolution, D has the shape of its parameters, and a row is the sum of such terms
// over the positions of the output, with h the inputs that the window meets there. Such a
// row does not have rank one, and its master program is that of package
// repair/internal/interior.
//
// # What is claimed
//
// Float64 searches, and package proof decides. A change is stored, rounded to its type, and
// the network as stored is checked exactly (proof.Check). Whatever the check finds violated
// becomes key points, at the check's own points and patterns, and the program is solved
// again. A row that is missed again asks for more each time, so that storing the change does
// not miss it. A result is [Repaired] only if the check accepted the network, and
// [Infeasible] only if package proof accepted the multipliers of rows that it computed
// itself. The lower bound on the objective is what such rows prove, too. A result that is not
// proven is [Found]: with [Float64] arithmetic, which is faster, for networks that package
// proof does not handle, and when time was up.
//
// For a small layer, cases that float64 leaves open (a bound that is not closed, numbers that
// cancel, multipliers that prove nothing, a change that no rounding stores) are solved in
// rational arithmetic over rows of package proof, and stored by a search on the numbers of
// the type (package repair/internal/exact).
//
// At margin 0, classes are met strictly (a class is the one output that is larger than every
// other), and other half-spaces as they are written. If real numbers meet the requirement but
// no network of the type is found that does, the answer is [Unknown], and says whether there
// is one in float64.
//
// [Check] evaluates the key points of a network in float64, with a bound on the rounding; it
// proves nothing. For networks with more than 131,072 values the rounding is bounded only in
// the last three layers, or, if the repaired layer is one of these, from that layer on;
// CheckResult.RoundingFrom says so.
//
// All of this is about real arithmetic. With [Options.Executed] the network meets the
// requirement as executed in floating point too, see [ExecutionResult]: every pattern that
// a cell may execute because of rounding gives key points, and every key point keeps the
// bound on its error in reserve (docs/SOUNDNESS.md).
package repair
