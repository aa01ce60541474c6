package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// random makes test data.
type random struct {
	*rand.Rand
	hostile bool // also zeros, denormal and huge values, and infinities
}

func newRandom(seed uint64) *random { return &random{Rand: rand.New(rand.NewPCG(seed, 0))} }

func (r *random) value() float64 {
	if r.hostile {
		switch r.IntN(40) {
		case 0, 1:
			return 0
		case 2:
			return math.Copysign(0, -1)
		case 3, 4:
			return float64(math.SmallestNonzeroFloat64 * float64(r.IntN(2000)-1000))
		case 5:
			return float64(1e-160 * r.NormFloat64())
		case 6:
			return float64(1e150 * r.NormFloat64())
		case 7:
			if r.IntN(20) == 0 {
				return math.Inf(r.IntN(2)*2 - 1)
			}
		}
	}
	return r.NormFloat64()
}

func (r *random) vector(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.value()
	}
	return v
}

// mat returns a matrix whose stride is often larger than its number of columns
// and whose data end with its last element.
func (r *random) mat(rows, cols int) Mat {
	m := Mat{Rows: rows, Cols: cols, Stride: cols}
	if r.hostile {
		m.Stride += r.IntN(2) * r.IntN(9)
	}
	if rows > 0 {
		m.Data = r.vector((rows-1)*m.Stride + cols)
	}
	return m
}

// product is a matrix product with its operands.
type product struct {
	kind string // NN, NT or TN
	a, b Mat
}

func (r *random) product(kind string, m, k, n int) product {
	switch kind {
	case "NN":
		return product{kind, r.mat(m, k), r.mat(k, n)}
	case "NT":
		return product{kind, r.mat(m, k), r.mat(n, k)}
	case "TN":
		return product{kind, r.mat(k, m), r.mat(k, n)}
	}
	panic(fmt.Sprintf("no product %q", kind))
}

func (p product) mul(c Mat, accumulate bool, workers int) {
	switch p.kind {
	case "NN":
		MulNN(c, p.a, p.b, accumulate, workers)
	case "NT":
		MulNT(c, p.a, p.b, accumulate, workers)
	case "TN":
		MulTN(c, p.a, p.b, accumulate, workers)
	}
}

// factors returns a copy of row i of the left factor of the product as
// multiplied (for TN, column i of A), or of column j of the right one; the other
// index is -1.
func (p product) factors(i, j int) []float64 {
	m, byRow, index := p.a, p.kind != "TN", i
	if i < 0 {
		m, byRow, index = p.b, p.kind == "NT", j
	}
	if byRow {
		return slices.Clone(m.Row(index))
	}
	column := make([]float64, m.Rows)
	for k := range column {
		column[k] = m.Row(k)[index]
	}
	return column
}

// depth is the length of the inner index.
func (p product) depth() int {
	if p.kind == "TN" {
		return p.a.Rows
	}
	return p.a.Cols
}
