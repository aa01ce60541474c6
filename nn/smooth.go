package nn

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/portable"
)

// Smooth is an activation function that is not piecewise affine: continuous, and
// differentiable except at the few points that [Smooth.Kinks] lists, at which the derivative
// is the one from the right (the tie rule: the upper piece). Point repair handles it,
// polytope repair does not (Section 6).
//
// |f(z)| <= 1 + |z| times the largest slope, and what [Smooth.Apply] computes is
// within 8 units of roundoff of f, in units of 1 + |z| times the largest slope.
type Smooth struct {
	kind  string
	f, df func(float64) float64
	// parameters of the function, in the order of its constructor.
	parameters []float64
	// steepest bounds |f'|, turn the change of f' per unit of z between kinks,
	// jump its change at a kink.
	steepest, turn, jump float64
	kinks                []float64
}

// Names of the smooth functions, as [Smooth.Kind] returns them.
const (
	KindTanh      = "Tanh"
	KindSigmoid   = "Sigmoid"
	KindGELU      = "GELU"
	KindGELUTanh  = "GELUTanh"
	KindSiLU      = "SiLU"
	KindHardSwish = "HardSwish"
	KindELU       = "ELU"
	KindCELU      = "CELU"
	KindSELU      = "SELU"
	KindSoftplus  = "Softplus"
	KindSoftsign  = "Softsign"
)

// unit is the unit roundoff of float64, 2^-53.
const unit = 0x1p-53

// Tanh is the hyperbolic tangent.
func Tanh() *Smooth {
	return &Smooth{kind: KindTanh, f: portable.Tanh, df: func(z float64) float64 {
		t := portable.Tanh(z)
		return 1 - float64(t*t)
	}, steepest: 1, turn: 0.77}
}

// Sigmoid is 1 / (1 + exp(-z)).
func Sigmoid() *Smooth {
	return &Smooth{kind: KindSigmoid, f: sigmoid, df: func(z float64) float64 {
		s := sigmoid(z)
		return float64(s * (1 - s))
	}, steepest: 0.25, turn: 0.1}
}

func sigmoid(z float64) float64 { return 1 / (1 + portable.Exp(-z)) }

// Parameters are the numbers that the function's constructor was given.
func (s *Smooth) Parameters() []float64 { return s.parameters }

// Steepest bounds the derivative's size.
func (s *Smooth) Steepest() float64 { return s.steepest }

// Kinks are the points where the derivative jumps, ascending.
func (s *Smooth) Kinks() []float64 { return s.kinks }

// Derivative is f'(z), from the right at a kink.
func (s *Smooth) Derivative(z float64) float64 { return s.df(z) }

// Scale is the unit of the rounding errors of f(z), and a bound on |f(z)|.
func (s *Smooth) Scale(z float64) float64 { return float64(max(1, s.steepest) * (1 + math.Abs(z))) }

// SlopeChange bounds |f'(z) - f'(w)| for |z - w| <= e.
func (s *Smooth) SlopeChange(z, e float64) float64 {
	change := float64(s.turn * e)
	for _, k := range s.kinks {
		if math.Abs(z-k) <= e {
			change += s.jump
		}
	}
	return change
}

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
		slope[i], offset[i] = d, s.f(v)-float64(d*v)
	}
}
