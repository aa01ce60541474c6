package keypoint

import (
	"context"
	"fmt"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
)

// Learn makes key points of violations that package proof found: each at its own point with
// its pattern, and, where the enumeration did not find the piece, at the piece's other
// vertices. It returns the key point of each, -1 for none.
func (k *Set) Learn(ctx context.Context, violations []proof.Place) ([]int32, error) {
	keys := make([]int32, len(violations))
	for i := range violations {
		keys[i] = k.learn(&violations[i])
	}
	return keys, k.Extend(ctx)
}

// Learned is how many key points were made of violations.
func (k *Set) Learned() int { return len(k.learned) }

// Exact is the violation that a key point was made of, nil for none.
func (k *Set) Exact(key int32) *proof.Place { return k.exact[key] }

// learn is the key point of a violation, -1 for none.
func (k *Set) learn(at *proof.Place) int32 {
	item := &k.spec.Items[at.Item]
	whole := len(at.Pattern) == k.net.PatternLen()
	if !whole || item.Segment == nil && item.Polygon == nil {
		if key := k.ofItem(at); key >= 0 {
			return key
		}
	}
	if !whole {
		return -1
	}
	id := fmt.Sprint(at.Item, at.Class, at.Weights, string(at.Pattern[k.Unit:]))
	if key, ok := k.learned[id]; ok {
		return key
	}
	tail := k.Tail(k.relevant(at.Pattern))
	c := Cell{Item: int32(at.Item), Tail: tail, Class: k.chosen(at, tail)}
	if !k.knows(at.Item, tail) && len(at.Piece) > 1 {
		piece := c
		for _, x := range at.Piece {
			piece.Vertices = append(piece.Vertices, k.AddVertex(c.Item, x))
		}
		k.Cells = append(k.Cells, piece)
		k.addCell(&piece)
	}
	key := k.Add(k.AddVertex(c.Item, at.Point), tail, k.NeedOf(&c), false)
	k.learned[id] = key
	k.exact[key] = at
	return key
}

// knows reports whether the enumeration found a cell of the item with a pattern.
func (k *Set) knows(item int, tail int32) bool {
	for i := range k.Cells {
		if c := &k.Cells[i]; int(c.Item) == item && c.Tail == tail {
			return true
		}
	}
	return false
}

// chosen is the class that is recorded for a violation.
func (k *Set) chosen(at *proof.Place, tail int32) int32 {
	o := &k.spec.Items[at.Item].Output
	switch len(o.Allowed) {
	case 0:
		return -1
	case 1:
		return int32(o.Allowed[0])
	}
	x := nn.RowMatrix(at.Point)
	lin := k.unpack([]int32{tail}, k.net.LinearizePatterns) // the tail may be new
	y := k.net.RunLinear(x, lin, []int32{0}, 1).Output().Row(0)
	return int32(o.Extremum.Prefers(y, o.Allowed))
}

// ofItem is the first key point of the violation's item, with its pattern where it has one of
// this network; -1 for none.
func (k *Set) ofItem(at *proof.Place) int32 {
	for i := range k.Keys {
		key := &k.Keys[i]
		if k.ItemOf(k.VertexOf(key)) != at.Item {
			continue
		}
		if len(at.Pattern) == k.net.PatternLen() && string(k.relevant(at.Pattern)) != k.patterns[key.Tail] {
			continue
		}
		return int32(i)
	}
	return -1
}
