package preimage

import (
	"math/big"

	"github.com/netmend/netmend/set"
)

// exactFlat is a set in the subspace of the equations among its rows, in coordinates in
// which nothing is rounded; not ok where there are none such that all numbers are float64
// ones.
func exactFlat(p set.Polyhedron, equations []int) (f Flat, ok bool) {
	e, ok := eliminate(p, equations)
	if !ok {
		return f, false
	}
	if f.Axes, ok = e.axes(); !ok || len(f.Axes) == 0 || len(f.Axes) == p.Dim {
		return f, false
	}
	if f.Origin, ok = e.origin(); !ok {
		return f, false
	}
	f.within = &p
	f.Sides = set.Whole(len(f.Axes))
	isEquation := make([]bool, len(p.Rows))
	for _, i := range equations {
		isEquation[i] = true
	}
	for i, h := range p.Rows {
		if isEquation[i] {
			continue
		}
		side := set.HalfSpace{Normal: make([]float64, len(f.Axes)), Strict: h.Strict}
		for k, axis := range f.Axes {
			if side.Normal[k], ok = exactly(product(h.Normal, axis)); !ok {
				return f, false
			}
		}
		offset := rational(h.Offset)
		if side.Offset, ok = exactly(offset.Sub(offset, product(h.Normal, f.Origin))); !ok {
			return f, false
		}
		f.Sides = f.Sides.With(side)
	}
	return f, true
}

// product is a . x.
func product(a, x []float64) *big.Rat {
	sum := new(big.Rat)
	for j, v := range a {
		if v != 0 && x[j] != 0 {
			sum.Add(sum, new(big.Rat).Mul(rational(v), rational(x[j])))
		}
	}
	return sum
}

// exactly is r where it is a float64 number.
func exactly(r *big.Rat) (v float64, ok bool) {
	v, _ = r.Float64()
	back := new(big.Rat).SetFloat64(v)
	return v, back != nil && back.Cmp(r) == 0
}

// reduced are equations solved for some coordinates: row i says that coordinate pivot[i],
// and its share of each of the free coordinates, add up to the last number.
type reduced struct {
	dim   int
	rows  [][]*big.Rat
	pivot []int
	free  []int
}

// eliminate solves equations; not ok where they contradict each other.
func eliminate(p set.Polyhedron, equations []int) (e reduced, ok bool) {
	e.dim = p.Dim
	isPivot := make([]bool, p.Dim)
	for _, i := range equations {
		row := make([]*big.Rat, p.Dim+1)
		for j, a := range p.Rows[i].Normal {
			row[j] = rational(a)
		}
		row[p.Dim] = rational(p.Rows[i].Offset)
		for k, other := range e.rows {
			subtract(row, other, new(big.Rat).Set(row[e.pivot[k]]))
		}
		at := pivotOf(row[:p.Dim])
		if at < 0 {
			if row[p.Dim].Sign() != 0 {
				return e, false
			}
			continue
		}
		inverse := new(big.Rat).Inv(row[at])
		for _, v := range row {
			v.Mul(v, inverse)
		}
		for _, other := range e.rows {
			subtract(other, row, new(big.Rat).Set(other[at]))
		}
		e.rows, e.pivot, isPivot[at] = append(e.rows, row), append(e.pivot, at), true
	}
	for j, is := range isPivot {
		if !is {
			e.free = append(e.free, j)
		}
	}
	return e, true
}

// subtract is a -= f b.
func subtract(a, b []*big.Rat, f *big.Rat) {
	if f.Sign() == 0 {
		return
	}
	for j, v := range b {
		a[j].Sub(a[j], new(big.Rat).Mul(f, v))
	}
}

// pivotOf is the coefficient to divide by: one whose odd part is smallest, so that the
// quotients are float64 numbers where they can be; -1 if all are 0.
func pivotOf(row []*big.Rat) int {
	best, smallest := -1, new(big.Int)
	for j, v := range row {
		if v.Sign() == 0 {
			continue
		}
		if o := odd(v.Num()); best < 0 || o.Cmp(smallest) < 0 {
			best, smallest = j, o
		}
	}
	return best
}

// odd is the odd part of a number's size.
func odd(n *big.Int) *big.Int {
	o := new(big.Int).Abs(n)
	return o.Rsh(o, o.TrailingZeroBits())
}

// axes are directions along the free coordinates, of a length that makes all numbers dyadic.
func (e *reduced) axes() (axes [][]float64, ok bool) {
	for _, f := range e.free {
		scale := big.NewInt(1)
		for _, row := range e.rows {
			o := odd(row[f].Denom())
			scale.Mul(scale, o.Quo(o, new(big.Int).GCD(nil, nil, scale, o)))
		}
		factor := new(big.Rat).SetInt(scale)
		axis := make([]float64, e.dim)
		if axis[f], ok = exactly(factor); !ok {
			return nil, false
		}
		for i, row := range e.rows {
			v := new(big.Rat).Mul(factor, row[f])
			if axis[e.pivot[i]], ok = exactly(v.Neg(v)); !ok {
				return nil, false
			}
		}
		axes = append(axes, axis)
	}
	return axes, true
}

// origin is a point that fulfils the equations, with at most one free coordinate that is
// not 0 but a small number.
func (e *reduced) origin() ([]float64, bool) {
	const most = 64
	for k := range most {
		for _, f := range e.free {
			if x, ok := e.at(f, big.NewRat(int64(k), 1)); ok {
				return x, true
			}
		}
	}
	return nil, false
}

// at is the point with a free coordinate given and the others 0.
func (e *reduced) at(f int, v *big.Rat) (x []float64, ok bool) {
	x = make([]float64, e.dim)
	x[f], _ = v.Float64()
	for i, row := range e.rows {
		c := new(big.Rat).Mul(row[f], v)
		if x[e.pivot[i]], ok = exactly(c.Sub(row[e.dim], c)); !ok {
			return nil, false
		}
	}
	return x, true
}
