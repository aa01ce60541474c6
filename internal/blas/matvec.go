package blas

import "fmt"

// MulVec computes y = A x, where A is len(y) x len(x). Element i is bit for bit
// Dot(A.Row(i), x). It panics if the shapes do not fit. y must not overlap A or
// x.
func MulVec(y []float64, a Mat, x []float64) {
	a.check("MulVec", "A")
	if a.Rows != len(y) || a.Cols != len(x) {
		panic(fmt.Sprintf("blas: MulVec: y = A x with y of length %d, A %dx%d, x of length %d",
			len(y), a.Rows, a.Cols, len(x)))
	}
	mulVec(y, a, x)
}

// MulVecT computes y = Aᵀ x, where A is len(x) x len(y). Element j is one chain
// of fused multiply-adds down column j, as in [MulTN]. It panics if the shapes
// do not fit. y must not overlap A or x.
func MulVecT(y []float64, a Mat, x []float64) {
	a.check("MulVecT", "A")
	if a.Rows != len(x) || a.Cols != len(y) {
		panic(fmt.Sprintf("blas: MulVecT: y = Aᵀ x with y of length %d, A %dx%d, x of length %d",
			len(y), a.Rows, a.Cols, len(x)))
	}
	clear(y)
	if len(x) > 0 && len(y) > 0 {
		addColumns(y, a, x)
	}
}

// Rank1 computes A += alpha x yᵀ, where A is len(x) x len(y): with
// t = alpha x_i rounded, a_ij = fma(t, y_j, a_ij). Rows with x_i = 0 are left
// alone, whatever y holds. It panics if the shapes do not fit. A must not
// overlap x or y.
func Rank1(a Mat, alpha float64, x, y []float64) {
	a.check("Rank1", "A")
	if a.Rows != len(x) || a.Cols != len(y) {
		panic(fmt.Sprintf("blas: Rank1: A += alpha x yᵀ with A %dx%d, x of length %d, y of length %d",
			a.Rows, a.Cols, len(x), len(y)))
	}
	if len(y) == 0 {
		return
	}
	rank1(a, alpha, x, y)
}
