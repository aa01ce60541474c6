package polyhedron

import (
	"math"
	"slices"
	"time"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/layers"
	"github.com/netmend/netmend/region/internal/ordered"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

const (
	// tolerance times the size of an affine function's coefficients is how far
	// its value must be from 0 to count as positive or negative: above the
	// feasibility tolerance of the linear programs, so that what they find to lie
	// beyond it does so.
	tolerance = 1e-9
	// feasibility is that of the linear programs, for rows of length 1.
	feasibility = 1e-11
	// boundEvery is the number of splits after which the goal is bounded again, in layers with
	// many thresholds.
	boundEvery = 3
	// manyThresholds is the number of thresholds of a layer, for each dimension, from which
	// the bounding box of a cell, two linear programs per dimension, saves more.
	manyThresholds = 4
	// maxWitnesses limits the witness points of a cell: more cost more to evaluate
	// than the linear programs they save.
	maxWitnesses = 128
)

type lane = ordered.Lane[*job, batch]

// batch holds finished cells, and nodes of the split tree.
type batch struct {
	cells []*Cell
	nodes []polytope.Node
}

func (b *batch) reset() { b.cells, b.nodes = b.cells[:0], b.nodes[:0] }

// job is a cell of the search with all below it, which is at a stage with the
// thresholds before next decided.
type job struct {
	stage, next int
	rows, right []float64        // the domain's and those of the splits, as in [lp.Problem]
	facets      []polytope.Facet // of the splits
	points      []float64        // witness points
	box         set.Box          // contains the cell: that of one that it is a part of
	since       int              // splits since the goal was bounded
	pattern     nn.Pattern       // as far as it is decided
	zero        []int32
}

// root is the domain as a job.
func (s *setting) root() *job {
	j := &job{pattern: make(nn.Pattern, s.Net.PatternLen()), box: s.box}
	for _, h := range s.domain.Rows {
		j.rows, j.right = append(j.rows, h.Normal...), append(j.right, h.Offset)
	}
	return j
}

// search explores cells depth first. It belongs to one goroutine.
type search struct {
	s       *setting
	lane    *lane
	solver  *lp.Solver
	balls   *lp.Solver // of one more variable
	maps    *layers.Maps
	bounder *layers.Bounder // nil without a target or bounds

	at    job  // the current cell
	fresh bool // it has just come to its stage
	stack []*job

	batch  *batch
	counts Result
	nodes  int
	count  int // cells so far

	row, cost []float64 // scratch
}

func newSearch(s *setting, l *lane) *search {
	r := &search{s: s, lane: l, solver: lp.New(s.Dim), maps: layers.NewMaps(s.Network), batch: new(batch)}
	r.solver.Feasibility = feasibility
	r.row, r.cost = make([]float64, s.Dim), make([]float64, s.Dim)
	if s.bounded {
		r.bounder = layers.NewBounder(s.Network)
		r.bounder.Extremes = r.extremes
		r.bounder.GoalOnly = true
	}
	return r
}

// do explores a job, or its first part; the rest comes back as new jobs.
func (r *search) do(j *job) (rest []*job, err error) {
	r.nodes = 0
	r.load(j)
	for {
		if err = r.descend(); err != nil {
			break
		}
		if len(r.stack) == 0 {
			break
		}
		if r.nodes >= jobNodes || r.nodes >= hungryNodes && r.lane.Hungry() {
			for i := len(r.stack) - 1; i >= 0; i-- {
				rest = append(rest, r.stack[i])
			}
			break
		}
		top := r.stack[len(r.stack)-1]
		r.stack = r.stack[:len(r.stack)-1]
		r.load(top)
	}
	r.stack = r.stack[:0]
	if len(r.batch.cells)+len(r.batch.nodes) > 0 {
		if e := r.flush(); err == nil {
			err = e
		}
	}
	return rest, err
}

func (r *search) flush() (err error) {
	r.batch, err = r.lane.Put(r.batch, func(*batch) *batch { return new(batch) })
	return err
}

// node notes a node of the split tree.
func (r *search) node(n polytope.Node) {
	if r.s.opt.Tree {
		r.batch.nodes = append(r.batch.nodes, n)
	}
}

// end notes a leaf of the split tree of which all cells but the given number of
// earlier ones were emitted.
func (r *search) end(kind polytope.LeafKind, before int) {
	r.node(polytope.Node{Unit: -1, Leaf: kind, Above: int32(r.count - before)})
}

// load makes a job the current cell.
func (r *search) load(j *job) {
	r.at = *j
	r.fresh = j.next == 0
	r.maps.Enter()
	for i := range j.stage {
		r.maps.Advance(i, j.pattern)
	}
}

// ended is why the search is to stop; nil if it is not.
func (r *search) ended() error {
	if r.lane.Stopped() {
		return ordered.ErrStopped
	}
	if !r.s.deadline.IsZero() && time.Now().After(r.s.deadline) {
		return polytope.ErrMaxTime
	}
	return nil
}

// over reports whether it is: linear programs end then.
func (r *search) over() bool { return r.ended() != nil }

// descend follows the current cell to a linear region, or to where the target
// decides.
func (r *search) descend() error {
	for r.at.stage < len(r.s.Stages) {
		r.nodes++
		if err := r.ended(); err != nil {
			return err
		}
		st := &r.s.Stages[r.at.stage]
		if r.fresh && r.bounder == nil && st.Thresholds > manyThresholds*r.s.Dim {
			r.surround()
		}
		if r.fresh && r.bounder != nil {
			r.at.since = 0
			if done, err := r.decided(); done || err != nil {
				return err
			}
		}
		r.fresh = false
		for r.at.next < st.Thresholds {
			if err := r.ended(); err != nil {
				return err
			}
			t := r.at.next
			if r.decide(st, t) {
				r.at.next++
				continue
			}
			r.at.since++ // on both sides
			r.split(st, t)
			r.at.next++
			if r.at.since >= boundEvery && r.bounder != nil && st.Thresholds > manyThresholds*r.s.Dim {
				r.at.since = 0
				if done, err := r.decided(); done || err != nil {
					return err
				}
			}
		}
		r.maps.Advance(r.at.stage, r.at.pattern)
		r.at.stage, r.at.next, r.fresh = r.at.stage+1, 0, true
	}
	before := r.count
	if r.s.Goal == nil {
		r.record(-1, false)
	} else {
		r.leaf(0, 0)
	}
	r.end(polytope.Region, before)
	return r.full()
}

// decided bounds the goal on the current cell, and reports whether that finished the cell.
func (r *search) decided() (done bool, err error) {
	switch verdict, term := r.judge(); {
	case verdict == layers.Outside:
		r.counts.Pruned++
		r.end(polytope.Beyond, r.count)
		return true, nil
	case verdict == layers.Inside && !r.s.opt.Split:
		before := r.count
		r.record(term, true)
		r.end(polytope.Within, before)
		return true, r.full()
	}
	return false, nil
}

// decide notes on which side of a threshold the current cell lies; false where
// it lies on both.
func (r *search) decide(st *layers.Stage, threshold int) bool {
	unit := threshold / st.Breaks
	piece := &r.at.pattern[st.Unit0+unit]
	if k := threshold % st.Breaks; k == 0 {
		*piece = 0
	} else if int(*piece) < k {
		return true // below a lower breakpoint
	}
	offset := r.function(r.maps.At[nn.ActivationChannel][r.at.stage], unit) - st.Level(threshold)
	above, below := r.known(offset)
	if !above && !below {
		above, below = r.sides(offset)
	}
	switch {
	case above && below:
		return false
	case above:
		*piece++
	case !below:
		*piece++ // the tie rule
		if u := int32(st.Unit0 + unit); len(r.at.zero) == 0 || r.at.zero[len(r.at.zero)-1] != u {
			r.at.zero = append(r.at.zero, u)
		}
	}
	return true
}

// split goes on with the part of the current cell below a threshold, whose
// function is in r.row, and puts the part above off.
func (r *search) split(st *layers.Stage, threshold int) {
	unit := threshold / st.Breaks
	offset := r.function(r.maps.At[nn.ActivationChannel][r.at.stage], unit) - st.Level(threshold)
	f := polytope.Facet{Kind: polytope.Unit, Index: int32(st.Unit0 + unit), Break: int32(threshold % st.Breaks)}
	r.node(polytope.Node{Unit: f.Index, Break: f.Break})
	upper := r.fork(f, offset, -1)
	upper.pattern[st.Unit0+unit]++
	upper.next++
	r.stack = append(r.stack, upper)
	r.narrow(f, offset, 1)
}

// fork returns a copy of the current cell where sign (r.row . x + offset) <= 0.
func (r *search) fork(f polytope.Facet, offset, sign float64) *job {
	j := r.at
	j.rows, j.right, j.points = slices.Clone(j.rows), slices.Clone(j.right), slices.Clone(j.points)
	j.facets = slices.Clone(j.facets)
	j.pattern, j.zero = slices.Clone(j.pattern), slices.Clone(j.zero)
	r.at, j = j, r.at
	r.narrow(f, offset, sign)
	r.at, j = j, r.at
	return &j
}

// narrow cuts the current cell down to where sign (r.row . x + offset) <= 0, f says by
// what.
func (r *search) narrow(f polytope.Facet, offset, sign float64) {
	f.Above = sign < 0
	r.at.facets = append(r.at.facets, f)
	length := vector.Norm(r.row)
	kept := r.at.points[:0]
	for i := 0; i < len(r.at.points); i += r.s.Dim {
		if x := r.at.points[i : i+r.s.Dim]; sign*(offset+vector.Dot(r.row, x)) <= 0 {
			kept = append(kept, x...)
		}
	}
	r.at.points = kept
	for _, v := range r.row {
		r.at.rows = append(r.at.rows, sign*v/length)
	}
	r.at.right = append(r.at.right, -sign*offset/length)
}

// leaf records the parts of the current cell, a linear region, that lie in the
// target, from a half-space of a term on; it lies inside the ones before.
func (r *search) leaf(term, h int) {
	g := r.s.Goal
	for ; term < g.Terms(); term, h = term+1, 0 {
		inside := true
		for column := g.First[term] + h; column < g.First[term+1]; column++ {
			offset := r.function(r.maps.Goal, column)
			above, below := r.sides(offset)
			if above && below {
				f := polytope.Facet{Kind: polytope.Goal, Index: int32(column - g.First[term]), Break: int32(term)}
				outside := r.fork(f, offset, -1)
				r.narrow(f, offset, 1)
				r.leaf(term, column+1-g.First[term])
				r.at = *outside
				r.leaf(term+1, 0)
				return
			}
			if above {
				inside = false
				break
			}
		}
		if inside {
			r.record(term, false)
			return
		}
	}
}

// surround finds the bounding box of the current cell; not ok where the cell is empty, or a
// linear program failed. Then the box is that of before.
func (r *search) surround() (verdict layers.Verdict, ok bool) {
	box := set.Box{Lo: make([]float64, r.s.Dim), Hi: make([]float64, r.s.Dim)}
	for k := range r.s.Dim {
		for side, at := range [][]float64{box.Hi, box.Lo} {
			sign := float64(1 - 2*side)
			clear(r.cost)
			r.cost[k] = sign
			switch r.solve() {
			case lp.Optimal:
				at[k] = r.solver.X()[k]
				r.keep(r.solver.X())
			case lp.Unbounded:
				at[k] = math.Inf(int(sign))
			case lp.Infeasible:
				return layers.Outside, false
			default:
				r.counts.Unsure++
				return layers.Undecided, false
			}
		}
	}
	r.at.box = box
	return layers.Undecided, true
}

// judge bounds the goal on the current cell, which is at the beginning of a
// stage.
func (r *search) judge() (layers.Verdict, int) {
	if verdict, ok := r.surround(); !ok {
		return verdict, 0
	}
	copy(r.bounder.Lo, r.at.box.Lo)
	copy(r.bounder.Hi, r.at.box.Hi)
	st := &r.s.Stages[r.at.stage]
	r.bounder.Range = func(unit int) (lo, hi float64) {
		return r.onBox(r.function(r.maps.At[nn.ActivationChannel][r.at.stage], unit))
	}
	pieces := func(unit int) (from, to int) {
		if (unit+1)*st.Breaks <= r.at.next {
			k := int(r.at.pattern[st.Unit0+unit])
			return k, k
		}
		lo, hi := r.bounder.Range(unit)
		return st.Op.Piece(lo), st.Op.Piece(hi)
	}
	return r.bounder.Judge(r.maps, r.at.stage, pieces, r.s.goalEps)
}

// record adds the current cell.
func (r *search) record(term int, whole bool) {
	r.count++
	c := &Cell{Term: term, Whole: whole}
	if !whole {
		c.Pattern, c.Zero = slices.Clone(r.at.pattern), slices.Clone(r.at.zero)
	}
	d, given := r.s.Dim, r.s.given
	c.Polyhedron = set.Polyhedron{Dim: given.Dim, Rows: slices.Clone(given.Rows)}
	for i := range given.Rows {
		c.Facets = append(c.Facets, polytope.Facet{Kind: polytope.Cut, Index: int32(i)})
	}
	c.Facets = append(c.Facets, r.at.facets...)
	own := len(r.s.domain.Rows)
	for i, b := range r.at.right[own:] {
		h := set.HalfSpace{Normal: make([]float64, given.Dim), Offset: b + 0}
		for k, v := range r.at.rows[(own+i)*d : (own+i+1)*d] {
			h.Normal[r.s.free[k]] = v + 0 // without the sign of a zero
		}
		c.Polyhedron.Rows = append(c.Polyhedron.Rows, h)
	}
	if r.s.opt.Inner {
		c.Inner = r.inner()
	}
	r.batch.cells = append(r.batch.cells, c)
}

// full hands over what there is where that is enough.
func (r *search) full() error {
	if len(r.batch.cells) < batchCells && len(r.batch.nodes) < 4*batchCells {
		return nil
	}
	return r.flush()
}

// inner is the middle of a large ball in the current cell, or a witness point where the
// linear program fails.
func (r *search) inner() []float64 {
	d := r.s.Dim
	p := &lp.Problem{Cost: make([]float64, d+1), Interrupt: r.over}
	p.Cost[d] = 1
	for i, b := range r.at.right {
		row := r.at.rows[i*d : i*d+d]
		p.Rows = append(append(p.Rows, row...), vector.Norm(row))
		p.Right = append(p.Right, b)
	}
	// Large enough; without it the program may be unbounded.
	p.Rows, p.Right = append(append(p.Rows, make([]float64, d)...), 1), append(p.Right, 1)
	if r.balls == nil {
		r.balls = lp.New(d + 1)
		r.balls.Feasibility = feasibility
	}
	if r.balls.Solve(p) == lp.Optimal {
		return slices.Clone(r.balls.X()[:d])
	}
	if len(r.at.points) >= d {
		return slices.Clone(r.at.points[:d])
	}
	return make([]float64, d)
}
