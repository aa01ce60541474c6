// Package verify decides whether a network meets a property on whole sets of
// inputs: [Property] takes a property in VNN-LIB, [Spec] a repair specification.
//
// # Verdicts
//
// A property is given by its violation, pairs of an input set and a union of output
// sets. It holds where package proof accepts a split tree for each pair, and is violated
// where it accepts a witness. A specification is decided by package proof itself. What
// that does not decide, bounds that are rounded outward may ([Outward]); what the engines
// alone find is [Unproven]; what limits leave open is unknown, with the reason.
//
// # Algorithm
//
// A cheap search comes first: corners, random points, and steps along gradients from the
// best of them. Then package certify looks for a split tree, and for a witness on the way.
// Where that takes more than a few cells, the linear regions that meet the violation are
// enumerated in float64 (package region/polytope), for some seconds, as they lead to a
// witness faster; then the search goes on. It ends with a tree, or with a cell that meets
// the violation, exactly.
//
// # Numbers
//
// All numbers count as the file states them, decimal ones unrounded. The engine in float64
// moves the half-spaces of the violation outward by several times its tolerance, and where
// the input set is so large that the tolerances of the units matter at the output, by all
// that they may hide.
package verify
