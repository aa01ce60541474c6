package tree

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Chart is a part of an unbounded set of inputs as the bounded problem of another network.
//
// Let U be the inputs without a finite range and R > 0 larger than their finite bounds. Every
// input of the set has |x_k| <= R for all k of U, which is the first chart; or some j of U and
// a sign s have s x_j = max over U of |x_k| >= R. With t = R / (s x_j), from 0 (exclusive) to 1,
// the numbers v_k = t x_k are bounded by R for k of U, v_j = s R is a constant, and those of the
// other inputs lie between 0 and their bounds. The network with the biases multiplied by t, and
// the breakpoints and offsets of its functions, has at v the outputs of the network at x times
// t, piece by piece: on t > 0 the same units execute the same pieces, and normal . y <= offset
// is normal . (t y) <= t offset. As v is a projective image of x, a set of inputs has an
// interior where that of its v has one.
//
// All numbers of the new problem are those of the old one, exactly; where a sum or product
// of them would round, there are no charts, but where [Problem.Exact] has the numbers that are
// meant: those of half-spaces are then rounded to the nearest.
type Chart struct {
	// Problem has t in the place of input Axis, and a constant 0 in the place of those that
	// the set fixes.
	Problem *Problem
	// Axis and Sign are j and s; Axis is -1 where the problem is about the inputs
	// themselves.
	Axis int
	Sign float64
	// reach is R.
	reach float64
	// units are those of the chart's network that each unit of the problem's stands for.
	units [][2]int
	// pieces tells of each unit that its piece is the number of active ones among them; else
	// it is that of the one.
	counted []bool
}

// errChart says why there are no charts.
var errChart = errors.New("the input set is unbounded, and the network's numbers round when they are taken along a ray")

// Charts are bounded problems that together ask for the inputs of a set that is unbounded: p
// with infinite bounds. Their parts overlap in faces only. They fail if the network jumps, or
// where numbers would have to be rounded.
func Charts(ctx context.Context, p *Problem) ([]Chart, error) {
	net := p.Net.LowerSelections()
	if len(p.Lo) != net.InDim() || len(p.Hi) != net.InDim() {
		return nil, fmt.Errorf("the box has %d and %d bounds, the network %d inputs", len(p.Lo), len(p.Hi), net.InDim())
	}
	if x := p.Exact; x != nil && (len(x.Lo) != len(p.Lo) || len(x.Hi) != len(p.Lo) || len(x.Cuts) != len(p.Cuts) || len(x.Terms) != len(p.Terms)) {
		return nil, errors.New("not all numbers of the set are known exactly")
	}
	reach, far := 16.0, false
	for j, lo := range p.Lo {
		hi := p.Hi[j]
		if !math.IsInf(lo, -1) && !math.IsInf(hi, 1) {
			continue
		}
		far = true
		for _, v := range [...]float64{lo, hi} {
			if a := math.Abs(v); a >= reach && a < math.MaxFloat64 {
				_, e := math.Frexp(a)
				reach = math.Ldexp(1, e)
			}
		}
	}
	if reach > 0x1p500 {
		return nil, errChart
	}
	near := *p
	near.Net, near.Exact = net, nil
	near.Lo, near.Hi = append([]float64(nil), p.Lo...), append([]float64(nil), p.Hi...)
	for j, lo := range p.Lo {
		if math.IsInf(lo, -1) || math.IsInf(p.Hi[j], 1) {
			near.Lo[j], near.Hi[j] = max(lo, -reach), min(p.Hi[j], reach)
		}
	}
	if x := p.Exact; x != nil {
		y := *x
		y.Lo, y.Hi = append([]*big.Rat(nil), x.Lo...), append([]*big.Rat(nil), x.Hi...)
		for j := range near.Lo {
			if y.Lo[j] == nil || y.Hi[j] == nil {
				y.Lo[j], y.Hi[j] = clipped(y.Lo[j], -reach), clipped(y.Hi[j], reach)
			}
		}
		near.Exact = &y
	}
	charts := []Chart{{Problem: &near, Axis: -1}}
	if !far {
		return charts, nil
	}
	if net.DiscontinuousNode() >= 0 {
		return nil, errors.New("the input set is unbounded, and the network jumps")
	}
	for j := range p.Lo {
		for _, sign := range [...]float64{1, -1} {
			if sign > 0 && !math.IsInf(p.Hi[j], 1) || sign < 0 && !math.IsInf(p.Lo[j], -1) {
				continue
			}
			c := Chart{Axis: j, Sign: sign, reach: reach}
			if err := c.make(ctx, p, net); err != nil {
				return nil, err
			}
			charts = append(charts, c)
		}
	}
	return charts, nil
}

// clipped is a bound, or where there is none another one.
func clipped(bound *big.Rat, other float64) *big.Rat {
	if bound != nil {
		return bound
	}
	return new(big.Rat).SetFloat64(other)
}

// make makes the problem.
func (c *Chart) make(ctx context.Context, p *Problem, net *nn.Network) error {
	n := net.InDim()
	q := &Problem{Lo: make([]float64, n), Hi: make([]float64, n)}
	c.Problem = q
	cut := func(strict bool, terms ...any) { // of pairs of a coordinate and a factor
		h := set.HalfSpace{Normal: make([]float64, n), Strict: strict}
		for i := 0; i < len(terms); i += 2 {
			h.Normal[terms[i].(int)] = terms[i+1].(float64)
		}
		q.Cuts = append(q.Cuts, h)
	}
	for k, lo := range p.Lo {
		hi := p.Hi[k]
		unbounded := math.IsInf(lo, -1) || math.IsInf(hi, 1)
		switch {
		case k == c.Axis:
			q.Lo[k], q.Hi[k] = 0, 1
			cut(true, k, -1.0)
			continue
		case lo == hi:
			continue // 0
		case unbounded:
			q.Lo[k], q.Hi[k] = -c.reach, c.reach
		default:
			q.Lo[k], q.Hi[k] = min(lo, 0), max(hi, 0)
		}
		if !math.IsInf(lo, -1) {
			cut(false, k, -1.0, c.Axis, lo)
		}
		if !math.IsInf(hi, 1) {
			cut(false, k, 1.0, c.Axis, -hi)
		}
	}
	x := c.exactBox(p, len(q.Cuts))
	for i, h := range p.Cuts {
		of := exactOf(h)
		if p.Exact != nil {
			of = &p.Exact.Cuts[i]
		}
		g, exact, err := c.halfSpace(p, h, of)
		if err != nil {
			return err
		}
		if q.Cuts = append(q.Cuts, g); x != nil {
			x.Cuts = append(x.Cuts, *exact)
		}
	}
	if err := c.network(ctx, p, net); err != nil {
		return err
	}
	for i, term := range p.Terms {
		rows := []set.HalfSpace{}
		for _, h := range term {
			rows = append(rows, set.HalfSpace{Normal: append(append([]float64(nil), h.Normal...), -h.Offset), Strict: h.Strict})
		}
		if q.Terms = append(q.Terms, rows); x == nil {
			continue
		}
		exact := []ExactHalfSpace{}
		for _, h := range p.Exact.Terms[i] {
			normal := append(append([]*big.Rat(nil), h.Normal...), new(big.Rat).Neg(h.Offset))
			exact = append(exact, ExactHalfSpace{Normal: normal, Offset: new(big.Rat), Strict: h.Strict})
		}
		x.Terms = append(x.Terms, exact)
	}
	q.Exact = x
	return nil
}

// exactBox are the exact numbers of the chart's box, and of the first cuts, as many as there
// are, which bound the inputs; nil if those of the problem are not known.
func (c *Chart) exactBox(p *Problem, cuts int) *Exact {
	if p.Exact == nil {
		return nil
	}
	n := len(p.Lo)
	x, zero, one := &Exact{}, new(big.Rat), big.NewRat(1, 1)
	cut := func(strict bool, k int, sign int64, ofT *big.Rat) {
		h := ExactHalfSpace{Offset: new(big.Rat), Strict: strict}
		for range n {
			h.Normal = append(h.Normal, new(big.Rat))
		}
		h.Normal[k].SetInt64(sign)
		if ofT != nil {
			h.Normal[c.Axis] = ofT
		}
		x.Cuts = append(x.Cuts, h)
	}
	for k, lo := range p.Exact.Lo {
		hi := p.Exact.Hi[k]
		switch {
		case k == c.Axis:
			x.Lo, x.Hi = append(x.Lo, zero), append(x.Hi, one)
			cut(true, k, -1, nil)
			continue
		case p.Lo[k] == p.Hi[k]:
			x.Lo, x.Hi = append(x.Lo, zero), append(x.Hi, zero)
			continue
		case lo == nil || hi == nil:
			x.Lo, x.Hi = append(x.Lo, new(big.Rat).SetFloat64(-c.reach)), append(x.Hi, new(big.Rat).SetFloat64(c.reach))
		default:
			low, high := zero, zero
			if lo.Sign() < 0 {
				low = lo
			}
			if hi.Sign() > 0 {
				high = hi
			}
			x.Lo, x.Hi = append(x.Lo, low), append(x.Hi, high)
		}
		if lo != nil {
			cut(false, k, -1, lo)
		}
		if hi != nil {
			cut(false, k, 1, new(big.Rat).Neg(hi))
		}
	}
	if len(x.Cuts) != cuts {
		return nil
	}
	return x
}

// exactOf are the numbers of a half-space as they are; nil if they are not finite.
func exactOf(h set.HalfSpace) *ExactHalfSpace {
	x := &ExactHalfSpace{Offset: new(big.Rat).SetFloat64(h.Offset), Strict: h.Strict}
	for _, a := range h.Normal {
		x.Normal = append(x.Normal, new(big.Rat).SetFloat64(a))
	}
	if x.Offset == nil || slices.Contains(x.Normal, nil) {
		return nil
	}
	return x
}

// halfSpace is normal . x <= offset for v, rounded where p has exact numbers, and exactly.
func (c *Chart) halfSpace(p *Problem, h set.HalfSpace, of *ExactHalfSpace) (set.HalfSpace, *ExactHalfSpace, error) {
	g := set.HalfSpace{Normal: make([]float64, len(h.Normal)), Strict: h.Strict}
	if of == nil {
		return g, nil, errChart
	}
	x := &ExactHalfSpace{Offset: new(big.Rat), Strict: of.Strict}
	ofT := new(big.Rat).Neg(of.Offset)
	for k, a := range of.Normal {
		x.Normal = append(x.Normal, new(big.Rat))
		switch {
		case k == c.Axis:
			x.Offset.Mul(a, new(big.Rat).SetFloat64(float64(-c.Sign*c.reach)))
			if g.Offset = float64(-h.Normal[k] * c.Sign * c.reach); !exactProduct(h.Normal[k], c.reach) {
				return g, nil, errChart
			}
		case p.Lo[k] == p.Hi[k]:
			ofT.Add(ofT, new(big.Rat).Mul(a, new(big.Rat).SetFloat64(p.Lo[k])))
		default:
			g.Normal[k], x.Normal[k] = h.Normal[k], a
		}
	}
	x.Normal[c.Axis] = ofT
	v, exact := ofT.Float64()
	if !exact && p.Exact == nil || math.IsInf(v, 0) {
		return g, nil, errChart
	}
	g.Normal[c.Axis] = v
	return g, x, nil
}

// exactProduct reports whether the product of a and a power of two is exact.
func exactProduct(a, power float64) bool { return float64(float64(a*power)/power) == a }

// homogeneous builds the network of a chart: its numbers are those of the other one times t.
type homogeneous struct {
	nodes []nn.Node
	place []int // of the other network's nodes
	dims  []int // of nodes
	t     int   // the node of t
}

func (b *homogeneous) add(op nn.Op, dim int, in ...int) int {
	b.nodes = append(b.nodes, nn.Node{Inputs: in, Op: op})
	b.dims = append(b.dims, dim)
	return len(b.nodes) - 1
}

// joined is the node of some nodes' numbers, and t.
func (b *homogeneous) joined(in ...int) int {
	in = append(in, b.t)
	op, dim := &nn.Concat{}, 0
	for _, j := range in {
		op.Dims = append(op.Dims, b.dims[j])
		dim += b.dims[j]
	}
	return b.add(op, dim, in...)
}

// network makes the chart's network.
func (c *Chart) network(ctx context.Context, p *Problem, net *nn.Network) error {
	n := net.InDim()
	b := &homogeneous{}
	first := nn.Params{Weight: nn.NewMatrix(n, n), Bias: make([]float64, n)}
	for k := range n {
		switch {
		case k == c.Axis:
			first.Bias[k] = float64(c.Sign * c.reach)
		case p.Lo[k] == p.Hi[k]:
			first.Weight.Row(k)[c.Axis] = p.Lo[k]
		default:
			first.Weight.Row(k)[k] = 1
		}
	}
	ofT := nn.Params{Weight: nn.NewMatrix(1, n), Bias: make([]float64, 1)}
	ofT.Weight.Row(0)[c.Axis] = 1
	input := b.add(&nn.Dense{Params: first}, n, nn.Input)
	b.t = b.add(&nn.Dense{Params: ofT}, 1, nn.Input)
	at := func(j int) int {
		if j == nn.Input {
			return input
		}
		return b.place[j]
	}
	w := &watch{ctx: ctx}
	units := 0
	for i, node := range net.Nodes {
		var in []int
		for _, j := range node.Inputs {
			in = append(in, at(j))
		}
		switch op := node.Op.(type) {
		case *nn.Piecewise:
			out, kept, err := b.function(op, net.Dim(i), in[0])
			if err != nil {
				return err
			}
			b.place = append(b.place, out)
			from, to := net.Units(i)
			for range to - from {
				count := 1
				if !kept {
					count = len(op.Breaks)
				}
				c.units, c.counted = append(c.units, [2]int{units, units + count}), append(c.counted, !kept)
				units += count
			}
		case nn.Affine:
			dense := &nn.Dense{}
			for ch := range 2 {
				if nn.Channel(ch) == nn.ValueChannel && !op.Decoupled() {
					break
				}
				params, roundings, err := parameters(w, net, i, nn.Channel(ch))
				if err != nil {
					return err
				}
				if roundings > 0 {
					return errChart
				}
				of := timesT(params)
				if nn.Channel(ch) == nn.ActivationChannel {
					dense.Params = of
				} else {
					dense.Value = &of
				}
			}
			b.place = append(b.place, b.add(dense, net.Dim(i), b.joined(in...)))
		default:
			return unsupported(net, i)
		}
	}
	b.joined(at(len(net.Nodes) - 1))
	var err error
	if c.Problem.Net, err = nn.New(b.nodes, []int{n}, nn.Meta{}); err == nil && c.Problem.Net.PatternLen() != units {
		err = errors.New("a chart's units are not those of the network")
	}
	return err
}

// timesT is an affine map with its bias as the factor of t, which comes last.
func timesT(p *nn.Params) nn.Params {
	q := nn.Params{Weight: nn.NewMatrix(p.Weight.Rows, p.Weight.Cols+1), Bias: make([]float64, p.Weight.Rows)}
	for i := range p.Weight.Rows {
		copy(q.Weight.Row(i), p.Weight.Row(i))
		q.Weight.Row(i)[p.Weight.Cols] = p.Bias[i]
	}
	return q
}

// function adds t f(z / t) for numbers z. One that has its breakpoint at 0 and no offsets is
// kept; another one is
//
//	Slope[0] z + Offset[0] t + Σ (Slope[k+1] - Slope[k]) ReLU(z - Breaks[k] t).
func (b *homogeneous) function(op *nn.Piecewise, dim, z int) (out int, kept bool, err error) {
	kept = len(op.Breaks) <= 1
	for _, v := range append(append([]float64(nil), op.Breaks...), op.Offset...) {
		kept = kept && v == 0
	}
	if kept {
		return b.add(op, dim, z), true, nil
	}
	m := len(op.Breaks)
	if m == 0 {
		line := nn.Params{Weight: nn.NewMatrix(dim, dim+1), Bias: make([]float64, dim)}
		for u := range dim {
			line.Weight.Row(u)[u], line.Weight.Row(u)[dim] = op.Slope[0], op.Offset[0]
		}
		return b.add(&nn.Dense{Params: line}, dim, b.joined(z)), false, nil
	}
	inner := nn.Params{Weight: nn.NewMatrix(dim*m, dim+1), Bias: make([]float64, dim*m)}
	outer := nn.Params{Weight: nn.NewMatrix(dim, dim+1+dim*m), Bias: make([]float64, dim)}
	for k, at := range op.Breaks {
		bend, err := steps(op, k)
		if err != nil {
			return 0, false, err
		}
		for u := range dim {
			inner.Weight.Row(u*m + k)[u], inner.Weight.Row(u*m + k)[dim] = 1, -at
			outer.Weight.Row(u)[dim+1+u*m+k] = bend
		}
	}
	for u := range dim {
		outer.Weight.Row(u)[u], outer.Weight.Row(u)[dim] = op.Slope[0], op.Offset[0]
	}
	zt := b.joined(z)
	r := b.add(nn.ReLU(), dim*m, b.add(&nn.Dense{Params: inner}, dim*m, zt))
	all := b.add(&nn.Concat{Dims: []int{dim + 1, dim * m}}, dim+1+dim*m, zt, r)
	return b.add(&nn.Dense{Params: outer}, dim, all), false, nil
}

// steps is by how much the slope changes at breakpoint k, exactly, where the function does not
// jump.
func steps(op *nn.Piecewise, k int) (float64, error) {
	var rats [5]*big.Rat
	for i, v := range [...]float64{op.Slope[k], op.Slope[k+1], op.Offset[k], op.Offset[k+1], op.Breaks[k]} {
		if rats[i] = new(big.Rat).SetFloat64(v); rats[i] == nil {
			return 0, errChart
		}
	}
	bend := new(big.Rat).Sub(rats[1], rats[0])
	jump := new(big.Rat).Sub(rats[3], rats[2])
	if jump.Add(jump, new(big.Rat).Mul(bend, rats[4])); jump.Sign() != 0 {
		return 0, errChart
	}
	v, exact := bend.Float64()
	if !exact {
		return 0, errChart
	}
	return v, nil
}

// Pattern is the pattern of the problem's network that one of the chart's stands for.
func (c *Chart) Pattern(q nn.Pattern) nn.Pattern {
	if c.Axis < 0 {
		return q
	}
	pattern := make(nn.Pattern, len(c.units))
	for u, of := range c.units {
		for _, piece := range q[of[0]:of[1]] {
			switch {
			case piece == Several || pattern[u] == Several:
				pattern[u] = Several
			default:
				pattern[u] += piece
			}
		}
	}
	return pattern
}

// Row is a half-space of the chart's inputs that vary as one of the problem's, the bounds of
// which are lo and hi.
func (c *Chart) Row(row ExactRow, lo, hi []float64) ExactRow {
	if c.Axis < 0 {
		return row
	}
	out := ExactRow{Terms: make([]*big.Int, len(row.Terms)), Strict: row.Strict}
	_, e := math.Frexp(c.reach) // R = 2^(e-1)
	k := 0
	for j, v := range lo {
		if v == hi[j] {
			continue
		}
		k++
		term := new(big.Int).Lsh(row.Terms[k], uint(e-1))
		if j == c.Axis { // s a_0 x_j + R (a_j + Σ a_k x_k)
			out.Terms[0] = term
			out.Terms[k] = new(big.Int).Set(row.Terms[0])
			if c.Sign < 0 {
				out.Terms[k].Neg(out.Terms[k])
			}
			continue
		}
		out.Terms[k] = term
	}
	return out
}

// Input is the input that values of the chart's inputs stand for, with t above 0.
func (c *Chart) Input(p *Problem, v []float64) []float64 {
	x := append([]float64(nil), v...)
	if c.Axis < 0 {
		return x
	}
	t := v[c.Axis]
	for k := range x {
		switch {
		case k == c.Axis:
			x[k] = float64(c.Sign * c.reach / t)
		case p.Lo[k] == p.Hi[k]:
			x[k] = p.Lo[k]
		default:
			x[k] /= t
		}
	}
	return x
}
