package portable

import "math/big"

// Float64 is the float64 nearest to r, and whether it is r. The flag of [big.Rat.Float64]
// is true of 0 for numbers that are too small for float64 and have a power of 2 as
// denominator (Go 1.26).
func Float64(r *big.Rat) (v float64, exact bool) {
	v, exact = r.Float64()
	return v, exact && (v != 0 || r.Sign() == 0)
}
