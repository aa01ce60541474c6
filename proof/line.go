package proof

import (
	"math"
	"math/big"
	"sync/atomic"

	"github.com/netmend/netmend/nn"
)

// form is an affine function on a simplex, a combination of a node's units and a
// constant, given by its values at the corners: in floats with error bounds, and
// exactly when asked for.
type form struct {
	c [3]float64
	r float64

	net   *network
	at    *state
	ch    nn.Channel
	terms []term
	plus  []float64 // constants, added exactly
	exact atomic.Pointer[exactValues]
}

// term is one unit times a factor.
type term struct {
	unit   int
	factor float64
}

// newForm computes the form with error bounds.
func (n *network) newForm(s *state, ch nn.Channel, corners int, terms []term, plus []float64) *form {
	f := &form{net: n, at: s, ch: ch, terms: terms, plus: plus}
	v := s.value
	if ch == nn.ActivationChannel {
		v = s.act
	}
	for _, t := range terms {
		f.r += float64(math.Abs(t.factor) * v.r[t.unit])
	}
	if len(terms) == 1 && terms[0].factor == 1 && (len(plus) == 0 || (len(plus) == 1 && plus[0] == 0)) {
		copy(f.c[:], v.c[terms[0].unit*corners:(terms[0].unit+1)*corners])
		return f // nothing was rounded
	}
	var most float64
	for k := range corners {
		var sum, size float64
		for _, t := range terms {
			p := float64(t.factor * v.c[t.unit*corners+k])
			sum += p
			size += math.Abs(p)
		}
		for _, p := range plus {
			sum += p
			size += math.Abs(p)
		}
		f.c[k] = sum
		most = max(most, size)
	}
	m := float64(len(terms) + len(plus) + 8)
	f.r = float64((f.r+float64(m*unit*most))*(1+float64(2*m*unit))) + float64(4*m*math.SmallestNonzeroFloat64)
	return f
}

// corners is the number of corners of the simplex.
func (f *form) corners() int { return f.at.value.corners }

// exactly is the form at the corners without rounding.
func (f *form) exactly() *exactValues {
	if v := f.exact.Load(); v != nil {
		return v
	}
	v := f.net.exact(f.at, f.ch)
	n := f.at.value.n
	factors := make([]float64, len(f.terms))
	for i, t := range f.terms {
		factors[i] = t.factor
	}
	fs, ps := exactOf(factors), exactOf(f.plus)
	e := min(fs.e+v.e, ps.e)
	out := &exactValues{m: make([]big.Int, f.corners()), e: e}
	var product, scratch big.Int
	for k := range out.m {
		sum := &out.m[k]
		for i, t := range f.terms {
			sum.Add(sum, product.Mul(&fs.m[i], &v.m[k*n+t.unit]))
		}
		if sum.Sign() != 0 {
			sum.Lsh(sum, uint(fs.e+v.e-e))
		}
		for i := range ps.m {
			addShifted(sum, &ps.m[i], ps.e-e, &scratch)
		}
	}
	f.exact.Store(out)
	return out
}
