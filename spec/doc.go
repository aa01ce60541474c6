// Package spec states requirements: sets of inputs, and what the network's output
// must satisfy at every point of them (Sotoudeh and Thakur, Definitions 5.1 and
// 6.1, extended by disjunctions "one of these classes").
//
// A [Spec] is a list of [Item] values, all of which must hold. [ReadFile] reads one in the
// JSON format of docs/SPEC.md, and [Write] writes it. Specifications that take points from
// data files need package spec/datafile, which a program imports for its side effect.
// Package spec/vnnlib reads properties in VNN-LIB, and package spec/expr short
// expressions for boxes and sets of outputs.
package spec
