package proof

import (
	"context"
	"math"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
)

// twofold are real numbers hi + lo, off by no more than rad: some 32 digits, and a
// bound on what is missing. Sums of products are those of Ogita, Rump and Oishi
// ("Accurate sum and dot product", 2005, algorithm Dot2), in which every rounding
// error is itself a float64, and added up; what this second sum rounds is bounded
// by its terms. It costs a dozen operations per product, a hundredth of numbers of
// any precision, and decides most points.
//
// The errors are found by differences that are exact only where each operation
// rounds once, as written: no product here may be fused with a sum unless math.FMA
// says so. An explicit conversion forbids it to the compiler, and make lint looks
// for products without one.
type twofold struct{ hi, lo, rad []float64 }

func newTwofold(n int) twofold { return twofoldIn(make([]float64, 3*n)) }

// twofoldIn are numbers in a third of the room each.
func twofoldIn(room []float64) twofold {
	n := len(room) / 3
	return twofold{room[:n:n], room[n : 2*n : 2*n], room[2*n:]}
}

// tiniest covers what a product loses below the smallest float64, a few times over.
const tiniest = 0x1p-1070

// sum is a sum of products on the way: s as float64 computes it, c its errors, t the
// sum of their absolute values, r that of the errors of the factors.
type sum struct{ s, c, t, r float64 }

// add adds w x.
func (a *sum) add(w, hi, lo, rad float64) {
	p := float64(w * hi)
	e := math.FMA(w, hi, -p)
	s := a.s + p
	z := s - a.s
	d := (a.s - (s - z)) + (p - z)
	l := float64(w * lo)
	a.s = s
	a.c += (e + d) + l
	a.t += math.Abs(e) + math.Abs(d) + math.Abs(l)
	a.r += float64(math.Abs(w) * rad)
}

// total is the sum of n products and a constant.
func (a *sum) total(n int) (hi, lo, rad float64) {
	m := float64(n + 8)
	hi = a.s + a.c
	z := hi - a.s
	lo = (a.s - (hi - z)) + (a.c - z)
	// Three additions and a product for each term of t; the factor behind covers the
	// roundings of t, r and this line.
	rad = float64((a.r + float64(4*m*unit*a.t) + float64(m*tiniest)) * (1 + float64(8*m*unit)))
	return hi, lo, rad
}

// set stores a total.
func (v *twofold) set(i int, a *sum, n int) { v.hi[i], v.lo[i], v.rad[i] = a.total(n) }

// ends are floats that the number lies between.
func (v *twofold) ends(i int) (lo, hi float64) {
	if v.lo[i] == 0 && v.rad[i] == 0 {
		return v.hi[i], v.hi[i]
	}
	d := float64((math.Abs(v.lo[i]) + v.rad[i]) * (1 + 4*unit))
	return below64(v.hi[i] - d), above64(v.hi[i] + d)
}

// distance is number i less number j of another, and by how much more or less that
// may be.
func (v *twofold) distance(i int, w *twofold, j int) (d, off float64) {
	h, l := v.hi[i]-w.hi[j], v.lo[i]-w.lo[j]
	return h + l, float64((v.rad[i] + w.rad[j] + float64(4*unit*(math.Abs(h)+math.Abs(l)))) * (1 + 8*unit))
}

// hull widens number i so that it may be number j of another, too; it is not known
// where that is not.
func (v *twofold) hull(i int, w *twofold, j int) {
	if v.hi[i] == w.hi[j] && v.lo[i] == w.lo[j] && w.rad[j] <= v.rad[i] {
		return
	}
	d, off := v.distance(i, w, j)
	if off += math.Abs(d); !(off <= v.rad[i]) { // NaN if number j is not known
		v.rad[i] = above64(off)
	}
}

// finite reports whether all numbers are known.
func (v *twofold) finite() bool {
	for i, h := range v.hi {
		if math.IsNaN(h-h) || math.IsNaN(v.rad[i]-v.rad[i]) {
			return false
		}
	}
	return true
}

// twofold encloses the outputs at a point; false if a value overflows, or for
// functions that are not piecewise affine.
func (p *pointNetwork) twofold(ctx context.Context, x []float64, target int) (y []interval.Interval, ok bool) {
	last := len(p.net.Nodes) - 1
	ok = p.twofoldValues(ctx, x, target, func(run *twofoldRun, i int) {
		if i == last {
			y = run.values[nn.ValueChannel][last].intervals()
		}
	})
	return y, ok
}

// twofoldValues computes all nodes at a point, and shows each to visit while its values are
// known; false if a value overflows, or for functions that are not piecewise affine.
func (p *pointNetwork) twofoldValues(ctx context.Context, x []float64, target int, visit func(run *twofoldRun, i int)) bool {
	if p.net.SmoothNode() >= 0 {
		return false
	}
	last := len(p.net.Nodes) - 1
	run, _ := p.runs.Get().(*twofoldRun)
	if run == nil {
		run = &twofoldRun{p: p, apart: make([]bool, last+1)}
		for ch := range run.values {
			run.values[ch] = make([]twofold, last+1)
		}
	}
	run.ctx, run.target, run.workers = ctx, target, max(p.workers, 1)
	defer p.runs.Put(run)
	defer run.drop(last)
	run.input = run.take(len(x))
	copy(run.input.hi, x)
	clear(run.input.lo)
	clear(run.input.rad)
	defer func() { run.put(run.input) }()
	var kept *Kept // values of the usual precision
	if target == targets[0] {
		kept = p.kept
	}
	from := kept.load(x, run)
	if from > 0 {
		for _, j := range kept.live {
			visit(run, j)
		}
	}
	lastUse := make([]int, last+1)
	for i, node := range p.net.Nodes {
		for _, j := range node.Inputs {
			if j != nn.Input {
				lastUse[j] = i
			}
		}
	}
	for i := from; i <= last; i++ {
		node := p.net.Nodes[i]
		if kept != nil && i == kept.layer && from == 0 {
			kept.store(x, run)
		}
		if ctx.Err() != nil || !run.node(i) {
			for j := range i {
				run.drop(j)
			}
			return false
		}
		visit(run, i)
		for _, j := range node.Inputs {
			if j != nn.Input && lastUse[j] == i {
				run.drop(j)
			}
		}
	}
	return true
}

// intervals are the numbers in intervals.
func (v *twofold) intervals() []interval.Interval {
	f := interval.Field{Bits: firstBits}
	y := make([]interval.Interval, len(v.hi))
	for i := range y {
		m, r := f.Add(f.Float(v.hi[i]), f.Float(v.lo[i])), f.Float(v.rad[i])
		y[i] = interval.Interval{Lo: f.Sub(m, r).Lo, Hi: f.Add(m, r).Hi}
	}
	return y
}
