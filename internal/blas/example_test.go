package blas_test

import (
	"fmt"

	"github.com/netmend/netmend/internal/blas"
)

// A batch of three points through a dense layer with two outputs: every row of
// the result starts as the bias.
func ExampleMulNT() {
	points := blas.Mat{Rows: 3, Cols: 2, Stride: 2, Data: []float64{1, 0, 0, 1, 2, 3}}
	weights := blas.Mat{Rows: 2, Cols: 2, Stride: 2, Data: []float64{4, 5, 6, 7}}
	values := blas.NewMat(3, 2)
	for i := range values.Rows {
		copy(values.Row(i), []float64{100, 200})
	}
	blas.MulNT(values, points, weights, true, 1)
	fmt.Println(values.Data)
	// Output: [104 206 105 207 123 233]
}
