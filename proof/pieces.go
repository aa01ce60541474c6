package proof

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/nn"
)

// pieces is a piecewise-affine activation node, exactly and in floats.
type pieces struct {
	breaks                []float64
	slope, offset         []float64
	exactSlope, exactOffs exactValues
}

func newPieces(f *nn.Piecewise) *pieces {
	return &pieces{
		breaks: f.Breaks, slope: f.Slope, offset: f.Offset,
		exactSlope: exactOf(f.Slope), exactOffs: exactOf(f.Offset),
	}
}

// apply computes every unit's piece at every corner, with error bounds.
func (p *pieces) apply(x *values, pattern []uint8) *values {
	n := x.corners
	y := newValues(x.n, n)
	for u, piece := range pattern {
		in, out := x.c[u*n:(u+1)*n], y.c[u*n:(u+1)*n]
		switch s, o := p.slope[piece], p.offset[piece]; {
		case s == 0:
			for k := range out {
				out[k] = o
			}
		case s == 1 && o == 0:
			copy(out, in)
			y.r[u] = x.r[u]
		default:
			var most float64
			for k := range out {
				v := float64(s * in[k])
				out[k] = v + o
				most = max(most, math.Abs(v)+math.Abs(out[k]))
			}
			// Two roundings, and those of this line.
			y.r[u] = float64((float64(math.Abs(s)*x.r[u])+float64(4*unit*most))*(1+8*unit)) + 8*math.SmallestNonzeroFloat64
		}
	}
	return y
}

// applyExact computes every unit's piece at every corner without rounding.
func (p *pieces) applyExact(x *exactValues, pattern []uint8) *exactValues {
	n := len(pattern)
	corners := len(x.m) / max(n, 1)
	e := min(p.exactSlope.e+x.e, p.exactOffs.e)
	y := &exactValues{m: make([]big.Int, n*corners), e: e}
	var scratch big.Int
	for k := range corners {
		for u, piece := range pattern {
			v := &y.m[k*n+u]
			if e == x.e && p.slope[piece] == 1 && p.offset[piece] == 0 {
				*v = x.m[k*n+u] // the same words: neither is changed again
				continue
			}
			if s := &p.exactSlope.m[piece]; s.Sign() != 0 {
				v.Mul(s, &x.m[k*n+u])
				if v.Sign() != 0 {
					v.Lsh(v, uint(p.exactSlope.e+x.e-e))
				}
			}
			addShifted(v, &p.exactOffs.m[piece], p.exactOffs.e-e, &scratch)
		}
	}
	return y
}
