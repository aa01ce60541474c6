package blas

import "math"

// This file holds the kernels in Go. They do the same operations in the same
// order as those in assembly; math.FMA is one instruction on the processors
// that have it.

// mulPanelGo computes C = A B or C += A B for a panel of B that can be read row
// by row: row p starts at b[p*bStep].
func mulPanelGo(rows, cols, depth int, a operand, b []float64, bStep int, c []float64, cStep int, accumulate bool) {
	for i := range rows {
		row := c[i*cStep:][:cols]
		if !accumulate {
			clear(row)
		}
		p := 0
		for ; p+4 <= depth; p += 4 {
			at := i*a.rowStep + p*a.colStep
			a0, a1 := a.data[at], a.data[at+a.colStep]
			a2, a3 := a.data[at+2*a.colStep], a.data[at+3*a.colStep]
			b0, b1 := b[p*bStep:][:len(row)], b[(p+1)*bStep:][:len(row)]
			b2, b3 := b[(p+2)*bStep:][:len(row)], b[(p+3)*bStep:][:len(row)]
			for j, sum := range row {
				sum = math.FMA(a0, b0[j], sum)
				sum = math.FMA(a1, b1[j], sum)
				sum = math.FMA(a2, b2[j], sum)
				row[j] = math.FMA(a3, b3[j], sum)
			}
		}
		for ; p < depth; p++ {
			axpyGo(a.data[i*a.rowStep+p*a.colStep], b[p*bStep:][:len(row)], row)
		}
	}
}

// transposePanelGo stores the transpose of cols rows of src, step apart and
// depth long, as depth rows of dst, width apart.
func transposePanelGo(dst []float64, width int, src []float64, step, depth, cols int) {
	for j := range cols {
		for p, v := range src[j*step:][:depth] {
			dst[p*width+j] = v
		}
	}
}

// dotLanes is the number of partial sums of Dot.
const dotLanes = 32

func dotGo(x, y []float64) float64 {
	var s [dotLanes]float64
	for len(x) >= dotLanes {
		for l, v := range (*[dotLanes]float64)(x) {
			s[l] = math.FMA(v, y[l], s[l])
		}
		x, y = x[dotLanes:], y[dotLanes:]
	}
	if len(x) > 0 {
		// The padding counts: adding a zero product turns a lane of -0 into +0.
		var px, py [dotLanes]float64
		copy(px[:], x)
		copy(py[:], y)
		for l, v := range px {
			s[l] = math.FMA(v, py[l], s[l])
		}
	}
	var u [8]float64
	for l := range u {
		u[l] = (s[l] + s[l+8]) + (s[l+16] + s[l+24])
	}
	return ((u[0] + u[4]) + (u[1] + u[5])) + ((u[2] + u[6]) + (u[3] + u[7]))
}

func mulVecGo(y []float64, a Mat, x []float64) {
	for i := range y {
		y[i] = dotGo(a.Row(i), x)
	}
}

func addColumnsGo(y []float64, a Mat, x []float64) {
	for i, v := range x {
		axpyGo(v, a.Row(i), y)
	}
}

func axpyGo(alpha float64, x, y []float64) {
	y = y[:len(x)]
	for j, v := range x {
		y[j] = math.FMA(alpha, v, y[j])
	}
}

func rank1Go(a Mat, alpha float64, x, y []float64) {
	for i, v := range x {
		if v != 0 {
			axpyGo(float64(alpha*v), y, a.Row(i))
		}
	}
}
