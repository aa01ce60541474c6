// Package dense has the factorisations of small dense matrices that the solvers
// need. Every operation is a plain float64 operation or a kernel of package
// blas, in an order that depends on the size alone, so that the results have the
// same bits on every machine.
package dense

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
)

// Inverse returns the inverse of the square matrix a, by Gauss's and Jordan's
// elimination with row exchanges; false if a pivot is 0 or where the
// condition number in the 1-norm, which is computed and not estimated, exceeds
// largestCondition. a is kept.
func Inverse(a blas.Mat, largestCondition float64) (blas.Mat, bool) {
	n := a.Rows
	w := blas.NewMat(n, 2*n) // a, and what becomes its inverse
	for i := range n {
		copy(w.Row(i), a.Row(i))
		w.Row(i)[n+i] = 1
	}
	for k := range n {
		at := k
		for i := k + 1; i < n; i++ {
			if math.Abs(w.Row(i)[k]) > math.Abs(w.Row(at)[k]) {
				at = i
			}
		}
		pivot := w.Row(at)
		if !(math.Abs(pivot[k]) > 0) || math.IsInf(pivot[k], 0) {
			return blas.Mat{}, false
		}
		if at != k {
			for j, v := range w.Row(k) {
				w.Row(k)[j], pivot[j] = pivot[j], v
			}
			pivot = w.Row(k)
		}
		d := pivot[k]
		for j := k; j < 2*n; j++ {
			pivot[j] /= d
		}
		for i := range n {
			if r := w.Row(i); i != k && r[k] != 0 {
				blas.Axpy(-r[k], pivot[k:], r[k:])
			}
		}
	}
	inverse := blas.NewMat(n, n)
	for i := range n {
		copy(inverse.Row(i), w.Row(i)[n:])
	}
	return inverse, norm(a)*norm(inverse) <= largestCondition
}

// norm is the 1-norm of a, the largest sum of a column's sizes.
func norm(a blas.Mat) float64 {
	sums := make([]float64, a.Cols)
	for i := range a.Rows {
		for j, v := range a.Row(i) {
			sums[j] += math.Abs(v)
		}
	}
	most := 0.0
	for _, s := range sums {
		most = max(most, s)
	}
	return most
}

// Cholesky returns the lower triangular L with L L^T = a, for a symmetric a of
// which it reads the lower triangle; false if a is not positive definite in
// float64.
func Cholesky(a blas.Mat) (l blas.Mat, ok bool) {
	l = blas.NewMat(a.Rows, a.Rows)
	for i := range a.Rows {
		r := l.Row(i)
		for j, v := range a.Row(i)[:i] {
			s := l.Row(j)
			r[j] = (v - blas.Dot(r[:j], s[:j])) / s[j]
		}
		d := a.Row(i)[i] - blas.Dot(r[:i], r[:i])
		if !(d > 0) || math.IsInf(d, 0) {
			return blas.Mat{}, false
		}
		r[i] = math.Sqrt(d)
	}
	return l, true
}

// Solve overwrites v with the solution of L L^T x = v, for the lower triangle l
// of a matrix.
func Solve(l blas.Mat, v []float64) {
	for i := range v {
		r := l.Row(i)
		v[i] = (v[i] - blas.Dot(r[:i], v[:i])) / r[i]
	}
	for i := len(v) - 1; i >= 0; i-- {
		r := l.Row(i)
		v[i] /= r[i]
		blas.Axpy(-v[i], r[:i], v[:i])
	}
}

// Condition estimates the condition number in the 1-norm of the symmetric matrix
// a from its factor l, from below, by Hager's method: the largest of some sums of sizes that solutions for
// vectors of 1-norm 1 have (Higham, Accuracy and Stability of Numerical
// Algorithms, 15.3). It is a lower bound, as a rule within a factor of 3.
func Condition(a, l blas.Mat) float64 {
	n := a.Rows
	if n == 0 {
		return 1
	}
	x := make([]float64, n)
	for i := range x {
		x[i] = 1 / float64(n)
	}
	inverse := 0.0
	for at := -1; ; {
		Solve(l, x)
		size := 0.0
		for _, v := range x {
			size += math.Abs(v)
		}
		if math.IsNaN(size) {
			return math.Inf(1)
		}
		if size <= inverse {
			break
		}
		inverse = size
		for i, v := range x {
			x[i] = math.Copysign(1, v)
		}
		Solve(l, x)
		most := 0
		for i, v := range x {
			if math.Abs(v) > math.Abs(x[most]) {
				most = i
			}
		}
		if most == at {
			break
		}
		at = most
		clear(x)
		x[at] = 1
	}
	return float64(inverse * norm(a))
}
