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

// combines tells whether an operation copies values or adds them up.
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
	d.prescribed = false
	d.number(x)
	d.run(pieces)
}

// Same tells whether the value channel is found to be the same function on the convex
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
	d.prescribed = true
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

// Idle tells whether piece upper of a [Piecewise] unit and the one below give the same
// value on the whole set, in both channels: the unit's input is the breakpoint between
// them, and the function, exactly as given, does not jump there.
func (d *Identities) Idle(node, unit int, upper uint8) bool {
	if node > d.last {
		return false // nothing is known
	}
	f := d.net.Nodes[node].Op.(*Piecewise)
	v, constant := d.value[d.of(d.net.Nodes[node].Inputs[0])[unit]]
	if !constant || v != f.Breaks[upper-1] {
		return false
	}
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

// number begins anew and numbers the inputs.
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

// node numbers the values of node i.
func (d *Identities) node(i int, pieces []uint8) {
	node, dst := d.net.Nodes[i], d.classes[i]
	x := d.of(node.Inputs[0])
	switch op := node.Op.(type) {
	case *Piecewise:
		from, to := d.net.Units(i)
		d.pieces(dst, x, op, i, pieces[from:to])
	case Selection:
		from, to := d.net.Units(i)
		d.selection(dst, op, i, pieces[from:to])
	case *Conv:
		d.conv(dst, x, op, i)
	case *Sum:
		d.sum(dst, node)
	case *Take:
		for u, f := range op.From {
			if f < 0 {
				dst[u] = d.constant(op.Fill)
			} else {
				dst[u] = x[f]
			}
		}
	case *Concat:
		for _, j := range node.Inputs {
			dst = dst[copy(dst, d.of(j)):]
		}
	case *Scale:
		for u, c := range x {
			dst[u] = d.scale(op.Factor[u], op.Shift[u], c)
		}
	case *AveragePool:
		d.mean(dst, x, op)
	case *Reduce:
		for u := range dst {
			d.begin(madeReduce)
			d.number64(op.Divisor)
			for k := range op.Axis {
				d.operand(x[(u/op.Inner*op.Axis+k)*op.Inner+u%op.Inner])
			}
			dst[u] = d.class()
		}
	default:
		// Each is like itself alone, for what it depends on.
		d.begin(madeAlone)
		d.operand(int32(i))
		for _, j := range node.Inputs {
			for _, c := range d.of(j) {
				d.operand(c)
			}
		}
		first := d.classesOf(len(dst))
		for u := range dst {
			dst[u] = first + int32(u)
		}
	}
}

// pieces numbers an activation's values.
func (d *Identities) pieces(dst, x []int32, f *Piecewise, node int, pieces []uint8) {
	for u, c := range x {
		p := pieces[u]
		if v, ok := d.value[c]; ok && (!d.prescribed || p == UnknownPiece) {
			p = uint8(f.Piece(v))
		}
		switch {
		case p != UnknownPiece && f.Slope[p] == 0:
			dst[u] = d.constant(f.Offset[p])
		case p != UnknownPiece && f.Slope[p] == 1 && f.Offset[p] == 0:
			dst[u] = c
		case d.prescribed && p != UnknownPiece:
			d.begin(madePrescribed)
			d.operand(int32(node))
			d.operand(int32(p))
			d.operand(c)
			dst[u] = d.class()
		default:
			// Of units with equal inputs the same piece executes, known or not.
			d.begin(madePiece)
			d.operand(int32(node))
			d.operand(c)
			dst[u] = d.class()
		}
	}
}

// selection numbers the values of a maximum.
func (d *Identities) selection(dst []int32, s Selection, node int, pieces []uint8) {
	var candidates []int32
	for _, j := range d.net.Nodes[node].Inputs {
		candidates = append(candidates, d.of(j)...)
	}
	for u, p := range pieces {
		if p != UnknownPiece {
			dst[u] = candidates[s.Source(u, int(p))]
			continue
		}
		d.begin(madeChoice)
		first, same := int32(-1), true
		for k := range s.Pieces() {
			from := s.Source(u, k)
			if from < 0 {
				continue
			}
			c := candidates[from]
			if first < 0 {
				first = c
			}
			same = same && c == first
			d.operand(c)
		}
		if dst[u] = first; !same {
			dst[u] = d.class()
		}
	}
}

// conv numbers a convolution's values: by output channel, and by what its window sees.
// Padding is the constant 0.
func (d *Identities) conv(dst, x []int32, c *Conv, node int) {
	plane, positions, elements := c.plane(), c.Positions(), c.elements()
	channels, out := c.Channels/c.Groups, c.Weight.Rows/c.Groups
	pixels, windows := make([]int32, plane), make([]int32, positions*elements)
	for g := range c.Groups {
		// What a window sees is a list of pixels, a pixel a list of channels.
		in := x[g*channels*plane:]
		d.begin(madePixel)
		for range channels {
			d.operand(zeroClass)
		}
		zero := d.class()
		for i := range pixels {
			d.begin(madePixel)
			for k := range channels {
				d.operand(in[k*plane+i])
			}
			pixels[i] = d.class()
		}
		for i := range windows {
			windows[i] = zero
		}
		c.each(0, c.Out(0), func(element, pos, from, step, count int) {
			for i := range count {
				windows[(pos+i)*elements+element] = pixels[from+i*step]
			}
		})
		for p := range positions {
			d.begin(madeWindow)
			d.operand(int32(node))
			d.operand(int32(g))
			for _, v := range windows[p*elements : (p+1)*elements] {
				d.operand(v)
			}
			first := d.classesOf(out)
			for o := range out {
				dst[(g*out+o)*positions+p] = first + int32(o)
			}
		}
	}
}

// mean numbers an average pool's values.
func (d *Identities) mean(dst, x []int32, a *AveragePool) {
	elements, divisors, plane := a.elements(), a.divisors(), a.plane()
	windows := make([]int32, len(divisors)*elements)
	for c := range a.Channels {
		for i := range windows {
			windows[i] = zeroClass
		}
		in, out := x[c*plane:], dst[c*len(divisors):]
		a.each(0, a.Out(0), func(element, pos, from, step, count int) {
			for i := range count {
				windows[(pos+i)*elements+element] = in[from+i*step]
			}
		})
		for p, v := range divisors {
			d.begin(madeMean)
			d.number64(v)
			for _, w := range windows[p*elements : (p+1)*elements] {
				d.operand(w)
			}
			out[p] = d.class()
		}
	}
}

func (d *Identities) scale(factor, shift float64, c int32) int32 {
	switch {
	case factor == 0:
		return d.constant(shift)
	case factor == 1 && shift == 0:
		return c
	}
	d.begin(madeScale)
	d.number64(factor)
	d.number64(shift)
	d.operand(c)
	return d.class()
}

const (
	// maxTerms and maxFactor are how long sums of classes, and how large integers in
	// them, may be: a tournament of maxima has sums of a few terms, 1 or -1 each.
	maxTerms  = 16
	maxFactor = 1 << 20
)

// sum numbers sums of branches. Like terms are collected, so that b + (a - b) is a,
// and a - b is 0 where a and b are of one class.
func (d *Identities) sum(dst []int32, node Node) {
	op := node.Op.(*Sum)
	var terms []multiple
	for u := range dst {
		collected := true
		terms = terms[:0]
		for k, j := range node.Inputs {
			f := op.Coefficients[k]
			collected = collected && f == math.Trunc(f) && math.Abs(f) <= maxFactor
			if !collected {
				break
			}
			c := d.of(j)[u]
			parts, ok := d.sums[c]
			if !ok {
				parts = []multiple{{c, 1}}
			}
			for _, t := range parts {
				terms, ok = collect(terms, t.class, int64(f)*int64(t.factor))
				collected = collected && ok
			}
		}
		switch {
		case !collected:
			d.begin(madeOperands)
			for k, j := range node.Inputs {
				d.number64(op.Coefficients[k])
				d.operand(d.of(j)[u])
			}
			dst[u] = d.class()
		case len(terms) == 0:
			dst[u] = zeroClass
		case len(terms) == 1 && terms[0].factor == 1:
			dst[u] = terms[0].class
		default:
			d.begin(madeSum)
			for _, t := range terms {
				d.operand(t.class)
				d.operand(t.factor)
			}
			dst[u] = d.class()
			if d.sums[dst[u]] == nil {
				d.sums[dst[u]] = append([]multiple(nil), terms...)
			}
		}
	}
}

// collect adds a multiple of a class to a sum, whose terms ascend by class. It fails
// where the sum gets too long or a factor too large.
func collect(terms []multiple, class int32, factor int64) ([]multiple, bool) {
	if class == zeroClass || factor == 0 {
		return terms, true
	}
	i := 0
	for i < len(terms) && terms[i].class < class {
		i++
	}
	if i < len(terms) && terms[i].class == class {
		if factor += int64(terms[i].factor); factor == 0 {
			return append(terms[:i], terms[i+1:]...), true
		}
		terms[i].factor = int32(factor)
	} else {
		terms = append(terms, multiple{})
		copy(terms[i+1:], terms[i:])
		terms[i] = multiple{class, int32(factor)}
	}
	return terms, factor >= -maxFactor && factor <= maxFactor && len(terms) <= maxTerms
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
