package nn

import (
	"fmt"
	"math"
)

// Names of piecewise-affine functions, as [Piecewise.Kind] returns them.
const (
	KindHardSigmoid = "HardSigmoid"
	KindAbs         = "Abs"
	KindPiecewise   = "Piecewise"
)

// HardSigmoid is min(1, max(0, alpha z + beta)). It fails unless alpha is finite
// and not 0, and beta finite. Breakpoints are rounded to float64: unless they are exact,
// the function leaves [0, 1] beside them by as much, and [Clip] behind a [Scale] does not.
func HardSigmoid(alpha, beta float64) (*Piecewise, error) {
	low, high := -beta/alpha, (1-beta)/alpha
	if math.IsNaN(low+high) || math.IsInf(low, 0) || math.IsInf(high, 0) || low == high || math.IsInf(alpha, 0) {
		return nil, fmt.Errorf("a hard sigmoid of %v z + %v, want finite numbers and a slope other than 0", alpha, beta)
	}
	if alpha < 0 {
		return &Piecewise{Breaks: []float64{high, low}, Slope: []float64{0, alpha, 0}, Offset: []float64{1, beta, 0}, kind: KindHardSigmoid}, nil
	}
	return &Piecewise{Breaks: []float64{low, high}, Slope: []float64{0, alpha, 0}, Offset: []float64{0, beta, 1}, kind: KindHardSigmoid}, nil
}

// Abs is |z|.
func Abs() *Piecewise {
	return &Piecewise{Breaks: []float64{0}, Slope: []float64{-1, 1}, Offset: []float64{0, 0}, kind: KindAbs}
}
