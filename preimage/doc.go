// Package preimage solves the inverse problem for neural networks.
package preimage
