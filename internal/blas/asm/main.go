// Command asm writes the assembly of package blas, with the Go declarations of
// its functions. It is a module of its own so that avo does not become a
// dependency of netmend. Run it with go generate in internal/blas.
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("!purego")
	for _, target := range []*isa{newAVX512(), newAVX2()} {
		for vectors := 1; vectors <= 3; vectors++ {
			panel(target, vectors)
		}
		dots(target)
		columns(target)
		rank1(target)
	}
	transpose()
	Generate()
}
