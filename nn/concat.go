package nn

import "fmt"

// Concat puts its inputs one after the other. A concatenation along an axis other than the
// first is a Concat followed by a [Take].
type Concat struct {
	// Dims are the lengths of the inputs.
	Dims []int
}

// Kind is "Concat".
func (c *Concat) Kind() string { return "Concat" }

// OutDim checks the inputs' lengths and is their sum.
func (c *Concat) OutDim(in []int) (int, error) {
	if len(in) == 0 || len(in) != len(c.Dims) {
		return 0, fmt.Errorf("%d inputs, want %d, at least 1", len(in), len(c.Dims))
	}
	total := 0
	for k, d := range in {
		if d != c.Dims[k] || d > maxSize-total {
			return 0, fmt.Errorf("input %d has %d numbers, want %d, and less than 2^31 in all", k, d, c.Dims[k])
		}
		total += d
	}
	return total, nil
}

// Decoupled is false.
func (c *Concat) Decoupled() bool { return false }

// Forward implements [Affine].
func (c *Concat) Forward(dst Matrix, src []Matrix, _ Channel, _ bool, workers int) {
	eachRow(dst.Rows, dst.Cols, workers, func(r int) {
		y := dst.Row(r)
		for _, s := range src {
			y = y[copy(y, s.Row(r)):]
		}
	})
}

// Backward implements [Affine].
func (c *Concat) Backward(dsrc []Matrix, grad Matrix, _ Channel, workers int) {
	eachRow(grad.Rows, grad.Cols, workers, func(r int) {
		g := grad.Row(r)
		for k, d := range dsrc {
			if d.Rows > 0 {
				addTo(d.Row(r), g[:c.Dims[k]])
			}
			g = g[c.Dims[k]:]
		}
	})
}

func addTo(dst, src []float64) {
	for i, v := range src {
		dst[i] += v
	}
}
