// Package choice copies one of several inputs each, as maxima do, and takes gradients back to
// what was copied.
package choice

import "github.com/netmend/netmend/internal/blas"

// Gather copies the chosen inputs of one sample.
func Gather(dst []float64, src [][]float64, choice []int32) {
	if len(src) == 1 {
		x := src[0]
		for u, c := range choice {
			dst[u] = x[c]
		}
		return
	}
	for u, c := range choice {
		k, i := Locate(src, int(c))
		dst[u] = src[k][i]
	}
}

// Scatter adds the gradients of one sample's outputs to the chosen inputs; an
// input without storage, but with its length in dims, is left out.
func Scatter(dsrc [][]float64, dims []int, grad []float64, choice []int32) {
	for u, c := range choice {
		k, i := 0, int(c)
		for i >= dims[k] {
			i -= dims[k]
			k++
		}
		if dsrc[k] != nil {
			dsrc[k][i] += grad[u]
		}
	}
}

// Locate finds place i of the concatenation of src: element at of src[k].
func Locate(src [][]float64, i int) (k, at int) {
	for i >= len(src[k]) {
		i -= len(src[k])
		k++
	}
	return k, i
}

// Rows are the samples of row r of several batches, in dst's storage where it has room.
func Rows(dst [][]float64, src []blas.Mat, r int) [][]float64 {
	dst = dst[:0]
	for _, m := range src {
		dst = append(dst, m.Row(r))
	}
	return dst
}

// Lengths are the lengths of samples.
func Lengths(src [][]float64) []int {
	n := make([]int, len(src))
	for k, x := range src {
		n[k] = len(x)
	}
	return n
}
