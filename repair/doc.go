// Package repair changes the parameters of one layer of a network as little as
// possible so that it meets a requirement on points, segments and polygons, or
// proves that this layer has no such change within a bound (Sotoudeh and
// Thakur, "Provable Repair of Deep Neural Networks", PLDI 2021, Algorithms 1
// and 2).
//
// # From requirement to linear program
//
// The repaired network is decoupled: the activation channel keeps the original
// parameters, so the linear regions stay (Theorem 4.6), and the output is
// affine in the change of the layer's value parameters (Theorem 4.5). A
// requirement on a polytope holds iff it holds at the vertices of its linear
// regions, each with that region's activation pattern; such a pair is a key
// point. Where the pattern that executes on a face belongs to no adjacent
// region, the face's vertices with that pattern are key points too, since a
// decoupled network jumps there: those that float64 is sure of from the beginning, others
// when package proof finds them (package repair/internal/keypoint).
//
// A key point x and a half-space a . y <= b give the row
//
//	g^T D [h; 1]  <=  b - margin - a . N(x),
//
// with D the change, h the input of the layer and g the gradient of a . y by
// the layer's output, through the value channel. The matrix of all rows is
// never built: one batch evaluation prices all of them, and only the worst
// enter the master program (package repair/internal/master).
//
// Of a convolution, D has the shape of its parameters, and a row is the sum of such
// terms over the positions of the output, h being the inputs that the window meets
// there. Its rank is not one, and its master program is that of package
// repair/internal/interior.
//
// # What is claimed
//
// Float64 searches, package proof decides. A change is stored, rounded to its type, and
// the network as stored is checked exactly (proof.Check); what the check finds
// violated becomes key points, at the check's own points and patterns, and the program
// is solved again. A row that is missed again asks for more each time, so that storing the change
// does not miss it. A result is [Repaired] only where the check accepted the network,
// and [Infeasible] only where package proof accepted the multipliers of rows that it
// computed itself. The lower bound on the objective is what such rows prove, too. What
// was not proven is [Found]: with [Float64] arithmetic, which is faster, of the networks
// that package proof does not know, and where time was up.
//
// What float64 leaves open of a small layer (a bound that is not closed, numbers that cancel,
// multipliers that prove nothing, a change that no rounding stores) is solved in rational
// arithmetic over rows of package proof, and stored by a search on the numbers of the
// type (package repair/internal/exact).
//
// At margin 0 classes are met strictly (a class is the one output that is larger than
// every other), other half-spaces as they are written. Where no network of the type
// is found that meets what real numbers meet, the answer is [Unknown], and says whether
// there is one in float64.
//
// [Check] evaluates the key points of a network in float64, with a bound on the rounding of
// that: it proves nothing. For networks with more than 131,072 values the rounding is
// bounded in the last three layers only, or from the repaired one on where it is one of
// these; CheckResult.RoundingFrom says so.
//
// All of this is about real arithmetic. With [Options.Executed] the network meets
// the requirement as executed in floating point too, see [ExecutionResult]: every
// pattern that rounding may make a cell execute gives key points, and every key
// point has the bound on its error in reserve (docs/SOUNDNESS.md).
package repair
