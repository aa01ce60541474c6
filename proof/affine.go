package proof

import (
	"fmt"
	"math"
	"math/big"
	"sync"

	"github.com/netmend/netmend/nn"
)

// unit is the unit roundoff of float64.
const unit = 0x1p-53

// affine is an affine node in one channel, y = W x + b, with W dense or
// diagonal.
type affine struct {
	rows, cols  int
	diagonal    bool
	w, abs      []float64 // rows x cols, or rows
	bias        []float64
	once        sync.Once
	exactW      exactValues
	exactB      exactValues
	growth, low float64 // see spread
}

// newAffine is the node's operation in a channel; nil and an error where this
// package does not know it.
func newAffine(op nn.Op, ch nn.Channel) (*affine, error) {
	a := &affine{}
	switch op := op.(type) {
	case *nn.Dense:
		p := op.Channel(ch)
		a.rows, a.cols, a.bias = p.Weight.Rows, p.Weight.Cols, p.Bias
		a.w = make([]float64, 0, a.rows*a.cols)
		for j := range a.rows {
			a.w = append(a.w, p.Weight.Row(j)...)
		}
	case *nn.Scale:
		a.rows, a.cols, a.diagonal = len(op.Factor), len(op.Factor), true
		a.w, a.bias = op.Factor, op.Shift
	default:
		return nil, fmt.Errorf("%s is not supported by the exact check", op.Kind())
	}
	a.abs = make([]float64, len(a.w))
	for i, v := range a.w {
		a.abs[i] = math.Abs(v)
	}
	terms := a.cols + 1
	if a.diagonal {
		terms = 2
	}
	// A sum of n products, in any order, fused or not, is off by at most
	// n u / (1 - n u) times the sum of the sizes, and each of the sums of sizes
	// below is itself too small by no more than that share; 8 u and the factor
	// 1 + 2^-20 leave room for the remaining roundings, as n < 2^30.
	n := float64(terms + 8)
	a.growth = n * unit * (1 + 0x1p-20)
	// Products that underflow lose at most the smallest number each.
	a.low = 4 * n * math.SmallestNonzeroFloat64
	return a, nil
}

// values of a node in one channel at the corners of a simplex, as floats with
// error bounds: corner k's are c[k*n : (k+1)*n], each off by at most r.
type values struct {
	n    int
	c, r []float64
}

func newValues(n, corners int) *values {
	v := make([]float64, 2*n*corners)
	return &values{n: n, c: v[:n*corners], r: v[n*corners:]}
}

// apply is y = W x + b at every corner, with error bounds.
func (a *affine) apply(x *values) *values {
	corners := len(x.c) / max(x.n, 1)
	y := newValues(a.rows, corners)
	spread := make([]float64, x.n)
	for k := range corners {
		xc, xr := x.c[k*x.n:(k+1)*x.n], x.r[k*x.n:(k+1)*x.n]
		yc, yr := y.c[k*a.rows:(k+1)*a.rows], y.r[k*a.rows:(k+1)*a.rows]
		for i, v := range xc {
			spread[i] = math.Abs(v)*a.growth + xr[i]
			if v != 0 { // what underflows in this line
				spread[i] += 2 * math.SmallestNonzeroFloat64
			}
		}
		for j := range yc {
			var s, t float64
			if a.diagonal {
				s, t = a.w[j]*xc[j], a.abs[j]*spread[j]
			} else {
				s = dot(a.w[j*a.cols:(j+1)*a.cols], xc)
				t = dot(a.abs[j*a.cols:(j+1)*a.cols], spread)
			}
			b := a.bias[j]
			yc[j] = s + b
			yr[j] = (t+math.Abs(b)*a.growth)*(1+a.growth) + a.low
		}
	}
	return y
}

// dot is the inner product, summed in four parts.
func dot(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// prepare computes the exact parameters.
func (a *affine) prepare() {
	a.once.Do(func() { a.exactW, a.exactB = exactOf(a.w), exactOf(a.bias) })
}

// applyExact is y = W x + b at every corner without rounding.
func (a *affine) applyExact(x *exactValues) *exactValues {
	a.prepare()
	cols := a.cols
	corners := len(x.m) / max(cols, 1)
	e := min(a.exactW.e+x.e, a.exactB.e)
	y := &exactValues{m: make([]big.Int, a.rows*corners), e: e}
	var product, scratch big.Int
	for k := range corners {
		for j := range a.rows {
			sum := &y.m[k*a.rows+j]
			if a.diagonal {
				sum.Mul(&a.exactW.m[j], &x.m[k*cols+j])
			} else {
				row := a.exactW.m[j*cols : (j+1)*cols]
				for i := range row {
					if v := &x.m[k*cols+i]; v.Sign() != 0 && row[i].Sign() != 0 {
						sum.Add(sum, product.Mul(&row[i], v))
					}
				}
			}
			if sum.Sign() != 0 {
				sum.Lsh(sum, uint(a.exactW.e+x.e-e))
			}
			addShifted(sum, &a.exactB.m[j], a.exactB.e-e, &scratch)
		}
	}
	return y
}
