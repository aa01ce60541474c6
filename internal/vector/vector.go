// Package vector has what is asked of short lists of float64 numbers everywhere. Sums are
// taken from the first element to the last, each product rounded; package blas is for long
// ones.
package vector

import "math"

// Dot is the inner product of a and b, which must not be shorter.
func Dot(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += float64(v * b[i])
	}
	return s
}

// Norm is the Euclidean norm. It overflows where the sum of squares does.
func Norm(a []float64) float64 { return math.Sqrt(Dot(a, a)) }

// IsFinite reports whether x is neither infinite nor NaN.
func IsFinite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }

// AllFinite reports whether all numbers are finite.
func AllFinite(xs ...float64) bool { return NotFinite(xs) < 0 }

// NotFinite is the index of the first number that is not finite; -1 for none.
func NotFinite(xs []float64) int {
	for i, x := range xs {
		if !IsFinite(x) {
			return i
		}
	}
	return -1
}
