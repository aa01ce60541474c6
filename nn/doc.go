// Package nn holds trained networks: a graph of affine and activation nodes in topological
// order. It evaluates them on batches, linearises them for a given activation pattern, and
// computes vector-Jacobian products through the value channel.
//
// Networks usually come from a file: package nn/onnx reads and writes ONNX, and nn/nnet,
// nn/eran and nn/polar read other formats. [New] builds one from its nodes.
//
// # One network type
//
// A [Network] is ordinary or decoupled (Sotoudeh and Thakur, "Provable Repair of Deep
// Neural Networks", PLDI 2021, Definitions 4.1 to 4.3). A decoupled network has two sets of
// parameters: the activation channel chooses the pieces of the activation functions, and
// the value channel gives the output. An affine node with separate value parameters makes
// its network decoupled. An ordinary network is the special case in which both channels
// agree (Theorem 4.4). Every function of this package takes both kinds.
//
// # Values
//
// A sample is a flat row-major vector of float64, and a batch is a [Matrix] with one sample
// per row. Shapes matter only in files, so a reshape is not a node.
//
// # Tie rule
//
// At a breakpoint of a piecewise-affine activation the upper piece counts, in evaluation,
// export and proof alike: a ReLU is active iff its input is greater than or equal to 0
// (Definition 2.3; GreaterOrEqual in ONNX).
//
// # Layers
//
// What a user calls a layer is a node with trainable parameters (a [Layer]: a [Dense],
// [Conv] or [ConvTranspose] node), numbered from 1 in topological order; constant scaling
// and shifting ([Scale]) does not count. See [Network.Layers].
//
// # Maxima
//
// A [Selection] ([MaxPool], [Max]) copies one of several inputs. It is piecewise affine like
// a [Piecewise] activation, and each of its outputs has one unit in a [Pattern]. Algorithms
// that split on one unit at a time use the network that [Network.LowerSelections] returns.
package nn
