package main

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// dotLanes is the number of partial sums of an inner product.
const dotLanes = 32

// dots writes the inner products of the rows of a matrix with one vector.
func dots(t *isa) {
	TEXT("dots"+t.name, NOSPLIT, "func(y *float64, rows, cols int, a *float64, aStep int, x *float64)")
	Doc(fmt.Sprintf("dots%s stores the inner products of rows of A, aStep elements apart, with x.", t.name))
	Pragma("noescape")
	d := &dotCode{isa: t}
	d.y = Load(Param("y"), GP64()).(GPVirtual)
	d.rows = Load(Param("rows"), GP64()).(GPVirtual)
	d.a = Load(Param("a"), GP64()).(GPVirtual)
	d.aStep = step("aStep")
	d.rest = Load(Param("cols"), GP64()).(GPVirtual)
	ANDQ(U8(dotLanes-1), d.rest)
	d.masks = t.masks(d.rest, dotLanes/t.lanes)
	if t.dotRows > 1 {
		d.group(t.dotRows, "rows1")
	}
	d.group(1, "done")
	Label("done")
	VZEROUPPER()
	RET()
}

// dotCode holds the registers that live through all rows.
type dotCode struct {
	*isa
	y, rows, a, aStep GPVirtual
	rest              GPVirtual // columns beyond the last multiple of dotLanes
	masks             []mask    // for them
}

// group writes the loop over groups of one or four rows.
func (d *dotCode) group(rows int, next string) {
	label := func(name string) string { return fmt.Sprintf("%s%d", name, rows) }
	sums := make([][]VecVirtual, rows)
	Label(label("rows"))
	CMPQ(d.rows, U8(rows))
	JL(LabelRef(next))
	for r := range sums {
		sums[r] = d.vectors(dotLanes / d.lanes)
	}
	d.zero(slices.Concat(sums...))
	x := Load(Param("x"), GP64())
	cols := Load(Param("cols"), GP64())
	SHRQ(U8(5), cols)
	at := make([]Register, rows)
	at[0] = d.a
	for r := 1; r < rows; r++ {
		at[r] = GP64()
		LEAQ(Mem{Base: at[r-1], Index: d.aStep, Scale: 1}, at[r])
	}
	offset := GP64()
	XORQ(offset, offset)
	TESTQ(cols, cols)
	JZ(LabelRef(label("rest")))

	Label(label("block"))
	for v := range dotLanes / d.lanes {
		factor := d.vector()
		VMOVUPD(Mem{Base: x, Index: offset, Scale: 1, Disp: v * d.bytes()}, factor)
		for r := range sums {
			VFMADD231PD(Mem{Base: at[r], Index: offset, Scale: 1, Disp: v * d.bytes()}, factor, sums[r][v])
		}
	}
	ADDQ(I32(dotLanes*float), offset)
	DECQ(cols)
	JNZ(LabelRef(label("block")))

	Label(label("rest"))
	TESTQ(d.rest, d.rest)
	JZ(LabelRef(label("sum")))
	for v, m := range d.masks {
		factor := d.vector()
		m.load(Mem{Base: x, Index: offset, Scale: 1, Disp: v * d.bytes()}, factor)
		for r := range sums {
			value := d.vector()
			m.load(Mem{Base: at[r], Index: offset, Scale: 1, Disp: v * d.bytes()}, value)
			VFMADD231PD(value, factor, sums[r][v])
		}
	}

	Label(label("sum"))
	quarters := make([]VecVirtual, rows)
	for r := range sums {
		quarters[r] = d.fold(sums[r])
	}
	if rows == 4 {
		storeFour(quarters, d.y)
	} else {
		storeOne(quarters[0], d.y)
	}
	ADDQ(U8(rows*float), d.y)
	if rows == 1 {
		ADDQ(d.aStep, d.a)
	} else {
		LEAQ(Mem{Base: d.a, Index: d.aStep, Scale: uint8(rows)}, d.a)
	}
	SUBQ(U8(rows), d.rows)
	JMP(LabelRef(label("rows")))
}

// fold adds up 32 lanes to four in the order that the package documents.
func (d *dotCode) fold(s []VecVirtual) VecVirtual {
	if d.lanes == 8 {
		VADDPD(s[1], s[0], s[0])
		VADDPD(s[3], s[2], s[2])
		VADDPD(s[2], s[0], s[0])
		upper := YMM()
		VEXTRACTF64X4(U8(1), s[0], upper)
		sum := YMM()
		VADDPD(upper, s[0].AsY(), sum)
		return sum
	}
	for i := range 2 {
		VADDPD(s[i+2], s[i], s[i])
		VADDPD(s[i+6], s[i+4], s[i+4])
		VADDPD(s[i+4], s[i], s[i])
	}
	VADDPD(s[1], s[0], s[0])
	return s[0]
}

// storeOne adds up four lanes and stores the sum.
func storeOne(q VecVirtual, y Register) {
	pairs := YMM()
	VHADDPD(q, q, pairs)
	upper := XMM()
	VEXTRACTF128(U8(1), pairs, upper)
	VADDSD(upper, pairs.AsX(), upper)
	VMOVSD(upper, Mem{Base: y})
}

// storeFour adds up the four lanes of each of four vectors, in the same order.
func storeFour(q []VecVirtual, y Register) {
	VHADDPD(q[1], q[0], q[0])
	VHADDPD(q[3], q[2], q[2])
	lower, upper := YMM(), YMM()
	VPERM2F128(U8(0x20), q[2], q[0], lower)
	VPERM2F128(U8(0x31), q[2], q[0], upper)
	VADDPD(upper, lower, lower)
	VMOVUPD(lower, Mem{Base: y})
}
