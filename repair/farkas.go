package repair

import "math"

// FarkasValue is an upper bound on sum y b + bound |A^T y|_1 over the free
// parameters (nil: all), for the rows' multipliers y, rounding included.
// Negative, it proves that no change with |D_i| <= bound meets the rows as they
// are stored, since every such D has y^T A D >= -bound |A^T y|_1 > y^T b.
func FarkasValue(rows []FarkasRow, bound float64, free []bool) float64 {
	if len(rows) == 0 {
		return math.Inf(1)
	}
	in := len(rows[0].H)
	q := make([]float64, len(rows[0].G)*in)
	sizes := make([]float64, len(q)) // sums of absolute values
	value, size := 0.0, 0.0
	for _, r := range rows {
		value += r.Multiplier * r.RHS
		size += math.Abs(r.Multiplier * r.RHS)
		for j, g := range r.G {
			for i, h := range r.H {
				a := r.Multiplier * g * h
				q[j*in+i] += a
				sizes[j*in+i] += math.Abs(a)
			}
		}
	}
	for i, v := range q {
		if free == nil || free[i] {
			value += bound * math.Abs(v)
			size += bound * sizes[i]
		}
	}
	// Every term is a product of at most four factors in a sum over the rows,
	// in a sum over the parameters.
	operations := float64(len(rows) + len(q) + 8)
	return value + operations*0x1p-52*size
}

// rowError bounds the relative errors of rows, whose gradients, inputs and
// outputs are computed in some thousand roundings.
const rowError = 0x1p-42

// farkasDoubt is by how much the errors of rows can change their Farkas value;
// scale is the size of the outputs that the right-hand sides come from.
func farkasDoubt(rows []FarkasRow, bound, scale float64) float64 {
	doubt := 0.0
	for _, r := range rows {
		g, h := 0.0, 0.0
		for _, v := range r.G {
			g += math.Abs(v)
		}
		for _, v := range r.H {
			h += math.Abs(v)
		}
		doubt += r.Multiplier * (scale + math.Abs(r.RHS) + bound*g*h)
	}
	return rowError * doubt
}
