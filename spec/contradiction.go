package spec

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/set"
)

// Contradiction is a pair of half-spaces, required at one point or by one item, such that no
// output meets both: their sum is 0 < 0, or worse.
type Contradiction struct {
	// Items that they belong to; the same twice if one item contradicts itself.
	Items [2]int
	// HalfSpaces of the items, in the order of [Output.Given] with Classes.
	HalfSpaces [2]int
	// Classes are the allowed classes that are meant, if an item allows several (the others are
	// contradicted in the same way); otherwise -1.
	Classes [2]int
}

// Contradictions finds items that contradict each other at one point, with a margin: two
// labels, a class to keep and another label, bounds on opposite sides. Points are compared
// exactly. It finds only contradictions of two half-spaces that are opposite. Each item is
// named as the second of a pair at most once. No network is needed, since none meets such
// items. The specification must be bound ([Spec.Bind]).
func (s *Spec) Contradictions(outputs int, margin float64) []Contradiction {
	var found []Contradiction
	seed := maphash.MakeSeed()
	at := map[uint64][]int{}
	for i := range s.Items {
		o := &s.Items[i].Output
		if c, ok := contradict(o, o, outputs, margin); ok {
			c.Items = [2]int{i, i}
			found = append(found, c)
			continue
		}
		x := s.Items[i].Point
		if x == nil {
			continue
		}
		key := pointHash(seed, x)
		for _, j := range at[key] {
			if !slices.Equal(s.Items[j].Point, x) {
				continue
			}
			if c, ok := contradict(&s.Items[j].Output, o, outputs, margin); ok {
				c.Items = [2]int{j, i}
				found = append(found, c)
				break
			}
		}
		at[key] = append(at[key], i)
	}
	return found
}

// pointHash is the same for equal points.
func pointHash(seed maphash.Seed, x []float64) uint64 {
	b := make([]byte, 0, 8*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v+0)) // -0 is 0
	}
	return maphash.Bytes(seed, b)
}

// contradict finds opposite half-spaces of two requirements.
func contradict(a, b *Output, outputs int, margin float64) (Contradiction, bool) {
	always := [2][]set.HalfSpace{a.halfSpaces(outputs), b.halfSpaces(outputs)}
	for i, g := range always[0] {
		for j, h := range always[1] {
			if exclude(g, h, margin) {
				return Contradiction{HalfSpaces: [2]int{i, j}, Classes: [2]int{-1, -1}}, true
			}
		}
	}
	if c, ok := againstClass(always[0], b, outputs, margin); ok {
		c.HalfSpaces[1] += len(always[1])
		return c, true
	}
	if c, ok := againstClass(always[1], a, outputs, margin); ok {
		return Contradiction{HalfSpaces: [2]int{c.HalfSpaces[1] + len(always[0]), c.HalfSpaces[0]}, Classes: c.Classes}, true
	}
	c, ok := classesContradict(a, b)
	c.HalfSpaces[0] += len(always[0])
	c.HalfSpaces[1] += len(always[1])
	return c, ok
}

// againstClass finds one of some half-spaces, y_j - y_k <= b, that is opposite to the one
// class that a requirement allows beating another, which is counted among those.
func againstClass(hs []set.HalfSpace, o *Output, outputs int, margin float64) (Contradiction, bool) {
	if len(o.Allowed) != 1 {
		return Contradiction{}, false
	}
	for i, h := range hs {
		class, other, ok := difference(h.Normal)
		if o.Extremum == Argmin {
			class, other = other, class
		}
		if ok && o.Allowed[0] == class && exclude(h, o.Beats(class, other, outputs), margin) {
			return Contradiction{HalfSpaces: [2]int{i, o.against(other)}, Classes: [2]int{-1, -1}}, true
		}
	}
	return Contradiction{}, false
}

// classesContradict finds two allowed classes that must beat each other, whichever
// are chosen, as no class is allowed by both. Whatever the margin, two outputs do not
// beat each other. Half-spaces are counted among those of classes.
func classesContradict(a, b *Output) (Contradiction, bool) {
	if len(a.Allowed) == 0 || len(b.Allowed) == 0 || a.Extremum != b.Extremum || a.Ties != b.Ties {
		return Contradiction{}, false
	}
	for _, class := range a.Allowed {
		if slices.Contains(b.Allowed, class) {
			return Contradiction{}, false
		}
	}
	j, k := a.Allowed[0], b.Allowed[0]
	c := Contradiction{HalfSpaces: [2]int{a.against(k), b.against(j)}, Classes: [2]int{-1, -1}}
	if len(a.Allowed) > 1 {
		c.Classes[0] = j
	}
	if len(b.Allowed) > 1 {
		c.Classes[1] = k
	}
	return c, true
}

// against is the place of a class among those that are not allowed.
func (o *Output) against(class int) int {
	before := 0
	for _, k := range slices.Compact(slices.Sorted(slices.Values(o.Allowed))) {
		if k < class {
			before++
		}
	}
	return class - before
}

// difference reports whether a normal is that of y_j - y_k.
func difference(normal []float64) (j, k int, ok bool) {
	j, k = -1, -1
	for i, v := range normal {
		switch {
		case v == 1 && j < 0:
			j = i
		case v == -1 && k < 0:
			k = i
		case v != 0:
			return 0, 0, false
		}
	}
	return j, k, j >= 0 && k >= 0
}

// exclude reports whether two half-spaces, with a margin, are opposite and have no
// common point.
func exclude(g, h set.HalfSpace, margin float64) bool {
	for i, v := range g.Normal {
		if v != -h.Normal[i] {
			return false
		}
	}
	sum := new(big.Rat).SetFloat64(g.Offset)
	m := new(big.Rat).SetFloat64(margin)
	sum.Add(sum, new(big.Rat).SetFloat64(h.Offset))
	sum.Sub(sum, m.Add(m, m))
	return sum.Sign() < 0 || sum.Sign() == 0 && margin == 0 && (g.Strict || h.Strict)
}
