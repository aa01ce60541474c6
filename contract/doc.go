// Package contract narrows boxes by interval forward-backward propagation: given
// sets of inputs and of outputs, it removes from the box of the inputs, and from
// that of every node of the network, what no input in the one set with its
// output in the other can have. It takes activation functions that are not
// piecewise affine too.
//
// # One iteration
//
// Forward: the box of every node is intersected with the image of the boxes
// before it, the output's with the set of outputs. Backward, from the output to
// the input: an activation intersects the box before it with the inverse image
// of its own; an affine node keeps the inverse image of its own box as a
// polyhedron, and the box before it becomes the bounding box of the
// intersection of the polyhedron with it, by two linear programs a coordinate.
// Iterations go on until no bound moves, or a limit.
//
// An empty box is a proof: no input of the one set has an output in the other.
// Boxes that are not empty prove nothing.
//
// The scheme is that of S. Thrun, Extracting rules from artificial neural
// networks with distributed representations, 1995 (validity interval analysis);
// see also G. Chabert and L. Jaulin, Contractor programming, 2009.
//
// # Soundness
//
// Everything is rounded outward and holds for the network computed with real
// numbers. A bound that a linear program gives counts as what its dual
// multipliers prove, and emptiness as what its Farkas multipliers prove,
// whatever the solver believes. Package [enclose] has the activation functions;
// its [enclose.Band] encloses smooth ones between piecewise-affine ones.
package contract
