package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// columns writes y += Aᵀ x. It goes through A by groups of rows, all columns of
// a group at once: rows are read in sequence, and y is loaded and stored once a
// group. The chains of neighbouring columns overlap.
func columns(t *isa) {
	TEXT("columns"+t.name, NOSPLIT, "func(rows, cols int, a *float64, aStep int, x, y *float64)")
	Doc(fmt.Sprintf("columns%s adds Aᵀ x to y. Rows of A are aStep elements apart.", t.name))
	Pragma("noescape")
	c := &columnCode{isa: t}
	c.rows = Load(Param("rows"), GP64()).(GPVirtual)
	c.a = Load(Param("a"), GP64()).(GPVirtual)
	c.aStep = step("aStep")
	c.aStep3 = GP64()
	LEAQ(Mem{Base: c.aStep, Index: c.aStep, Scale: 2}, c.aStep3)
	c.x = Load(Param("x"), GP64()).(GPVirtual)
	c.rest = Load(Param("cols"), GP64()).(GPVirtual)
	ANDQ(U8(t.lanes-1), c.rest)
	c.last = t.masks(c.rest, 1)[0]
	heights := []int{8, 4, 2, 1}
	for i, height := range heights {
		next := "done"
		if i+1 < len(heights) {
			next = fmt.Sprintf("rows%d", heights[i+1])
		}
		c.group(height, next)
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// columnCode holds the registers that live through all rows.
type columnCode struct {
	*isa
	rows, a, aStep, aStep3, x GPVirtual
	rest                      GPVirtual // columns beyond the last whole vector
	last                      mask      // for them
}

// group writes the loop over groups of height rows.
func (c *columnCode) group(height int, next string) {
	label := func(name string) string { return fmt.Sprintf("%s%d", name, height) }
	Label(label("rows"))
	CMPQ(c.rows, U8(height))
	JL(LabelRef(next))
	factors := c.vectors(height)
	for r, factor := range factors {
		VBROADCASTSD(Mem{Base: c.x, Disp: r * float}, factor)
	}
	upper, lower := GP64(), GP64() // the first row and the fifth
	MOVQ(c.a, upper)
	LEAQ(Mem{Base: upper, Index: c.aStep, Scale: 4}, lower)
	row := func(r int) Mem {
		base := upper
		if r >= 4 {
			base = lower
		}
		switch r % 4 {
		case 0:
			return Mem{Base: base}
		case 3:
			return Mem{Base: base, Index: c.aStep3, Scale: 1}
		}
		return Mem{Base: base, Index: c.aStep, Scale: uint8(r % 4)}
	}
	y := Load(Param("y"), GP64())
	vectors := Load(Param("cols"), GP64())
	SUBQ(c.rest, vectors)
	JZ(LabelRef(label("rest")))

	Label(label("vector"))
	sum := c.vector()
	VMOVUPD(Mem{Base: y}, sum)
	for r, factor := range factors {
		VFMADD231PD(row(r), factor, sum)
	}
	VMOVUPD(sum, Mem{Base: y})
	ADDQ(U8(c.bytes()), y)
	ADDQ(U8(c.bytes()), upper)
	if height > 4 {
		ADDQ(U8(c.bytes()), lower)
	}
	SUBQ(U8(c.lanes), vectors)
	JNZ(LabelRef(label("vector")))

	Label(label("rest"))
	TESTQ(c.rest, c.rest)
	JZ(LabelRef(label("next")))
	c.last.load(Mem{Base: y}, sum)
	for r, factor := range factors {
		value := c.vector()
		c.last.load(row(r), value)
		VFMADD231PD(value, factor, sum)
	}
	c.last.store(sum, Mem{Base: y})

	Label(label("next"))
	ADDQ(U8(height*float), c.x)
	offset := GP64()
	IMUL3Q(U8(height), c.aStep, offset)
	ADDQ(offset, c.a)
	SUBQ(U8(height), c.rows)
	JMP(LabelRef(label("rows")))
}
