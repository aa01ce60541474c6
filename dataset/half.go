package dataset

import "math"

// The layout of IEEE 754 binary16: 1 sign bit, 5 exponent bits with bias 15,
// 10 mantissa bits.
const (
	halfSign     = 0x8000
	halfInfinity = 0x7c00
	halfNaN      = 0x7e00
	halfMantissa = 0x03ff
	halfUnit     = 1 << 10 // mantissa of 1.0 in units of its last place
	halfBias     = 15
	halfMinExp   = -14 // exponent of the smallest normal number
	halfMaxExp   = 15
)

// fromHalf returns the value of the binary16 number with bits h; every one of
// them is a float64.
func fromHalf(h uint16) float64 {
	mantissa := float64(h & halfMantissa)
	exponent := int(h&halfInfinity) >> 10
	var v float64
	switch {
	case h&halfInfinity == halfInfinity && mantissa != 0:
		return math.NaN()
	case h&halfInfinity == halfInfinity:
		v = math.Inf(1)
	case exponent == 0:
		v = math.Ldexp(mantissa, halfMinExp-10)
	default:
		v = math.Ldexp(halfUnit+mantissa, exponent-halfBias-10)
	}
	if h&halfSign != 0 {
		v = -v
	}
	return v
}

// toHalf returns the bits of v as binary16, and false when v is not a binary16
// number. Every NaN becomes the same quiet NaN.
func toHalf(v float64) (uint16, bool) {
	var sign uint16
	if math.Signbit(v) {
		sign = halfSign
	}
	v = math.Abs(v)
	switch {
	case math.IsNaN(v):
		return halfNaN, true
	case math.IsInf(v, 1):
		return sign | halfInfinity, true
	case v == 0:
		return sign, true
	}
	_, exponent := math.Frexp(v)
	exponent = max(exponent-1, halfMinExp) // v = 1.m * 2^exponent, or subnormal
	if exponent > halfMaxExp {
		return 0, false
	}
	mantissa := math.Ldexp(v, 10-exponent)
	if mantissa != math.Trunc(mantissa) {
		return 0, false
	}
	bits := uint16(mantissa)
	if bits < halfUnit { // subnormal
		return sign | bits, true
	}
	return sign | uint16(exponent+halfBias)<<10 | bits&halfMantissa, true
}
