package oracle

import (
	"math"
	"testing"
)

// TestSmooth compares values with Go's mathematical functions, and slopes with
// differences of values.
func TestSmooth(t *testing.T) {
	one := []Rat{Int(1), Int(1)}
	sigmoid := func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
	for name, f := range map[string]func(float64) float64{
		"Tanh": math.Tanh, "Sigmoid": sigmoid,
		"SiLU":      func(z float64) float64 { return float64(z * sigmoid(z)) },
		"Softplus":  func(z float64) float64 { return math.Log1p(math.Exp(-math.Abs(z))) + max(z, 0) },
		"Softsign":  func(z float64) float64 { return z / (1 + math.Abs(z)) },
		"GELU":      func(z float64) float64 { return float64(z / 2 * math.Erfc(-z/math.Sqrt2)) },
		"HardSwish": func(z float64) float64 { return z * min(6, max(0, z+3)) / 6 },
		"ELU":       func(z float64) float64 { return max(z, 0) + math.Expm1(min(z, 0)) },
		"CELU":      func(z float64) float64 { return max(z, 0) + math.Expm1(min(z, 0)) },
		"SELU":      func(z float64) float64 { return max(z, 0) + math.Expm1(min(z, 0)) },
	} {
		s := Smooth{Name: name, Parameters: one}
		for _, z := range []float64{-40, -15, -3.5, -1, -1e-9, 0, 0.25, 2, 3, 7, 21, 45} {
			value, slope := s.at(real(z))
			if got, _ := value.Float64(); math.Abs(got-f(z)) > 1e-14*(1+math.Abs(z)) {
				t.Errorf("%s(%v) = %v, want %v", name, z, got, f(z))
			}
			step := real(0x1p-150)
			beside, _ := s.at(plus(real(z), step))
			if d := less(over(less(beside, value), step), slope); d.Sign() != 0 && d.MantExp(nil) > -140 {
				t.Errorf("%s'(%v) = %v, off by %v", name, z, slope, d)
			}
		}
	}
}
