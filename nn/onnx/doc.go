// Package onnx reads and writes networks as ONNX files.
//
// # Reading
//
// [Read] takes models of opsets 7 to 20 in float16, float32 and float64 with one
// input, made of the operators listed in the table of operators (operators.go);
// docs/NETWORKS.md has their limits.
// Constants are folded in float64: Gemm's alpha and beta go into weights and
// biases, division by c becomes multiplication with 1/c, MatMul followed by
// Add of a constant becomes one [nn.Dense]. Chains of elementwise affine operators
// are merged as package fold describes. All nodes that are not supported
// are reported at once, in an [UnsupportedError].
//
// A network maps one sample to one vector. The leading axes of size 1, or of no fixed
// size, are a batch, of which one entry is read; all others belong to the sample. Where
// every node treats the entries of an axis alone and alike, [ReadOptions] can ask for one.
// A product that acts on one axis of several is a convolution of windows of one element.
//
// A final Softmax, logarithm of one, sigmoid or ArgMax is not part of the network but its
// [nn.End].
//
// # Writing
//
// [Write] writes plain operators of the default domain. What was read from an ONNX file
// has that file's input, outputs, metadata and end. A decoupled network (Sotoudeh and Thakur, PLDI 2021, Definitions 4.1 to
// 4.3) becomes two channels: nodes before the first layer with value parameters
// are shared, the activation channel goes on with the activation parameters as
// far as anything needs it, and the value channel computes at each activation
// unit its linearisation around the activation channel's value z:
//
//	piecewise affine   Where(GreaterOrEqual(z, b), upper piece of v, lower pieces of v)
//	tanh               t + (1 - t t) (v - z)      with t = Tanh(z)
//	sigmoid            s + s (1 - s) (v - z)      with s = Sigmoid(z)
//	max pool           Gather(v, Indices of MaxPool(z)), v as one list of a whole batch
//	maximum            Where(GreaterOrEqual(z1, z2), v1, v2)
//
// Where a repaired layer has no activation after it, nothing uses the activation
// channel's version of it; it is written all the same, as a node that leads to
// no output, so that the file says what the network is.
//
// [Read] recognises such a file by this structure, whatever its names: a layer
// has value parameters where the two channels use different initialisers.
package onnx
