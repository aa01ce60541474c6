package verify

import (
	"math"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// violation is a set of outputs that violate, as a union of terms.
type violation []term

// term is an intersection of half-spaces of the outputs.
type term []set.HalfSpace

// violationOf is the complement of what an item requires with a margin; see
// [spec.Output.Violation].
func violationOf(o *spec.Output, outputs int, margin float64) violation {
	var v violation
	for _, p := range o.Violation(outputs, margin) {
		v = append(v, p.Rows)
	}
	return v
}

// slack is how far inside the term y lies: the smallest slack of its half-spaces,
// +Inf for a term without any.
func (t term) slack(y []float64) float64 {
	s := math.Inf(1)
	for _, h := range t {
		s = min(s, h.Slack(y))
	}
	return s
}

// error bounds the error of slack for outputs that are off by errs: of the output, of the
// sums, and of the rounding of the half-spaces' numbers.
func (t term) error(y, errs []float64) float64 {
	most := 0.0
	for _, h := range t {
		e, size := 0.0, math.Abs(h.Offset)
		for j, a := range h.Normal {
			e += float64(math.Abs(a) * errs[j])
			size += math.Abs(a * y[j])
		}
		most = max(most, e+float64(float64(len(y)+4)*0x1p-53*size))
	}
	return float64(most * (1 + 0x1p-40))
}
