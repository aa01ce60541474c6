package blas

import "fmt"

// MulNN computes C = A B, or C += A B if accumulate is set, where A is m x k,
// B is k x n and C is m x n. With workers <= 1 the calling goroutine does all
// the work and nothing is allocated; otherwise up to that many goroutines share
// it where it is large enough. See the package documentation for the order of
// rounding. C must not overlap A or B.
func MulNN(c, a, b Mat, accumulate bool, workers int) {
	c.check("MulNN", "C")
	a.check("MulNN", "A")
	b.check("MulNN", "B")
	if a.Cols != b.Rows || c.Rows != a.Rows || c.Cols != b.Cols {
		panicShapes("MulNN", "A B", c, a, b)
	}
	mul(c, operand{a.Data, a.Stride, 1}, operand{b.Data, b.Stride, 1}, a.Cols, accumulate, workers)
}

// MulNT computes C = A Bᵀ, or C += A Bᵀ if accumulate is set, where A is m x k,
// B is n x k and C is m x n. Everything else is as for [MulNN].
func MulNT(c, a, b Mat, accumulate bool, workers int) {
	c.check("MulNT", "C")
	a.check("MulNT", "A")
	b.check("MulNT", "B")
	if a.Cols != b.Cols || c.Rows != a.Rows || c.Cols != b.Rows {
		panicShapes("MulNT", "A Bᵀ", c, a, b)
	}
	mul(c, operand{a.Data, a.Stride, 1}, operand{b.Data, 1, b.Stride}, a.Cols, accumulate, workers)
}

// MulTN computes C = Aᵀ B, or C += Aᵀ B if accumulate is set, where A is k x m,
// B is k x n and C is m x n. Everything else is as for [MulNN].
func MulTN(c, a, b Mat, accumulate bool, workers int) {
	c.check("MulTN", "C")
	a.check("MulTN", "A")
	b.check("MulTN", "B")
	if a.Rows != b.Rows || c.Rows != a.Cols || c.Cols != b.Cols {
		panicShapes("MulTN", "Aᵀ B", c, a, b)
	}
	mul(c, operand{a.Data, 1, a.Stride}, operand{b.Data, b.Stride, 1}, a.Rows, accumulate, workers)
}

func panicShapes(operation, product string, c, a, b Mat) {
	panic(fmt.Sprintf("blas: %s: C = %s with C %dx%d, A %dx%d, B %dx%d",
		operation, product, c.Rows, c.Cols, a.Rows, a.Cols, b.Rows, b.Cols))
}
