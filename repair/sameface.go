package repair

import (
	"slices"

	"github.com/netmend/netmend/nn"
)

// sameAtOnce is how many faces a goroutine looks at before it takes others.
const sameAtOnce = 16

// dropSame drops, of the faces just added to the extras, those whose pattern gives the
// same function there as that of a cell beside it, whatever the change of the layer: all
// that is required of them is required already. Where a ReLU before a maximum turns
// inactive, for one, its value and that of an inactive candidate tie.
func (k *keyPoints) dropSame(workers int) {
	if len(k.extras) == 0 || nn.NewIdentities(k.net) == nil {
		return
	}
	beside := make(map[face][]int32, len(k.extras)) // the tails of the cells
	for i := range k.extras {
		beside[k.extras[i].face()] = nil
	}
	k.eachFace(func(c *cell, f face, _ []tie) {
		if tails, ok := beside[f]; ok && !slices.Contains(tails, c.tail) {
			beside[f] = append(tails, c.tail)
		}
	})
	border := k.borderEdges()
	same := make([]bool, len(k.extras))
	ranges(len(same), sameAtOnce, workers, func(from, to int) {
		ids := nn.NewIdentities(k.net)
		p, q := k.unknownPieces(), k.unknownPieces()
		for i := from; i < to; i++ {
			f := k.extras[i].face()
			hull := k.hullOf(f, border)
			copy(q[k.unit:], k.patterns[k.extras[i].tail])
			same[i] = slices.ContainsFunc(beside[f], func(tail int32) bool {
				copy(p[k.unit:], k.patterns[tail])
				return ids.Same(hull, p, q)
			})
		}
	})
	left := k.extras[:0]
	for i, e := range k.extras {
		if !same[i] {
			left = append(left, e)
		}
	}
	k.extras = left
}

// unknownPieces are the pieces of all units while none is known.
func (k *keyPoints) unknownPieces() []uint8 {
	p := make([]uint8, k.net.PatternLen())
	for u := range p {
		p[u] = nn.UnknownPiece
	}
	return p
}

// face is the face that a cell of one or two places is.
func (c *cell) face() face {
	a, b := c.places[0], c.places[len(c.places)-1]
	return face{c.item, min(a, b), max(a, b)}
}
