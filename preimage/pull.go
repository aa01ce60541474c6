package preimage

import (
	"math"

	"github.com/netmend/netmend/internal/affine"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// start returns rows of zeros in a buffer of the bounder; they are valid until
// the next pull.
func (b *bounder) start(rows, cols int) nn.Matrix { return b.room(0, rows, cols) }

// room is a zero matrix in buffer k.
func (b *bounder) room(k, rows, cols int) nn.Matrix {
	if n := rows * cols; cap(b.buffer[k]) < n {
		b.buffer[k] = make([]float64, n)
	}
	data := b.buffer[k][:rows*cols]
	clear(data)
	return nn.Matrix{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

// pullUnits bounds units of the affine node i and their negatives, in turn. Its
// matrix is where the rows start, if it has one: the product with unit vectors is
// saved.
func (b *bounder) pullUnits(i int, units []int) affineBounds {
	o := b.operators[i]
	if o.Implicit() {
		rows := b.start(2*len(units), b.layouts[i+1].dim)
		at := b.layouts[i+1].offset[i]
		for k, u := range units {
			rows.Row(2 * k)[at+u], rows.Row(2*k + 1)[at+u] = 1, -1
		}
		return b.pull(i+1, rows, make([]float64, rows.Rows), make([]float64, rows.Rows))
	}
	rows := b.start(2*len(units), b.layouts[i].dim)
	constants, errs := make([]float64, rows.Rows), make([]float64, rows.Rows)
	for k, u := range units {
		for half, sign := range [2]float64{1, -1} {
			row, at := rows.Row(2*k+half), 0
			for _, j := range b.net.Nodes[i].Inputs {
				to := b.layouts[i].offset[j]
				for c, a := range o.Matrix.Row(u)[at : at+b.net.Dim(j)] {
					row[to+c] += float64(sign * a)
				}
				at += b.net.Dim(j)
			}
			constants[2*k+half] = float64(sign * o.Constant[u])
			if len(b.net.Nodes[i].Inputs) > 1 {
				errs[2*k+half] = float64(float64(len(b.net.Nodes[i].Inputs)) * b.carried(i, row))
			}
		}
	}
	return b.pull(i, rows, constants, errs)
}

// pullOutputs bounds rows of the network's output, which come from start. It
// adds to blame, for each input, how much of the width of the units' bands it
// accounts for: the width in the middle, times the coefficient of the unit in a
// row, divided among the inputs in proportion to what their range does to the
// unit.
func (b *bounder) pullOutputs(rows nn.Matrix) affineBounds {
	b.blaming = true
	defer func() { b.blaming = false }()
	return b.pull(len(b.net.Nodes), rows, make([]float64, rows.Rows), make([]float64, rows.Rows))
}

// blameFor divides the width of the bands of the activation node i, whose
// outputs have the given rows.
func (b *bounder) blameFor(i int, rows nn.Matrix, from int) {
	source := b.net.Nodes[i].Inputs[0]
	z, box := b.values[source+1], b.values[0]
	whole := source != nn.Input && b.slopes[source].Rows == 0
	widths := make([]float64, len(b.bands[i])) // of all units, where they are divided together
	for u, l := range b.bands[i] {
		middle := float64(z.Lo[u]/2) + float64(z.Hi[u]/2)
		gap := float64((l.upper.slope-l.lower.slope)*middle) + l.upper.offset - l.lower.offset
		if gap <= 0 {
			continue
		}
		weight := 0.0
		for r := range rows.Rows {
			weight += math.Abs(rows.Row(r)[from+u])
		}
		switch {
		case source == nn.Input:
			if box.Hi[u] > box.Lo[u] {
				b.blame[u] += float64(gap * weight)
			}
		case whole:
			widths[u] = float64(gap * weight)
		default:
			b.divide(float64(gap*weight), b.slopes[source].Row(u))
		}
	}
	if whole {
		b.divideAll(source, widths)
	}
}

// divide adds a width to the blame, in proportion to the effects of the inputs, each
// per its range.
func (b *bounder) divide(width float64, effects []float64) {
	box, total := b.values[0], 0.0
	for j, e := range effects {
		total += float64(e * (box.Hi[j] - box.Lo[j]))
	}
	if total > 0 {
		for j, e := range effects {
			b.blame[j] += width * e * (box.Hi[j] - box.Lo[j]) / total
		}
	}
}

// divideAll divides the widths of all units of the affine node i, of which there are
// no slopes: in proportion to |A|, where it reads the input alone, otherwise to the ranges
// of the inputs.
func (b *bounder) divideAll(i int, widths []float64) {
	box := b.values[0]
	ranges := nn.NewMatrix(1, len(b.blame))
	for j := range ranges.Data {
		ranges.Data[j] = box.Hi[j] - box.Lo[j]
	}
	if !b.first(i) {
		all, ones := 0.0, make([]float64, len(b.blame))
		for _, w := range widths {
			all += w
		}
		for j := range ones {
			ones[j] = 1
		}
		b.divide(all, ones)
		return
	}
	o := b.operators[i]
	share, back := o.Spread(ranges), nn.NewMatrix(1, len(b.blame))
	for u, total := range share.Data {
		if total > 0 {
			share.Data[u] = widths[u] / total
		}
	}
	o.Absolute.Backward([]nn.Matrix{back}, share, nn.ValueChannel, 1)
	for j, v := range back.Data {
		b.blame[j] += float64(v * ranges.Data[j])
	}
}

// pull bounds rows . v + constants, for the values v in the layout before node
// at, from above by affine functions of the input. rows come from start, and are
// off by no more than errs. The slopes of the result are valid until the next
// start.
func (b *bounder) pull(at int, rows nn.Matrix, constants, errs []float64) affineBounds {
	for i := at - 1; i >= 0 && b.ctx.Err() == nil; i-- {
		before, after := b.layouts[i], b.layouts[i+1]
		next := b.room((at-i)%2, rows.Rows, before.dim)
		for _, j := range after.nodes {
			if j != i {
				to, from := before.offset[j], after.offset[j]
				for r := range rows.Rows {
					copy(next.Row(r)[to:to+b.net.Dim(j)], rows.Row(r)[from:])
				}
			}
		}
		if after.has(i) {
			if _, ok := b.net.Nodes[i].Op.(nn.Activation); ok {
				b.pullActivation(i, rows, next, constants, errs)
			} else {
				b.pullAffine(i, rows, next, constants, errs)
			}
		}
		rows = next
	}
	if b.ctx.Err() != nil { // nothing that is read means anything
		return affineBounds{b.room(0, rows.Rows, b.net.InDim()), constants}
	}
	for r, e := range errs {
		// The errors were summed up with rounding, too.
		constants[r] += float64(e * (1 + 0x1p-20))
		constants[r] += float64(math.Abs(constants[r]) * 0x1p-52)
	}
	return affineBounds{rows, constants}
}

// pullAffine replaces the columns of the affine node i by those of its inputs.
func (b *bounder) pullAffine(i int, rows, next nn.Matrix, constants, errs []float64) {
	node := b.net.Nodes[i]
	from, n := b.layouts[i+1].offset[i], b.net.Dim(i)
	parts := make([]nn.Matrix, len(node.Inputs))
	for k, j := range node.Inputs {
		parts[k] = next.Columns(b.layouts[i].offset[j], b.net.Dim(j))
	}
	node.Op.(nn.Affine).Backward(parts, rows.Columns(from, n), nn.ValueChannel, 1)
	// Error of a sum of products, and of adding it to what was there before.
	terms := n
	if o := b.operators[i]; o.Implicit() {
		terms = o.Backward
	}
	unit := affine.Roundoff(terms + len(node.Inputs))
	for r := range rows.Rows {
		c, e, shift := 0.0, 0.0, 0.0
		for u, a := range rows.Row(r)[from : from+n] {
			t := float64(a * b.operators[i].Constant[u])
			c += t
			e += float64(math.Abs(a) * b.sizes[i][u])
			shift += math.Abs(t)
		}
		constants[r] += c
		errs[r] += float64(unit*e) + float64(0x1p-52*math.Abs(constants[r]))
		if terms < n { // c is a sum of n
			errs[r] += float64(affine.Roundoff(n) * shift)
		}
		if len(b.layouts[i].nodes) > 1 {
			errs[r] += b.carried(i, next.Row(r))
		}
	}
}

// carried bounds the error of rounding the coefficients of the inputs of node i
// once more, where they are sums.
func (b *bounder) carried(i int, row []float64) float64 {
	e := 0.0
	for _, j := range b.net.Nodes[i].Inputs {
		at, v := b.layouts[i].offset[j], b.values[j+1]
		for k := range v.Lo {
			e += float64(math.Abs(row[at+k]) * max(math.Abs(v.Lo[k]), math.Abs(v.Hi[k])))
		}
	}
	return float64(0x1p-51 * e)
}

// pullActivation replaces the outputs y of node i by lines of its inputs z: of a
// unit whose coefficient is positive the upper line, otherwise the lower one.
func (b *bounder) pullActivation(i int, rows, next nn.Matrix, constants, errs []float64) {
	source := b.net.Nodes[i].Inputs[0]
	from, to, n := b.layouts[i+1].offset[i], b.layouts[i].offset[source], b.net.Dim(i)
	z := b.values[source+1]
	if b.blaming {
		b.blameFor(i, rows, from)
	}
	bands := b.bands[i]
	reach := make([]float64, n)
	for u := range reach {
		reach[u] = float64(2 * max(math.Abs(z.Lo[u]), math.Abs(z.Hi[u])))
	}
	for r := range rows.Rows {
		dst, c, e, shift := next.Row(r)[to:to+n], 0.0, 0.0, 0.0
		for u, a := range rows.Row(r)[from : from+n] {
			if a == 0 {
				continue
			}
			l := &bands[u].upper
			if a < 0 {
				l = &bands[u].lower
			}
			v, t := float64(a*l.slope), float64(a*l.offset)
			w := dst[u] + v
			dst[u] = w
			c += t
			e += float64((math.Abs(v) + math.Abs(w)) * reach[u])
			shift += math.Abs(t)
		}
		constants[r] += c
		errs[r] += float64(0x1p-53*(e+float64(float64(n+2)*shift))) + float64(0x1p-52*math.Abs(constants[r]))
	}
}

// most is an upper bound of bound r on the current box.
func (b *bounder) most(bounds affineBounds, r int) float64 {
	return mostOn(bounds.slope.Row(r), bounds.offset[r], b.values[0])
}

// mostOn is the most that a . x + c reaches on a box, rounded up.
func mostOn(a []float64, c float64, box set.Box) float64 {
	s, size := c, math.Abs(c)
	if isZero(a) {
		return c
	}
	for j, v := range a {
		x := box.Hi[j]
		if v < 0 {
			x = box.Lo[j]
		}
		s += float64(v * x)
		size += math.Abs(v * x)
	}
	return s + float64(affine.Roundoff(2*len(a))*size) + float64(float64(len(a)+1)*math.SmallestNonzeroFloat64)
}
