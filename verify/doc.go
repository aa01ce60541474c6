// Package verify decides whether a network meets a property on whole sets of
// inputs: [Property] takes a property in VNN-LIB, [Spec] a repair specification.
//
// # Verdicts
//
// A property is given by its violation, pairs of an input set and a union of
// output sets. Where the preimage of the violation is empty, the property holds;
// a point of it is a witness that it is violated. What limits leave open, or
// rounding errors, is unknown, with the reason.
//
// # Algorithm
//
// A cheap search comes first: corners, random points, and steps along gradients
// from the best of them. Then the linear regions that meet the violation are
// enumerated (package region/polytope), with the half-spaces of the violation
// moved outward by several times the tolerance of the enumeration, so that no
// cell that is dropped meets the violation itself. Where the input set is so large
// that the tolerances of the units matter at the output, this is done again with the
// violation moved outward by all that they may hide. The corners and the middle of
// every cell that is left are candidates for a witness.
//
// # Numbers
//
// A witness is evaluated anew, as the network executes. It counts if it violates
// by more than a bound on the rounding errors of that evaluation; otherwise it is
// evaluated in exact arithmetic, without any rounding. It lies in the input set
// as the file states it, decimal numbers unrounded, but for inputs that the file
// fixes: these have the float64 nearest to the number in the file, in the proof
// and in the witness.
package verify
