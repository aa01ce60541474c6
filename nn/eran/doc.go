// Package eran reads networks in the text format of ERAN and SyReNN (files
// .eran and .tf).
//
// # Format
//
// For every layer a label that names its activation function, then its weights
// as a list of lists, one an output, and its biases as a list, in the notation
// of Python:
//
//	ReLU
//	[[0.5, -1.25], [2, 3e-1]]
//	[0.25, 0]
//
// The activation follows the affine map of its layer. Labels: ReLU, Tanh,
// Sigmoid, HardTanh, and Affine for none, in any case. Spaces, line ends and a
// comma before a closing bracket do not matter.
//
// Many files label their last layer ReLU although the network was trained, and
// is used, without an activation there. [Options.LinearOutput] drops it; the
// reader never decides that by itself.
package eran
