package tree

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/cert"
)

// Apply executes a step.
func (s *State) Apply(step *cert.Step) error {
	switch step.Kind {
	case cert.Split:
		return s.Split(step.Index, step.Level)
	case cert.Low:
		return s.Low(step.Index, step.Rows)
	case cert.High:
		return s.High(step.Index, step.Rows)
	case cert.Floor:
		return s.Floor(step.Index, step.Rows)
	case cert.Ceil:
		return s.Ceil(step.Index, step.Rows)
	case cert.Close:
		ok, err := s.Close(step.Index, step.Columns, step.Rows)
		if err == nil && !ok {
			err = fmt.Errorf("term %d of the target is not out of reach by the multipliers given", step.Index)
		}
		return err
	case cert.CloseBack:
		ok, err := s.CloseBack(step.Index, step.Columns, step.Rows)
		if err == nil && !ok {
			err = fmt.Errorf("term %d of the target is not out of reach by the multipliers given", step.Index)
		}
		return err
	case cert.Halve:
		return s.Halve(step.Index)
	case cert.Refine:
		return s.Refine()
	case cert.Empty:
		ok, err := s.Empty(step.Rows)
		if err == nil && !ok {
			err = errors.New("the multipliers given do not prove that the cell is empty")
		}
		return err
	}
	if step.Kind != cert.CloseExactly && step.Kind != cert.EmptyExactly {
		return fmt.Errorf("there is no step of kind %d", step.Kind)
	}
	close := s.EmptyExactly
	if step.Kind == cert.CloseExactly {
		close = func(x *cert.Combination) (bool, error) { return s.CloseExactly(step.Index, x) }
	}
	ok, err := close(step.Exact)
	if err == nil && !ok {
		err = errors.New("the multipliers given prove nothing in exact arithmetic")
	}
	return err
}

// combine adds weighted half-spaces to a form.
func (s *State) combine(f *form, ws []cert.Weight) error {
	for _, w := range ws {
		if w.Row < 0 || w.Row >= len(s.rows) {
			return fmt.Errorf("half-space %d of %d has a multiplier", w.Row, len(s.rows))
		}
		if err := valid(w.Value); err != nil {
			return err
		}
		a := &s.rows[w.Row]
		for k, v := range a.terms {
			f.terms[k] += float64(w.Value * v)
		}
		f.size += float64(w.Value * a.size)
		if err := s.c.watch.after(len(a.terms)); err != nil {
			return err
		}
	}
	return nil
}

func valid(y float64) error {
	if !(y >= 0 && y < math.MaxFloat64) {
		return fmt.Errorf("a multiplier is %v, want a number from 0", y)
	}
	return nil
}

// Low and High prove a bound on variable k from multipliers, and keep it where it is
// better than the one known.
func (s *State) Low(k int, ws []cert.Weight) error { return s.bound(k, 1, ws) }

// High is like [State.Low] for the upper bound.
func (s *State) High(k int, ws []cert.Weight) error { return s.bound(k, -1, ws) }

func (s *State) bound(k int, sign float64, ws []cert.Weight) error {
	if k < 0 || k >= len(s.lo) {
		return fmt.Errorf("input %d of %d that vary is bounded", k, len(s.lo))
	}
	f := &s.form
	f.terms = append(f.terms[:0], make([]float64, 1+len(s.lo))...)
	f.terms[1+k] = sign
	f.size = s.c.sizes.most[1+k]
	if err := s.combine(f, ws); err != nil {
		return err
	}
	// sign x_k is at least this.
	least, err := s.least(f, len(ws))
	if err != nil {
		return err
	}
	switch {
	case sign > 0 && least > s.lo[k]:
		s.lo[k] = least
	case sign < 0 && -least < s.hi[k]:
		s.hi[k] = -least
	default:
		return nil
	}
	s.reached = 0
	if s.lo[k] > s.hi[k] {
		s.closeAll()
	}
	s.fresh = s.frozen
	return nil
}

// Floor and Ceil prove a bound on the value that unit i's function is applied to.
func (s *State) Floor(i int, ws []cert.Weight) error { return s.limit(i, 1, ws) }

// Ceil is like [State.Floor] for the upper bound.
func (s *State) Ceil(i int, ws []cert.Weight) error { return s.limit(i, -1, ws) }

func (s *State) limit(i int, sign float64, ws []cert.Weight) error {
	if i < 0 || i >= len(s.units) {
		return fmt.Errorf("unit %d of %d is bounded", i, len(s.units))
	}
	in, k, err := s.enclose(i)
	if err != nil {
		return err
	}
	in.side(&s.form, k, sign, s.c.sizes)
	if err := s.combine(&s.form, ws); err != nil {
		return err
	}
	least, err := s.least(&s.form, len(ws))
	if err != nil {
		return err
	}
	u := s.units[i]
	switch {
	case sign > 0 && least > u.floor:
		u.floor = least
	case sign < 0 && -least < u.ceil:
		u.ceil = -least
	default:
		return nil
	}
	if u.floor > u.ceil {
		s.closeAll()
	}
	s.set(i, u)
	s.fresh = max(s.frozen, min(s.fresh, s.c.nodeOf[i]))
	return nil
}

// Empty proves that no point is in all half-spaces that contain the cell, or tells
// that the multipliers do not.
func (s *State) Empty(ws []cert.Weight) (bool, error) {
	f := &s.form
	f.terms = append(f.terms[:0], make([]float64, 1+len(s.lo))...)
	f.size = 0
	if err := s.combine(f, ws); err != nil {
		return false, err
	}
	if !s.positive(f, len(ws)) {
		return false, nil
	}
	s.closeAll()
	return true, nil
}

// aimed brings all bands up to date, the goal's after them.
func (s *State) aimed() error {
	if err := s.propagate(len(s.c.net.Nodes)); err != nil {
		return err
	}
	if s.aim {
		return nil
	}
	if err := s.c.goal.forward(s.c.watch, s.goal, s.gather(1, s.c.goal.in), s.c.sizes, nil); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	s.aim = true
	return nil
}

// Close proves that no point of the cell gives an output in a term of the target, or
// tells that the multipliers do not: of the term's half-spaces, counted from 0 in the
// term, and of those that contain the cell. A point in both would make the weighted
// sum of all of them at most 0; on the box it is above.
func (s *State) Close(term int, columns, rows []cert.Weight) (bool, error) {
	if term < 0 || term >= len(s.open) {
		return false, fmt.Errorf("term %d of %d is closed", term, len(s.open))
	}
	f := &form{terms: make([]float64, 1+len(s.lo))}
	if len(columns) > 0 {
		if err := s.aimed(); err != nil {
			return false, err
		}
	}
	first, n := s.c.first[term], s.c.first[term+1]-s.c.first[term]
	for _, w := range columns {
		if w.Row < 0 || w.Row >= n {
			return false, fmt.Errorf("half-space %d of a term with %d has a multiplier", w.Row, n)
		}
		if err := valid(w.Value); err != nil {
			return false, err
		}
		s.goal.side(&s.form, first+w.Row, 1, s.c.sizes)
		for k, v := range s.form.terms {
			f.terms[k] += float64(w.Value * v)
		}
		f.size += float64(w.Value * s.form.size)
	}
	if err := s.combine(f, rows); err != nil {
		return false, err
	}
	if !s.positive(f, 2*len(columns)+len(rows)) {
		return false, nil
	}
	s.close(term)
	return true, nil
}

// positive reports whether a form is proven to be above 0 all over the box.
func (s *State) positive(f *form, terms int) bool {
	least, err := s.least(f, terms)
	return err == nil && least > 0
}

// Open are the terms that are not closed.
func (s *State) Open() []int {
	var ts []int
	for t, open := range s.open {
		if open {
			ts = append(ts, t)
		}
	}
	return slices.Clip(ts)
}
