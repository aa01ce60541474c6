package repair

import "math"

// FarkasValue is sum y b + bound |A^T y|_1 over the free parameters (nil: all),
// for the rows' multipliers y. Negative, it proves that no change with
// |D_i| <= bound meets the rows, since every such D has
// y^T A D >= -bound |A^T y|_1 > y^T b.
func FarkasValue(rows []FarkasRow, bound float64, free []bool) float64 {
	if len(rows) == 0 {
		return math.Inf(1)
	}
	in := len(rows[0].H)
	q := make([]float64, len(rows[0].G)*in)
	value := 0.0
	for _, r := range rows {
		value += r.Multiplier * r.RHS
		for j, g := range r.G {
			for i, h := range r.H {
				q[j*in+i] += r.Multiplier * g * h
			}
		}
	}
	for i, v := range q {
		if free == nil || free[i] {
			value += bound * math.Abs(v)
		}
	}
	return value
}
