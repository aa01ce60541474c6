package nn

import (
	"encoding/binary"
	"math"
	"slices"
)

// UnknownPiece stands, in the pieces given to [Identities.Find], for a piece that is
// not known.
const UnknownPiece = 255

// Identities finds values of a network that are identical on a set of inputs, by
// value numbering (Alpern, Wegman and Zadeck, "Detecting Equality of Variables in
// Programs", POPL 1988, without their loops): every value gets a class, which is made
// from the operation and the classes of its operands, so that values of one class
// are equal by construction. Nothing is computed in floating point, so no rounding
// can call different values equal; that values which happen to be equal are told
// apart is possible, and harmless.
//
// Values of one class are equal at every input of the set, in exact arithmetic, in
// the activation channel and in the value channel alike, and the latter whatever the
// value parameters of the network's layers are: a class never looks at a layer's
// parameters, only at which output channel it is and at what the channel's window
// sees. A constant class has its value in both channels.
//
// An Identities is reused from set to set and must not be used by two goroutines at
// the same time.
type Identities struct {
	net  *Network
	last int // nodes beyond do not count
	// frontier are the nodes up to last that others beyond read, or that give the output.
	frontier []int
	// prescribed: the pieces are those of a pattern that need not execute.
	prescribed bool
	// weighed: classes are of the activation channel alone, and look at its parameters.
	weighed bool

	classes [][]int32 // of each node's values
	input   []int32
	next    int32            // smallest unused class
	made    map[string]int32 // classes by what they are made from
	key     []byte
	value   map[int32]float64 // of constant classes
	sums    map[int32][]multiple
}

// multiple is a class times an integer.
type multiple struct {
	class  int32
	factor int32
}

// zeroClass is the class of the constant 0.
const zeroClass = 0

// What a class is made from: the first byte of its key.
const (
	madeConstant = iota
	madeInput
	madePiece
	madeChoice
	madeScale
	madeMean
	madeReduce
	madeSum
	madeOperands
	madePixel
	madeWindow
	madePrescribed
	madeAlone
	madeWeighed
)

// NewIdentities prepares a search, or returns nil where no unit of the network could
// profit: where each of them has a value of a dense layer of its own.
func NewIdentities(n *Network) *Identities {
	d := &Identities{net: n, last: -1, classes: make([][]int32, len(n.Nodes))}
	for i, node := range n.Nodes {
		if _, ok := node.Op.(*Piecewise); !ok {
			continue
		}
		if j := node.Inputs[0]; j != Input {
			if _, dense := n.Nodes[j].Op.(*Dense); dense {
				continue
			}
		}
		d.last = i
	}
	if d.last < 0 {
		return nil
	}
	for d.last+1 < len(n.Nodes) && combines(n.Nodes[d.last+1].Op) {
		d.last++ // the maxima's values, made of the last units'
	}
	for i := range d.classes[:d.last+1] {
		d.classes[i] = make([]int32, n.dims[i])
	}
	for i := range d.classes[:d.last+1] {
		read := i == len(n.Nodes)-1
		for _, node := range n.Nodes[d.last+1:] {
			read = read || slices.Contains(node.Inputs, i)
		}
		if read {
			d.frontier = append(d.frontier, i)
		}
	}
	d.input = make([]int32, n.inDim)
	d.made = map[string]int32{}
	d.value, d.sums = map[int32]float64{}, map[int32][]multiple{}
	return d
}

// combines reports whether an operation copies values or adds them up.
func combines(op Op) bool {
	switch op.(type) {
	case *Sum, *Take, *Concat:
		return true
	}
	return false
}

// Find numbers the values on the convex hull of some points, one a row of x, on which
// the activation channel has the pieces given: one for each unit of a [Pattern], or
// [UnknownPiece] where it may be one here and another there. Coordinates of x count
// as exact: those that are the same number, or the same as each other, in every row
// are so on the whole hull.
func (d *Identities) Find(x Matrix, pieces []uint8) {
	d.prescribed, d.weighed = false, false
	d.number(x)
	d.run(pieces)
}

// FindExecuted is [Identities.Find] for the activation channel alone: convolutions are
// numbered by the weights that each class has in all, so that more values are found to
// be equal, such as those of windows that differ where the weights are 0. It does not
// matter then which units are [Identities.Idle], but which are [Identities.Tied].
func (d *Identities) FindExecuted(x Matrix, pieces []uint8) {
	d.prescribed, d.weighed = false, true
	d.number(x)
	d.run(pieces)
}

// Tied reports whether the input of a [Piecewise] unit is the breakpoint below piece upper
// on the whole set, in the activation channel: by the tie rule that piece executes.
func (d *Identities) Tied(node, unit int, upper uint8) bool {
	if node > d.last {
		return false // nothing is known
	}
	f := d.net.Nodes[node].Op.(*Piecewise)
	v, constant := d.value[d.of(d.net.Nodes[node].Inputs[0])[unit]]
	return constant && v == f.Breaks[upper-1]
}

// Same reports whether the value channel is found to be the same function on the convex
// hull of the rows of x with either of two patterns, whatever the value parameters of the
// network's layers are. Which pattern executes there does not matter; only for units of
// unknown piece, which are to have it in both patterns and to come before all layers with
// value parameters, it is the one that does.
func (d *Identities) Same(x Matrix, p, q []uint8) bool {
	for i := d.last + 1; i < len(d.net.Nodes); i++ {
		if from, to := d.net.Units(i); !slices.Equal(p[from:to], q[from:to]) {
			return false
		}
	}
	d.prescribed, d.weighed = true, false
	d.number(x)
	d.run(p)
	before := make([][]int32, len(d.frontier))
	for k, i := range d.frontier {
		before[k] = slices.Clone(d.classes[i])
	}
	d.run(q)
	for k, i := range d.frontier {
		if !slices.Equal(before[k], d.classes[i]) {
			return false
		}
	}
	return true
}

// run numbers the values of the nodes.
func (d *Identities) run(pieces []uint8) {
	for i := range d.net.Nodes[:d.last+1] {
		d.node(i, pieces)
	}
}

// Idle reports whether piece upper of a [Piecewise] unit and the one below give the same
// value on the whole set, in both channels: the unit's input is the breakpoint between
// them, and the function, exactly as given, does not jump there.
func (d *Identities) Idle(node, unit int, upper uint8) bool {
	if !d.Tied(node, unit, upper) {
		return false
	}
	f := d.net.Nodes[node].Op.(*Piecewise)
	v := f.Breaks[upper-1]
	below, exact := f.exactAt(int(upper-1), v)
	above, alsoExact := f.exactAt(int(upper), v)
	return exact && alsoExact && below == above
}

// exactAt is piece k at z where that takes no rounding.
func (p *Piecewise) exactAt(k int, z float64) (v float64, exact bool) {
	switch {
	case p.Slope[k] == 0 || z == 0:
		return p.Offset[k], true
	case p.Slope[k] == 1 && p.Offset[k] == 0:
		return z, true
	}
	return 0, false
}

func (d *Identities) of(i int) []int32 {
	if i == Input {
		return d.input
	}
	return d.classes[i]
}

// number starts over and numbers the inputs.
func (d *Identities) number(x Matrix) {
	d.next = zeroClass
	clear(d.made)
	clear(d.value)
	clear(d.sums)
	d.constant(0) // zeroClass
	for j := range d.input {
		v := x.Row(0)[j]
		same := true
		for r := 1; r < x.Rows; r++ {
			same = same && x.Row(r)[j] == v
		}
		if same {
			d.input[j] = d.constant(v)
			continue
		}
		d.begin(madeInput)
		for r := range x.Rows {
			d.number64(x.Row(r)[j])
		}
		d.input[j] = d.class()
	}
}

// constant is the class of a number.
func (d *Identities) constant(v float64) int32 {
	v += 0 // -0 is 0
	if v == 0 && d.next > zeroClass {
		return zeroClass
	}
	d.begin(madeConstant)
	d.number64(v)
	c := d.class()
	d.value[c] = v
	return c
}

// begin begins the key of a class.
func (d *Identities) begin(kind byte) { d.key = append(d.key[:0], kind) }

func (d *Identities) operand(c int32) {
	d.key = binary.LittleEndian.AppendUint32(d.key, uint32(c))
}

func (d *Identities) number64(v float64) {
	d.key = binary.LittleEndian.AppendUint64(d.key, math.Float64bits(v+0))
}

// class is the class made from the key.
func (d *Identities) class() int32 { return d.classesOf(1) }

// classesOf is the first of n classes made from the key.
func (d *Identities) classesOf(n int) int32 {
	c, ok := d.made[string(d.key)]
	if !ok {
		c = d.next
		d.next += int32(n)
		d.made[string(d.key)] = c
	}
	return c
}
