package nn

import (
	"fmt"
	"math"
	"slices"
)

// Difference is where two networks differ.
type Difference struct {
	// Node that differs, counted from 0; -1 if the networks do not have the same nodes.
	Node int
	// Where is the layer or node, for people; What says how the second network differs.
	Where, What string
}

// String is both.
func (d Difference) String() string {
	if d.Where == "" {
		return d.What
	}
	return d.Where + ": " + d.What
}

// ChoosingDifferences lists how b differs from a in the activation channel, as far as it
// chooses activation functions' pieces: parameters of layers after the last activation
// choose nothing. It is empty if each is a repair of the other's value channel
// (Definition 4.1). Every operation and every constant is compared, and one that the
// comparison does not know is a difference.
func ChoosingDifferences(a, b *Network) []Difference {
	if a.InDim() != b.InDim() || a.OutDim() != b.OutDim() {
		return []Difference{{-1, "", fmt.Sprintf("%d inputs and %d outputs, the original has %d and %d", b.InDim(), b.OutDim(), a.InDim(), a.OutDim())}}
	}
	if len(a.Nodes) != len(b.Nodes) {
		return []Difference{{-1, "", fmt.Sprintf("%d nodes, the original has %d", len(b.Nodes), len(a.Nodes))}}
	}
	if !sameEnd(a.Meta.End, b.Meta.End) {
		return []Difference{{-1, "", fmt.Sprintf("%s follows its outputs, the original has %s there", endText(b.Meta.End), endText(a.Meta.End))}}
	}
	layers := map[int]int{}
	for k, node := range a.Layers() {
		layers[node] = k + 1
	}
	var found []Difference
	for i := range a.Nodes {
		what := nodeDifference(&a.Nodes[i], &b.Nodes[i], a.ActivationAfter(i), false)
		if what == "" {
			continue
		}
		where := fmt.Sprintf("node %d (%s)", i+1, a.Nodes[i].Op.Kind())
		if k := layers[i]; k > 0 {
			where = fmt.Sprintf("layer %d", k)
		}
		found = append(found, Difference{i, where, what})
	}
	return found
}

func sameEnd(a, b *End) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func endText(e *End) string {
	if e == nil {
		return "nothing"
	}
	return fmt.Sprintf("a %s of %d x %d x %d numbers", e.Kind, e.Outer, e.Axis, e.Inner)
}

// Same reports whether two networks have the same nodes with the same constants in both
// channels, and the same end. Names and other metadata do not count.
func Same(a, b *Network) bool {
	if a.InDim() != b.InDim() || len(a.Nodes) != len(b.Nodes) || !sameEnd(a.Meta.End, b.Meta.End) {
		return false
	}
	for i := range a.Nodes {
		if nodeDifference(&a.Nodes[i], &b.Nodes[i], true, true) != "" {
			return false
		}
	}
	return true
}

// LargestDifference is the largest difference between two constants of two networks, of
// either channel; false if they differ in more than constants.
func LargestDifference(a, b *Network) (float64, bool) {
	if len(a.Nodes) != len(b.Nodes) {
		return 0, false
	}
	largest := 0.0
	for i := range a.Nodes {
		x, xok := constantsOf(a.Nodes[i].Op)
		y, yok := constantsOf(b.Nodes[i].Op)
		if !xok || !yok || !sameKind(a.Nodes[i].Op, b.Nodes[i].Op) || !slices.Equal(a.Nodes[i].Inputs, b.Nodes[i].Inputs) || x.builtOtherwise(&y) {
			return 0, false
		}
		_, own := changes(x.numbers, y.numbers)
		_, value := changes(x.value, y.value)
		largest = max(largest, own, value)
	}
	return largest, true
}

// sameKind reports whether two operations are of one kind. Piecewise-affine functions are
// what their pieces say: a leaky ReLU of slope -1 is read back as |z|.
func sameKind(a, b Op) bool {
	_, p := a.(*Piecewise)
	_, q := b.(*Piecewise)
	return p && q || a.Kind() == b.Kind()
}

// nodeDifference says how b differs from a, or nothing. choosing reports whether parameters
// of layers have a part in choosing pieces, and so count; values whether those of the value
// channel count as well.
func nodeDifference(a, b *Node, choosing, values bool) string {
	if !sameKind(a.Op, b.Op) {
		return fmt.Sprintf("is a %s, the original's is a %s", b.Op.Kind(), a.Op.Kind())
	}
	if !slices.Equal(a.Inputs, b.Inputs) {
		return "has other inputs"
	}
	x, xok := constantsOf(a.Op)
	y, yok := constantsOf(b.Op)
	if !xok || !yok {
		return "is an operation that the comparison does not know"
	}
	if x.builtOtherwise(&y) {
		if la, ok := a.Op.(Layer); ok {
			p, q := la.Channel(ActivationChannel), b.Op.(Layer).Channel(ActivationChannel)
			if !p.sameShape(q) {
				return fmt.Sprintf("is %d x %d, the original's is %d x %d", q.Weight.Rows, q.Weight.Cols, p.Weight.Rows, p.Weight.Cols)
			}
		}
		return "has another geometry"
	}
	count, largest := changes(x.numbers, y.numbers)
	if _, layer := a.Op.(Layer); !layer {
		if count > 0 {
			return "has other constants"
		}
		return ""
	}
	if choosing && count > 0 {
		return fmt.Sprintf("%s of the activation channel differ, by up to %.9g", parameters(count), largest)
	}
	if count, largest = changes(x.value, y.value); values && count > 0 {
		return fmt.Sprintf("%s of the value channel differ, by up to %.9g", parameters(count), largest)
	}
	return ""
}

func parameters(n int) string {
	if n == 1 {
		return "1 parameter"
	}
	return fmt.Sprintf("%d parameters", n)
}

// constants are what an operation consists of beside its kind.
type constants struct {
	built   []int       // sizes, geometry
	numbers [][]float64 // of a layer those of the activation channel
	value   [][]float64 // of a layer those of the value channel
}

// constantsOf is everything that tells an operation from others of its kind; false for an
// operation that it does not know.
func constantsOf(op Op) (constants, bool) {
	var c constants
	switch op := op.(type) {
	case *Dense:
		c.layer(op)
	case *Conv:
		c.window(&op.Window)
		c.built = append(c.built, op.Groups)
		c.layer(op)
	case *ConvTranspose:
		c.window(&op.Window)
		c.built = append(c.built, op.Inputs, op.Groups)
		c.layer(op)
	case *Scale:
		c.numbers = [][]float64{op.Factor, op.Shift}
	case *AveragePool:
		c.window(&op.Window)
		counted := 0
		if op.CountPadding {
			counted = 1
		}
		c.built = append(c.built, counted, op.Beyond[0], op.Beyond[1])
	case *Reduce:
		c.built = []int{op.Outer, op.Axis, op.Inner}
		c.numbers = [][]float64{{op.Divisor}}
	case *Sum:
		c.numbers = [][]float64{op.Coefficients}
	case *Take:
		c.built = []int{op.In}
		for _, from := range op.From {
			c.built = append(c.built, int(from))
		}
		c.numbers = [][]float64{{op.Fill}}
	case *Concat:
		c.built = op.Dims
	case *Piecewise:
		c.numbers = [][]float64{op.Breaks, op.Slope, op.Offset}
	case *Smooth:
		c.numbers = [][]float64{op.Parameters()}
	case *MaxPool:
		c.window(&op.Window)
	case *Max:
		c.built = []int{op.Inputs, op.Dim}
	default:
		return c, false
	}
	return c, true
}

func (c *constants) window(w *Window) {
	c.built = append(c.built, w.Channels)
	for _, p := range [...][2]int{w.In, w.Kernel, w.Stride, w.Dilation, w.Before, w.After} {
		c.built = append(c.built, p[:]...)
	}
}

func (c *constants) layer(op Layer) {
	rows := func(p *Params) (all [][]float64) {
		for j := range p.Weight.Rows {
			all = append(all, p.Weight.Row(j))
		}
		return append(all, p.Bias)
	}
	c.numbers, c.value = rows(op.Channel(ActivationChannel)), rows(op.Channel(ValueChannel))
}

// builtOtherwise reports whether two operations of one kind differ in more than constants.
func (c *constants) builtOtherwise(d *constants) bool {
	lengths := func(a, b [][]float64) bool {
		return slices.EqualFunc(a, b, func(x, y []float64) bool { return len(x) == len(y) })
	}
	return !slices.Equal(c.built, d.built) || !lengths(c.numbers, d.numbers) || !lengths(c.value, d.value)
}

// changes counts the numbers that differ, and is their largest difference.
func changes(a, b [][]float64) (count int, largest float64) {
	for i := range a {
		for k, v := range a[i] {
			if w := b[i][k]; v != w {
				count++
				largest = max(largest, math.Abs(w-v))
			}
		}
	}
	return count, largest
}
