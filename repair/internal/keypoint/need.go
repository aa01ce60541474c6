package keypoint

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// Need is a conjunction of half-spaces on the output.
type Need struct {
	HalfSpaces []HalfSpace
}

// HalfSpace is sum Coef[i] y[Index[i]] <= Offset.
type HalfSpace struct {
	Index  []int32
	Coef   []float64
	Offset float64
}

func sparse(h set.HalfSpace) HalfSpace {
	s := HalfSpace{Offset: h.Offset}
	for i, c := range h.Normal {
		if c != 0 {
			s.Index, s.Coef = append(s.Index, int32(i)), append(s.Coef, c)
		}
	}
	return s
}

// Value is sum Coef[i] y[Index[i]] - Offset: positive where violated.
func (s *HalfSpace) Value(y []float64) float64 {
	v := -s.Offset
	for i, j := range s.Index {
		v += float64(s.Coef[i] * y[j])
	}
	return v
}

// Error bounds the error of Value at y, whose entries are off by up to e.
func (s *HalfSpace) Error(y, e []float64) float64 {
	sum, size := 0.0, math.Abs(s.Offset)
	for i, j := range s.Index {
		sum += float64(math.Abs(s.Coef[i]) * e[j])
		size += math.Abs(s.Coef[i] * y[j])
	}
	const u = 0x1p-53
	return float64((sum + float64(float64(len(s.Index)+2)*u*size)) * (1 + 16*u))
}

// Normal writes the dense normal.
func (s *HalfSpace) Normal(dst []float64) {
	clear(dst)
	for i, j := range s.Index {
		dst[j] = s.Coef[i]
	}
}

// NeedOf returns the index of what is required in a cell. Cells of items that ask the same
// share it.
func (k *Set) NeedOf(c *Cell) int32 { return k.need(&k.spec.Items[c.Item].Output, int(c.Class)) }

// need returns the index of what an output requirement asks once class choice is chosen.
func (k *Set) need(o *spec.Output, choice int) int32 {
	key := fmt.Sprint(o.HalfSpaces, o.Allowed, o.Extremum, choice)
	if i, ok := k.needOf[key]; ok {
		return i
	}
	var n Need
	for _, h := range o.Given(choice, k.net.OutDim()) {
		n.HalfSpaces = append(n.HalfSpaces, sparse(h))
	}
	i := int32(len(k.Needs))
	k.Needs = append(k.Needs, n)
	k.needOf[key] = i
	return i
}

// Slack is the smallest b - a . y, less the rounding of that sum.
func (n *Need) Slack(y []float64) float64 {
	none := make([]float64, len(y))
	least := math.Inf(1)
	for j := range n.HalfSpaces {
		h := &n.HalfSpaces[j]
		least = min(least, -h.Value(y)-h.Error(y, none))
	}
	return least
}
