// Package final states what is asked about the outputs of a file as questions about the
// outputs of its network, where the file ends in a Softmax, the logarithm of one, a
// sigmoid or an ArgMax ([nn.End]): the network ends before that.
//
//   - Order within a Softmax's axis, or of sigmoids, is the order of the numbers before it,
//     in real arithmetic. (In float32 a Softmax saturates, and small differences vanish.)
//   - A bound on a sigmoid is one on its argument, with log(t/(1-t)) rounded.
//   - P_k >= t says that log(sum over j of exp(z_j - z_k)) <= log(1/t - 1), which is a
//     convex set of the z. With two classes it is a half-space; with more it is enclosed
//     by polyhedra from outside (tangents) and from inside, as closely as asked at given
//     outputs.
//   - An ArgMax's class k is the set where z_k beats all others, the ties by its own rule.
//
// What cannot be stated so is refused.
package final
