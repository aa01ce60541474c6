// Package keypoint finds the key points of a requirement: points, each with the activation
// pattern of a linear region (or one that executes on a face), at which an affine function
// has to meet half-spaces so that the requirement holds (Sotoudeh and Thakur, "Provable
// Repair of Deep Neural Networks", PLDI 2021, Section 5).
//
// The words, from the outside in: a cell is a linear region cut with an item of the
// specification, with its vertices. The tail of a pattern is the part from the first unit on
// whose piece matters. A point is a vertex, where the network jumps with a tail, at which it
// is evaluated. A need is a conjunction of half-spaces on the output. A key is a point with
// its tail and a need. All of them are numbered, and equal ones stand once.
package keypoint
