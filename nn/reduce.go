package nn

import "fmt"

// Reduce sums over the middle axis of a sample seen as Outer x Axis x Inner and
// divides by Divisor: a sum where that is 1, a mean where it is Axis.
type Reduce struct {
	// Outer, Axis and Inner are the sizes of the input.
	Outer, Axis, Inner int
	// Divisor divides the sums.
	Divisor float64
}

// Kind is "Reduce".
func (s *Reduce) Kind() string { return "Reduce" }

// OutDim checks the sizes and the one input's length.
func (s *Reduce) OutDim(in []int) (int, error) {
	if s.Outer < 1 || s.Axis < 1 || s.Inner < 1 || s.Outer > maxSize/s.Axis || s.Inner > maxSize/(s.Outer*s.Axis) || !(s.Divisor > 0) {
		return 0, fmt.Errorf("sum over the middle of %d x %d x %d divided by %v, want positive numbers with a product below 2^31",
			s.Outer, s.Axis, s.Inner, s.Divisor)
	}
	return s.Outer * s.Inner, wantInput(in, s.Outer*s.Axis*s.Inner)
}

// Decoupled is false.
func (s *Reduce) Decoupled() bool { return false }

// Forward implements [Affine].
func (s *Reduce) Forward(dst Matrix, src []Matrix, _ Channel, _ bool, workers int) {
	eachRow(dst.Rows, src[0].Cols, workers, func(r int) {
		x, y := src[0].Row(r), dst.Row(r)
		for o := range s.Outer {
			out := y[o*s.Inner : (o+1)*s.Inner]
			clear(out)
			for k := range s.Axis {
				addTo(out, x[(o*s.Axis+k)*s.Inner:][:s.Inner])
			}
			for i := range out {
				out[i] /= s.Divisor
			}
		}
	})
}

// Backward implements [Affine].
func (s *Reduce) Backward(dsrc []Matrix, grad Matrix, _ Channel, workers int) {
	eachRow(dsrc[0].Rows, dsrc[0].Cols, workers, func(r int) {
		d, g := dsrc[0].Row(r), grad.Row(r)
		for o := range s.Outer {
			from := g[o*s.Inner : (o+1)*s.Inner]
			for k := range s.Axis {
				to := d[(o*s.Axis+k)*s.Inner:][:s.Inner]
				for i, v := range from {
					to[i] += v / s.Divisor
				}
			}
		}
	})
}

// CheckFinite reports a Divisor that is not finite.
func (s *Reduce) CheckFinite() error { return finite("divisor", []float64{s.Divisor}) }
