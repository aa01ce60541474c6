package nn

import "fmt"

// Scale is a constant elementwise affine map y[i] = Factor[i] x[i] + Shift[i], such as a
// normalisation. It is not a layer: repair does not change it.
type Scale struct {
	// Factor and Shift have one number per element.
	Factor, Shift []float64
}

// Kind is "Scale".
func (s *Scale) Kind() string { return "Scale" }

// OutDim checks the one input's length.
func (s *Scale) OutDim(in []int) (int, error) {
	if len(s.Factor) != len(s.Shift) {
		return 0, fmt.Errorf("%d factors and %d shifts, want as many of each", len(s.Factor), len(s.Shift))
	}
	return len(s.Factor), wantInput(in, len(s.Factor))
}

// Decoupled is false: a Scale has no value parameters.
func (s *Scale) Decoupled() bool { return false }

// Forward implements [Affine].
func (s *Scale) Forward(dst Matrix, src []Matrix, _ Channel, bias bool, _ int) {
	for i := range dst.Rows {
		d, x := dst.Row(i), src[0].Row(i)
		for j, f := range s.Factor {
			d[j] = float64(f * x[j])
		}
		if bias {
			for j, b := range s.Shift {
				d[j] += b
			}
		}
	}
}

// Backward implements [Affine].
func (s *Scale) Backward(dsrc []Matrix, grad Matrix, _ Channel, _ int) {
	for i := range dsrc[0].Rows {
		d, g := dsrc[0].Row(i), grad.Row(i)
		for j, f := range s.Factor {
			d[j] += float64(f * g[j])
		}
	}
}

// CheckFinite reports the first constant that is NaN or infinite.
func (s *Scale) CheckFinite() error {
	if err := finite("factor", s.Factor); err != nil {
		return err
	}
	return finite("shift", s.Shift)
}
