// Package preimage solves the inverse problem for neural networks: which inputs
// give outputs in a given set? It follows "The inverse problem for neural
// networks" (M. Forets, C. Schilling, AISoLA 2023), equations and examples of
// which the documentation names, and goes beyond it.
//
// # Exact preimages and images
//
// Under a network whose activation functions are piecewise affine, the preimage
// of a union of polyhedra is a union of polyhedra.
//
//   - [Backward] is the paper's Algorithm 1: layer by layer from the output, with
//     a snapshot after every step. It needs no domain and takes functions that
//     jump; it is the one to look at, and an oracle.
//   - [Regions] enumerates the linear regions of the network on a domain
//     and keeps of each the part whose output lies in the target. It is the one
//     to use. [Partition] does so for all classes of a classifier at once.
//   - [Image] is the union of the images of the regions.
//
// A [Result] can be asked for samples, for the maximum of a linear objective, and for
// the point nearest to an input.
//
// # Approximations
//
// Each says on which side of the true set it is ([Side]), and is a sound subset
// or superset, rounding included.
//
//   - [Approximate] encloses a preimage from both sides, by affine bounds on boxes
//     that are divided where the sides differ most. It takes every activation
//     function and more inputs than the exact engines.
//   - [SearchCells] finds pieces of the preimage one by one, by a search over the
//     choices of Backward, and stops when there is enough.
//   - [Boxes] is a superset by interval inverses, layer by layer.
//   - [ImageBox] and [ImageZonotope] are supersets of the image.
//
// # Numbers
//
// Exact means: computed in float64 with the rounding of a few operations for each
// half-space. Whether a polyhedron is empty is decided exactly for the numbers
// that it has. Where only a closure is computed, the documentation says so.
// Everything random has a seed, and no result depends on the number of workers.
package preimage
