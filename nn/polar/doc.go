// Package polar reads networks in the text format of the tool POLAR, which
// JuliaReach reads and writes too.
//
// # Format
//
// One number or word a line:
//
//   - the number of inputs, of outputs and of hidden layers,
//   - the size of each hidden layer,
//   - the activation function of each hidden layer and of the output layer:
//     ReLU, tanh, sigmoid, or Affine for none,
//   - layer by layer, neuron by neuron: its weights, then its bias,
//   - an offset o and a scale s: the output is s (y - o) for the output y of the
//     last layer.
//
// Here any space separates them, so that several may share a line.
package polar
