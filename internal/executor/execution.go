// Package executor bounds what floating-point executions of a network do: runtimes of
// float32 or float64 that sum in any order.
package executor

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/nn"
)

// Hulls is a batch of convex sets of inputs, each the hull of some points.
type Hulls struct {
	// Points are the vertices, one hull's after the other's: hull g has the
	// rows First[g] to First[g+1].
	Points nn.Matrix
	First  []int
	// Radius is how far an input may be from the hull, coordinate by
	// coordinate, one row a hull.
	Radius nn.Matrix
	// Patterns are the activation patterns around which errors are bounded,
	// one a hull, usually the one that holds there. Bounds are valid for any,
	// and small for the right one.
	Patterns []nn.Pattern
}

// Len is the number of hulls.
func (h *Hulls) Len() int { return len(h.Patterns) }

// Execution bounds what a floating-point execution of a network does on the
// inputs close to some hulls, whatever the order of its sums.
//
// Fix a hull with its pattern, a point x of it, and an input x' with
// |x' - x| <= Radius. Let N be the network with every unit replaced by the
// affine piece of the pattern, in real arithmetic. The execution at x' differs
// from N at x by perturbations of the nodes' values: at an affine node with n
// terms at most gamma_n (|A| |v| + |b|), v its computed input, and an absolute
// term for underflow; at a unit at most the rounding of its piece, and by how
// much N leaves the pattern at x. Let the perturbations grow from 0 to their
// values: by the mean value theorem a unit's computed input differs from that in
// N by the sum over all earlier nodes of gradient times perturbation, where the
// slope of each unit on the way is that of one of the pieces which its input can
// reach. Units are taken in order, so those pieces are known. All bounds are sums
// of absolute values of affine functions on the hull, hence convex there, and are
// largest at its vertices.
type Execution struct {
	ex      *Executor
	hulls   Hulls
	hullOf  []int32 // of each row
	trace   *executed
	centre  []nn.Matrix // slopes of the units of each activation node, one row a hull: centre +- radius
	radius  []nn.Matrix
	jumps   []nn.Matrix // by how much undecided pieces differ at breakpoints
	choices [][]Choice
}

// Choice is a piece that a unit may execute on a part of a hull beside the one
// of the hull's pattern: where its input, in real arithmetic and under that
// pattern, lies in [Lo, Hi].
type Choice struct {
	Unit   int
	Piece  uint8
	Lo, Hi float64
}

// Choices are the pieces other than the pattern's that may execute somewhere on
// hull g, in the order of the units.
func (e *Execution) Choices(g int) []Choice { return e.choices[g] }

// UnitInput is the input of an activation unit at a point of the batch, under
// the pattern of the point's hull, as computed in float64.
func (e *Execution) UnitInput(unit, row int) float64 {
	n := e.ex.activation
	for i, node := range n.Nodes {
		if from, to := n.Units(i); unit >= from && unit < to {
			return e.trace.of(node.Inputs[0]).Row(row)[unit-from]
		}
	}
	return math.NaN()
}

// Run bounds the execution of the activation channel on a batch of hulls. It
// fails if values may leave the range of the type, with a [RangeError], and
// where a unit may execute on either side of a jump, with a [JumpError].
func (ex *Executor) Run(h Hulls) (*Execution, error) {
	n := ex.activation
	e := &Execution{ex: ex, hulls: h, choices: make([][]Choice, h.Len())}
	e.centre, e.radius, e.jumps = make([]nn.Matrix, len(n.Nodes)), make([]nn.Matrix, len(n.Nodes)), make([]nn.Matrix, len(n.Nodes))
	radius := nn.NewMatrix(h.Points.Rows, n.InDim())
	for g := range h.Len() {
		for r := h.First[g]; r < h.First[g+1]; r++ {
			e.hullOf = append(e.hullOf, int32(g))
			copy(radius.Row(r), h.Radius.Row(g))
		}
	}
	e.trace = newExecuted(n, h.Points, radius)
	lin := n.LinearizePatterns(h.Patterns, 0)
	for i, node := range n.Nodes {
		switch op := node.Op.(type) {
		case nn.Affine:
			if err := ex.affine(e.trace, i, op, ex.abs); err != nil {
				return nil, err
			}
		case *nn.Piecewise:
			if err := e.decide(i, op); err != nil {
				return nil, err
			}
			e.activation(i, op, lin)
		default:
			return nil, fmt.Errorf("node %d (%s %q) is not piecewise affine", i, node.Op.Kind(), node.Name)
		}
	}
	return e, nil
}

// decide finds the pieces that the units of activation node i may execute.
func (e *Execution) decide(i int, f *nn.Piecewise) error {
	n := e.ex.activation
	first, to := n.Units(i)
	c, w := nn.NewMatrix(e.hulls.Len(), to-first), nn.NewMatrix(e.hulls.Len(), to-first)
	jumps := nn.NewMatrix(e.hulls.Len(), to-first)
	e.centre[i], e.radius[i], e.jumps[i] = c, w, jumps
	in := n.Nodes[i].Inputs[0]
	var open []openUnit
	for g := range e.hulls.Len() {
		for u := range to - first {
			d := 0.0
			for r := e.hulls.First[g]; r < e.hulls.First[g+1]; r++ {
				d = max(d, e.trace.errorOf(in).Row(r)[u])
			}
			if lo, hi := e.pieces(g, u, in, f, d); lo != hi {
				open = append(open, openUnit{g, u, d})
			}
		}
	}
	e.refine(in, open)
	next := 0
	for g := range e.hulls.Len() {
		pattern := e.hulls.Patterns[g][first:to]
		for u := range to - first {
			own := int(pattern[u])
			lo, hi, d := own, own, 0.0
			switch {
			case next < len(open) && open[next].hull == g && open[next].unit == u:
				d = open[next].error
				next++
				lo, hi = e.pieces(g, u, in, f, d)
			default:
				lo, hi = e.pieces(g, u, in, f, 0)
			}
			lo, hi = min(lo, own), max(hi, own)
			if lo < hi && !f.Continuous() {
				return &JumpError{Node: i, Kind: f.Kind(), Name: n.Nodes[i].Name}
			}
			jumps.Row(g)[u] = jumpsWithin(f, lo, hi)
			least, most := f.Slope[own], f.Slope[own]
			for k := lo; k <= hi; k++ {
				least, most = min(least, f.Slope[k]), max(most, f.Slope[k])
				if k == own {
					continue
				}
				choice := Choice{Unit: first + u, Piece: uint8(k), Lo: math.Inf(-1), Hi: math.Inf(1)}
				if k > 0 {
					choice.Lo = f.Breaks[k-1] - e.reach(f, k-1, d)
				}
				if k < len(f.Breaks) {
					choice.Hi = f.Breaks[k] + e.reach(f, k, d)
				}
				e.choices[g] = append(e.choices[g], choice)
			}
			c.Row(g)[u], w.Row(g)[u] = float64((least+most)/2), float64((most-least)/2*(1+4*unit))
		}
	}
	return nil
}

// jumpsWithin bounds by how much the pieces lo to hi of p differ at the breakpoints
// between them: functions read from files are continuous up to rounding.
func jumpsWithin(p *nn.Piecewise, lo, hi int) float64 {
	sum := 0.0
	for k := lo; k < hi; k++ {
		z := p.Breaks[k]
		left, right := float64(p.Slope[k]*z), float64(p.Slope[k+1]*z)
		size := math.Abs(left) + math.Abs(right) + math.Abs(p.Offset[k]) + math.Abs(p.Offset[k+1])
		sum += math.Abs((left+p.Offset[k])-(right+p.Offset[k+1])) + float64(8*unit*size)
	}
	return float64(sum * (1 + 8*unit))
}

// reach is how far from breakpoint k the input may be in real arithmetic when
// the execution takes it for one on the other side: its error, and that of the
// breakpoint as stored.
func (e *Execution) reach(f *nn.Piecewise, k int, d float64) float64 {
	b := f.Breaks[k]
	if e.ex.t.Round(b) != b {
		d += float64(e.ex.unit*math.Abs(b)) + e.ex.tiny
	}
	return float64(d * (1 + reachSlack))
}

// reachSlack widens the range in which a unit counts as undecided, for the
// rounding of the parts of hulls that are cut out of it.
const reachSlack = 1e-6

// pieces is the range of pieces that unit u's input may lie on over hull g, its
// error being at most d.
func (e *Execution) pieces(g, u, in int, f *nn.Piecewise, d float64) (lo, hi int) {
	from, to := math.Inf(1), math.Inf(-1)
	for r := e.hulls.First[g]; r < e.hulls.First[g+1]; r++ {
		z := e.trace.of(in).Row(r)[u]
		from, to = min(from, z), max(to, z)
	}
	lo, hi = len(f.Slope)-1, 0
	for k := range f.Slope {
		above := k == 0 || to >= f.Breaks[k-1]-e.reach(f, k-1, d)
		below := k == len(f.Breaks) || from <= f.Breaks[k]+e.reach(f, k, d)
		if above && below {
			lo, hi = min(lo, k), max(hi, k)
		}
	}
	return lo, hi
}

// openUnit is a unit of a hull whose piece the cheap bound, error, leaves open.
type openUnit struct {
	hull, unit int
	error      float64
}

// refineRows is how many gradients are bounded at once.
const refineRows = 256

// refine makes the errors of the open units' inputs, node in, smaller.
func (e *Execution) refine(in int, open []openUnit) {
	n := e.ex.activation
	if in == nn.Input || !rounding.Deep(n, in) {
		return
	}
	for len(open) > 0 {
		batch := open[:min(len(open), refineRows)]
		open = open[len(batch):]
		seed := nn.NewMatrix(len(batch), n.Dim(in))
		for r, o := range batch {
			seed.Row(r)[o.unit] = 1
		}
		slopes := func(i, r int) (c, w []float64) {
			g := batch[r].hull
			return e.centre[i].Row(g), e.radius[i].Row(g)
		}
		gradients := rounding.Gradients(n, 0, in, seed, slopes, e.ex.abs.Backward, nil, nil)
		for b := range batch {
			o := &batch[b]
			worst := 0.0
			for r := e.hulls.First[o.hull]; r < e.hulls.First[o.hull+1]; r++ {
				worst = max(worst, weigh(gradients, b, e.trace.local, r))
			}
			o.error = min(o.error, worst+float64(rounding.GradientFloor*o.error))
			for r := e.hulls.First[o.hull]; r < e.hulls.First[o.hull+1]; r++ {
				t := e.trace.total[in].Row(r)
				t[o.unit] = min(t[o.unit], o.error)
			}
		}
	}
}

// weigh is the sum over nodes of gradients, row b, times local errors, row r.
func weigh(gradients []nn.Matrix, b int, local []nn.Matrix, r int) float64 {
	sum := 0.0
	for k, g := range gradients {
		if g.Rows == 0 || local[k].Rows == 0 {
			continue
		}
		d := local[k].Row(r)
		for u, v := range g.Row(b) {
			sum += float64(v * d[u])
		}
	}
	if math.IsNaN(sum) {
		return math.Inf(1) // a gradient beyond float64 times nothing
	}
	return float64(sum * rounding.GradientSlack)
}

// activation fills in node i of the trace: the pattern's pieces, and errors.
func (e *Execution) activation(i int, f *nn.Piecewise, lin *nn.Linearization) {
	n, t := e.ex.activation, e.trace
	in := n.Nodes[i].Inputs[0]
	z, errs := t.of(in), t.errorOf(in)
	v, local, total := nn.NewMatrix(z.Rows, z.Cols), nn.NewMatrix(z.Rows, z.Cols), nn.NewMatrix(z.Rows, z.Cols)
	t.vals[i], t.local[i], t.total[i] = v, local, total
	first, to := n.Units(i)
	for r := range z.Rows {
		g := int(e.hullOf[r])
		pattern := e.hulls.Patterns[g][first:to]
		s, o := lin.Slope[i].Row(g), lin.Offset[i].Row(g)
		c, w := e.centre[i].Row(g), e.radius[i].Row(g)
		for u, x := range z.Row(r) {
			v.Row(r)[u] = affineAt(s[u], o[u], x)
			d := e.ex.pieceError(f, math.Abs(x)+errs.Row(r)[u])
			// N leaves the pattern; twice, since the network itself, not N, may be
			// what is compared with.
			d += float64(4*(math.Abs(c[u])+w[u])*outside(f, int(pattern[u]), x)) + float64(2*e.jumps[i].Row(g)[u])
			local.Row(r)[u] = d
			total.Row(r)[u] = float64((float64((math.Abs(c[u])+w[u])*errs.Row(r)[u]) + d) * (1 + 8*unit))
		}
	}
}

// outside is by how much z lies outside piece k of p.
func outside(p *nn.Piecewise, k int, z float64) float64 {
	d := 0.0
	if k > 0 {
		d = max(d, p.Breaks[k-1]-z)
	}
	if k < len(p.Breaks) {
		d = max(d, z-p.Breaks[k])
	}
	return d
}

func affineAt(slope, offset, x float64) float64 {
	if slope == 0 {
		return offset
	}
	return float64(slope*x) + offset
}
