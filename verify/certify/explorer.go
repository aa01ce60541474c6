package certify

import (
	"context"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/lp"
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
	state   *tree.State
	steps   []byte
	program program
	form    []float64
	spans   []tree.Span
	nodes   [][2]int // the units of each activation node
}

func newExplorer(s *search, state *tree.State) *explorer {
	return &explorer{search: s, state: state, program: newProgram(state.Vars(), func() bool { return s.ctx.Err() != nil }), nodes: state.Activations()}
}

// cell finishes the cell at hand, or splits it.
func (e *explorer) cell() error {
	if e.state.Done() {
		return nil
	}
	e.program.load(e.state)
	if err := e.tighten(); err != nil {
		return err
	}
	if err := e.close(false); err != nil || e.state.Done() {
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
	if err := e.close(true); err != nil || e.state.Done() {
		return err
	}
	return ErrTarget
}

// tighten bounds the inputs on the cell.
func (e *explorer) tighten() error {
	if e.state.Rows() == 0 || e.state.Vars() > maxTightened {
		return nil
	}
	q := &e.program
	for k := range e.state.Vars() {
		for _, kind := range [...]cert.StepKind{cert.High, cert.Low} {
			clear(q.p.Cost)
			q.p.Cost[k] = 1
			if kind == cert.Low {
				q.p.Cost[k] = -1
			}
			switch q.solve() {
			case lp.Infeasible:
				if err := e.empty(); err != nil || e.state.Done() {
					return err
				}
			case lp.Optimal:
				// The range has length 2.
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
	for i := range e.state.Columns(t) {
		var err error
		if e.form, err = e.state.Column(e.form[:0], t, i); err != nil {
			return err
		}
		q.add(e.form)
	}
	clear(q.p.Cost)
	if last {
		if !q.elastic() {
			return nil
		}
	} else if q.solve() != lp.Infeasible {
		return nil
	}
	for _, p := range precisions {
		step := cert.Step{Kind: cert.Close, Index: t, Rows: q.weights(0, n, p), Columns: q.weights(n, len(q.y), p)}
		if ok, err := e.state.Close(t, step.Columns, step.Rows); err != nil {
			return err
		} else if ok {
			e.keep(&step)
			return nil
		}
	}
	return nil
}

// split divides the cell at the unit whose relaxation is loosest, of the first
// activation node that has one, and tells whether it did, and whether it decided a
// unit on the way.
func (e *explorer) split() (decided, split bool, err error) {
	for _, units := range e.nodes {
		for {
			if e.spans, err = e.state.Spans(e.spans[:0], units); err != nil {
				return false, false, err
			}
			i, level := e.loosest(units[0])
			if i < 0 {
				break
			}
			// The box may only seem to reach both sides.
			known, err := e.decide(i, level, units)
			if err != nil || e.state.Done() {
				return false, false, err
			}
			if known {
				decided = true
				continue
			}
			return decided, true, e.take(&cert.Step{Kind: cert.Split, Index: i, Level: level})
		}
	}
	return decided, false, nil
}

// loosest is the unit, of those in e.spans, which start at first, and the breakpoint
// with the largest -l u / (u - l) where its values above and below the breakpoint reach u
// and l; -1 where the pieces of all are known.
func (e *explorer) loosest(first int) (unit, level int) {
	unit, most := -1, 0.0
	for i, p := range e.spans {
		for k := p.From; k < p.To; k++ {
			at := e.state.Level(first+i, k)
			l, u := p.Lo-at, p.Hi-at
			if score := -l * u / (u - l); unit < 0 || score > most {
				unit, level, most = first+i, k, score
			}
		}
	}
	return unit, level
}

// decide proves, where it can, that the values of a unit lie on one side of a
// breakpoint.
func (e *explorer) decide(i, level int, units [2]int) (bool, error) {
	if e.search.ctx.Err() != nil {
		return false, context.Cause(e.search.ctx)
	}
	q, at := &e.program, e.state.Level(i, level)
	for _, kind := range [...]cert.StepKind{cert.Floor, cert.Ceil} {
		sign := 1.0
		if kind == cert.Ceil {
			sign = -1
		}
		var err error
		if e.form, err = e.state.Side(e.form[:0], i, sign); err != nil {
			return false, err
		}
		least, status := q.least(e.form)
		if status == lp.Infeasible {
			if err := e.empty(); err != nil || e.state.Done() {
				return true, err
			}
		}
		if status != lp.Optimal || least <= sign*at {
			continue // as far as is known, it reaches the breakpoint
		}
		for _, p := range precisions {
			if err := e.take(&cert.Step{Kind: kind, Index: i, Rows: q.weights(0, len(q.y), p)}); err != nil {
				return false, err
			}
			if e.spans, err = e.state.Spans(e.spans[:0], units); err != nil {
				return false, err
			}
			if p := e.spans[i-units[0]]; p.To <= level || p.From > level {
				return true, nil
			}
		}
	}
	return false, nil
}
