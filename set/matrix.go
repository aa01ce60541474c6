package set

import (
	"fmt"

	"github.com/netmend/netmend/internal/blas"
)

// Matrix is a dense row-major matrix: element (i, j) is Data[i*Stride+j]. It is
// the same type as nn.Matrix.
type Matrix = blas.Mat

// checkAffine panics if the map x -> a x + b is not one into dim dimensions.
func checkAffine(a Matrix, b []float64, dim int) {
	if a.Rows != dim || len(b) != dim {
		panic(fmt.Sprintf("set: map with a %d x %d matrix and %d constants into %d dimensions", a.Rows, a.Cols, len(b), dim))
	}
}

// dimensionMismatch is the message for what has got dimensions instead of want.
func dimensionMismatch(what string, got, want int) string {
	return fmt.Sprintf("set: %s of dimension %d, want %d", what, got, want)
}
