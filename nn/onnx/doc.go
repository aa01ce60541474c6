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
// A network maps samples to samples, so the reader decides which axes of the
// model's input are batch axes: the leading ones up to the last symbolic one;
// a leading one of size 1 where others follow; and the axes before the one that
// the first MatMul or Gemm acts on, also where their size is fixed, unless the
// file treats their entries differently. The model is then read for one sample,
// with every batch axis of size 1.
//
// # Writing
//
// [Write] writes plain operators of the default domain with a symbolic batch
// axis. A decoupled network (Sotoudeh and Thakur, PLDI 2021, Definitions 4.1 to
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
