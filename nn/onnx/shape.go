package onnx

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// maxRank is the largest number of axes that is read. Real models have at most
// five or six; without a limit a small file of many axes would take much memory.
const maxRank = 32

// size is the number of elements of a shape of non-negative sizes; ok is false
// where it exceeds 2^31 - 1.
func size(shape []int) (n int, ok bool) {
	if slices.Contains(shape, 0) {
		return 0, true
	}
	n = 1
	for _, d := range shape {
		if n > math.MaxInt32/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

func sizeText(shape []int) string {
	n, ok := size(shape)
	if !ok {
		return "more than 2^31"
	}
	return strconv.Itoa(n)
}

// strides are the row-major strides of a shape.
func strides(shape []int) []int {
	s := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		s[i] = step
		step *= shape[i]
	}
	return s
}

// broadcastShape is the common shape of two operands by ONNX's multidirectional
// rule: aligned at the last axis, sizes equal or one of them 1.
func broadcastShape(a, b []int) ([]int, error) {
	out := make([]int, max(len(a), len(b)))
	for i := range out {
		da, db := sizeFromEnd(a, len(out)-i), sizeFromEnd(b, len(out)-i)
		switch {
		case da == db || db == 1:
			out[i] = da
		case da == 1:
			out[i] = db
		default:
			return nil, fmt.Errorf("shapes %v and %v do not broadcast", a, b)
		}
	}
	return out, nil
}

// sizeFromEnd is the size of the k-th axis from the end, from 1; axes that do
// not exist have size 1.
func sizeFromEnd(shape []int, k int) int {
	if k > len(shape) {
		return 1
	}
	return shape[len(shape)-k]
}

// broadcastIndex lists, for each element of shape to in row-major order, the
// element of shape from that broadcasting puts there. from must broadcast to
// to.
func broadcastIndex(from, to []int) []int {
	n, _ := size(to)
	idx := make([]int, 0, n)
	step := make([]int, len(to))
	lead := len(to) - len(from)
	for i, s := range strides(from) {
		if from[i] != 1 {
			step[lead+i] = s
		}
	}
	at := make([]int, len(to))
	for pos := 0; len(idx) < n; {
		idx = append(idx, pos)
		for i := len(to) - 1; i >= 0; i-- {
			at[i]++
			pos += step[i]
			if at[i] < to[i] {
				break
			}
			pos -= step[i] * to[i]
			at[i] = 0
		}
	}
	return idx
}

// product is the shape arithmetic of MatMul: which elements of the operands
// meet in which element of the result.
type product struct {
	out       []int // shape of the result
	lead      []int // broadcast leading axes
	m, n, k   int
	a, b      []int // shapes of the leading axes of the operands
	aRow, aK  int   // strides of the two last axes of the operands
	bK, bCol  int
	aLen, bLn int // elements of the two last axes
}

// newProduct plans the product of matrices of shapes a and b, each with its two
// last axes swapped first if asked (Gemm), by NumPy's rules for operands of
// rank 1 and for leading axes (MatMul).
func newProduct(a, b []int, transA, transB bool) (*product, error) {
	if len(a) == 0 || len(b) == 0 || slices.Contains(a, 0) || slices.Contains(b, 0) {
		return nil, fmt.Errorf("shapes %v and %v: want at least one axis each and no size of 0", a, b)
	}
	row, col := len(a) == 1, len(b) == 1
	ma, mb := a, b
	if row {
		ma = []int{1, a[0]}
	}
	if col {
		mb = []int{b[0], 1}
	}
	p := &product{a: ma[:len(ma)-2], b: mb[:len(mb)-2]}
	a0, a1 := ma[len(ma)-2], ma[len(ma)-1]
	b0, b1 := mb[len(mb)-2], mb[len(mb)-1]
	p.aLen, p.bLn = a0*a1, b0*b1
	p.m, p.k, p.aRow, p.aK = a0, a1, a1, 1
	if transA {
		p.m, p.k, p.aRow, p.aK = a1, a0, 1, a1
	}
	kb := b0
	p.n, p.bK, p.bCol = b1, b1, 1
	if transB {
		kb, p.n, p.bK, p.bCol = b1, b0, 1, b1
	}
	if p.k != kb {
		return nil, fmt.Errorf("shapes %v and %v: %d columns meet %d rows", a, b, p.k, kb)
	}
	var err error
	if p.lead, err = broadcastShape(p.a, p.b); err != nil {
		return nil, err
	}
	p.out = slices.Clone(p.lead)
	if !row {
		p.out = append(p.out, p.m)
	}
	if !col {
		p.out = append(p.out, p.n)
	}
	if _, ok := size(append(slices.Clone(p.lead), p.m, p.n)); !ok {
		return nil, fmt.Errorf("shapes %v and %v: the product has more than 2^31 elements", a, b)
	}
	return p, nil
}

// work is the number of multiplications of the product.
func (p *product) work() int64 {
	n, _ := size(p.out)
	return int64(n) * int64(p.k)
}

// each calls f with the indices of all elements out, a, b with
// out = sum of a b, in row-major order of out and ascending along the sum.
func (p *product) each(f func(out, a, b int)) {
	ia, ib := broadcastIndex(p.a, p.lead), broadcastIndex(p.b, p.lead)
	out := 0
	for l := range ia {
		for i := range p.m {
			for j := range p.n {
				ea, eb := ia[l]*p.aLen+i*p.aRow, ib[l]*p.bLn+j*p.bCol
				for range p.k {
					f(out, ea, eb)
					ea += p.aK
					eb += p.bK
				}
				out++
			}
		}
	}
}
