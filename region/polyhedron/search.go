package polyhedron

import (
	"slices"
	"time"

	"github.com/netmend/netmend/lp"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/layers"
	"github.com/netmend/netmend/region/internal/ordered"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

const (
	// Tolerance times the size of an affine function's coefficients is how far
	// its value must be from 0 to count as positive or negative: above the
	// feasibility tolerance of the linear programs, so that what they find to lie
	// beyond it does so.
	Tolerance = 1e-9
	// feasibility is that of the linear programs, for rows of length 1.
	feasibility = 1e-11
	// maxWitnesses limits the witness points of a cell: more cost more to evaluate
	// than the linear programs they save.
	maxWitnesses = 128
)

type lane = ordered.Lane[*job, batch]

// batch holds finished cells.
type batch struct{ cells []*Cell }

// job is a cell of the search with all below it, which is at a stage with the
// thresholds before next decided.
type job struct {
	stage, next int
	rows, right []float64  // the domain's and those of the splits, as in [lp.Problem]
	points      []float64  // witness points
	pattern     nn.Pattern // as far as it is decided
	zero        []int32
}

// root is the domain as a job.
func (s *setting) root() *job {
	j := &job{pattern: make(nn.Pattern, s.Net.PatternLen())}
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
	maps    *layers.Maps
	bounder *layers.Bounder // nil without a target or bounds

	at    job  // the cell at hand
	fresh bool // it has just come to its stage
	stack []*job

	batch  *batch
	counts Result
	nodes  int

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
	if len(r.batch.cells) > 0 {
		b, e := r.lane.Put(r.batch, func(*batch) *batch { return new(batch) })
		r.batch = b
		if err == nil {
			err = e
		}
	}
	return rest, err
}

// load makes a job the cell at hand.
func (r *search) load(j *job) {
	r.at = *j
	r.fresh = j.next == 0
	r.maps.Enter()
	for i := range j.stage {
		r.maps.Advance(i, j.pattern)
	}
}

// descend follows the cell at hand to a linear region, or to where the target
// decides.
func (r *search) descend() error {
	for r.at.stage < len(r.s.Stages) {
		r.nodes++
		if r.lane.Stopped() {
			return ordered.ErrStopped
		}
		if !r.s.deadline.IsZero() && time.Now().After(r.s.deadline) {
			return polytope.ErrMaxTime
		}
		st := &r.s.Stages[r.at.stage]
		if r.fresh && r.bounder != nil {
			switch verdict, term := r.judge(); {
			case verdict == layers.Outside:
				r.counts.Pruned++
				return nil
			case verdict == layers.Inside && !r.s.opt.Split:
				return r.emit(term, true)
			}
		}
		r.fresh = false
		for r.at.next < st.Thresholds {
			if t := r.at.next; !r.decide(st, t) {
				r.split(st, t)
			}
			r.at.next++
		}
		r.maps.Advance(r.at.stage, r.at.pattern)
		r.at.stage, r.at.next, r.fresh = r.at.stage+1, 0, true
	}
	if r.s.Goal == nil {
		return r.emit(-1, false)
	}
	return r.leaf(0, 0)
}

// decide notes on which side of a threshold the cell at hand lies; false where
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
	above, below := r.sides(offset)
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

// split goes on with the part of the cell at hand below a threshold, whose
// function is in r.row, and puts the part above off.
func (r *search) split(st *layers.Stage, threshold int) {
	unit := threshold / st.Breaks
	offset := r.function(r.maps.At[nn.ActivationChannel][r.at.stage], unit) - st.Level(threshold)
	upper := r.fork(offset, -1)
	upper.pattern[st.Unit0+unit]++
	upper.next++
	r.stack = append(r.stack, upper)
	r.narrow(offset, 1)
}

// fork returns a copy of the cell at hand where sign (r.row . x + offset) <= 0.
func (r *search) fork(offset, sign float64) *job {
	j := r.at
	j.rows, j.right, j.points = slices.Clone(j.rows), slices.Clone(j.right), slices.Clone(j.points)
	j.pattern, j.zero = slices.Clone(j.pattern), slices.Clone(j.zero)
	r.at, j = j, r.at
	r.narrow(offset, sign)
	r.at, j = j, r.at
	return &j
}

// narrow cuts the cell at hand down to where sign (r.row . x + offset) <= 0.
func (r *search) narrow(offset, sign float64) {
	length := norm(r.row)
	kept := r.at.points[:0]
	for i := 0; i < len(r.at.points); i += r.s.Dim {
		if x := r.at.points[i : i+r.s.Dim]; sign*(offset+dot(r.row, x)) <= 0 {
			kept = append(kept, x...)
		}
	}
	r.at.points = kept
	for _, v := range r.row {
		r.at.rows = append(r.at.rows, sign*v/length)
	}
	r.at.right = append(r.at.right, -sign*offset/length)
}

// leaf emits the parts of the cell at hand, a linear region, that lie in the
// target, from a half-space of a term on; it lies inside the ones before.
func (r *search) leaf(term, h int) error {
	g := r.s.Goal
	for ; term < g.Terms(); term, h = term+1, 0 {
		inside := true
		for column := g.First[term] + h; column < g.First[term+1]; column++ {
			offset := r.function(r.maps.Goal, column)
			above, below := r.sides(offset)
			if above && below {
				whole := r.fork(offset, -1)
				r.narrow(offset, 1)
				if err := r.leaf(term, column+1-g.First[term]); err != nil {
					return err
				}
				r.at = *whole
				return r.leaf(term+1, 0)
			}
			if above {
				inside = false
				break
			}
		}
		if inside {
			return r.emit(term, false)
		}
	}
	return nil
}

// judge bounds the goal on the cell at hand, which is at the beginning of a
// stage.
func (r *search) judge() (layers.Verdict, int) {
	for k := range r.s.Dim {
		for side, at := range [][]float64{r.bounder.Hi, r.bounder.Lo} {
			sign := float64(1 - 2*side)
			clear(r.cost)
			r.cost[k] = sign
			switch r.solve() {
			case lp.Optimal:
				at[k] = r.solver.X()[k]
				r.keep(r.solver.X())
			case lp.Infeasible:
				return layers.Outside, 0
			default:
				r.counts.Unsure++
				return layers.Undecided, 0
			}
		}
	}
	st := &r.s.Stages[r.at.stage]
	r.bounder.Range = func(unit int) (lo, hi float64) { return r.box(unit) }
	pieces := func(unit int) (from, to int) {
		lo, hi := r.box(unit)
		return st.Op.Piece(lo), st.Op.Piece(hi)
	}
	return r.bounder.Judge(r.maps, r.at.stage, pieces, r.s.goalEps)
}

// box is the range of a unit of the present stage on the bounding box.
func (r *search) box(unit int) (lo, hi float64) {
	m := r.maps.At[nn.ActivationChannel][r.at.stage]
	lo = m.Row(0)[unit]
	hi = lo
	for k := range r.s.Dim {
		a, b := float64(m.Row(1 + k)[unit]*r.bounder.Lo[k]), float64(m.Row(1 + k)[unit]*r.bounder.Hi[k])
		lo, hi = lo+min(a, b), hi+max(a, b)
	}
	return lo, hi
}

// emit adds the cell at hand.
func (r *search) emit(term int, whole bool) error {
	c := &Cell{Term: term, Whole: whole}
	if !whole {
		c.Pattern, c.Zero = slices.Clone(r.at.pattern), slices.Clone(r.at.zero)
	}
	d := r.s.Dim
	c.Polyhedron = set.Polyhedron{Dim: d}
	for i, b := range r.at.right {
		c.Polyhedron.Rows = append(c.Polyhedron.Rows, set.HalfSpace{Normal: slices.Clone(r.at.rows[i*d : i*d+d]), Offset: b})
	}
	r.batch.cells = append(r.batch.cells, c)
	if len(r.batch.cells) < batchCells {
		return nil
	}
	b, err := r.lane.Put(r.batch, func(*batch) *batch { return new(batch) })
	r.batch = b
	return err
}
