package tree

import (
	"math"

	"github.com/netmend/netmend/nn"
)

// band encloses numbers on a cell: number i lies within radius_i(x) of
// centre_i(x). A form has a row for the constant and one for each variable.
type band struct{ centre, radius nn.Matrix }

func newBand(forms, n int) *band {
	return &band{nn.NewMatrix(forms, n), nn.NewMatrix(forms, n)}
}

// sizes bounds forms on the domain, for rounding errors. Products that underflow lose
// the more by what they are multiplied with later: all sums have some of tiny in them.
type sizes struct {
	most   []float64 // the largest absolute value of each variable, after 1 for the constant
	inputs float64   // their sum
	terms  []float64 // scratch
	errs   []float64
}

func newSizes(lo, hi []float64) *sizes {
	s := &sizes{most: []float64{1}, inputs: 1}
	for k := range lo {
		m := max(math.Abs(lo[k]), math.Abs(hi[k]))
		s.most = append(s.most, m)
		s.inputs += m
	}
	return s
}

// of bounds, for each number of a band, the sum of the absolute values of all
// terms of its forms.
func (s *sizes) of(b *band) []float64 {
	terms := resized(&s.terms, b.centre.Cols)
	for i := range terms {
		terms[i] = s.lost()
	}
	for k, m := range s.most {
		r := b.radius.Row(k)
		for i, c := range b.centre.Row(k) {
			terms[i] += float64(m * (math.Abs(c) + math.Abs(r[i])))
		}
	}
	return terms
}

// at is the same of one number.
func (s *sizes) at(b *band, i int) float64 {
	t := s.lost()
	for k, m := range s.most {
		j := k*b.centre.Stride + i
		t += float64(m * (math.Abs(b.centre.Data[j]) + math.Abs(b.radius.Data[j])))
	}
	return t
}

// lost is more than what a sum over the variables loses by underflow.
func (s *sizes) lost() float64 { return float64(tiny * float64(len(s.most))) }

// form is an affine function of the variables, with a bound on the absolute
// values of what it was summed from: its constant first.
type form struct {
	terms []float64
	size  float64
}

// side is the form below number i of the band (sign 1), or minus the form above it
// (sign -1).
func (b *band) side(dst *form, i int, sign float64, s *sizes) {
	dst.terms = dst.terms[:0]
	dst.size = s.lost()
	for k, m := range s.most {
		j := k*b.centre.Stride + i
		c, r := b.centre.Data[j], b.radius.Data[j]
		dst.terms = append(dst.terms, float64(sign*c)-r)
		dst.size += float64(m * (math.Abs(c) + math.Abs(r)))
	}
}
