package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// rank1 writes the rank-one update.
func rank1(t *isa) {
	TEXT("rank1"+t.name, NOSPLIT, "func(rows, cols int, a *float64, aStep int, alpha float64, x, y *float64)")
	Doc(fmt.Sprintf("rank1%s adds alpha x_i y to row i of A, where x_i is not zero. Rows are aStep elements apart.", t.name))
	Pragma("noescape")
	const unroll = 4
	rows := Load(Param("rows"), GP64())
	a := Load(Param("a"), GP64()).(GPVirtual)
	aStep := step("aStep")
	alpha := Load(Param("alpha"), XMM())
	x := Load(Param("x"), GP64())
	rest := Load(Param("cols"), GP64()).(GPVirtual)
	ANDQ(U8(t.lanes-1), rest)
	none := XMM()
	VXORPD(none, none, none)

	Label("row")
	TESTQ(rows, rows)
	JZ(LabelRef("done"))
	scalar := XMM()
	VMOVSD(Mem{Base: x}, scalar)
	Comment("Unordered compares as equal but sets the parity flag: NaN is no zero.")
	VUCOMISD(none, scalar)
	JNE(LabelRef("update"))
	JNP(LabelRef("next"))

	Label("update")
	VMULSD(scalar, alpha, scalar)
	factor := t.vector()
	VBROADCASTSD(scalar, factor)
	y := Load(Param("y"), GP64())
	cols := Load(Param("cols"), GP64())
	to := GP64()
	MOVQ(a, to)

	wide := func(vectors int, name, next string) {
		Label(name)
		SUBQ(U8(vectors*t.lanes), cols)
		JL(LabelRef(next + "Restore"))
		values := t.vectors(vectors)
		for v, value := range values {
			VMOVUPD(Mem{Base: to, Disp: v * t.bytes()}, value)
		}
		for v, value := range values {
			VFMADD231PD(Mem{Base: y, Disp: v * t.bytes()}, factor, value)
		}
		for v, value := range values {
			VMOVUPD(value, Mem{Base: to, Disp: v * t.bytes()})
		}
		ADDQ(I32(vectors*t.bytes()), y)
		ADDQ(I32(vectors*t.bytes()), to)
		JMP(LabelRef(name))
		Label(next + "Restore")
		ADDQ(U8(vectors*t.lanes), cols)
	}
	wide(unroll, "wide", "single")
	wide(1, "single", "rest")

	Comment("Shorter vectors for what is left. A masked store would delay the next",
		"row, whose first values lie within its reach.")
	if t.lanes == 8 {
		part(4, rest, to, y, factor.AsY(), YMM(), VMOVUPD, VFMADD231PD)
	}
	part(2, rest, to, y, factor.AsX(), XMM(), VMOVUPD, VFMADD231PD)
	part(1, rest, to, y, factor.AsX(), XMM(), VMOVSD, VFMADD231SD)

	Label("next")
	ADDQ(U8(float), x)
	ADDQ(aStep, a)
	DECQ(rows)
	JMP(LabelRef("row"))

	Label("done")
	VZEROUPPER()
	RET()
}

// part adds to the next n values of a row if rest has the bit n.
func part(n int, rest, to, y Register, factor, value Op, move, fma func(...Op)) {
	next := fmt.Sprintf("rest%d", n)
	TESTQ(U32(n), rest)
	JZ(LabelRef(next))
	move(Mem{Base: to}, value)
	fma(Mem{Base: y}, factor, value)
	move(value, Mem{Base: to})
	ADDQ(U8(n*float), to)
	ADDQ(U8(n*float), y)
	Label(next)
}
