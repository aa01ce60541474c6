// Package verify decides whether a network meets a property on whole sets of
// inputs. [Property] takes a property in VNN-LIB (package spec/vnnlib reads it), and
// [Spec] a repair specification (package spec). Both return a [Result] with a verdict
// and, if the property is violated, a [Witness].
//
// # Verdicts
//
// A property is given by its violation: pairs of an input set and a union of output
// sets. It holds if package proof accepts a split tree for each pair, and is violated
// if package proof accepts a witness. A specification is decided by package proof
// itself. Where package proof does not decide, bounds that are rounded outward may
// ([Outward]). An answer that only the engines found is [Unproven], and a question that
// limits leave open is unknown, with the reason.
//
// # Algorithm
//
// A cheap search comes first: corners, random points, and steps along gradients from the
// best of them. Then package region/certify looks for a split tree, and for a witness on
// the way. If that takes more than a few cells, the linear regions that meet the violation
// are enumerated in float64 (package region/polytope) for some seconds, because they lead
// to a witness faster; then the search goes on. It ends with a tree, or with a cell that
// meets the violation exactly.
//
// # Numbers
//
// Numbers mean exactly what the file states, decimals without rounding. The float64 engine
// moves the half-spaces of the violation outward by several times its tolerance. If the
// input set is so large that the tolerances of the units matter at the output, it moves
// them by everything that these tolerances may hide.
package verify
