// Package preimage solves the inverse problem for neural networks: which inputs
// give outputs in a given set? It follows "The inverse problem for neural
// networks" (M. Forets, C. Schilling, AISoLA 2023), whose equations and examples
// the documentation refers to, and goes beyond it.
//
// Start with [Regions]: it takes a network, a set of inputs and a set of outputs
// (package spec/expr reads both from short texts), and returns a [Result], a union of
// polyhedra. With RegionsOptions.Prove, Result.Proof says whether package proof has
// accepted that nothing is missing.
//
// # Exact preimages and images
//
// If the activation functions of a network are piecewise affine, the preimage of a
// union of polyhedra is a union of polyhedra.
//
//   - [Backward] is the paper's Algorithm 1: layer by layer from the output, with
//     a snapshot after every step. It needs no domain and handles functions that
//     jump. Use it to see what happens, and as an oracle.
//   - [Regions] enumerates the linear regions of the network on a domain, and keeps
//     the part of each whose output lies in the target. Use it for everything
//     else. [Partition] does the same for all classes of a classifier at once, and
//     [Ask] for several questions together.
//   - [Image] is the union of the images of the regions.
//
// A [Result] gives samples, the maximum of a linear objective, and the point nearest
// to an input.
//
// # Approximations
//
// Each approximation says on which side of the true set it is ([Side]), and is a sound
// subset or superset, rounding included.
//
//   - [Approximate] encloses a preimage from both sides, by affine bounds on boxes
//     that are divided where the sides differ most. It handles every activation
//     function and more inputs than the exact engines.
//   - [SearchCells] finds pieces of the preimage one by one, by a search over the
//     choices of Backward, and stops when there is enough.
//   - [Boxes] gives a superset by interval inverses, layer by layer.
//   - [ImageBox] and [ImageZonotope] give supersets of the image.
//
// # Numbers
//
// Here, exact means computed in float64, with the rounding of a few operations for each
// half-space; what is proven is in [Proof]. Whether a polyhedron is empty is decided
// exactly for its numbers as they are. If only a closure is computed, the documentation
// says so. Everything random has a seed, and no result depends on the number of workers.
package preimage
