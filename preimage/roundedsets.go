package preimage

import (
	"math/big"
	"slices"

	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// cube is an intersection of exact half-spaces in coordinates in which the domain is a unit
// cube, x = lo + width t for the inputs that vary: rounded, it is as precise for domains that
// are tiny, huge or far from 0.
type cube struct {
	set       set.Polyhedron
	lo, width []float64
}

func cubeOf(p *tree.Problem, rows []tree.ExactRow) cube {
	var c cube
	var lo, width []*big.Rat
	for j, v := range p.Lo {
		if w := p.Hi[j] - v; w > 0 {
			c.lo, c.width = append(c.lo, v), append(c.width, w)
			lo, width = append(lo, new(big.Rat).SetFloat64(v)), append(width, new(big.Rat).SetFloat64(w))
		}
	}
	c.set = set.Whole(len(lo))
	for _, row := range rows {
		terms := make([]*big.Rat, len(row.Terms))
		terms[0] = new(big.Rat).SetInt(row.Terms[0])
		largest := new(big.Rat)
		for k := range lo {
			a := new(big.Rat).SetInt(row.Terms[1+k])
			terms[0].Add(terms[0], new(big.Rat).Mul(a, lo[k]))
			terms[1+k] = a.Mul(a, width[k])
			if size := new(big.Rat).Abs(a); size.Cmp(largest) > 0 {
				largest = size
			}
		}
		if largest.Sign() == 0 {
			continue
		}
		h := set.HalfSpace{Normal: make([]float64, len(lo))}
		for k := range lo {
			h.Normal[k], _ = terms[1+k].Quo(terms[1+k], largest).Float64()
		}
		h.Offset, _ = terms[0].Neg(terms[0].Quo(terms[0], largest)).Float64()
		c.set = c.set.With(h)
	}
	return c
}

// volumeOf is the volume of an intersection of exact half-spaces in the domain, in float64; 0
// where it cannot be had.
func volumeOf(p *tree.Problem, rows []tree.ExactRow) float64 {
	c := cubeOf(p, rows)
	v, err := solve.Volume(c.set)
	if err != nil {
		return 0
	}
	for _, w := range c.width {
		v = float64(v * w)
	}
	return v
}

// cornersOf are the vertices of an intersection of exact half-spaces in the domain, rounded.
func cornersOf(p *tree.Problem, rows []tree.ExactRow) ([][]float64, error) {
	if exact, ok := exactCorners(p, rows); ok {
		var corners [][]float64
		for i := range exact {
			corners = append(corners, exact[i].point(p))
		}
		return corners, nil
	}
	c := cubeOf(p, rows)
	corners, err := solve.Vertices(c.set)
	for i, t := range corners {
		x := slices.Clone(p.Lo)
		k := 0
		for j, lo := range p.Lo {
			if lo < p.Hi[j] {
				x[j] += float64(c.width[k] * t[k])
				k++
			}
		}
		corners[i] = x
	}
	return corners, err
}

// rounded is an intersection of exact half-spaces of the inputs that vary, with the
// values of the others, in float64.
func (e *enumeration) rounded(p *tree.Problem, rows []tree.ExactRow) set.Polyhedron {
	s := set.Whole(len(p.Lo))
	for _, row := range rows {
		h := set.HalfSpace{Normal: make([]float64, len(p.Lo)), Strict: e.faces && row.Strict}
		// The largest coefficient becomes a number from 1/2 to 1.
		largest := 0
		for _, v := range row.Terms[1:] {
			largest = max(largest, v.BitLen())
		}
		if largest == 0 {
			continue
		}
		k := 0
		for j, lo := range p.Lo {
			if lo < p.Hi[j] {
				k++
				h.Normal[j] = scaledFloat(row.Terms[k], -largest)
			}
		}
		h.Offset = -scaledFloat(row.Terms[0], -largest)
		s = s.With(h)
	}
	for j, lo := range p.Lo {
		if lo == p.Hi[j] {
			up, down := set.HalfSpace{Normal: make([]float64, len(p.Lo)), Offset: lo}, set.HalfSpace{Normal: make([]float64, len(p.Lo)), Offset: -lo}
			up.Normal[j], down.Normal[j] = 1, -1
			s = s.With(up, down)
		}
	}
	return s
}

// scaledFloat is v 2^e, rounded.
func scaledFloat(v *big.Int, e int) float64 {
	f := new(big.Float).SetPrec(53).SetInt(v)
	x, _ := f.SetMantExp(f, e).Float64()
	return x
}
