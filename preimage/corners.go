package preimage

import (
	"math/big"
	"slices"

	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
)

const (
	// maxCornerDim and maxCorners limit what vertices are computed of without rounding.
	maxCornerDim = 4
	maxCorners   = 1 << 10
)

// exactCorner is a vertex of a polytope: the point x[k]/x[0], x[0] > 0, of the inputs that
// vary, and the half-spaces that it lies on the border of, ascending.
type exactCorner struct {
	x     []*big.Int
	tight []int
}

// exactCorners are the vertices of an intersection of exact half-spaces in the domain, by
// the double description method in integers; not ok where that would take long.
func exactCorners(p *tree.Problem, rows []tree.ExactRow) (corners []exactCorner, ok bool) {
	corners = boxCorners(p)
	if corners == nil {
		return nil, false
	}
	sides := 2 * (len(corners[0].x) - 1)
	for i, row := range rows {
		if corners = cutCorners(corners, row, sides+i); len(corners) > maxCorners {
			return nil, false
		}
	}
	return corners, true
}

// boxCorners are those of the domain's box, whose sides have the first numbers of
// half-spaces; nil if it has too many dimensions, or none.
func boxCorners(p *tree.Problem) []exactCorner {
	corners := []exactCorner{{x: []*big.Int{big.NewInt(1)}}}
	for j, lo := range p.Lo {
		if lo == p.Hi[j] {
			continue
		}
		dim := len(corners[0].x) - 1
		if dim == maxCornerDim {
			return nil
		}
		var next []exactCorner
		for side, v := range []float64{lo, p.Hi[j]} {
			at := new(big.Rat).SetFloat64(v)
			for _, c := range corners {
				d := exactCorner{tight: append(slices.Clone(c.tight), 2*dim+side)}
				for _, t := range c.x {
					d.x = append(d.x, new(big.Int).Mul(t, at.Denom()))
				}
				d.x = append(d.x, new(big.Int).Mul(c.x[0], at.Num()))
				next = append(next, d)
			}
		}
		corners = next
	}
	if len(corners[0].x) == 1 {
		return nil
	}
	return corners
}

// cutCorners are the vertices of the part of a polytope in the closure of a half-space,
// which has the given number.
func cutCorners(corners []exactCorner, row tree.ExactRow, number int) []exactCorner {
	values := make([]*big.Int, len(corners))
	outside := false
	for i, c := range corners {
		values[i] = new(big.Int)
		for k, t := range row.Terms {
			values[i].Add(values[i], new(big.Int).Mul(t, c.x[k]))
		}
		outside = outside || values[i].Sign() > 0
	}
	var kept []exactCorner
	for i, c := range corners {
		switch values[i].Sign() {
		case 0:
			c.tight = append(slices.Clone(c.tight), number)
			kept = append(kept, c)
		case -1:
			kept = append(kept, c)
		}
	}
	if !outside {
		return kept
	}
	for i, a := range corners {
		for j, b := range corners {
			if values[i].Sign() < 0 && values[j].Sign() > 0 {
				if common, ok := edge(corners, i, j); ok {
					kept = append(kept, between(a, b, values[i], values[j], append(common, number)))
				}
			}
		}
	}
	return kept
}

// edge reports whether two vertices are the ends of an edge: whether no third one lies on the
// borders that both lie on, which are returned.
func edge(corners []exactCorner, i, j int) (common []int, ok bool) {
	for _, k := range corners[i].tight {
		if _, found := slices.BinarySearch(corners[j].tight, k); found {
			common = append(common, k)
		}
	}
	if len(common) < len(corners[i].x)-2 {
		return nil, false
	}
	for k := range corners {
		if k != i && k != j && containsAll(corners[k].tight, common) {
			return nil, false
		}
	}
	return common, true
}

// containsAll reports whether an ascending list has all numbers of another.
func containsAll(list, some []int) bool {
	for _, v := range some {
		if _, found := slices.BinarySearch(list, v); !found {
			return false
		}
	}
	return true
}

// between is where the edge from a to b, at which a form has a value below 0 and one above,
// meets its zeros.
func between(a, b exactCorner, below, above *big.Int, tight []int) exactCorner {
	c := exactCorner{tight: tight}
	divisor := new(big.Int)
	for k := range a.x {
		v := new(big.Int).Mul(above, a.x[k])
		v.Sub(v, new(big.Int).Mul(below, b.x[k]))
		c.x = append(c.x, v)
		divisor.GCD(nil, nil, divisor, new(big.Int).Abs(v))
	}
	for _, v := range c.x {
		v.Quo(v, divisor)
	}
	return c
}

// point is the vertex in all of the domain's inputs, rounded.
func (c *exactCorner) point(p *tree.Problem) []float64 {
	x := slices.Clone(p.Lo)
	k := 0
	for j, lo := range p.Lo {
		if lo < p.Hi[j] {
			k++
			x[j], _ = new(big.Rat).SetFrac(c.x[k], c.x[0]).Float64()
		}
	}
	return x
}

// value is a form at the vertex, rounded.
func (c *exactCorner) value(f *certify.ExactForm) float64 {
	sum := new(big.Int)
	for k, t := range f.Terms {
		sum.Add(sum, new(big.Int).Mul(t, c.x[k]))
	}
	v := new(big.Rat).SetFrac(sum, c.x[0])
	power := new(big.Int).Lsh(big.NewInt(1), uint(max(f.Exponent, -f.Exponent)))
	if f.Exponent < 0 {
		v.Quo(v, new(big.Rat).SetInt(power))
	} else {
		v.Mul(v, new(big.Rat).SetInt(power))
	}
	y, _ := v.Float64()
	return y
}
