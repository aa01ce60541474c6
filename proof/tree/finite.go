package tree

import (
	"errors"
	"math"

	"github.com/netmend/netmend/nn"
)

// # Why a number that is not finite proves nothing
//
// Error bounds of floating-point arithmetic say nothing of an operation that overflows:
// its result, an infinity, is not an approximation of anything, though it compares like a
// huge number. So no comparison may see a number behind which an operation overflowed.
//
//  1. What enters is finite: the parameters of the network and the target (newAffine,
//     compile), the box (compile), the multipliers (valid).
//  2. Sums, differences, products and absolute values of float64 keep what is not
//     finite: with an operand that is NaN or infinite, their result is NaN or infinite,
//     the product with 0 included, which is NaN. So where a result of these operations
//     alone is finite, so was every number on the way, and the error bounds hold for
//     each. Between two gates (3) this package computes by these operations and four
//     exceptions (4), and nothing else.
//  3. What is kept passes one of five gates, each of which looks at every number it
//     lets through. A map: newAffine, affine.after. A band: band.finite, called for
//     every node and for the goal. A half-space that contains the cell: halfSpaceOf. A
//     range of a unit: State.reach. And what any step is accepted for: State.least, the
//     only source of new bounds of inputs and of units, and of what Close and Empty
//     compare with 0.
//     Substitution, too, computes by these operations from one of these gates to the last
//     one: which of two lines a coefficient is multiplied with depends on its sign bit, and
//     a NaN stays NaN with either.
//  4. The exceptions. addScaled leaves out products with 0, which are 0, since the other
//     operand is finite, having passed a gate. The built-in min and max keep NaN, and an
//     infinity is lost in them only where it is the weaker bound (span: of a range that
//     a gate gave; relax and jump: an offset below which, or above which, the function
//     is known not to go, where an overflow of the other sign meets its own error bound,
//     which is then infinite too, and leaves NaN). The slopes that relax chooses may be
//     any finite numbers, and it chooses no others. Which end of a range a sum takes, by
//     the sign of a coefficient, is right for every sign: a NaN goes on into the sum.

// ErrOverflow: a step's numbers are beyond float64, so that it proves nothing. The state
// is unchanged.
var ErrOverflow = errors.New("the numbers of the step overflow float64")

// errDomain: what the network computes on the domain, or a bound of it, is beyond float64.
var errDomain = errors.New("the values overflow float64 on the domain")

// finite reports whether v is neither NaN nor infinite.
func finite(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }

// allFinite reports whether all numbers are: the difference of a number and itself is 0 where
// it is finite, otherwise NaN, and a sum with NaN is NaN.
func allFinite(vs []float64) bool {
	var a, b, c, d float64
	for len(vs) >= 4 {
		a += vs[0] - vs[0]
		b += vs[1] - vs[1]
		c += vs[2] - vs[2]
		d += vs[3] - vs[3]
		vs = vs[4:]
	}
	for _, v := range vs {
		a += v - v
	}
	return (a+b)+(c+d) == 0
}

// finiteMatrix reports whether all entries are.
func finiteMatrix(m nn.Matrix) bool {
	for i := range m.Rows {
		if !allFinite(m.Row(i)) {
			return false
		}
	}
	return true
}

// finite reports whether all numbers of a band are.
func (b *band) finite() bool { return finiteMatrix(b.centre) && finiteMatrix(b.radius) }

// finite reports whether all numbers of a map are.
func (a *affine) finite() bool {
	return finiteMatrix(a.mat) && finiteMatrix(a.size) && allFinite(a.bias) && allFinite(a.biasSize) && finite(a.error)
}

// halfSpaceOf is the half-space f <= 0 if all numbers of f are finite, otherwise the whole
// space, 0 <= 0, which contains the cell all the same.
func halfSpaceOf(f form) form {
	if !allFinite(f.terms) || !finite(f.size) {
		return form{terms: make([]float64, len(f.terms))}
	}
	return f
}

// least is a number that a form is nowhere below on the box, given how many more terms
// than its own its numbers were summed from. It fails with ErrOverflow unless that number
// is finite, and with it everything that it was computed from.
//
// It is the sum of the form's constant and, for each variable, its coefficient times the
// end of the variable's range where the product is least, less a bound on what rounding
// did: a roundoff for each operation on the way to a term, relative to the form's size,
// and what products may have lost by underflow.
func (s *State) least(f *form, terms int) (float64, error) {
	sum := f.terms[0]
	for k, a := range f.terms[1:] {
		if a > 0 {
			sum += float64(a * s.lo[k])
		} else {
			sum += float64(a * s.hi[k])
		}
	}
	n := float64(len(f.terms) + terms + 4)
	sum -= float64(n*roundoff*f.size) + float64(tiny*n*s.c.sizes.inputs)
	if !finite(sum) {
		return 0, ErrOverflow
	}
	return sum, nil
}
