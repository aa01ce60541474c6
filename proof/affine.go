package proof

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"sync"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

// unit is the unit roundoff of float64.
const unit = 0x1p-53

// affine is an affine node in one channel, y = W x + b, x the concatenation of
// the node's inputs. W is stored row by row: all entries, or, with first, those
// from first[j] to first[j+1] of row j, in the columns index.
type affine struct {
	rows, cols  int
	w, abs      []float64
	index       []int32
	first       []int
	bias        []float64
	growth, low float64 // see apply

	whole  sync.Once // see prepare
	ints   []int64   // the entries of a row in units of 2^unit
	units  []int     // by rows; tooWide where they are not int64
	exactB exactValues
	once   sync.Once
	exactW exactValues
}

// maxStored is how many terms of convolutions and the like a network may have for the
// check on segments and polygons, which stores them: 0.6 GiB.
const maxStored = 1 << 25

// newAffine is a node's operation in a channel; an error where this package does
// not know it.
func newAffine(net *nn.Network, i int, ch nn.Channel) (*affine, error) {
	a := &affine{}
	terms := 0
	switch op := net.Nodes[i].Op.(type) {
	case *nn.Dense:
		p := op.Channel(ch)
		a.rows, a.cols, a.bias = p.Weight.Rows, p.Weight.Cols, p.Bias
		a.w = make([]float64, 0, a.rows*a.cols)
		for j := range a.rows {
			a.w = append(a.w, p.Weight.Row(j)...)
		}
		terms = a.cols
	case *nn.Scale:
		a.rows, a.cols, a.w, a.bias, terms = len(op.Factor), len(op.Factor), op.Factor, op.Shift, 1
		for j := range a.rows {
			a.first, a.index = append(a.first, j), append(a.index, int32(j))
		}
		a.first = append(a.first, a.rows)
	default:
		s, err := newSums(net, i, ch)
		if err != nil {
			return nil, err
		}
		for _, j := range net.Nodes[i].Inputs {
			a.cols += net.Dim(j)
		}
		a.rows, a.bias, a.first = s.count, make([]float64, s.count), []int{0}
		var row []entry
		for j := range a.rows {
			share := 1.0
			if s.divisor != nil {
				if share = 1 / s.divisor(j); rounded(share) || rounded(s.divisor(j)) {
					return nil, fmt.Errorf("a mean with weights that are not dyadic is not supported by the exact check on segments and polygons")
				}
			}
			a.bias[j], row = s.bias(j), s.terms(row[:0], j)
			for _, t := range row {
				a.w, a.index = append(a.w, float64(t.factor*share)), append(a.index, int32(t.from))
			}
			terms = max(terms, len(row))
			a.first = append(a.first, len(a.w))
		}
	}
	a.abs = make([]float64, len(a.w))
	for k, v := range a.w {
		a.abs[k] = math.Abs(v)
	}
	// A sum of n products, in any order, fused or not, is off by at most
	// n u / (1 - n u) times the sum of the sizes, and each of the sums of sizes
	// below is itself too small by no more than that share; 8 u and the factor
	// 1 + 2^-20 leave room for the remaining roundings, as n < 2^30.
	n := float64(terms + 1 + 8)
	a.growth = float64(n * unit * (1 + 0x1p-20))
	// Products that underflow lose at most the smallest number each.
	a.low = float64(4 * n * math.SmallestNonzeroFloat64)
	return a, nil
}

// rounded reports whether a quotient 1 / n is not exact.
func rounded(v float64) bool {
	m, _ := split(v)
	return m != 0 && m != 1
}

// values of a node in one channel at the corners of a simplex, as floats with error
// bounds: unit u's are c[u*corners : (u+1)*corners], each off by at most r[u].
type values struct {
	n, corners int
	c, r       []float64
}

func newValues(n, corners int) *values {
	v := make([]float64, n*(corners+1))
	return &values{n: n, corners: corners, c: v[:n*corners], r: v[n*corners:]}
}

// apply is y = W x + b at every corner, with error bounds.
func (a *affine) apply(x *values) *values {
	n := x.corners
	y := newValues(a.rows, n)
	var small [128]float64 // most layers
	spread := small[:]
	if x.n > len(small) {
		spread = make([]float64, x.n)
	}
	spread = spread[:x.n]
	for i := range spread {
		var top float64
		for _, v := range x.c[i*n : (i+1)*n] {
			top = max(top, math.Abs(v))
		}
		spread[i] = float64(top*a.growth) + x.r[i]
		if top != 0 { // what underflows in this line
			spread[i] += 2 * math.SmallestNonzeroFloat64
		}
	}
	if a.first == nil {
		// In whatever order these add up, and fused or not: see growth.
		blas.MulNN(blas.Mat{Rows: a.rows, Cols: n, Stride: n, Data: y.c}, a.matrix(a.w), blas.Mat{Rows: x.n, Cols: n, Stride: n, Data: x.c}, false, 1)
		blas.MulVec(y.r, a.matrix(a.abs), spread)
	} else {
		for j := range a.rows {
			out := y.c[j*n : (j+1)*n]
			for e := a.first[j]; e < a.first[j+1]; e++ {
				i := int(a.index[e])
				for k, v := range x.c[i*n : (i+1)*n] {
					out[k] += float64(a.w[e] * v)
				}
				y.r[j] += float64(a.abs[e] * spread[i])
			}
		}
	}
	for j, b := range a.bias {
		for k := j * n; k < (j+1)*n; k++ {
			y.c[k] += b
		}
		y.r[j] = float64((y.r[j]+float64(math.Abs(b)*a.growth))*(1+a.growth)) + a.low
	}
	return y
}

// matrix is W, or |W|, where all entries are stored.
func (a *affine) matrix(w []float64) blas.Mat {
	return blas.Mat{Rows: a.rows, Cols: a.cols, Stride: a.cols, Data: w}
}

// prepare computes the parameters as integers.
func (a *affine) prepare() {
	a.whole.Do(func() {
		a.exactB = exactOf(a.bias)
		a.ints, a.units = make([]int64, len(a.w)), make([]int, a.rows)
		for j := range a.rows {
			from, to := a.row(j)
			a.units[j] = integers(a.ints[from:to], a.w[from:to])
		}
	})
}

// tooWide marks numbers that have no common unit in which they are int64.
const tooWide = noExponent + 1

// integers writes numbers in units of 2^unit, the largest in which all are whole.
func integers(into []int64, v []float64) (unit int) {
	unit, top := noExponent, -noExponent
	for _, x := range v {
		if x != 0 {
			m, e := split(x)
			unit, top = min(unit, e), max(top, e+bits.Len64(uint64(max(m, -m))))
		}
	}
	if top-unit > 63 {
		return tooWide
	}
	for i, x := range v {
		if x != 0 {
			m, e := split(x)
			into[i] = m << (e - unit)
		}
	}
	return unit
}

// weights are the entries as numbers of any length.
func (a *affine) weights() *exactValues {
	a.once.Do(func() { a.exactW = exactOf(a.w) })
	return &a.exactW
}

// row is the range of the entries of row j, and the column of entry e.
func (a *affine) row(j int) (from, to int) {
	if a.first == nil {
		return j * a.cols, (j + 1) * a.cols
	}
	return a.first[j], a.first[j+1]
}

func (a *affine) column(j, e int) int {
	if a.first == nil {
		return e - j*a.cols
	}
	return int(a.index[e])
}

// applyExact is y = W x + b at every corner without rounding. It calls obey from
// time to time.
func (a *affine) applyExact(x *exactValues, obey func()) *exactValues {
	a.prepare()
	corners := len(x.m) / max(a.cols, 1)
	least := noExponent // unit of W
	for _, u := range a.units {
		if u == tooWide {
			u = a.weights().e
		}
		least = min(least, u)
	}
	e := min(least+x.e, a.exactB.e)
	y := &exactValues{m: make([]big.Int, a.rows*corners), e: e}
	var scratch big.Int
	var t tally
	for k := range corners {
		in := x.m[k*a.cols : (k+1)*a.cols]
		t.room(in)
		for j := range a.rows {
			obey()
			sum, unit := &y.m[k*a.rows+j], a.units[j]
			if unit == tooWide {
				unit = a.weights().e
				a.sumWide(sum, j, in)
			} else {
				a.sum(sum, j, in, &t)
			}
			if sum.Sign() != 0 && unit+x.e > e {
				sum.Lsh(sum, uint(unit+x.e-e))
			}
			addShifted(sum, &a.exactB.m[j], a.exactB.e-e, &scratch)
		}
	}
	return y
}

// sumWide makes sum that of row j times x, in units of all weights.
func (a *affine) sumWide(sum *big.Int, j int, x []big.Int) {
	w := a.weights()
	var product big.Int
	from, to := a.row(j)
	for i := from; i < to; i++ {
		if v := &x[a.column(j, i)]; v.Sign() != 0 && w.m[i].Sign() != 0 {
			sum.Add(sum, product.Mul(&w.m[i], v))
		}
	}
}

// sum makes sum that of row j times x, in units of the row.
func (a *affine) sum(sum *big.Int, j int, x []big.Int, t *tally) {
	from, to := a.row(j)
	if t.short {
		var s short3
		if a.first == nil {
			for i, w := range a.ints[from:to] {
				s.add(w, t, i)
			}
		} else {
			for i, w := range a.ints[from:to] {
				s.add(w, t, int(a.index[from+i]))
			}
		}
		s.total(sum)
		return
	}
	t.clear()
	for i, w := range a.ints[from:to] {
		if w == 0 {
			continue
		}
		v := &x[a.column(j, from+i)]
		switch sign := v.Sign(); {
		case sign == 0:
		case w < 0:
			t.add(-sign, v.Bits(), big.Word(-w))
		default:
			t.add(sign, v.Bits(), big.Word(w))
		}
	}
	t.total(sum)
}

// back is Wᵀ g.
func (a *affine) back(g exactValues) exactValues {
	weights := a.weights()
	out := exactValues{m: make([]big.Int, a.cols), e: weights.e + g.e}
	var p big.Int
	for j := range g.m {
		if g.m[j].Sign() == 0 {
			continue
		}
		from, to := a.row(j)
		for i := from; i < to; i++ {
			if w := &weights.m[i]; w.Sign() != 0 {
				v := &out.m[a.column(j, i)]
				v.Add(v, p.Mul(&g.m[j], w))
			}
		}
	}
	return out
}
