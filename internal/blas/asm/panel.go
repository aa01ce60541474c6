package main

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// panel writes the matrix product for a panel of B of the given width. Tiles of
// C stay in registers while the inner index runs: per step one row of the panel
// is loaded and multiplied with one broadcast value of A for each row of the
// tile. Every element of C thus is one chain of fused multiply-adds.
func panel(t *isa, vectors int) {
	TEXT(fmt.Sprintf("panel%sx%d", t.name, vectors), NOSPLIT,
		"func(rows, depth int, a *float64, aRow, aCol int, b *float64, bStep int, c *float64, cStep, last int, accumulate bool)")
	Doc(fmt.Sprintf("panel%sx%d computes C = A B, or C += A B, for a panel of %d vectors, the last of which has last columns. Steps are in elements; depth is at least 1.",
		t.name, vectors, vectors))
	Pragma("noescape")
	p := &panelCode{isa: t, width: vectors}
	p.rows = Load(Param("rows"), GP64()).(GPVirtual)
	p.a = Load(Param("a"), GP64()).(GPVirtual)
	p.aRow = step("aRow")
	p.aCol = step("aCol")
	p.aRow3 = GP64()
	LEAQ(Mem{Base: p.aRow, Index: p.aRow, Scale: 2}, p.aRow3)
	p.bStep = step("bStep")
	p.c = Load(Param("c"), GP64()).(GPVirtual)
	p.cStep = step("cStep")
	p.last = t.masks(Load(Param("last"), GP64()).(GPVirtual), 1)[0]
	for i, height := range t.heights {
		next := "done"
		if i+1 < len(t.heights) {
			next = fmt.Sprintf("rows%d", t.heights[i+1])
		}
		p.tiles(height, next)
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// step loads a parameter counted in elements as bytes.
func step(param string) GPVirtual {
	v := Load(Param(param), GP64()).(GPVirtual)
	SHLQ(U8(3), v)
	return v
}

// panelCode holds the registers that live through a whole panel.
type panelCode struct {
	*isa
	width                int
	rows                 GPVirtual // of C still to compute
	a, aRow, aRow3, aCol GPVirtual
	bStep                GPVirtual
	c, cStep             GPVirtual
	last                 mask
}

// tiles writes the loop over tiles of one height. It leaves for the label next
// when fewer rows are left.
func (p *panelCode) tiles(height int, next string) {
	label := func(name string) string { return fmt.Sprintf("%s%d", name, height) }
	sums := make([][]VecVirtual, height)
	for r := range sums {
		sums[r] = p.vectors(p.width)
	}

	Label(label("rows"))
	CMPQ(p.rows, U8(height))
	JL(LabelRef(next))

	accumulate := Load(Param("accumulate"), GP8())
	TESTB(accumulate, accumulate)
	JNZ(LabelRef(label("load")))
	if height > 1 {
		p.eachRow(sums, func(at Mem, row []VecVirtual) {
			for v := range row {
				PREFETCHT0(at.Offset(v * p.bytes()))
			}
		})
	}
	p.zero(slices.Concat(sums...))
	JMP(LabelRef(label("start")))
	Label(label("load"))
	p.eachRow(sums, func(at Mem, row []VecVirtual) { p.loadRow(at, row) })

	Label(label("start"))
	depth := Load(Param("depth"), GP64())
	b := Load(Param("b"), GP64())
	a := GP64()
	MOVQ(p.a, a)
	lower := GP64() // the fifth row of the tile
	if height > 4 {
		LEAQ(Mem{Base: a, Index: p.aRow, Scale: 4}, lower)
	}

	Label(label("depth"))
	row := p.vectors(p.width)
	p.loadRow(Mem{Base: b}, row)
	ADDQ(p.bStep, b)
	for r := range height {
		base := a
		if r >= 4 {
			base = lower
		}
		factor := p.vector()
		VBROADCASTSD(p.element(base, r%4), factor)
		for v := range row {
			VFMADD231PD(row[v], factor, sums[r][v])
		}
	}
	if height == p.heights[0] {
		p.prefetchNext(height, a, lower, depth, label("step"))
	}
	ADDQ(p.aCol, a)
	if height > 4 {
		ADDQ(p.aCol, lower)
	}
	DECQ(depth)
	JNZ(LabelRef(label("depth")))

	p.eachRow(sums, func(at Mem, row []VecVirtual) { p.storeRow(row, at) })
	Comment("The next tile.")
	IMUL3Q(I8(height), p.aRow, a)
	ADDQ(a, p.a)
	IMUL3Q(I8(height), p.cStep, a)
	ADDQ(a, p.c)
	SUBQ(I8(height), p.rows)
	if height > 1 && p.heights[0] != height {
		JMP(LabelRef(next)) // at most one tile of this height
	} else {
		JMP(LabelRef(label("rows")))
	}
}

// prefetchNext writes the prefetch of what the next tile needs of A, once for
// every eight steps, which make a cache line where the rows of A are contiguous.
// The processor's own prefetching does not follow that many short streams.
func (p *panelCode) prefetchNext(height int, a, lower Register, depth Register, next string) {
	TESTB(U8(7), depth.(GPVirtual).As8L())
	JNZ(LabelRef(next))
	base := GP64()
	LEAQ(Mem{Base: a, Index: p.aRow, Scale: 4}, base)
	if height > 4 {
		LEAQ(Mem{Base: lower, Index: p.aRow, Scale: 4}, base)
	}
	for r := range height {
		if r == 4 {
			LEAQ(Mem{Base: base, Index: p.aRow, Scale: 4}, base)
		}
		PREFETCHT0(p.element(base, r%4))
	}
	Label(next)
}

// element returns the address of the value of A in row r < 4 after base.
func (p *panelCode) element(base Register, r int) Mem {
	switch r {
	case 0:
		return Mem{Base: base}
	case 3:
		return Mem{Base: base, Index: p.aRow3, Scale: 1}
	}
	return Mem{Base: base, Index: p.aRow, Scale: uint8(r)}
}

// eachRow calls do with the address of every row of the tile in C.
func (p *panelCode) eachRow(sums [][]VecVirtual, do func(Mem, []VecVirtual)) {
	at := GP64()
	MOVQ(p.c, at)
	for r, row := range sums {
		do(Mem{Base: at}, row)
		if r+1 < len(sums) {
			ADDQ(p.cStep, at)
		}
	}
}

func (p *panelCode) loadRow(at Mem, row []VecVirtual) {
	for v, to := range row {
		from := at.Offset(v * p.bytes())
		if v+1 == p.width {
			p.last.load(from, to)
		} else {
			VMOVUPD(from, to)
		}
	}
}

func (p *panelCode) storeRow(row []VecVirtual, at Mem) {
	for v, from := range row {
		to := at.Offset(v * p.bytes())
		if v+1 == p.width {
			p.last.store(from, to)
		} else {
			VMOVUPD(from, to)
		}
	}
}
