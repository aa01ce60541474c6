package face

import "math/big"

// basis holds independent rows, each an affine function by its values at the corners of a
// frame, up to a factor, in echelon form. The zero value is empty.
type basis struct {
	rows   [][]*big.Int
	pivots []int
}

func (b *basis) rank() int { return len(b.rows) }

// add adds a row, unless it depends on those there are.
func (b *basis) add(row []*big.Int) {
	rest, pivot := b.reduce(row)
	if pivot < 0 {
		return
	}
	if rest[pivot].Sign() < 0 {
		for _, v := range rest {
			v.Neg(v)
		}
	}
	b.rows = append(b.rows[:len(b.rows):len(b.rows)], rest)
	b.pivots = append(b.pivots[:len(b.pivots):len(b.pivots)], pivot)
}

// spans reports whether a row depends on those of the basis: then it vanishes where they do.
func (b *basis) spans(row []*big.Int) bool {
	_, pivot := b.reduce(row)
	return pivot < 0
}

// meets reports whether there is a point at which all rows vanish. There is none iff they
// combine to a constant that is not 0.
func (b *basis) meets() bool {
	if len(b.rows) == 0 {
		return true
	}
	return !b.spans(ones(len(b.rows[0])))
}

// ones is the function that is 1 everywhere.
func ones(n int) []*big.Int {
	one := make([]*big.Int, n)
	for i := range one {
		one[i] = big.NewInt(1)
	}
	return one
}

// sign is that of a row at the one point at which all rows of the basis vanish.
func (b *basis) sign(row []*big.Int) int {
	// One number of each is left, a factor of the same weight of the point; the weights
	// sum to 1.
	rest, at := b.reduce(row)
	if at < 0 {
		return 0
	}
	all, _ := b.reduce(ones(len(row)))
	return rest[at].Sign() * all[at].Sign()
}

// reduce is a row, times a factor above 0, less what combines the basis, and the first number in it
// that is not 0, or -1.
func (b *basis) reduce(row []*big.Int) (rest []*big.Int, pivot int) {
	rest = make([]*big.Int, len(row))
	for i, v := range row {
		rest[i] = new(big.Int).Set(v)
	}
	var t big.Int
	for k, r := range b.rows {
		p := b.pivots[k]
		if rest[p].Sign() == 0 {
			continue
		}
		factor := new(big.Int).Set(rest[p])
		for i := range rest {
			rest[i].Mul(rest[i], r[p])
			rest[i].Sub(rest[i], t.Mul(factor, r[i]))
		}
		shorten(rest)
	}
	for i, v := range rest {
		if v.Sign() != 0 {
			return rest, i
		}
	}
	return rest, -1
}

// shorten divides a row by what its numbers have in common.
func shorten(row []*big.Int) {
	d := new(big.Int)
	for _, v := range row {
		d.GCD(nil, nil, d, new(big.Int).Abs(v))
	}
	if d.BitLen() < 2 {
		return
	}
	for _, v := range row {
		v.Quo(v, d)
	}
}
