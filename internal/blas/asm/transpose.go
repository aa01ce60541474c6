package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// transpose writes the transposition of four rows, four columns at a time.
func transpose() {
	TEXT("transposeAVX2", NOSPLIT, "func(dst *float64, dstStep int, src *float64, srcStep, quads int)")
	Doc("transposeAVX2 transposes 4 rows of 4*quads values, srcStep elements apart, to as many rows of 4, dstStep apart. quads is at least 1.")
	Pragma("noescape")
	dst := Load(Param("dst"), GP64())
	dstStep := step("dstStep")
	src := Load(Param("src"), GP64())
	srcStep := step("srcStep")
	quads := Load(Param("quads"), GP64())
	dstStep3, srcStep3 := GP64(), GP64()
	LEAQ(Mem{Base: dstStep, Index: dstStep, Scale: 2}, dstStep3)
	LEAQ(Mem{Base: srcStep, Index: srcStep, Scale: 2}, srcStep3)
	rows := func(base, step, step3 Register) []Mem {
		return []Mem{
			{Base: base},
			{Base: base, Index: step, Scale: 1},
			{Base: base, Index: step, Scale: 2},
			{Base: base, Index: step3, Scale: 1},
		}
	}

	Label("quad")
	in := []VecVirtual{YMM(), YMM(), YMM(), YMM()}
	for i, from := range rows(src, srcStep, srcStep3) {
		VMOVUPD(from, in[i])
	}
	pairs := []VecVirtual{YMM(), YMM(), YMM(), YMM()}
	VUNPCKLPD(in[1], in[0], pairs[0])
	VUNPCKHPD(in[1], in[0], pairs[1])
	VUNPCKLPD(in[3], in[2], pairs[2])
	VUNPCKHPD(in[3], in[2], pairs[3])
	out := []VecVirtual{YMM(), YMM(), YMM(), YMM()}
	VPERM2F128(U8(0x20), pairs[2], pairs[0], out[0])
	VPERM2F128(U8(0x20), pairs[3], pairs[1], out[1])
	VPERM2F128(U8(0x31), pairs[2], pairs[0], out[2])
	VPERM2F128(U8(0x31), pairs[3], pairs[1], out[3])
	for i, to := range rows(dst, dstStep, dstStep3) {
		VMOVUPD(out[i], to)
	}
	ADDQ(U8(4*float), src)
	LEAQ(Mem{Base: dst, Index: dstStep, Scale: 4}, dst)
	DECQ(quads)
	JNZ(LabelRef("quad"))
	VZEROUPPER()
	RET()
}
