package interior

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
)

const (
	// blockSize of the factorisation.
	blockSize = 64
	// dependent: a pivot this small, relative to its diagonal entry, says that the
	// row depends on those before it up to rounding; its unknown becomes 0.
	dependent = 1e-14
	// huge stands for the pivot of a dependent row.
	huge = 1e150
)

// factorise overwrites the lower triangle of the positive semidefinite a with
// that of its Cholesky factor.
func factorise(a blas.Mat, workers int) {
	n := a.Rows
	diagonal := make([]float64, n)
	for i := range n {
		diagonal[i] = a.Row(i)[i]
	}
	var negative blas.Mat
	for from := 0; from < n; from += blockSize {
		to := min(n, from+blockSize)
		for j := from; j < to; j++ {
			row := a.Row(j)
			d := row[j] - blas.Dot(row[from:j], row[from:j])
			if d <= dependent*diagonal[j] || math.IsNaN(d) {
				row[j] = huge
			} else {
				row[j] = math.Sqrt(d)
			}
			for i := j + 1; i < to; i++ {
				r := a.Row(i)
				r[j] = (r[j] - blas.Dot(r[from:j], row[from:j])) / row[j]
			}
		}
		for i := to; i < n; i++ {
			r := a.Row(i)
			for j := from; j < to; j++ {
				row := a.Row(j)
				r[j] = (r[j] - blas.Dot(r[from:j], row[from:j])) / row[j]
			}
		}
		if to == n {
			break
		}
		// The rest loses the product of the panel with itself, strip by strip.
		negative = blas.NewMat(n-to, to-from)
		for i := to; i < n; i++ {
			d := negative.Row(i - to)
			for j, v := range a.Row(i)[from:to] {
				d[j] = -v
			}
		}
		whole := blas.Mat{Rows: n - to, Cols: to - from, Stride: a.Stride, Data: a.Data[to*a.Stride+from:]}
		for first := to; first < n; first += panel {
			last := min(n, first+panel)
			strip := blas.Mat{Rows: last - first, Cols: last - to, Stride: a.Stride, Data: a.Data[first*a.Stride+to:]}
			blas.MulNT(strip, negative.Slice(first-to, last-to), whole.Slice(0, last-to), true, workers)
		}
	}
}
