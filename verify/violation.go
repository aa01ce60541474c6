package verify

import (
	"math"

	"github.com/netmend/netmend/spec"
)

// violation is the set of outputs that do not meet a requirement, as a union of
// terms; a term is the set on which all of its rows are positive.
type violation [][]row

// row is normal . y - offset: how far y is outside a closed half-space.
type row struct {
	normal []float64
	offset float64
}

// at is the value of a row for the output y.
func (r row) at(y []float64) float64 {
	v := -r.offset
	for j, a := range r.normal {
		v += float64(a * y[j])
	}
	return v
}

// violationOf is the complement of what an item requires with a margin; see
// [spec.Output.Violation].
func violationOf(o *spec.Output, outputs int, margin float64) violation {
	var v violation
	for _, p := range o.Violation(outputs, margin) {
		var term []row
		for _, h := range p.Rows {
			outside := h.Complement() // closed: what is required
			term = append(term, row{outside.Normal, outside.Offset})
		}
		v = append(v, term)
	}
	return v
}

// least is the smallest of a term's rows at y: positive iff y is in the term.
func least(term []row, y []float64) float64 {
	m := math.Inf(1)
	for _, r := range term {
		m = min(m, r.at(y))
	}
	return m
}

// error bounds the rounding error of least for outputs that are off by errs.
func (v violation) error(term int, y, errs []float64) float64 {
	most := 0.0
	for _, r := range v[term] {
		e, size := 0.0, math.Abs(r.offset)
		for j, a := range r.normal {
			e += float64(math.Abs(a) * errs[j])
			size += math.Abs(a * y[j])
		}
		most = max(most, e+float64(float64(len(y)+4)*0x1p-53*size))
	}
	return float64(most * (1 + 0x1p-40))
}
