package proof

import (
	"context"
	"math"

	"github.com/netmend/netmend/nn"
)

// twofoldRun are a network's values at a point, by channel and node, and what is
// left of the points before: new memory for the values of a large network would take
// as long as computing them.
type twofoldRun struct {
	p      *pointNetwork
	input  twofold
	values [2][]twofold
	apart  []bool // the channels of a node differ
	free   []twofold
	acc    accumulators

	ctx     context.Context
	target  int // bits of products of slices
	workers int
}

// take returns numbers of any content.
func (r *twofoldRun) take(n int) twofold {
	for k, v := range r.free {
		if size := cap(v.hi); size >= n && size <= 2*n {
			last := len(r.free) - 1
			r.free[k] = r.free[last]
			r.free = r.free[:last]
			return twofold{v.hi[:n], v.lo[:n], v.rad[:n]}
		}
	}
	return newTwofold(n)
}

func (r *twofoldRun) put(v twofold) { r.free = append(r.free, v) }

// drop forgets the values of a node.
func (r *twofoldRun) drop(i int) {
	v := &r.values[nn.ValueChannel][i]
	if v.hi == nil {
		return
	}
	if r.apart[i] {
		r.put(*v)
	}
	a := &r.values[nn.ActivationChannel][i]
	r.put(*a)
	*a, *v = twofold{}, twofold{}
}

// node computes a node in both channels; false if a value overflows.
func (r *twofoldRun) node(i int) bool {
	node := r.p.net.Nodes[i]
	op, _ := node.Op.(nn.Affine)
	apart := op != nil && op.Decoupled()
	for _, j := range node.Inputs {
		apart = apart || j != nn.Input && r.apart[j]
	}
	r.apart[i] = apart
	act := r.inputs(i, nn.ActivationChannel)
	y := r.compute(i, nn.ActivationChannel, act, act)
	r.values[nn.ActivationChannel][i], r.values[nn.ValueChannel][i] = y, y
	joined := len(node.Inputs) > 1
	if apart {
		in := r.inputs(i, nn.ValueChannel)
		y = r.compute(i, nn.ValueChannel, act, in)
		r.values[nn.ValueChannel][i] = y
		if joined {
			r.put(in)
		}
	}
	if joined {
		r.put(act)
	}
	return y.finite() && r.values[nn.ActivationChannel][i].finite()
}

// inputs are the values that node i is applied to, one after the other.
func (r *twofoldRun) inputs(i int, ch nn.Channel) twofold {
	in := r.p.net.Nodes[i].Inputs
	of := func(j int) twofold {
		if j == nn.Input {
			return r.input
		}
		return r.values[ch][j]
	}
	if len(in) == 1 {
		return of(in[0])
	}
	n := 0
	for _, j := range in {
		n += len(of(j).hi)
	}
	all := r.take(n)
	all.hi, all.lo, all.rad = all.hi[:0], all.lo[:0], all.rad[:0]
	for _, j := range in {
		v := of(j)
		all.hi, all.lo, all.rad = append(all.hi, v.hi...), append(all.lo, v.lo...), append(all.rad, v.rad...)
	}
	return all
}

// compute is a node in a channel, from the activation channel's inputs and the
// channel's own.
func (r *twofoldRun) compute(i int, ch nn.Channel, act, in twofold) twofold {
	net := r.p.net
	y := r.take(net.Dim(i))
	switch op := net.Nodes[i].Op.(type) {
	case *nn.Piecewise:
		for u := range y.hi {
			y.activate(u, op, &act, &in)
		}
	case nn.Selection:
		y.choose(op, &act, &in)
	case *nn.Concat:
		copy(y.hi, in.hi)
		copy(y.lo, in.lo)
		copy(y.rad, in.rad)
	case *nn.Conv:
		if r.target == 0 || !y.convolveSliced(r.ctx, op, op.Channel(ch), &in, r.target, r.workers, r.p.weights) {
			y.convolve(r.ctx, op, op.Channel(ch), &in, &r.acc)
		}
	default:
		y.sums(r.ctx, r.p.affine[ch][i], &in)
	}
	return y
}

// activate computes unit u: the piece that its activation channel's input lies on,
// or anything between the pieces that it may lie on.
func (v *twofold) activate(u int, f *nn.Piecewise, act, in *twofold) {
	first, last := act.between(u, f.Breaks)
	v.piece(u, f, first, in, u)
	for k := first + 1; k <= last; k++ {
		w := newTwofold(1)
		w.piece(0, f, k, in, u)
		v.hull(u, &w, 0)
	}
}

// between are the pieces that number i may lie on, between breaks.
func (v *twofold) between(i int, breaks []float64) (first, last int) {
	// Most lie far from all breaks: by more than twice what they may be off.
	h, far := v.hi[i], float64(2*(math.Abs(v.lo[i])+v.rad[i]))
	near := false
	for _, b := range breaks {
		d := h - b // rounded by half of what d is at most
		near = near || !(math.Abs(d) > far)
		if d > 0 {
			first++
		}
	}
	if !near {
		return first, first
	}
	lo, hi := v.ends(i)
	first = 0
	for _, b := range breaks {
		if lo >= b {
			first++
		}
		if hi >= b {
			last++
		}
	}
	return first, last
}

// piece makes number i what piece k of a function makes of number j of another.
func (v *twofold) piece(i int, f *nn.Piecewise, k int, in *twofold, j int) {
	switch slope, offset := f.Slope[k], f.Offset[k]; {
	case slope == 0:
		v.hi[i], v.lo[i], v.rad[i] = offset, 0, 0
	case slope == 1 && offset == 0:
		v.copy(i, in, j)
	default:
		a := sum{s: offset}
		a.add(slope, in.hi[j], in.lo[j], in.rad[j])
		v.set(i, &a, 1)
	}
}

// choose computes a maximum: see candidates.
func (v *twofold) choose(op nn.Selection, act, in *twofold) {
	n := len(v.hi)
	sources, pieces := make([]int32, op.Pieces()*n), make([]uint8, n)
	for k := range op.Pieces() {
		for u := range pieces {
			pieces[u] = uint8(k)
		}
		op.Sources(sources[k*n:(k+1)*n], pieces)
	}
	for u := range v.hi {
		v.largest(u, sources, act, in)
	}
}

// largest makes number u the largest of its candidates: sources lists the first one
// of every number, then the second ones, and so on, -1 for none.
func (v *twofold) largest(u int, sources []int32, act, in *twofold) {
	best := -1 // the first of the largest, but for what the numbers may be off
	for k := u; k < len(sources); k += len(v.hi) {
		s := int(sources[k])
		if s < 0 {
			continue
		}
		if best >= 0 {
			if d, _ := act.distance(s, act, best); d <= 0 {
				continue
			}
		}
		best = s
	}
	v.copy(u, in, best)
	for k := u; k < len(sources); k += len(v.hi) {
		s := int(sources[k])
		if s < 0 || s == best {
			continue
		}
		d, off := act.distance(best, act, s)
		if d > off || d == 0 && off == 0 {
			continue // less, or equal and behind
		}
		v.hull(u, in, s)
	}
}

// copy makes number i the number j of another.
func (v *twofold) copy(i int, from *twofold, j int) {
	v.hi[i], v.lo[i], v.rad[i] = from.hi[j], from.lo[j], from.rad[j]
}

// sums computes an affine node term by term, unless the context is done.
func (v *twofold) sums(ctx context.Context, s *sums, in *twofold) {
	var terms []entry
	for j := range v.hi {
		if ctx.Err() != nil {
			return
		}
		terms = s.terms(terms[:0], j)
		bias, divisor := s.bias(j), 1.0
		if s.divisor != nil {
			divisor = s.divisor(j)
		}
		if len(terms) == 1 && terms[0].factor == 1 && bias == 0 && divisor == 1 {
			v.copy(j, in, terms[0].from)
			continue
		}
		a := sum{s: bias} // 0 of a mean
		for _, e := range terms {
			a.add(e.factor, in.hi[e.from], in.lo[e.from], in.rad[e.from])
		}
		v.set(j, &a, len(terms))
		if divisor != 1 {
			v.divide(j, divisor)
		}
	}
}

// divide divides number i by d > 0: by float64, and what that leaves once more.
func (v *twofold) divide(i int, d float64) {
	q := v.hi[i] / d
	rest := (math.FMA(-q, d, v.hi[i]) + v.lo[i]) / d
	v.hi[i] = q + rest
	z := v.hi[i] - q
	v.lo[i] = (q - (v.hi[i] - z)) + (rest - z)
	v.rad[i] = float64((v.rad[i]/d + float64(4*unit*math.Abs(rest)) + tiniest/min(1, d)) * (1 + 8*unit))
}

// convolve computes a convolution, all positions of an output channel together, unless
// the context is done.
func (v *twofold) convolve(ctx context.Context, op *nn.Conv, p *nn.Params, in *twofold, acc *accumulators) {
	positions, plane := op.Positions(), op.In[0]*op.In[1]
	channels, outputs := op.Channels/op.Groups, p.Weight.Rows/op.Groups
	for o := range p.Weight.Rows {
		if ctx.Err() != nil {
			return
		}
		acc.start(positions, p.Bias[o])
		w := p.Weight.Row(o)
		for c := range channels {
			from := (o/outputs*channels + c) * plane
			for ky := range op.Kernel[0] {
				for kx := range op.Kernel[1] {
					if f := w[(c*op.Kernel[0]+ky)*op.Kernel[1]+kx]; f != 0 {
						acc.shifted(&op.Window, ky, kx, f, in, from)
					}
				}
			}
		}
		for k := range positions {
			a := sum{acc.s[k], acc.c[k], acc.t[k], acc.r[k]}
			v.set(o*positions+k, &a, len(w))
		}
	}
}

// accumulators are a sum for each position of a channel.
type accumulators struct{ s, c, t, r []float64 }

func (a *accumulators) start(n int, bias float64) {
	if len(a.s) != n {
		a.s, a.c, a.t, a.r = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	}
	for i := range a.s {
		a.s[i] = bias
	}
	clear(a.c)
	clear(a.t)
	clear(a.r)
}

// shifted adds w times the inputs that element (ky, kx) of a window meets, in the
// channel that begins at from.
func (a *accumulators) shifted(win *nn.Window, ky, kx int, w float64, in *twofold, from int) {
	height, width := win.Out(0), win.Out(1)
	left := kx*win.Dilation[1] - win.Before[1]
	first, end := 0, width // positions whose column lies within the input
	for first < end && first*win.Stride[1]+left < 0 {
		first++
	}
	for first < end && (end-1)*win.Stride[1]+left >= win.In[1] {
		end--
	}
	for y := range height {
		row := y*win.Stride[0] + ky*win.Dilation[0] - win.Before[0]
		if row < 0 || row >= win.In[0] || first == end {
			continue
		}
		at := from + row*win.In[1] + first*win.Stride[1] + left
		a.run(y*width+first, end-first, win.Stride[1], w, in, at)
	}
}

// run adds w times count inputs, step apart, to as many sums: [sum.add] for each.
func (a *accumulators) run(to, count, step int, w float64, in *twofold, from int) {
	s, c, t, r := a.s[to:to+count], a.c[to:to+count], a.t[to:to+count], a.r[to:to+count]
	span := (count-1)*step + 1
	xh, xl, xr := in.hi[from:from+span], in.lo[from:from+span], in.rad[from:from+span]
	wa, k := math.Abs(w), 0
	for i, before := range s {
		h := xh[k]
		p := float64(w * h)
		e := math.FMA(w, h, -p)
		now := before + p
		z := now - before
		d := (before - (now - z)) + (p - z)
		l := float64(w * xl[k])
		s[i] = now
		c[i] += (e + d) + l
		t[i] += math.Abs(e) + math.Abs(d) + math.Abs(l)
		r[i] += float64(wa * xr[k])
		k += step
	}
}
