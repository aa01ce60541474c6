// Package train fits the parameters of a network to data by gradient descent. It is a
// small trainer for example networks, and for the baselines that repairs are compared
// with. [NewDense] makes a network to start from, and [Run] trains one.
//
// # Results are reproducible to the bit
//
// Samples are shuffled by a seeded generator, every sum runs in a fixed order, and package
// internal/blas rounds in an order that depends neither on the number of workers nor on the
// instruction set. So the same data, options and seed give the same network for any number
// of workers.
//
// # What can be trained
//
// Ordinary networks whose trained layers are dense or convolutional. All other affine
// operations and all activation functions pass gradients on. The gradient of an activation
// function at a breakpoint is that of its upper piece (the tie rule of package nn), so the
// gradient of a ReLU at 0 is 1.
package train
