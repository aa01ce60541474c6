package repair

import (
	"fmt"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// need is a conjunction of half-spaces on the output.
type need struct {
	halfSpaces []sparseHalfSpace
}

// sparseHalfSpace is sum coef[i] y[index[i]] <= offset.
type sparseHalfSpace struct {
	index  []int32
	coef   []float64
	offset float64
}

func sparse(h set.HalfSpace) sparseHalfSpace {
	s := sparseHalfSpace{offset: h.Offset}
	for i, c := range h.Normal {
		if c != 0 {
			s.index, s.coef = append(s.index, int32(i)), append(s.coef, c)
		}
	}
	return s
}

// value is sum coef[i] y[index[i]] - offset: positive where violated.
func (s *sparseHalfSpace) value(y []float64) float64 {
	v := -s.offset
	for i, j := range s.index {
		v += float64(s.coef[i] * y[j])
	}
	return v
}

// normal writes the dense normal.
func (s *sparseHalfSpace) normal(dst []float64) {
	clear(dst)
	for i, j := range s.index {
		dst[j] = s.coef[i]
	}
}

// need returns the index of what an output requirement asks once class choice
// is chosen. Items that ask the same share it.
func (k *keyPoints) need(o *spec.Output, choice int) int32 {
	key := fmt.Sprint(o.HalfSpaces, o.Allowed, o.Extremum, choice)
	if i, ok := k.needOf[key]; ok {
		return i
	}
	var n need
	for _, h := range o.Given(choice, k.net.OutDim()) {
		n.halfSpaces = append(n.halfSpaces, sparse(h))
	}
	i := int32(len(k.needs))
	k.needs = append(k.needs, n)
	k.needOf[key] = i
	return i
}
