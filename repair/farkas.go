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
	n := 0
	for i := range rows {
		n = max(n, rows[i].parameters())
	}
	q := make([]float64, n)
	sizes := make([]float64, n) // sums of absolute values
	value, size := 0.0, 0.0
	for i := range rows {
		r := &rows[i]
		value += float64(r.Multiplier * r.RHS)
		size += math.Abs(r.Multiplier * r.RHS)
		a := r.coefficients()
		a.AddTo(q, r.Multiplier)
		a.AddSizes(sizes, r.Multiplier)
	}
	for i, v := range q {
		if free == nil || free[i] {
			value += float64(bound * math.Abs(v))
			size += float64(bound * sizes[i])
		}
	}
	// Every term is a product of at most four factors in a sum over the rows,
	// in a sum over the parameters.
	operations := float64(len(rows) + len(q) + 8)
	return value + float64(operations*0x1p-52*size)
}

// parameters is one more than the last parameter that the row has a coefficient
// of.
func (r *FarkasRow) parameters() int {
	if r.H != nil {
		return len(r.G) * len(r.H)
	}
	if len(r.Channels) == 0 {
		return 0
	}
	return (int(r.Channels[len(r.Channels)-1]) + 1) * (len(r.Blocks) / len(r.Channels))
}

// rowError bounds the relative errors of rows, whose gradients, inputs and
// outputs are computed in some thousand roundings.
const rowError = 0x1p-42

// farkasDoubt is by how much the errors of rows can change their Farkas value;
// scale is the size of the outputs that the right-hand sides come from.
func farkasDoubt(rows []FarkasRow, bound, scale float64) float64 {
	doubt := 0.0
	for i := range rows {
		r := &rows[i]
		doubt += float64(r.Multiplier * (scale + math.Abs(r.RHS) + float64(bound*r.coefficients().SumAbs())))
	}
	return float64(rowError * doubt)
}
