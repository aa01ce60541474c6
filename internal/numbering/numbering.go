// Package numbering finds values of a network that are identical on a set of inputs, by
// value numbering (Alpern, Wegman and Zadeck, "Detecting Equality of Variables in
// Programs", POPL 1988, without their loops): every value gets a class, which is made
// from the operation and the classes of its operands, so that values of one class
// are equal by construction. Nothing is computed in floating point, so no rounding
// can call different values equal; that values which happen to be equal are told
// apart is possible, and harmless.
package numbering

import (
	"encoding/binary"
	"math"

	"github.com/netmend/netmend/nn"
)

// UnknownPiece stands, in the pieces given to [Identities.Find], for a piece that is
// not known.
const UnknownPiece = 255

// Identities are the classes of a network's values on a set of inputs.
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
	net  *nn.Network
	last int // nodes beyond do not count

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
	madeAlone
)

// New prepares a search, or returns nil if no unit of the network could
// profit: where each of them has a value of a dense layer of its own.
func New(n *nn.Network) *Identities {
	d := &Identities{net: n, last: -1, classes: make([][]int32, len(n.Nodes))}
	for i, node := range n.Nodes {
		if _, ok := node.Op.(*nn.Piecewise); !ok {
			continue
		}
		if j := node.Inputs[0]; j != nn.Input {
			if _, dense := n.Nodes[j].Op.(*nn.Dense); dense {
				continue
			}
		}
		d.last = i
	}
	if d.last < 0 {
		return nil
	}
	for i := range d.classes[:d.last+1] {
		d.classes[i] = make([]int32, n.Dim(i))
	}
	d.input = make([]int32, n.InDim())
	d.made = map[string]int32{}
	d.value, d.sums = map[int32]float64{}, map[int32][]multiple{}
	return d
}

// Find numbers the values on the convex hull of some points, one a row of x, on which
// the activation channel has the pieces given: one for each unit of a [nn.Pattern], or
// [UnknownPiece] where it may be one here and another there. Coordinates of x count
// as exact: those that are the same number, or the same as each other, in every row
// are so on the whole hull.
func (d *Identities) Find(x nn.Matrix, pieces []uint8) {
	d.number(x)
	for i := range d.net.Nodes[:d.last+1] {
		d.node(i, pieces)
	}
}

// Idle reports whether piece upper of a [nn.Piecewise] unit and the one below give the same
// value on the whole set, in both channels: the unit's input is the breakpoint between
// them, and the function, exactly as given, does not jump there.
func (d *Identities) Idle(node, unit int, upper uint8) bool {
	if node > d.last {
		return false // nothing is known
	}
	f := d.net.Nodes[node].Op.(*nn.Piecewise)
	v, constant := d.value[d.of(d.net.Nodes[node].Inputs[0])[unit]]
	if !constant || v != f.Breaks[upper-1] {
		return false
	}
	below, exact := exactAt(f, int(upper-1), v)
	above, alsoExact := exactAt(f, int(upper), v)
	return exact && alsoExact && below == above
}

// exactAt is piece k of p at z where that takes no rounding.
func exactAt(p *nn.Piecewise, k int, z float64) (v float64, exact bool) {
	switch {
	case p.Slope[k] == 0 || z == 0:
		return p.Offset[k], true
	case p.Slope[k] == 1 && p.Offset[k] == 0:
		return z, true
	}
	return 0, false
}

func (d *Identities) of(i int) []int32 {
	if i == nn.Input {
		return d.input
	}
	return d.classes[i]
}

// number starts over and numbers the inputs.
func (d *Identities) number(x nn.Matrix) {
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
