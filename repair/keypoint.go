package repair

import (
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/region/face"
	"github.com/netmend/netmend/spec"
)

// keyPoint is a point of the specification with the pattern of one linear
// region (or executed pattern) there, and what is required.
type keyPoint struct {
	point int32 // index into keyPoints.points
	tail  int32 // row of keyPoints.tails
	need  int32 // index into keyPoints.needs
	// doubtful marks a pattern that only executions in floating point may meet. Its rows
	// prove nothing of repairs in real arithmetic.
	doubtful bool
	// dropped marks a pattern that does not occur.
	dropped bool
}

// place is where a point lies: an item of the specification and the parameter
// there, or the point itself where the place is made from others.
type place struct {
	item  int32
	param [2]float64
	x     []float64
}

// point is a place, for a network that jumps together with the pattern under
// which it is evaluated (-1: the value does not depend on it).
type point struct {
	place int32
	tail  int32
}

// cell is a linear region cut with an item, or a part of one, or a face of one
// with a pattern of its own.
type cell struct {
	item, tail int32
	class      int32 // the allowed class it is to have; -1 where classes do not matter
	places     []int32
}

// keyPoints turns a specification into key points for a change of the value
// parameters of the nodes from `from` on.
type keyPoints struct {
	net  *nn.Network
	spec *spec.Spec
	// from is the first node whose value channel may differ from the
	// activation channel: patterns matter from there on only.
	from int
	unit int // first unit of the nodes from `from` on
	// jumps reports whether the network's values depend on the pattern at a point.
	jumps bool
	// pointsOnly leaves the linear regions out, which are not enumerated where an
	// activation function jumps: package proof finds those that matter.
	pointsOnly bool

	places  []place
	placeOf map[region.ID]int32
	cells   []cell
	// extras are cells and faces of cells with other patterns that execute
	// there, or may, to be made key points by problem.addExtras.
	extras []cell
	// ties are, of each place, the units near a breakpoint whose piece matters there.
	ties [][]face.Tie
	rule *face.Rule // nil where there are no faces that matter

	patterns []string // of each tail, the pieces of the relevant units
	tailOf   map[string]int32
	tails    *nn.Linearization // of all tails, where they fit; see linearization

	memory int64 // in bytes, that the work may take
	rows   int   // points evaluated at once by a worker

	points  []point
	pointOf map[point]int32

	needs  []need
	needOf map[string]int32

	keys  []keyPoint
	keyOf map[keyPoint]int32

	// exact are the places that key points were made of which package proof found.
	exact map[int32]*proof.Place

	// Counts: linear regions, cells that are points, key points of faces, and
	// key points and rows before merging.
	regions, single, facePoints, repeated, repeatedRows int
}

func newKeyPoints(net *nn.Network, s *spec.Spec, from int, memory int64, workers int) *keyPoints {
	k := &keyPoints{
		net: net, spec: s, from: from, unit: net.PatternLen(), jumps: net.Decoupled() || net.DiscontinuousNode() >= 0,
		placeOf: map[region.ID]int32{}, tailOf: map[string]int32{},
		pointOf: map[point]int32{}, needOf: map[string]int32{}, keyOf: map[keyPoint]int32{}, exact: map[int32]*proof.Place{},
	}
	for i := len(net.Nodes) - 1; i >= from; i-- {
		if lo, hi := net.Units(i); hi > lo {
			k.unit = lo
		}
	}
	k.memory, k.rows = memory, rowsAtOnce(net, memory, workers)
	return k
}

// firstRelevant is the first node from which patterns matter when layer node
// `node` gets value parameters of its own: that, or one where the network jumps before.
func firstRelevant(net *nn.Network, node int) int {
	for _, l := range net.RepairedLayers() {
		if i, _, err := net.Layer(l); err == nil {
			node = min(node, i)
		}
	}
	if i := net.DiscontinuousNode(); i >= 0 {
		node = min(node, i)
	}
	return node
}

// relevant is the part of a pattern that matters.
func (k *keyPoints) relevant(p nn.Pattern) []uint8 { return p[k.unit:] }

// tail returns the index of a relevant pattern, which it copies.
func (k *keyPoints) tail(p []uint8) int32 {
	if i, ok := k.tailOf[string(p)]; ok {
		return i
	}
	i := int32(len(k.patterns))
	c := string(p)
	k.patterns = append(k.patterns, c)
	k.tailOf[c] = i
	return i
}

// pointAt returns the index of the point at a place under a tail.
func (k *keyPoints) pointAt(place, tail int32) int32 {
	p := point{place, -1}
	if k.jumps {
		p.tail = tail
	}
	if i, ok := k.pointOf[p]; ok {
		return i
	}
	i := int32(len(k.points))
	k.points = append(k.points, p)
	k.pointOf[p] = i
	return i
}

// add records a key point, once.
func (k *keyPoints) add(place, tail, need int32, doubtful bool) {
	key := keyPoint{point: k.pointAt(place, tail), tail: tail, need: need}
	k.repeated++
	k.repeatedRows += len(k.needs[need].halfSpaces)
	if i, ok := k.keyOf[key]; ok {
		k.keys[i].doubtful = k.keys[i].doubtful && doubtful
		return
	}
	k.keyOf[key] = int32(len(k.keys))
	key.doubtful = doubtful
	k.keys = append(k.keys, key)
}

// at writes the coordinates of a place.
func (k *keyPoints) at(p place) []float64 {
	it := &k.spec.Items[p.item]
	switch {
	case p.x != nil:
		return p.x
	case it.Segment != nil:
		return it.Segment.At(p.param[0])
	case it.Polygon != nil:
		return it.Polygon.At(p.param[0], p.param[1])
	}
	return it.Point
}

// describe names a place for people.
func (k *keyPoints) describe(p place) Place {
	return Place{Item: k.spec.Items[p.item].Name, Point: k.at(p), index: int(p.item)}
}

// drop takes a key point out, whose pattern does not occur.
func (k *keyPoints) drop(key int32) { k.keys[key].dropped = true }

// reindex rebuilds the indices of points, tails and keys, which are let go once all
// key points of the enumeration are made.
func (k *keyPoints) reindex() {
	if k.tailOf != nil {
		return
	}
	k.tailOf, k.pointOf, k.keyOf = map[string]int32{}, map[point]int32{}, map[keyPoint]int32{}
	for i, p := range k.patterns {
		k.tailOf[p] = int32(i)
	}
	for i, p := range k.points {
		k.pointOf[p] = int32(i)
	}
	for i, key := range k.keys {
		key.doubtful, key.dropped = false, false
		k.keyOf[key] = int32(i)
	}
}
