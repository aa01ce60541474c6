package nn

import (
	"fmt"
	"math"
)

// DType is the floating-point type in which parameters are stored.
type DType uint8

const (
	// Float64 is IEEE 754 binary64.
	Float64 DType = iota
	// Float32 is IEEE 754 binary32.
	Float32
)

// String returns "float32" or "float64".
func (t DType) String() string {
	if t == Float32 {
		return "float32"
	}
	return "float64"
}

// ParseDType reads "float32" or "float64".
func ParseDType(s string) (DType, error) {
	switch s {
	case "float32":
		return Float32, nil
	case "float64":
		return Float64, nil
	}
	return 0, fmt.Errorf("type %q: want float32 or float64", s)
}

// Round returns x rounded to the type, to nearest even, as a float64.
func (t DType) Round(x float64) float64 {
	if t == Float32 {
		return float64(float32(x))
	}
	return x
}

// Towards returns the number of the type next to x in the direction of y.
func (t DType) Towards(x, y float64) float64 {
	if t == Float32 {
		return float64(math.Nextafter32(float32(x), float32(y)))
	}
	return math.Nextafter(x, y)
}

// Ulp is the unit in the last place of numbers of the type that are as large as x in size,
// and at least that of the smallest normal number. x is first rounded up to the type, so that
// the unit holds for its neighbours too.
func (t DType) Ulp(x float64) float64 {
	if t == Float32 {
		f := float32(math.Abs(x))
		if float64(f) < math.Abs(x) {
			f = math.Nextafter32(f, float32(math.Inf(1)))
		}
		return float64(math.Nextafter32(f, float32(math.Inf(1))) - f)
	}
	x = math.Abs(x)
	return math.Nextafter(x, math.Inf(1)) - x
}

// UnitRoundoff is the largest relative error of rounding to the type: 2^-24 or
// 2^-53.
func (t DType) UnitRoundoff() float64 {
	if t == Float32 {
		return 0x1p-24
	}
	return 0x1p-53
}
