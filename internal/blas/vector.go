package blas

import "fmt"

// Dot returns the inner product of x and y, summed in the 32 lanes that the
// package documentation defines. It panics if their lengths differ.
func Dot(x, y []float64) float64 {
	if len(x) != len(y) {
		panic(fmt.Sprintf("blas: Dot: lengths %d and %d differ", len(x), len(y)))
	}
	return dot(x, y)
}

// Axpy computes y_j += alpha x_j, one fused multiply-add an element. It panics
// if the lengths of x and y differ. x and y may be the same slice.
func Axpy(alpha float64, x, y []float64) {
	if len(x) != len(y) {
		panic(fmt.Sprintf("blas: Axpy: lengths %d and %d differ", len(x), len(y)))
	}
	axpy(alpha, x, y)
}

// Scale computes x_j = alpha x_j.
func Scale(alpha float64, x []float64) {
	for i := range x {
		x[i] = float64(x[i] * alpha)
	}
}
