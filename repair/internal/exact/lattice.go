package exact

import (
	"math/big"
)

// lattice is a basis that is being reduced by the algorithm of A. Lenstra, H. Lenstra and
// L. Lovász in integers alone, as B. de Weger (1987) and H. Cohen (A Course in Computational
// Algebraic Number Theory, algorithm 2.6.7) state it.
type lattice struct {
	b [][]*big.Int
	// d[i] is the determinant of the Gram matrix of the first i vectors, and mu[i][j] d[j+1]
	// times the coefficient of vector i along the orthogonalised vector j.
	d  []*big.Int
	mu [][]*big.Int
}

// reduce makes the vectors of a basis short; they must be independent. It takes its steps off
// those that are left, and gives up where there are none; then it reports false.
func reduce(b [][]*big.Int, left *int) bool {
	n := len(b)
	l := &lattice{b: b, d: make([]*big.Int, n+1), mu: make([][]*big.Int, n)}
	l.d[0] = big.NewInt(1)
	for i := range n {
		if !l.orthogonalise(i) {
			return false
		}
	}
	for k := 1; k < n; {
		if *left--; *left < 0 {
			return false
		}
		l.size(k, k-1)
		if l.short(k) {
			l.swap(k)
			k = max(1, k-1)
			continue
		}
		for i := k - 2; i >= 0; i-- {
			l.size(k, i)
		}
		k++
	}
	return true
}

func (l *lattice) orthogonalise(k int) bool {
	l.mu[k] = make([]*big.Int, k)
	t := new(big.Int)
	for j := range k + 1 {
		u := product(l.b[k], l.b[j])
		for i := range j {
			u.Mul(u, l.d[i+1])
			u.Sub(u, t.Mul(l.mu[k][i], l.of(k, j, i)))
			u.Quo(u, l.d[i])
		}
		if j < k {
			l.mu[k][j] = u
		} else {
			l.d[k+1] = u
		}
	}
	return l.d[k+1].Sign() > 0
}

// of is the coefficient of vector j, or k itself, along vector i.
func (l *lattice) of(k, j, i int) *big.Int {
	if j == k {
		return l.mu[k][i]
	}
	return l.mu[j][i]
}

func product(a, b []*big.Int) *big.Int {
	s, t := new(big.Int), new(big.Int)
	for i := range a {
		s.Add(s, t.Mul(a[i], b[i]))
	}
	return s
}

// size takes off vector k its nearest multiple of vector i.
func (l *lattice) size(k, i int) {
	q := nearest(l.mu[k][i], l.d[i+1])
	if q.Sign() == 0 {
		return
	}
	t := new(big.Int)
	for c := range l.b[k] {
		l.b[k][c].Sub(l.b[k][c], t.Mul(q, l.b[i][c]))
	}
	l.mu[k][i].Sub(l.mu[k][i], t.Mul(q, l.d[i+1]))
	for j := range i {
		l.mu[k][j].Sub(l.mu[k][j], t.Mul(q, l.mu[i][j]))
	}
}

// nearest is the integer next to a/b, b being positive.
func nearest(a, b *big.Int) *big.Int {
	q := new(big.Int).Lsh(a, 1)
	q.Add(q, b)
	return q.Div(q, new(big.Int).Lsh(b, 1)) // rounds down
}

// short reports whether vectors k-1 and k are to change places.
func (l *lattice) short(k int) bool {
	left := new(big.Int).Mul(l.d[k+1], l.d[k-1])
	m := l.mu[k][k-1]
	left.Add(left, new(big.Int).Mul(m, m))
	left.Lsh(left, 2)
	right := new(big.Int).Mul(l.d[k], l.d[k])
	right.Mul(right, big.NewInt(3))
	return left.Cmp(right) < 0
}

func (l *lattice) swap(k int) {
	l.b[k], l.b[k-1] = l.b[k-1], l.b[k]
	for j := range k - 1 {
		l.mu[k][j], l.mu[k-1][j] = l.mu[k-1][j], l.mu[k][j]
	}
	m := l.mu[k][k-1]
	d := new(big.Int).Mul(l.d[k-1], l.d[k+1])
	d.Add(d, new(big.Int).Mul(m, m))
	d.Quo(d, l.d[k])
	for i := k + 1; i < len(l.b); i++ {
		a, b := l.mu[i][k-1], l.mu[i][k]
		first := new(big.Int).Mul(l.d[k+1], a)
		first.Sub(first, new(big.Int).Mul(m, b))
		first.Quo(first, l.d[k])
		second := new(big.Int).Mul(d, b)
		second.Add(second, new(big.Int).Mul(m, first))
		second.Quo(second, l.d[k+1])
		l.mu[i][k-1], l.mu[i][k] = second, first
	}
	l.d[k] = d
}

// diophantine looks for integers n near a target with A n = c, A's rows being independent;
// nil if there are none, or it takes too much.
func diophantine(a [][]*big.Int, c []*big.Int, target []*big.Rat, left *int) []*big.Int {
	m, n := len(a), len(target)
	// With the equations weighted so much, the reduced vectors that do not solve A n = 0
	// come last, as many as there are equations.
	weight := uint(8*n + 64)
	for _, row := range a {
		for _, v := range row {
			weight = max(weight, uint(v.BitLen()+8*n+64))
		}
	}
	b := make([][]*big.Int, n)
	for k := range b {
		b[k] = make([]*big.Int, n+m)
		for i := range b[k] {
			b[k][i] = new(big.Int)
		}
		b[k][k].SetInt64(1)
		for i := range m {
			b[k][n+i].Lsh(a[i][k], weight)
		}
	}
	if !reduce(b, left) {
		return nil
	}
	kernel := n - m
	for k := range b {
		zero := true
		for i := range m {
			zero = zero && b[k][n+i].Sign() == 0
		}
		if zero != (k < kernel) {
			return nil // dependent equations
		}
	}
	// The last ones meet the equations, with integers, or nothing does.
	x := make([]*big.Int, n)
	for i := range x {
		x[i] = new(big.Int)
	}
	t := new(big.Int)
	for j, f := range solveSquare(b[kernel:], n, c, weight) {
		if f == nil || !f.IsInt() {
			return nil
		}
		for i := range x {
			x[i].Add(x[i], t.Mul(f.Num(), b[kernel+j][i]))
		}
	}
	return towards(x, b[:kernel], target)
}

// solveSquare finds the multiples of vectors whose places from n on add up to c 2^weight.
func solveSquare(b [][]*big.Int, n int, c []*big.Int, weight uint) []*big.Rat {
	m := len(b)
	rows := make([][]*big.Rat, m)
	for i := range rows {
		for j := range m {
			rows[i] = append(rows[i], new(big.Rat).SetInt(b[j][n+i]))
		}
		rows[i] = append(rows[i], new(big.Rat).SetInt(new(big.Int).Lsh(c[i], weight)))
	}
	for k := range m {
		p := k
		for p < m && rows[p][k].Sign() == 0 {
			p++
		}
		if p == m {
			return make([]*big.Rat, m)
		}
		rows[k], rows[p] = rows[p], rows[k]
		for i := range m {
			if i == k || rows[i][k].Sign() == 0 {
				continue
			}
			f := new(big.Rat).Quo(rows[i][k], rows[k][k])
			for j := k; j <= m; j++ {
				rows[i][j].Sub(rows[i][j], new(big.Rat).Mul(f, rows[k][j]))
			}
		}
	}
	all := make([]*big.Rat, m)
	for k := range all {
		all[k] = new(big.Rat).Quo(rows[k][m], rows[k][k])
	}
	return all
}

// towards moves x by multiples of the vectors, one after the other from the last on, as near
// to the target as their orthogonal parts tell (L. Babai's nearest plane).
func towards(x []*big.Int, vectors [][]*big.Int, target []*big.Rat) []*big.Int {
	n := len(x)
	orthogonal := make([][]*big.Rat, len(vectors))
	for k, v := range vectors {
		o := make([]*big.Rat, n)
		for i := range o {
			o[i] = new(big.Rat).SetInt(v[i])
		}
		for j := range k {
			f := new(big.Rat).Quo(dot(o, orthogonal[j]), dot(orthogonal[j], orthogonal[j]))
			for i := range o {
				o[i].Sub(o[i], new(big.Rat).Mul(f, orthogonal[j][i]))
			}
		}
		orthogonal[k] = o
	}
	for k := len(vectors) - 1; k >= 0; k-- {
		rest := make([]*big.Rat, n)
		for i := range rest {
			rest[i] = new(big.Rat).SetInt(x[i])
			rest[i].Sub(target[i], rest[i])
		}
		f := new(big.Rat).Quo(dot(rest, orthogonal[k]), dot(orthogonal[k], orthogonal[k]))
		q := nearest(f.Num(), f.Denom())
		for i := range x {
			x[i].Add(x[i], new(big.Int).Mul(q, vectors[k][i]))
		}
	}
	return x
}
