package keypoint

import (
	"context"
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/region/face"
	"github.com/netmend/netmend/spec"
)

// Key is a point of the specification with the pattern of one linear
// region (or executed pattern) there, and what is required.
type Key struct {
	Point int32 // index into Set.Points
	Tail  int32 // see [Set.Tail]
	Need  int32 // index into Set.Needs
	// Doubtful marks a pattern that only executions in floating point may meet. Its rows
	// prove nothing of repairs in real arithmetic.
	Doubtful bool
	// Dropped marks a pattern that does not occur.
	Dropped bool
}

// Point is a vertex, for a network that jumps together with the pattern under
// which it is evaluated (-1: the value does not depend on it).
type Point struct {
	Vertex, Tail int32
}

// Cell is a linear region cut with an item, or a part of one, or a face of one
// with a pattern of its own.
type Cell struct {
	Item, Tail int32
	Class      int32 // the allowed class it is to have; -1 where classes do not matter
	Vertices   []int32
}

// vertex is a point of an item of the specification: by the parameter there, or by the
// coordinates where it is made from others.
type vertex struct {
	item  int32
	param [2]float64
	x     []float64
}

// Set has the key points of a specification for a change of the value
// parameters of the nodes from From on.
type Set struct {
	net  *nn.Network
	spec *spec.Spec
	node int // of the layer that is to change; see Options

	// From is the first node whose value channel may differ from the
	// activation channel: patterns matter from there on only. Unit is the first unit there.
	From, Unit int
	// Jumps reports whether the network's values depend on the pattern at a point.
	Jumps bool
	// Batch is how many points a worker evaluates at once.
	Batch   int
	memory  int64
	workers int

	Cells []Cell
	Keys  []Key
	Needs []Need
	// Points have a row each in Inputs, the inputs of the layer that is to change, and in
	// Outputs, the network's.
	Points          []Point
	Inputs, Outputs nn.Matrix

	vertices []vertex
	vertexOf map[region.ID]int32
	// extras are faces of cells with other patterns that execute there, to be made key
	// points by addExtras.
	extras []Cell
	// ties are, of each vertex, the units near a breakpoint whose piece matters there.
	ties [][]face.Tie
	rule *face.Rule // nil if there are no faces that matter

	patterns []string // of each tail, the pieces of the relevant units
	tailOf   map[string]int32
	tails    *nn.Linearization // of the first linearised tails, where they fit; see Linearization
	linear   int

	pointOf map[Point]int32
	needOf  map[string]int32
	keyOf   map[Key]int32

	// learned are the key points that were made of violations, by what makes these different,
	// and exact the violations.
	learned map[string]int32
	exact   map[int32]*proof.Place

	regions, single, facePoints, repeated, repeatedRows int // see Counts
}

// Options of [New].
type Options struct {
	// Node is that of the layer whose value parameters are to change; the number of nodes
	// where no layer is, and the layer's inputs are not kept.
	Node int
	// PointsOnly leaves the linear regions out, which are not enumerated where an
	// activation function jumps: package proof finds those that matter.
	PointsOnly bool
	// MaxBytes is what the work may take, and Workers the number of its goroutines.
	MaxBytes int64
	Workers  int
	// Progress is told the phase, "regions" or "key points", and the cells so far, from one
	// goroutine at a time.
	Progress func(phase string, cells int)
}

// New enumerates the linear regions of the specification and evaluates the network at the
// key points. It fails if ctx is over before, where a polytope is required of a smooth
// network, and where the network's values overflow.
func New(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Set, error) {
	k := newSet(net, s, opt)
	if err := k.collect(ctx, opt.PointsOnly, func(cells int) { opt.Progress("regions", cells) }); err != nil {
		return nil, err
	}
	opt.Progress("key points", len(k.Cells))
	if err := k.assemble(ctx); err != nil {
		return nil, err
	}
	k.vertexOf, k.pointOf, k.keyOf, k.tailOf = nil, nil, nil, nil
	return k, nil
}

func newSet(net *nn.Network, s *spec.Spec, opt Options) *Set {
	k := &Set{
		net: net, spec: s, node: opt.Node, From: firstRelevant(net, opt.Node),
		Unit: net.PatternLen(), Jumps: net.Decoupled() || net.DiscontinuousNode() >= 0,
		memory: opt.MaxBytes, workers: opt.Workers,
		vertexOf: map[region.ID]int32{}, tailOf: map[string]int32{}, pointOf: map[Point]int32{},
		needOf: map[string]int32{}, keyOf: map[Key]int32{},
		learned: map[string]int32{}, exact: map[int32]*proof.Place{},
	}
	for i := len(net.Nodes) - 1; i >= k.From; i-- {
		if lo, hi := net.Units(i); hi > lo {
			k.Unit = lo
		}
	}
	k.Batch = Batch(net, 0, opt.MaxBytes, opt.Workers)
	return k
}

// firstRelevant is the first node from which patterns matter when layer node
// `node` gets value parameters of its own: that, or one if the network jumps before.
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

// assemble makes the key points from the cells and evaluates the network there.
func (k *Set) assemble(ctx context.Context) error {
	k.addPoints(k.Cells)
	if err := k.Extend(ctx); err != nil {
		return err
	}
	k.Cells = k.cutByClass(k.Cells)
	for i := range k.Cells {
		k.addCell(&k.Cells[i])
	}
	k.findTies()
	k.addFaces()
	before := len(k.Keys)
	if err := k.addExtras(ctx); err != nil {
		return err
	}
	k.facePoints = len(k.Keys) - before
	return k.Extend(ctx)
}

// addPoints makes points of the vertices of cells.
func (k *Set) addPoints(cells []Cell) {
	for _, c := range cells {
		for _, v := range c.Vertices {
			k.pointAt(v, c.Tail)
		}
	}
}

// addExtras makes key points of the extras. A network that is decoupled already
// jumps, and may prefer other classes there than in the cells around.
func (k *Set) addExtras(ctx context.Context) error {
	if k.Jumps && len(k.extras) > 0 {
		k.addPoints(k.extras)
		if err := k.Extend(ctx); err != nil {
			return err
		}
		k.extras = k.cutByClass(k.extras)
	}
	for i := range k.extras {
		k.addCell(&k.extras[i])
	}
	k.extras = nil
	return nil
}

// addCell makes key points of a cell's vertices with its pattern.
func (k *Set) addCell(c *Cell) {
	n := k.NeedOf(c)
	for _, v := range c.Vertices {
		k.Add(v, c.Tail, n, false)
	}
}

// Add records a key point of a vertex with a tail and a need, once, and returns its index.
func (k *Set) Add(vertex, tail, need int32, doubtful bool) int32 {
	k.reindex()
	key := Key{Point: k.pointAt(vertex, tail), Tail: tail, Need: need}
	k.repeated++
	k.repeatedRows += len(k.Needs[need].HalfSpaces)
	i, ok := k.keyOf[key]
	if ok {
		k.Keys[i].Doubtful = k.Keys[i].Doubtful && doubtful
		return i
	}
	i = int32(len(k.Keys))
	k.keyOf[key] = i
	key.Doubtful = doubtful
	k.Keys = append(k.Keys, key)
	return i
}

// Find returns the index of the key point of a vertex with a tail and a need, if there is one.
func (k *Set) Find(vertex, tail, need int32) (key int32, found bool) {
	k.reindex()
	key, found = k.keyOf[Key{Point: k.pointAt(vertex, tail), Tail: tail, Need: need}]
	return key, found
}

// Drop takes a key point out, whose pattern does not occur.
func (k *Set) Drop(key int32) { k.Keys[key].Dropped = true }

// pointAt returns the index of the point at a vertex under a tail.
func (k *Set) pointAt(vertex, tail int32) int32 {
	p := Point{vertex, -1}
	if k.Jumps {
		p.Tail = tail
	}
	if i, ok := k.pointOf[p]; ok {
		return i
	}
	i := int32(len(k.Points))
	k.Points = append(k.Points, p)
	k.pointOf[p] = i
	return i
}

// Tail returns the index of the part of a pattern from Unit on, which it copies.
func (k *Set) Tail(p []uint8) int32 {
	k.reindex()
	if i, ok := k.tailOf[string(p)]; ok {
		return i
	}
	i := int32(len(k.patterns))
	c := string(p)
	k.patterns = append(k.patterns, c)
	k.tailOf[c] = i
	return i
}

// Tails is how many different ones there are.
func (k *Set) Tails() int { return len(k.patterns) }

// Pattern are the pieces of the units from Unit on of a tail.
func (k *Set) Pattern(tail int32) string { return k.patterns[tail] }

// relevant is the part of a pattern that matters.
func (k *Set) relevant(p nn.Pattern) []uint8 { return p[k.Unit:] }

// AddVertex records a point of an item and returns its index.
func (k *Set) AddVertex(item int32, x []float64) int32 {
	k.vertices = append(k.vertices, vertex{item: item, x: x})
	return int32(len(k.vertices) - 1)
}

// Vertices is how many there are.
func (k *Set) Vertices() int { return len(k.vertices) }

// ItemOf is the index of a vertex's item in the specification.
func (k *Set) ItemOf(vertex int32) int { return int(k.vertices[vertex].item) }

// At are the coordinates of a vertex.
func (k *Set) At(vertex int32) []float64 {
	p := &k.vertices[vertex]
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

// VertexOf is the vertex of a key point.
func (k *Set) VertexOf(key *Key) int32 { return k.Points[key.Point].Vertex }

// Centre is the mean of a cell's vertices.
func (k *Set) Centre(c *Cell) []float64 {
	sum := make([]float64, k.net.InDim())
	for _, p := range c.Vertices {
		for i, v := range k.At(p) {
			sum[i] += v / float64(len(c.Vertices))
		}
	}
	return sum
}

// CellOf is the first cell with a vertex, the tail and the need of a key point; nil for
// those of faces, and of parts of cells.
func (k *Set) CellOf(key *Key) *Cell {
	at := k.VertexOf(key)
	for i := range k.Cells {
		if c := &k.Cells[i]; c.Tail == key.Tail && slices.Contains(c.Vertices, at) && k.NeedOf(c) == key.Need {
			return c
		}
	}
	return nil
}

// Overflow is the error that the network's values are not finite at a vertex.
func (k *Set) Overflow(vertex int32) error {
	return fmt.Errorf("%s: the network's values overflow float64 there", k.spec.Items[k.ItemOf(vertex)].Name)
}

// Counts of key points and what they come from.
type Counts struct {
	// Regions are linear regions before cutting between allowed classes, Cells after. A
	// point is neither.
	Regions, Cells int
	// Keys and Rows, one for each half-space of a key, before merging equal ones.
	Keys, Rows int
	// FaceKeys are the keys of faces.
	FaceKeys int
}

// Counts are those so far.
func (k *Set) Counts() Counts {
	return Counts{Regions: k.regions, Cells: len(k.Cells) - k.single, Keys: k.repeated, Rows: k.repeatedRows, FaceKeys: k.facePoints}
}

// reindex rebuilds the indices of points, tails and keys, which are let go once all
// key points of the enumeration are made.
func (k *Set) reindex() {
	if k.tailOf != nil {
		return
	}
	k.tailOf, k.pointOf, k.keyOf = map[string]int32{}, map[Point]int32{}, map[Key]int32{}
	for i, p := range k.patterns {
		k.tailOf[p] = int32(i)
	}
	for i, p := range k.Points {
		k.pointOf[p] = int32(i)
	}
	for i, key := range k.Keys {
		key.Doubtful, key.Dropped = false, false
		k.keyOf[key] = int32(i)
	}
}
