package conflict

import (
	"math/big"
	"math/bits"
)

// modulus is the Mersenne prime 2^61 - 1.
const modulus = 1<<61 - 1

// rank finds equations that do not follow from others, modulo a prime: an equation
// that is dropped wrongly, which is all but impossible, only makes a solution wrong
// that is checked anyway.
type rank struct {
	rows   [][]uint64 // pivot 1
	pivots []int
	n      int
}

func newRank(n int) *rank { return &rank{n: n} }

var bigModulus = big.NewInt(modulus)

// independent adds an equation and reports whether it is new.
func (k *rank) independent(equation []*big.Int) bool {
	if len(k.rows) == k.n {
		return false
	}
	r := make([]uint64, k.n)
	var t big.Int
	for i, v := range equation {
		if v.Sign() != 0 {
			r[i] = t.Mod(v, bigModulus).Uint64()
		}
	}
	for j, row := range k.rows {
		if f := r[k.pivots[j]]; f != 0 {
			for i, v := range row {
				r[i] = subMod(r[i], mulMod(f, v))
			}
		}
	}
	for i, v := range r {
		if v == 0 {
			continue
		}
		inverse := t.ModInverse(new(big.Int).SetUint64(v), bigModulus).Uint64()
		for i := range r {
			r[i] = mulMod(r[i], inverse)
		}
		k.rows, k.pivots = append(k.rows, r), append(k.pivots, i)
		return true
	}
	return false
}

func subMod(a, b uint64) uint64 {
	if a >= b {
		return a - b
	}
	return a + modulus - b
}

func mulMod(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	// 2^64 = 8 mod 2^61 - 1.
	v := (lo & modulus) + (lo>>61 | hi<<3)
	for v >= modulus {
		v -= modulus
	}
	return v
}
