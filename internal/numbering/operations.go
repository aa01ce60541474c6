package numbering

import (
	"math"

	"github.com/netmend/netmend/nn"
)

// node numbers the values of node i.
func (d *Identities) node(i int, pieces []uint8) {
	node, dst := d.net.Nodes[i], d.classes[i]
	x := d.of(node.Inputs[0])
	switch op := node.Op.(type) {
	case *nn.Piecewise:
		from, to := d.net.Units(i)
		d.pieces(dst, x, op, i, pieces[from:to])
	case nn.Selection:
		from, to := d.net.Units(i)
		d.selection(dst, op, i, pieces[from:to])
	case *nn.Conv:
		d.conv(dst, x, op, i)
	case *nn.ConvTranspose:
		d.convTranspose(dst, x, op, i)
	case *nn.Sum:
		d.sum(dst, node)
	case *nn.Take:
		for u, f := range op.From {
			if f < 0 {
				dst[u] = d.constant(op.Fill)
			} else {
				dst[u] = x[f]
			}
		}
	case *nn.Concat:
		for _, j := range node.Inputs {
			dst = dst[copy(dst, d.of(j)):]
		}
	case *nn.Scale:
		for u, c := range x {
			dst[u] = d.scale(op.Factor[u], op.Shift[u], c)
		}
	case *nn.AveragePool:
		d.mean(dst, x, op)
	case *nn.Reduce:
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
func (d *Identities) pieces(dst, x []int32, f *nn.Piecewise, node int, pieces []uint8) {
	for u, c := range x {
		p := pieces[u]
		if v, ok := d.value[c]; ok {
			p = uint8(f.Piece(v))
		}
		switch {
		case p != UnknownPiece && f.Slope[p] == 0:
			dst[u] = d.constant(f.Offset[p])
		case p != UnknownPiece && f.Slope[p] == 1 && f.Offset[p] == 0:
			dst[u] = c
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
func (d *Identities) selection(dst []int32, s nn.Selection, node int, pieces []uint8) {
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
func (d *Identities) conv(dst, x []int32, c *nn.Conv, node int) {
	plane, positions, elements := c.Plane(), c.Positions(), c.Elements()
	channels, out := c.Channels/c.Groups, c.Weight.Rows/c.Groups
	windows := make([]int32, positions*elements)
	for g := range c.Groups {
		zero, pixels := d.pixels(x[g*channels*plane:], channels, plane)
		for i := range windows {
			windows[i] = zero
		}
		c.Each(0, c.Out(0), func(element, pos, from, step, count int) {
			for i := range count {
				windows[(pos+i)*elements+element] = pixels[from+i*step]
			}
		})
		d.windows(dst[g*out*positions:], windows, out, elements, node, g)
	}
}

// windows numbers the out channels of a group at each place of the output, by the elements
// that are seen there, one place after the other in seen.
func (d *Identities) windows(dst, seen []int32, out, elements, node, group int) {
	places := len(seen) / elements
	for p := range places {
		d.begin(madeWindow)
		d.operand(int32(node))
		d.operand(int32(group))
		for _, v := range seen[p*elements : (p+1)*elements] {
			d.operand(v)
		}
		first := d.classesOf(out)
		for o := range out {
			dst[o*places+p] = first + int32(o)
		}
	}
}

// pixels are the classes of the pixels of some channels one after the other in x: what a
// window sees is a list of pixels, a pixel a list of channels. zero is that of padding.
func (d *Identities) pixels(x []int32, channels, plane int) (zero int32, pixels []int32) {
	d.begin(madePixel)
	for range channels {
		d.operand(zeroClass)
	}
	zero, pixels = d.class(), make([]int32, plane)
	for i := range pixels {
		d.begin(madePixel)
		for k := range channels {
			d.operand(x[k*plane+i])
		}
		pixels[i] = d.class()
	}
	return zero, pixels
}

// mean numbers an average pool's values.
func (d *Identities) mean(dst, x []int32, a *nn.AveragePool) {
	elements, divisors, plane := a.Elements(), a.Divisors(), a.Plane()
	windows := make([]int32, len(divisors)*elements)
	for c := range a.Channels {
		for i := range windows {
			windows[i] = zeroClass
		}
		in, out := x[c*plane:], dst[c*len(divisors):]
		a.Each(0, a.Out(0), func(element, pos, from, step, count int) {
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
// and a - b is 0 if a and b are of one class.
func (d *Identities) sum(dst []int32, node nn.Node) {
	op := node.Op.(*nn.Sum)
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
