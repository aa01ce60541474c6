// Package contract narrows boxes by interval forward-backward propagation. Given a set of
// inputs and a set of outputs, [Run] removes from the box of the inputs, and from the box
// of every node of the network, what no input of the input set with its output in the
// output set can reach. It also handles activation functions that are not piecewise affine.
//
// # One iteration
//
// Forward: the box of every node is intersected with the image of the boxes before it,
// and the output's box with the set of outputs.
//
// Backward, from the output to the input: an activation intersects the box before it with
// the inverse image of its own box. An affine node keeps the inverse image of its own box
// as a polyhedron, and the box before it becomes the bounding box of its intersection with
// that polyhedron, by two linear programs per coordinate.
//
// Iterations go on until no bound moves, or a limit is reached.
//
// An empty box is a proof: no input of the input set has an output in the output set.
// Boxes that are not empty prove nothing.
//
// The scheme is that of S. Thrun, Extracting rules from artificial neural networks with
// distributed representations, 1995 (validity interval analysis); see also G. Chabert and
// L. Jaulin, Contractor programming, 2009.
//
// # Soundness
//
// Everything is rounded outward and holds for the network computed with real numbers. A
// bound from a linear program is what its dual multipliers prove, and emptiness is what
// its Farkas multipliers prove, whatever the solver believes. Package [enclose] has the
// activation functions; its [enclose.Band] encloses smooth ones between piecewise-affine
// ones.
package contract
