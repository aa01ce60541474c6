package preimage

import (
	"errors"
	"math"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
)

// huge is the size of coefficients from which on half-spaces are scaled: sums of products
// of what is smaller do not overflow.
const huge = 0x1p400

// ErrOverflow: numbers of the target overflow float64 when they are multiplied with the
// network's, and cannot be scaled.
var ErrOverflow = errors.New("the output set's numbers differ so much in size that float64 does not hold their products with the network's")

// scaledRows is a union with rows of huge numbers multiplied by powers of two, exactly.
func scaledRows(u set.Union) (set.Union, error) {
	var scaled set.Union
	for m, p := range u {
		for i, h := range p.Rows {
			largest := 0.0
			for _, a := range h.Normal {
				largest = max(largest, math.Abs(a))
			}
			if largest < huge && math.Abs(h.Offset) < huge {
				continue
			}
			_, e := math.Frexp(max(largest, math.SmallestNonzeroFloat64))
			s := set.HalfSpace{Normal: make([]float64, len(h.Normal)), Offset: math.Ldexp(h.Offset, -e), Strict: h.Strict}
			same := math.Ldexp(s.Offset, e) == h.Offset
			for j, a := range h.Normal {
				s.Normal[j] = math.Ldexp(a, -e)
				same = same && math.Ldexp(s.Normal[j], e) == a
			}
			if !same || math.Abs(s.Offset) >= huge {
				return nil, ErrOverflow
			}
			if scaled == nil {
				scaled = append(set.Union{}, u...)
			}
			if &scaled[m].Rows[0] == &p.Rows[0] {
				scaled[m].Rows = append([]set.HalfSpace{}, p.Rows...)
			}
			scaled[m].Rows[i] = s
		}
	}
	if scaled == nil {
		return u, nil
	}
	return scaled, nil
}

// isFiniteRows reports whether all numbers of half-spaces are.
func isFiniteRows(rows []set.HalfSpace) bool {
	for _, h := range rows {
		if !vector.IsFinite(h.Offset) {
			return false
		}
		for _, a := range h.Normal {
			if !vector.IsFinite(a) {
				return false
			}
		}
	}
	return true
}
