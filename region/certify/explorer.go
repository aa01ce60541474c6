package certify

import (
	"context"
	"math"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/proof/tree"
)

const (
	// worthwhile is the share of an input's range that a better bound of it must cut
	// off to be kept. Smaller ones cost more bytes than the splits that they save.
	worthwhile = 0.05
	// maxTightened is the number of inputs that vary up to which all are bounded on
	// every cell, two linear programs each.
	maxTightened = 16
)

// explorer looks at cells on one goroutine.
type explorer struct {
	search  *search
	ctx     context.Context // ends with the work on the current cell
	state   *tree.State
	steps   []byte
	tally   tree.Tally
	program program
	form    []float64
	spans   []tree.Span
	nodes   [][2]int // the units of each activation node
	// thin reports whether the current cell is at most as wide as the solver's tolerances.
	thin bool
	put  []putOff // the parts of splits that were put off
	// cells counts those finished or split, in the order in which one goroutine would look at
	// all of them, from the cell with which this one began.
	cells int
	// point is where the last term looked at comes closest, as far as is known, by
	// variable; nil if there is none.
	point []float64
	pool  pool
	// largest is the largest value of the units in spans of which several pieces may
	// execute.
	largest float64
	// back reports whether there are steps by substitution.
	back      bool
	influence []float64
}

// putOff is a part of a split: the lower one if the upper one was looked at first.
type putOff struct {
	upper, thin bool
	pool        pool
}

func newExplorer(s *search, ctx context.Context, state *tree.State) *explorer {
	return &explorer{search: s, ctx: ctx, state: state, program: newProgram(state.Vars(), func() bool { return ctx.Err() != nil }), nodes: state.Activations(), back: !s.opt.AtUnits && state.Substitutes() && state.Vars() <= maxTightened}
}

// cell finishes the current cell, or splits it.
func (e *explorer) cell() error {
	if e.state.Done() {
		return nil
	}
	if e.thin {
		e.thin = false
		if err := e.exactly(-1); err != nil || e.state.Done() {
			return err
		}
	}
	e.program.load(e.state)
	if err := e.tighten(); err != nil || e.state.Done() {
		return err
	}
	if e.back {
		if err := e.take(&cert.Step{Kind: cert.Refine}); err != nil || e.state.Done() {
			return err
		}
	}
	if err := e.close(false); err != nil || e.state.Done() {
		return err
	}
	if halved, err := e.halve(); err != nil || halved {
		return err
	}
	decided, split, err := e.split()
	if err != nil || split || e.state.Done() {
		return err
	}
	// The pieces of all units are known.
	if decided {
		if err := e.close(false); err != nil || e.state.Done() {
			return err
		}
	}
	if err := e.close(true); err != nil {
		return err
	}
	for _, t := range e.state.Open() {
		if err := e.exactly(t); err != nil {
			return err
		}
	}
	if !e.state.Done() {
		return ErrTarget
	}
	return nil
}

// tighten bounds the inputs on the cell.
func (e *explorer) tighten() error {
	if e.state.Rows() == 0 || e.state.Vars() > maxTightened {
		return nil
	}
	q := &e.program
	for k := range e.state.Vars() {
		for _, kind := range [...]cert.StepKind{cert.High, cert.Low} {
			sign := 1.0
			if kind == cert.Low {
				sign = -1
			}
			// The range has length 2 half.
			if e.pool.beyond(k, sign, q.mid[k]+float64(sign*(1-2*worthwhile)*q.half[k])) {
				continue
			}
			clear(q.p.Cost)
			q.p.Cost[k] = sign
			switch q.solve() {
			case lp.Infeasible:
				if err := e.empty(); err != nil || e.state.Done() {
					return err
				}
			case lp.Optimal:
				e.pool.add(q.point())
				if (1-q.solver.Objective())/2 > worthwhile {
					q.scale(q.half[k])
					err := e.take(&cert.Step{Kind: kind, Index: k, Rows: q.weights(0, len(q.y), narrow)})
					if err != nil || e.state.Done() {
						return err
					}
				}
			}
		}
	}
	q.load(e.state)
	return nil
}

// empty tries to prove with the multipliers at hand that the cell is empty.
func (e *explorer) empty() error {
	for _, p := range precisions {
		step := cert.Step{Kind: cert.Empty, Rows: e.program.weights(0, len(e.program.y), p)}
		if ok, err := e.state.Empty(step.Rows); err != nil {
			return err
		} else if ok {
			e.keep(&step)
			return nil
		}
	}
	return nil
}

// close closes the terms of the target that the cell can be shown not to meet; with
// last it tries harder.
func (e *explorer) close(last bool) error {
	for _, t := range e.state.Open() {
		if err := e.closeTerm(t, last); err != nil {
			return err
		}
	}
	return nil
}

func (e *explorer) closeTerm(t int, last bool) error {
	q, n := &e.program, e.state.Rows()
	defer q.truncate(n)
	clear(q.p.Cost)
	for i := range e.state.Columns(t) {
		var err error
		if e.form, err = e.column(e.form[:0], t, i); err != nil {
			return err
		}
		q.add(e.form)
		// Of the points of the term the one farthest inside is the best guess.
		varies := math.SmallestNonzeroFloat64
		row := q.p.Rows[len(q.p.Rows)-len(q.p.Cost):]
		for _, a := range row {
			varies += math.Abs(a)
		}
		for k, a := range row {
			q.p.Cost[k] -= a / varies
		}
	}
	e.point = e.point[:0]
	if last {
		x, ok := q.elastic()
		if !ok {
			return nil
		}
		if err := e.try(x, last); err != nil {
			return err
		}
	} else if status := q.solve(); status == lp.Optimal {
		e.pool.add(q.point())
		return e.try(q.solver.X(), last)
	} else if status != lp.Infeasible {
		return nil
	}
	for _, p := range precisions {
		step := cert.Step{Kind: cert.Close, Index: t, Rows: q.weights(0, n, p), Columns: q.weights(n, len(q.y), p)}
		closes := e.state.Close
		if e.back {
			step.Kind, closes = cert.CloseBack, e.state.CloseBack
		}
		if ok, err := closes(t, step.Columns, step.Rows); err != nil {
			return err
		} else if ok {
			e.keep(&step)
			return nil
		}
	}
	return nil
}

// tryEvery is the number of splits after which [Options.Try] is asked again: what comes
// closest moves little from a cell to its parts.
const tryEvery = 4

// try keeps the variables x of the program as the point where the target comes closest, and
// shows the input there to [Options.Try], with last in any case.
func (e *explorer) try(x []float64, last bool) error {
	if x == nil {
		return nil
	}
	e.point = e.program.unscaled(e.point, x)
	if e.search.opt.Try == nil || !last && len(e.state.Splits())%tryEvery != 0 {
		return nil
	}
	return e.search.opt.Try(e.state.Input(e.point))
}

// split divides the cell at the unit whose relaxation is loosest, of the first
// activation node that has one, and reports whether it did, and whether it decided a
// unit on the way.
func (e *explorer) split() (decided, split bool, err error) {
	for _, units := range e.nodes {
		if e.state.Settled(units) {
			continue
		}
		for {
			if e.spans, err = e.state.Spans(e.spans[:0], units); err != nil {
				return false, false, err
			}
			i, level := e.loosest(units[0])
			if i < 0 {
				break
			}
			// The box may only seem to reach both sides.
			known, touched, err := e.decide(i, level, units)
			if err != nil || e.state.Done() {
				return false, false, err
			}
			if known {
				decided = true
				continue
			}
			return decided, true, e.divide(i, level, touched)
		}
	}
	return decided, false, nil
}

// divide splits the cell, and goes on with the part that has the point where the target
// comes closest.
func (e *explorer) divide(i, level int, touched sides) error {
	var err error
	if e.form, err = e.state.Side(e.form[:0], i, 1); err != nil {
		return err
	}
	at := e.state.Level(i, level)
	below, above := e.pool.split(e.form, at)
	e.keep(&cert.Step{Kind: cert.Split, Index: i, Level: level})
	if len(e.point) > 0 && valueAt(e.form, e.point) >= at {
		e.thin, e.pool, e.put = touched.above, above, append(e.put, putOff{true, touched.below, below})
		return e.state.SplitUpper(i, level)
	}
	e.thin, e.pool, e.put = touched.below, below, append(e.put, putOff{false, touched.above, above})
	return e.state.Split(i, level)
}

// loosest is the unit, of those in e.spans, which start at first, and the breakpoint
// with the largest -l u / (u - l) where its values above and below the breakpoint reach u
// and l; -1 where the pieces of all are known.
func (e *explorer) loosest(first int) (unit, level int) {
	unit, most := -1, 0.0
	e.largest = 0
	for _, p := range e.spans {
		if p.From < p.To {
			e.largest = max(e.largest, math.Abs(p.Lo), math.Abs(p.Hi))
		}
	}
	for i, p := range e.spans {
		for k := p.From; k < p.To; k++ {
			at := e.state.Level(first+i, k)
			l, u := p.Lo-at, p.Hi-at
			if u-l <= vanishing*e.largest {
				return first + i, k // once and for all, before others multiply the cells
			}
			if score := -l * u / (u - l); unit < 0 || score > most {
				unit, level, most = first+i, k, score
			}
		}
	}
	return unit, level
}

// sides tells of the sides of a breakpoint that a unit's values reach no farther than
// tolerances.
type sides struct{ below, above bool }

const (
	// touching is how far beyond a breakpoint values reach that only touch it, in units of
	// their range, and vanishing the same in units of the largest values of the layer.
	touching  = 1e-9
	vanishing = 1e-13
)

// decide proves, where it can, that the values of a unit lie on one side of a
// breakpoint.
func (e *explorer) decide(i, level int, units [2]int) (known bool, touched sides, err error) {
	if err := e.ctx.Err(); err != nil {
		return false, touched, err
	}
	span := e.spans[i-units[0]]
	near := float64(touching*(span.Hi-span.Lo)) + float64(vanishing*e.largest)
	q, at := &e.program, e.state.Level(i, level)
	for _, kind := range [...]cert.StepKind{cert.Floor, cert.Ceil} {
		sign := 1.0
		if kind == cert.Ceil {
			sign = -1
		}
		if e.form, err = e.state.Side(e.form[:0], i, sign); err != nil {
			return false, touched, err
		}
		if e.pool.below(e.form, float64(sign*at)-near) {
			continue
		}
		least, status := q.least(e.form)
		switch status {
		case lp.Infeasible:
			if err := e.empty(); err != nil || e.state.Done() {
				return true, touched, err
			}
		case lp.Optimal:
			e.pool.add(q.point())
		}
		if status != lp.Optimal || least >= float64(sign*at)-near {
			touched.below = touched.below || sign > 0
			touched.above = touched.above || sign < 0
		}
		if status != lp.Optimal || least <= sign*at {
			continue // as far as is known, it reaches the breakpoint
		}
		for _, p := range precisions {
			if err := e.take(&cert.Step{Kind: kind, Index: i, Rows: q.weights(0, len(q.y), p)}); err != nil {
				return false, touched, err
			}
			if e.spans, err = e.state.Spans(e.spans[:0], units); err != nil {
				return false, touched, err
			}
			if p := e.spans[i-units[0]]; p.To <= level || p.From > level {
				return true, touched, nil
			}
		}
	}
	return false, touched, nil
}
