package proof

import (
	"context"
	"math"
	"sync"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

// Convolutions of twofold numbers by products of matrices in which nothing rounds
// (Ozaki, Ogita, Oishi and Rump, "Error-free transformations of matrix multiplication
// by using fast routines of matrix multiplication", 2012).
//
// Weights w and inputs x are written as sums of slices, w = Σ w_i + w', x = Σ x_j + x':
// the numbers of one slice are whole multiples of one unit, of so few that a sum of n
// products of a w_i and an x_j is a whole number of units of their product, at most
// 2^53 of them, and so are all partial sums, in any order. Whatever multiplies the
// matrices w_i and x_j, in whatever order, fused or not, gives the exact sums: nothing
// rests on the kernel but that it adds up products. (It is compared with plain Go at an
// element of each block all the same: both are exact, so they must be equal.)
// The products of slices are added up like the terms of any other sum ([sum.add]);
// those too small to matter, w' and x' are bounded.

// slicing says into how many slices of how many bits weights and inputs are cut, for
// sums of n products.
type slicing struct {
	n                       int
	weightBits, inputBits   int // of a slice
	weights, inputs, target int // slices; bits that are not neglected
}

// newSlicing takes the fewest products of slices for about the given number of bits
// beneath the product of the largest numbers; weights that are whole multiples of
// 2^-exact beneath the largest of their row need no more slices than that.
func newSlicing(n, exact, target int) slicing {
	room := 53
	for 1<<(53-room) < n { // n <= 2^(53 - room)
		room--
	}
	best, least := slicing{}, math.MaxInt
	for w := 8; w <= room-8; w++ {
		s := slicing{n: n, weightBits: w, inputBits: room - w, target: target}
		s.weights = ceilDiv(min(exact, target), w)
		s.inputs = ceilDiv(target, s.inputBits)
		products := 0
		for j := range s.inputs {
			products += s.against(j)
		}
		if products < least {
			best, least = s, products
		}
	}
	return best
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// against is how many slices of the weights are multiplied with slice j of the inputs:
// the products left out are less than 2^-target of the largest.
func (s *slicing) against(j int) int {
	return min(s.weights, ceilDiv(s.target-j*s.inputBits, s.weightBits))
}

// cut takes slices off a number h + l: slice s is a multiple of units[s], the next
// beneath the one before. What is left is returned as a bound on its size.
//
// Adding and subtracting 1.5 2^52 units rounds h, of at most 2^51 units, to a multiple
// of the unit, since numbers between 2^52 and 2^53 units are units apart. The rest
// h - slice is exact, since it is a multiple of h's last bit and no larger than h. The
// next rest is h + l again, renormalised by an addition whose error is exact (Knuth's
// TwoSum). Nothing of this is a product, so that nothing can be fused.
func cut(h, l float64, units []float64, slice func(s int, v float64)) (left float64) {
	for s, u := range units {
		c := float64(0x1.8p52 * u)
		v := (h + c) - c
		slice(s, v)
		h -= v
		t := h + l
		z := t - h
		l = (h - (t - z)) + (l - z)
		h = t
	}
	return float64((math.Abs(h) + math.Abs(l)) * (1 + 4*unit))
}

// largestExponent is that of the power of 2 beyond all numbers; false if it is
// 0 for all of them, or where units could leave the range of float64.
const largestExponent = 300

// exponentOf is the e with |v| < 2^e for all numbers, for most the least.
func exponentOf(v []float64) (e int, ok bool) {
	var top float64
	for _, x := range v {
		top = max(top, math.Abs(x)) // or NaN
	}
	if top == 0 {
		return 0, true
	}
	_, e = math.Frexp(top)
	return e, top <= math.MaxFloat64 && -largestExponent < e && e < largestExponent
}

// unitsOf are the units of slices of numbers below 2^e.
func unitsOf(e, slices, bits int) []float64 {
	u := make([]float64, slices)
	for s := range u {
		u[s] = math.Ldexp(1, e-(s+1)*bits)
	}
	return u
}

// slicedWeights are the rows of a convolution in a group, by slices.
type slicedWeights struct {
	slicing
	rows  int
	parts []float64 // slice by slice, row by row
	sizes []float64 // |w|, row by row
	// missing[k*rows+o] bounds every number of row o less its first k slices.
	missing []float64
}

// sliceWeights cuts rows of n weights; false if that is not possible.
func sliceWeights(w []float64, rows, n, target int) (*slicedWeights, bool) {
	exact := 0
	exponents := make([]int, rows)
	for o := range rows {
		e, ok := exponentOf(w[o*n : (o+1)*n])
		if !ok {
			return nil, false
		}
		exponents[o] = e
		for _, v := range w[o*n : (o+1)*n] {
			if v != 0 {
				_, last := split(v)
				exact = max(exact, e-last)
			}
		}
	}
	s := &slicedWeights{slicing: newSlicing(n, max(exact, 1), target), rows: rows, sizes: make([]float64, rows*n)}
	if s.n == 0 {
		return nil, false
	}
	s.parts = make([]float64, s.weights*rows*n)
	s.missing = make([]float64, (s.weights+1)*rows)
	most := math.Ldexp(1, s.weightBits)
	ok := true
	for o := range rows {
		units := unitsOf(exponents[o], s.weights, s.weightBits)
		s.missing[o] = math.Ldexp(1, exponents[o])
		for k, v := range w[o*n : (o+1)*n] {
			s.sizes[o*n+k] = math.Abs(v)
			left := v
			cut(v, 0, units, func(i int, p float64) {
				ok = ok && math.Abs(p) <= most*units[i]
				s.parts[(i*rows+o)*n+k] = p
				left -= p // exact, as in cut
				s.missing[(i+1)*rows+o] = max(s.missing[(i+1)*rows+o], math.Abs(left))
			})
		}
	}
	return s, ok
}

// slicedInputs are the numbers that a convolution is applied to, by slices, and the
// bounds on what they are off then.
type slicedInputs struct {
	parts [][]float64
	sizes []float64 // the largest of each slice
	rad   []float64
}

// sliceInputs cuts twofold numbers; false if that is not possible.
func sliceInputs(in *twofold, s *slicing) (*slicedInputs, bool) {
	e, ok := exponentOf(in.hi)
	if !ok {
		return nil, false
	}
	units := unitsOf(e, s.inputs, s.inputBits)
	x := &slicedInputs{parts: make([][]float64, s.inputs), sizes: make([]float64, s.inputs), rad: make([]float64, len(in.hi))}
	for j := range x.parts {
		x.parts[j] = make([]float64, len(in.hi))
	}
	for i, h := range in.hi {
		if h == 0 && in.lo[i] == 0 { // most, behind ReLUs
			x.rad[i] = in.rad[i]
			continue
		}
		left := cut(h, in.lo[i], units, func(j int, p float64) {
			x.parts[j][i] = p
			x.sizes[j] = max(x.sizes[j], math.Abs(p))
		})
		x.rad[i] = float64((in.rad[i] + left) * (1 + 4*unit))
	}
	most := math.Ldexp(1, s.inputBits)
	for j, u := range units {
		ok = ok && x.sizes[j] <= most*u
	}
	return x, ok
}

// blockNumbers is about how many numbers a block of inputs, or of sums, has.
const blockNumbers = 1 << 18

// convolveSliced computes a convolution; false if numbers are out of range for
// slices, or the context is done.
func (v *twofold) convolveSliced(ctx context.Context, op *nn.Conv, p *nn.Params, in *twofold, target, workers int, made *sync.Map) bool {
	n := op.Channels / op.Groups * op.Kernel[0] * op.Kernel[1]
	rows := p.Weight.Rows / op.Groups
	c := &slicedProduct{op: op, bias: p.Bias, n: n, rows: rows, workers: workers}
	var x *slicedInputs
	for g := range op.Groups {
		w, ok := sliceGroup(p, g, rows, n, target, made)
		if !ok {
			return false
		}
		if x == nil || c.w.slicing != w.slicing {
			if x, ok = sliceInputs(in, &w.slicing); !ok {
				return false
			}
		}
		c.w, c.x, c.group = w, x, g
		if !c.multiply(ctx, v) {
			return false
		}
	}
	return true
}

// weightsKey names the weights of a group by slices.
type weightsKey struct {
	p             *nn.Params
	group, target int
}

// mostRemembered is how many weights of convolutions a network may have for them to be cut
// once for all points: 32 bytes and more for each.
const mostRemembered = 1 << 22

// sliceGroup cuts the weights of a group, of n each in some rows, unless they are among those
// made before; nil: none are remembered.
func sliceGroup(p *nn.Params, group, rows, n, target int, made *sync.Map) (*slicedWeights, bool) {
	key := weightsKey{p, group, target}
	if made != nil {
		if w, ok := made.Load(key); ok {
			return w.(*slicedWeights), true
		}
	}
	flat := make([]float64, 0, rows*n)
	for o := range rows {
		flat = append(flat, p.Weight.Row(group*rows+o)...)
	}
	w, ok := sliceWeights(flat, rows, n, target)
	if ok && made != nil {
		made.Store(key, w)
	}
	return w, ok
}

// slicedProduct is the product of a group's weights and inputs.
type slicedProduct struct {
	op      *nn.Conv
	bias    []float64
	n, rows int
	w       *slicedWeights
	x       *slicedInputs
	group   int
	workers int

	columns, sums []float64
	total         accumulators
}

// multiply goes through the positions block by block.
func (c *slicedProduct) multiply(ctx context.Context, v *twofold) bool {
	positions := c.op.Positions()
	size := min(positions, max(192, blockNumbers/max(c.n, c.rows)/192*192))
	for from := 0; from < positions; from += size {
		if ctx.Err() != nil || !c.block(v, from, min(from+size, positions)) {
			return false
		}
	}
	return true
}

// block computes the outputs of all rows at some positions.
func (c *slicedProduct) block(v *twofold, from, to int) bool {
	count := to - from
	all, s := c.rows*count, &c.w.slicing
	c.total.reset(all)
	products := 0
	for j, part := range c.x.parts {
		b := c.gather(part, from, to)
		for i := range s.against(j) {
			sums := c.product(c.w.parts[i*c.rows*c.n:(i+1)*c.rows*c.n], b, count)
			if !c.agrees(i, b, sums, products) {
				return false
			}
			c.total.addAll(sums)
			products++
		}
	}
	// The bounds of the inputs go through |W| in plain float64, of which growth covers
	// the roundings: n terms, in any order, none negative.
	off := c.product(c.w.sizes, c.gather(c.x.rad, from, to), count)
	growth := 1 + float64(2*float64(c.n+8)*unit)
	for o := range c.rows {
		missing := 0.0 // the products that were left out
		for j, size := range c.x.sizes {
			missing += float64(c.w.missing[s.against(j)*c.rows+o] * size)
		}
		missing = float64(float64(missing*float64(c.n))*growth) + float64(float64(c.n)*tiniest)
		out := c.group*c.rows + o
		for k := range count {
			i := o*count + k
			a := sum{s: c.total.s[i], c: c.total.c[i], t: c.total.t[i], r: float64(off[i]*growth) + missing}
			a.add(1, c.bias[out], 0, 0)
			v.set(out*c.op.Positions()+from+k, &a, products+1)
		}
	}
	return true
}

// product is a matrix of rows times the inputs of a block.
func (c *slicedProduct) product(w []float64, b blas.Mat, count int) []float64 {
	if cap(c.sums) < c.rows*count {
		c.sums = make([]float64, c.rows*count)
	}
	sums := blas.Mat{Rows: c.rows, Cols: count, Stride: count, Data: c.sums[:c.rows*count]}
	blas.MulNN(sums, blas.Mat{Rows: c.rows, Cols: c.n, Stride: c.n, Data: w}, b, false, c.workers)
	return sums.Data
}

// agrees compares one element of a product of slices, another one each time, with
// what plain Go makes of it.
func (c *slicedProduct) agrees(slice int, b blas.Mat, sums []float64, times int) bool {
	at := (times*7919 + b.Cols/2) % len(sums)
	o, k := at/b.Cols, at%b.Cols
	var s float64
	for i, w := range c.w.parts[(slice*c.rows+o)*c.n : (slice*c.rows+o+1)*c.n] {
		s += float64(w * b.Data[i*b.Stride+k])
	}
	return s == sums[at]
}

// gather lists the inputs of the group that each position's window meets: row k of
// the matrix has those of element k.
func (c *slicedProduct) gather(x []float64, from, to int) blas.Mat {
	op, count, plane := c.op, to-from, c.op.In[0]*c.op.In[1]
	channels := op.Channels / op.Groups
	first := c.group * channels * plane
	if plain(&op.Window) {
		return blas.Mat{Rows: channels, Cols: count, Stride: plane, Data: x[first+from : first+(channels-1)*plane+to]}
	}
	if cap(c.columns) < c.n*count {
		c.columns = make([]float64, c.n*count)
	}
	m := blas.Mat{Rows: c.n, Cols: count, Stride: count, Data: c.columns[:c.n*count]}
	clear(m.Data)
	width := op.Out(1)
	k := 0
	for ch := range channels {
		for ky := range op.Kernel[0] {
			for kx := range op.Kernel[1] {
				into := m.Data[k*count : (k+1)*count]
				k++
				for p := from; p < to; {
					y := p / width
					end := min(to, (y+1)*width)
					if row := y*op.Stride[0] + ky*op.Dilation[0] - op.Before[0]; row >= 0 && row < op.In[0] {
						line := x[first+ch*plane+row*op.In[1]:][:op.In[1]]
						col := (p-y*width)*op.Stride[1] + kx*op.Dilation[1] - op.Before[1]
						for q := p; q < end; q++ {
							if col >= 0 && col < len(line) {
								into[q-from] = line[col]
							}
							col += op.Stride[1]
						}
					}
					p = end
				}
			}
		}
	}
	return m
}

// plain reports whether every position's window is the element there.
func plain(w *nn.Window) bool {
	one, none := [2]int{1, 1}, [2]int{}
	return w.Kernel == one && w.Stride == one && w.Before == none && w.After == none
}

// reset begins n sums.
func (a *accumulators) reset(n int) {
	if cap(a.s) < n {
		a.s, a.c, a.t, a.r = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	}
	a.s, a.c, a.t, a.r = a.s[:n], a.c[:n], a.t[:n], a.r[:n]
	clear(a.s)
	clear(a.c)
	clear(a.t)
	clear(a.r)
}

// addAll adds a number that is exact to each sum: [sum.add] with w = 1.
func (a *accumulators) addAll(p []float64) {
	s, c, t := a.s[:len(p)], a.c[:len(p)], a.t[:len(p)]
	for i, p := range p {
		before := s[i]
		now := before + p
		z := now - before
		d := (before - (now - z)) + (p - z)
		s[i] = now
		c[i] += d
		t[i] += math.Abs(d)
	}
}
