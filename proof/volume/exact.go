package volume

import (
	"math/big"
	"slices"
)

// Exactly encloses the volume of the part of the unit cube of that many dimensions (at least 1)
// that lies in all half-spaces, each given by the integers Terms[0], Terms[1], ... of the
// function that is at most 0 on it: as closely as float64 can, or, where the sum's denominator
// grows beyond [maxBits] bits, by an ulp more for each simplex. It fails if alive does,
// which it calls from time to time.
//
// The cube is cut by one half-space after the other. A vertex on a half-space's hyperplane
// counts as inside, as if that were moved outward by less than any number, but by far more
// than those before it: so the polytope is simple throughout, however many facets meet in a
// point. Its vertices may coincide and its volume is the limit, that of the part itself.
func Exactly(dim int, hs [][]*big.Int, alive func() error) (Interval, error) {
	sum, err := exactSum(dim, hs, alive)
	return sum.interval(), err
}

// exactSum is Exactly's sum.
func exactSum(dim int, hs [][]*big.Int, alive func() error) (total, error) {
	e := exactly{dim: dim}
	e.body.cube(dim)
	for v := range e.body.len() {
		x := make([]*big.Int, dim+1)
		for k := range x {
			x[k] = big.NewInt(int64(v << 1 >> k & 1))
		}
		x[0] = big.NewInt(1)
		e.at = append(e.at, x)
	}
	for i, h := range hs {
		if err := alive(); err != nil {
			return total{}, err
		}
		if !e.cut(int32(2*dim+i), h) {
			return total{}, nil
		}
	}
	return e.volume(2*dim+len(hs), alive)
}

// maxBits is how long the denominator of an exact sum may become: with the vertices' it grows
// with each simplex, and the time for a sum with it.
const maxBits = 1 << 12

// total is a sum of numbers that are not negative: the exact one of the first, and an interval
// for the others.
type total struct {
	exact big.Rat
	rest  Interval
}

// add adds v / divisor.
func (t *total) add(v, divisor *big.Rat) {
	v.Quo(v, divisor)
	if t.rest == (Interval{}) && t.exact.Denom().BitLen()+v.Denom().BitLen() <= maxBits {
		t.exact.Add(&t.exact, v)
		return
	}
	t.rest = t.rest.Plus(Around(v))
}

func (t *total) interval() Interval { return Around(&t.exact).Plus(t.rest) }

// exactly is a polytope with exact vertices: each as its denominator and its numerators.
type exactly struct {
	dim        int
	knife      knife
	body, next body
	at         [][]*big.Int
	simplices  simplices
}

// cut cuts the polytope; it returns false if nothing is left.
func (e *exactly) cut(facet int32, h []*big.Int) bool {
	values, lost := make([]big.Int, len(e.at)), make([]bool, len(e.at))
	some, all := false, true
	var p big.Int
	for v, x := range e.at {
		for k, a := range h {
			values[v].Add(&values[v], p.Mul(a, x[k]))
		}
		lost[v] = values[v].Sign() > 0
		some, all = some || lost[v], all && lost[v]
	}
	if all || !some {
		return !all
	}
	if !e.knife.cut(&e.body, &e.next, facet, lost) {
		panic("volume: the vertices of a simple polytope do not lie on the sides of a hyperplane")
	}
	var at [][]*big.Int
	for _, v := range e.knife.order {
		at = append(at, e.at[v])
	}
	for _, c := range e.knife.cross {
		at = append(at, between(e.at[c.kept], e.at[c.lost], &values[c.kept], &values[c.lost]))
	}
	e.body, e.next, e.at = e.next, e.body, at
	return true
}

// between is the point between p and q, where values, with their denominators, are a <= 0 and
// b > 0, at which the value is 0: (b p - a q) / (b - a), where denominators are part of a, b.
func between(p, q []*big.Int, a, b *big.Int) []*big.Int {
	x := make([]*big.Int, len(p))
	var s, common big.Int
	for k := range p {
		x[k] = new(big.Int).Mul(b, p[k])
		x[k].Sub(x[k], s.Mul(a, q[k]))
		common.GCD(nil, nil, &common, s.Abs(x[k]))
	}
	for _, v := range x {
		v.Quo(v, &common)
	}
	return x
}

// volume adds up the simplices.
func (e *exactly) volume(facets int, alive func() error) (sum total, err error) {
	d := e.dim
	chosen := make([]int, d+1)
	factorial := new(big.Rat).SetInt(new(big.Int).MulRange(1, int64(d)))
	count := 0
	e.simplices.visit = func(depth, v int) bool {
		if err != nil || slices.ContainsFunc(chosen[:depth], func(w int) bool { return equal(e.at[v], e.at[w]) }) {
			return false // a simplex with a vertex twice has no volume
		}
		chosen[depth] = v
		if depth == d {
			if count++; count%64 == 0 {
				err = alive()
			}
			sum.add(e.simplex(chosen), factorial)
		}
		return true
	}
	e.simplices.divide(&e.body, facets)
	return sum, err
}

func equal(x, y []*big.Int) bool {
	return slices.EqualFunc(x, y, func(a, b *big.Int) bool { return a.Cmp(b) == 0 })
}

// simplex is the absolute value of the determinant of the vectors from the first of that many
// vertices to the others: that of the vertices with their denominators, by their product
// (E. H. Bareiss, Sylvester's identity and multistep integer-preserving Gaussian elimination,
// 1968).
func (e *exactly) simplex(vertices []int) *big.Rat {
	n := e.dim + 1
	m, denominator := make([][]*big.Int, n), big.NewInt(1)
	for i, v := range vertices {
		denominator.Mul(denominator, e.at[v][0])
		for _, x := range e.at[v] {
			m[i] = append(m[i], new(big.Int).Set(x))
		}
	}
	last := big.NewInt(1)
	var p big.Int
	for k := range n - 1 {
		i := k
		for i < n && m[i][k].Sign() == 0 {
			i++
		}
		if i == n {
			return new(big.Rat)
		}
		m[k], m[i] = m[i], m[k]
		for i := k + 1; i < n; i++ {
			for j := k + 1; j < n; j++ {
				m[i][j].Mul(m[i][j], m[k][k])
				m[i][j].Sub(m[i][j], p.Mul(m[i][k], m[k][j]))
				m[i][j].Quo(m[i][j], last)
			}
		}
		last = m[k][k]
	}
	det := m[n-1][n-1]
	return new(big.Rat).SetFrac(det.Abs(det), denominator)
}
