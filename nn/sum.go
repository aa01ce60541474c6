package nn

import (
	"fmt"
)

// Sum is a sum of its inputs, which have equal lengths, each times a constant:
// the addition or subtraction of branches.
type Sum struct {
	// Coefficients has one number per input.
	Coefficients []float64
}

// Kind is "Sum".
func (s *Sum) Kind() string { return "Sum" }

// OutDim checks that all inputs have one length.
func (s *Sum) OutDim(in []int) (int, error) {
	if len(in) == 0 || len(in) != len(s.Coefficients) {
		return 0, fmt.Errorf("%d inputs and %d coefficients, want as many, at least 1", len(in), len(s.Coefficients))
	}
	for k, d := range in {
		if d != in[0] {
			return 0, fmt.Errorf("input %d has %d numbers, input 0 has %d", k, d, in[0])
		}
	}
	return in[0], nil
}

// Decoupled is false.
func (s *Sum) Decoupled() bool { return false }

// Forward implements [Affine].
func (s *Sum) Forward(dst Matrix, src []Matrix, _ Channel, _ bool, workers int) {
	s.forward(dst, src, s.Coefficients, workers)
}

func (s *Sum) forward(dst Matrix, src []Matrix, coefficients []float64, workers int) {
	eachRow(dst.Rows, dst.Cols*len(src), workers, func(r int) {
		y := dst.Row(r)
		for i, v := range src[0].Row(r) {
			y[i] = float64(coefficients[0] * v)
		}
		for k := 1; k < len(src); k++ {
			c := coefficients[k]
			for i, v := range src[k].Row(r) {
				y[i] += float64(c * v) // rounded apart on every processor
			}
		}
	})
}

// Backward implements [Affine].
func (s *Sum) Backward(dsrc []Matrix, grad Matrix, _ Channel, workers int) {
	s.backward(dsrc, grad, s.Coefficients, workers)
}

func (s *Sum) backward(dsrc []Matrix, grad Matrix, coefficients []float64, workers int) {
	eachRow(grad.Rows, grad.Cols*len(dsrc), workers, func(r int) {
		for k, m := range dsrc {
			if m.Rows == 0 {
				continue
			}
			d, c := m.Row(r), coefficients[k]
			for i, v := range grad.Row(r) {
				d[i] += float64(c * v)
			}
		}
	})
}

// CheckFinite reports the first coefficient that is not finite.
func (s *Sum) CheckFinite() error {
	return finite("coefficient", s.Coefficients)
}
