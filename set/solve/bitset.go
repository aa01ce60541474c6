package solve

import "math/bits"

// bitset is a set of small numbers. The methods return new sets.
type bitset []uint64

func (b bitset) has(i int) bool { return i>>6 < len(b) && b[i>>6]>>(i&63)&1 == 1 }

func (b bitset) with(i int) bitset {
	r := make(bitset, max(len(b), i>>6+1))
	copy(r, b)
	r[i>>6] |= 1 << (i & 63)
	return r
}

func (b bitset) and(c bitset) bitset {
	r := make(bitset, min(len(b), len(c)))
	for i := range r {
		r[i] = b[i] & c[i]
	}
	return r
}

func (b bitset) or(c bitset) bitset {
	if len(b) < len(c) {
		b, c = c, b
	}
	r := make(bitset, len(b))
	copy(r, b)
	for i, v := range c {
		r[i] |= v
	}
	return r
}

// in tells whether b is a subset of c.
func (b bitset) in(c bitset) bool {
	for i, v := range b {
		if i < len(c) {
			v &^= c[i]
		}
		if v != 0 {
			return false
		}
	}
	return true
}

func (b bitset) count() int {
	n := 0
	for _, v := range b {
		n += bits.OnesCount64(v)
	}
	return n
}

// members are the numbers in b, ascending.
func (b bitset) members() []int {
	var m []int
	for i := range len(b) * 64 {
		if b.has(i) {
			m = append(m, i)
		}
	}
	return m
}
