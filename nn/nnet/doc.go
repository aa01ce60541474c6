// Package nnet reads and writes networks in the NNet format of Stanford's
// Intelligent Systems Laboratory (Kyle Julian, 2016), in which the ACAS Xu,
// HorizontalCAS and VerticalCAS networks are published.
//
// # Format
//
// A text file, one list of comma-separated numbers a line. Lines that start
// with // are comments. The others are, in order:
//
//	1  number of layers, of inputs, of outputs, largest layer size
//	2  sizes of the input and of every layer
//	3  a flag without meaning
//	4  smallest value of each input
//	5  largest value of each input
//	6  mean of each input, then one for all outputs
//	7  range of each input, then one for all outputs
//
// then, for every layer, its weights, one line an output, and its biases, one
// line each. A ReLU follows every layer but the last.
//
// # Units
//
// The layers work on normalised numbers. A network in [Normalised] units is the
// layers alone. In [Raw] units it takes and gives what the header's means and
// ranges describe:
//
//	input of the layers = (x - mean) / range
//	y = output of the layers * output range + output mean
//
// which become two constant scalings around the layers. Clipping of inputs to
// the header's smallest and largest values, which the format's own evaluation
// code does before it normalises, is not part of the network here. Which units
// to use is the caller's choice and never guessed; the network records it.
package nnet
