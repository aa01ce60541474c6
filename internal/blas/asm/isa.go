package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const float = 8 // bytes in a float64

// isa is an instruction set: what differs between the two in the kernels.
type isa struct {
	name    string // suffix of the function names
	lanes   int    // float64 values in a vector
	heights []int  // heights of the tiles, in rows, tallest first; the last is 1
	dotRows int    // rows multiplied with a vector at once
	vector  func() VecVirtual

	// masks returns masks for count vectors of which together only the first n
	// lanes count; n is a register with a value from 0 to count*lanes.
	masks func(n GPVirtual, count int) []mask
}

// mask loads and stores the lanes of a vector that count.
type mask interface {
	load(from Mem, to VecVirtual) // the other lanes become zero
	store(from VecVirtual, to Mem)
}

func (t *isa) bytes() int { return t.lanes * float }

func (t *isa) vectors(n int) []VecVirtual {
	v := make([]VecVirtual, n)
	for i := range v {
		v[i] = t.vector()
	}
	return v
}

// zero clears vectors. avo does not know that the xor of a 512-bit register
// with itself depends on nothing, so only one narrow register is cleared thus.
func (t *isa) zero(vectors []VecVirtual) {
	none := XMM()
	VXORPD(none, none, none)
	VBROADCASTSD(none, vectors[0])
	for _, v := range vectors[1:] {
		VMOVUPD(vectors[0], v)
	}
}

func newAVX512() *isa {
	return &isa{
		name: "AVX512", lanes: 8, heights: []int{8, 4, 2, 1}, dotRows: 4, vector: ZMM,
		masks: func(n GPVirtual, count int) []mask {
			bits := GP64()
			MOVQ(I32(-1), bits)
			BZHIQ(n, bits, bits)
			masks := make([]mask, count)
			for i := range masks {
				k := K()
				KMOVW(bits.As32(), k)
				masks[i] = opmask{k}
				if i+1 < count {
					SHRQ(U8(8), bits)
				}
			}
			return masks
		},
	}
}

// opmask is a mask in a mask register; its low eight bits count.
type opmask struct{ k OpmaskVirtual }

func (m opmask) load(from Mem, to VecVirtual)  { VMOVUPD_Z(from, m.k, to) }
func (m opmask) store(from VecVirtual, to Mem) { VMOVUPD(from, m.k, to) }

func newAVX2() *isa {
	var table Mem
	return &isa{
		name: "AVX2", lanes: 4, heights: []int{4, 2, 1}, dotRows: 1, vector: YMM,
		masks: func(n GPVirtual, count int) []mask {
			const lanes = 32 // for up to eight vectors
			if table == (Mem{}) {
				table = laneTable(lanes)
			}
			// The window of the table that starts n before its middle has n
			// lanes set.
			base := GP64()
			LEAQ(table.Offset(lanes*float), base)
			offset := GP64()
			MOVQ(n, offset)
			SHLQ(U8(3), offset)
			SUBQ(offset, base)
			masks := make([]mask, count)
			for i := range masks {
				masks[i] = tableMask{Mem{Base: base, Disp: i * 4 * float}}
			}
			return masks
		},
	}
}

// laneTable holds n words of ones, then n of zeros.
func laneTable(n int) Mem {
	table := GLOBL("laneTable", RODATA|NOPTR)
	for i := range 2 * n {
		value := U64(0)
		if i < n {
			value--
		}
		DATA(i*float, value)
	}
	return table
}

// tableMask is a mask in memory, reloaded for each use: the kernels need all
// the registers there are.
type tableMask struct{ at Mem }

func (m tableMask) load(from Mem, to VecVirtual) {
	k := YMM()
	VMOVUPD(m.at, k)
	VMASKMOVPD(from, k, to)
}

func (m tableMask) store(from VecVirtual, to Mem) {
	k := YMM()
	VMOVUPD(m.at, k)
	VMASKMOVPD(from, k, to)
}
