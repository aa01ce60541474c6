package nn

import (
	"fmt"
	"math"
)

// Names of piecewise-affine functions, as [Piecewise.Kind] returns them.
const (
	KindHardSigmoid = "HardSigmoid"
	KindAbs         = "Abs"
	KindSign        = "Sign"
	KindThreshold   = "Threshold"
)

// HardSigmoid is min(1, max(0, alpha z + beta)). It fails unless alpha is finite
// and not 0, and beta finite. Breakpoints are rounded to float64.
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

// Sign is -1 for z < 0, 0 at 0 and 1 above. The tie rule has no piece for a
// single point: the piece of value 0 ends at the smallest positive float64, so
// that evaluation is right for every float64 and wrong for no real number but
// those between. Like [Step] it is not continuous.
func Sign() *Piecewise {
	return &Piecewise{
		Breaks: []float64{0, math.SmallestNonzeroFloat64}, Slope: []float64{0, 0, 0}, Offset: []float64{-1, 0, 1}, kind: KindSign,
	}
}

// ThresholdedReLU is z for z > alpha and 0 otherwise, not continuous unless
// alpha is 0. Its breakpoint is the next float64 above alpha: the standard has
// 0 at alpha itself. It fails unless alpha is finite.
func ThresholdedReLU(alpha float64) (*Piecewise, error) {
	b := math.Nextafter(alpha, math.Inf(1))
	if math.IsNaN(b) || math.IsInf(b, 0) || math.IsInf(alpha, 0) {
		return nil, fmt.Errorf("a threshold of %v, want a finite number", alpha)
	}
	if alpha == 0 {
		return ReLU(), nil
	}
	return &Piecewise{Breaks: []float64{b}, Slope: []float64{0, 1}, Offset: []float64{0, 0}, kind: KindThreshold}, nil
}
