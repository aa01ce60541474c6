package proof

import (
	"math/big"
	"math/bits"
)

// tally adds up products of integers and words: those of either sign by themselves,
// in words that are made once.
type tally struct{ plus, minus []big.Word }

// room makes room for sums of products of some integers with words.
func (t *tally) room(x []big.Int) {
	longest := 0
	for i := range x {
		longest = max(longest, len(x[i].Bits()))
	}
	// A product has a word more, and a sum of less than 2^word products another one.
	if n := longest + 2; len(t.plus) != n {
		t.plus, t.minus = make([]big.Word, n), make([]big.Word, n)
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
