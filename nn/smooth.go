package nn

import (
	"fmt"
	"math"
)

// Smooth is a differentiable activation function that is not piecewise affine.
// Point repair handles it, polytope repair does not (Section 6).
type Smooth struct {
	kind  string
	f, df func(float64) float64
}

// Names of the smooth functions, as [Smooth.Kind] returns them.
const (
	KindTanh    = "Tanh"
	KindSigmoid = "Sigmoid"
)

// Tanh is the hyperbolic tangent.
func Tanh() *Smooth {
	return &Smooth{kind: KindTanh, f: math.Tanh, df: func(z float64) float64 {
		t := math.Tanh(z)
		return 1 - t*t
	}}
}

// Sigmoid is 1 / (1 + exp(-z)).
func Sigmoid() *Smooth {
	return &Smooth{kind: KindSigmoid, f: sigmoid, df: func(z float64) float64 {
		s := sigmoid(z)
		return s * (1 - s)
	}}
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// Kind is the function's name, one of the Kind constants.
func (s *Smooth) Kind() string { return s.kind }

// OutDim accepts one input of any length.
func (s *Smooth) OutDim(in []int) (int, error) {
	if len(in) != 1 {
		return 0, fmt.Errorf("%d inputs, want 1", len(in))
	}
	return in[0], nil
}

// Apply implements [Activation].
func (s *Smooth) Apply(dst, z []float64) {
	for i, v := range z {
		dst[i] = s.f(v)
	}
}

// Linearize implements [Activation].
func (s *Smooth) Linearize(slope, offset, z []float64) {
	for i, v := range z {
		d := s.df(v)
		slope[i], offset[i] = d, s.f(v)-d*v
	}
}
