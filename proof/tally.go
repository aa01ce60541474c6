package proof

import (
	"math/big"
	"math/bits"
)

// tally adds up products of integers and words: those of either sign by themselves,
// in words that are made once.
type tally struct {
	plus, minus []big.Word

	// The integers themselves where each has one word: sizes, and all ones for negative ones.
	short       bool
	size, below []uint
}

// room makes room for sums of products of some integers with words.
func (t *tally) room(x []big.Int) {
	longest := 0
	for i := range x {
		longest = max(longest, len(x[i].Bits()))
	}
	if t.short = longest <= 1; t.short {
		t.shorten(x)
	}
	// A product has a word more, and a sum of less than 2^word products another one.
	if n := longest + 2; len(t.plus) != n {
		t.plus, t.minus = make([]big.Word, n), make([]big.Word, n)
	}
}

// shorten takes over integers of one word at most.
func (t *tally) shorten(x []big.Int) {
	if cap(t.size) < len(x) {
		t.size, t.below = make([]uint, len(x)), make([]uint, len(x))
	}
	t.size, t.below = t.size[:len(x)], t.below[:len(x)]
	for i := range x {
		t.size[i], t.below[i] = 0, 0
		switch x[i].Sign() {
		case -1:
			t.below[i] = ^uint(0)
			fallthrough
		case 1:
			t.size[i] = uint(x[i].Bits()[0])
		}
	}
}

// short3 is a number of three words in two's complement: a sum of fewer than 2^63 products
// of two words with signs, each less than 2^128 in size.
type short3 [3]uint

// add adds w x for integer i.
func (s *short3) add(w int64, t *tally, i int) {
	// The sizes' product, with all its bits turned and 1 added where it is negative.
	negative := uint(w >> 63)
	size := (uint(w) ^ negative) - negative
	hi, lo := bits.Mul(t.size[i], size)
	negative ^= t.below[i]
	var c uint
	s[0], c = bits.Add(s[0], lo^negative, negative&1)
	s[1], c = bits.Add(s[1], hi^negative, c)
	s[2], _ = bits.Add(s[2], negative, c)
}

// total sets sum to the number.
func (s *short3) total(sum *big.Int) {
	v, negative := *s, s[2]>>(bits.UintSize-1) == 1
	if negative {
		var c uint
		v[0], c = bits.Add(^v[0], 1, 0)
		v[1], c = bits.Add(^v[1], 0, c)
		v[2], _ = bits.Add(^v[2], 0, c)
	}
	sum.SetBits([]big.Word{big.Word(v[0]), big.Word(v[1]), big.Word(v[2])})
	if negative {
		sum.Neg(sum)
	}
}

func (t *tally) clear() {
	clear(t.plus)
	clear(t.minus)
}

// add adds x w with a sign.
func (t *tally) add(sign int, x []big.Word, w big.Word) {
	sum := t.plus
	if sign < 0 {
		sum = t.minus
	}
	var carry uint
	head := sum[:len(x)]
	for i, v := range x {
		hi, lo := bits.Mul(uint(v), uint(w))
		lo, c := bits.Add(lo, carry, 0)
		hi += c // no more than a word: the product is at most (2^word - 1)^2
		lo, c = bits.Add(lo, uint(head[i]), 0)
		head[i], carry = big.Word(lo), hi+c
	}
	for i := len(x); carry != 0; i++ {
		var c uint
		carry, c = bits.Add(carry, uint(sum[i]), 0)
		sum[i], carry = big.Word(carry), c
	}
}

// total sets sum to what was added.
func (t *tally) total(sum *big.Int) {
	var minus big.Int
	minus.SetBits(t.minus)
	sum.SetBits(append([]big.Word(nil), t.plus...))
	sum.Sub(sum, &minus)
}
