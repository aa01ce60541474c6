package tree

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
)

// Refine bounds the values that the functions of all units are applied to, where several
// pieces may execute, by substitution, and keeps what is better than what is known.
func (s *State) Refine() error {
	if s.back == nil {
		return errSubstitute
	}
	for i := s.frozen; i < len(s.c.net.Nodes) && !s.Done(); i++ {
		if s.back.lines[i] == nil {
			continue
		}
		if err := s.refine(i); err != nil {
			return fmt.Errorf("node %d (%s %q): %w", i, s.c.net.Nodes[i].Op.Kind(), s.c.net.Nodes[i].Name, err)
		}
	}
	return nil
}

// refine is Refine of the units of an activation node.
func (s *State) refine(i int) error {
	first, end := s.c.net.Units(i)
	if err := s.propagate(i); err != nil {
		return err
	}
	before := i - 1
	if before < 0 || s.back.lines[before] != nil {
		return nil // units of inputs, or of units
	}
	linear := true // what is before the units, so that the bands are all that can be known
	for j := range before {
		linear = linear && s.back.lines[j] == nil
	}
	if linear {
		return nil
	}
	s.reach(i, s.bands[nn.ActivationChannel][before])
	op := s.c.net.Nodes[i].Op.(*nn.Piecewise)
	b := s.back
	b.units = b.units[:0]
	for k := range end - first {
		if p := s.span(k, first+k, op); p.From < p.To && p.Lo <= p.Hi {
			b.units = append(b.units, k)
		}
	}
	if len(b.units) == 0 {
		return nil
	}
	// The first step is a choice of rows: of each value, and of minus it.
	a, m := s.c.ops[0][before], b.magnitudes[before]
	w := a.back
	b.rows(&b.g, 2*len(b.units), w.Cols)
	bounds := b.start(2 * len(b.units))
	share := a.error + float64(float64(2*len(a.bias)+8)*roundoff)
	for r, k := range b.units {
		to, from := b.g.Row(2*r), b.g.Row(2*r+1)
		for q, v := range w.Row(k) {
			to[q], from[q] = v, -v
		}
		err := float64(share*m.terms[k]) + float64(tiny*m.total)
		bounds[2*r] = lowerBound{a.bias[k], math.Abs(a.bias[k]), err}
		bounds[2*r+1] = lowerBound{-a.bias[k], math.Abs(a.bias[k]), err}
	}
	if err := s.substitute(before - 1); err != nil {
		return err
	}
	changed := false
	for r, k := range b.units {
		u := s.units[first+k]
		for side := range 2 {
			s.backForm(&s.form, 2*r+side)
			least, err := s.least(&s.form, 2)
			switch {
			case err != nil:
			case side == 0 && least > u.floor:
				u.floor, changed = least, true
			case side == 1 && -least < u.ceil:
				u.ceil, changed = -least, true
			}
		}
		if u != s.units[first+k] {
			s.set(first+k, u)
		}
		if u.floor > u.ceil {
			s.closeAll()
			return nil
		}
	}
	if changed {
		s.fresh = max(s.frozen, min(s.fresh, i))
	}
	return nil
}

// BackForm appends to dst an affine form that is at most 0 if the output lies in all
// half-spaces of a term that have a multiplier: of the sum of them, by substitution.
func (s *State) BackForm(dst []float64, term int, columns []cert.Weight) ([]float64, error) {
	if err := s.goalBack(&s.form, term, columns); err != nil {
		return dst, err
	}
	return append(dst, s.form.terms...), nil
}

// goalBack is that form, with its size.
func (s *State) goalBack(dst *form, term int, columns []cert.Weight) error {
	if s.back == nil {
		return errSubstitute
	}
	if err := s.propagate(len(s.c.net.Nodes)); err != nil {
		return err
	}
	b, a := s.back, s.c.goal
	g := b.rows(&b.g, 1, len(a.bias)).Row(0)
	clear(g)
	b.start(1)
	first, n := s.c.first[term], s.c.first[term+1]-s.c.first[term]
	for _, w := range columns {
		if w.Row < 0 || w.Row >= n {
			return fmt.Errorf("half-space %d of a term with %d has a multiplier", w.Row, n)
		}
		if err := valid(w.Value); err != nil {
			return err
		}
		// A multiplier is exact; those of one half-space that come twice need not add up.
		g[first+w.Row] = w.Value
	}
	in := s.gather(0, a.in)
	terms := s.c.sizes.of(in)
	errs := resized(&s.c.sizes.errs, len(a.bias))
	if err := multiply(s.c.watch, nn.RowMatrix(errs), nn.RowMatrix(terms), a.size); err != nil {
		return err
	}
	b.goal.set(terms, errs, a.biasSize)
	b.through(a, &b.goal)
	if err := b.product(s.c.watch, a); err != nil {
		return err
	}
	if err := s.substitute(a.in[0]); err != nil {
		return err
	}
	s.backForm(dst, 0)
	return nil
}

// CloseBack is like [State.Close], but the weighted sum of the term's half-spaces is bounded
// by substitution.
func (s *State) CloseBack(term int, columns, rows []cert.Weight) (bool, error) {
	if term < 0 || term >= len(s.open) {
		return false, fmt.Errorf("term %d of %d is closed", term, len(s.open))
	}
	f := &form{}
	if err := s.goalBack(f, term, columns); err != nil {
		return false, err
	}
	if err := s.combine(f, rows); err != nil {
		return false, err
	}
	if !s.positive(f, 2+len(rows)) {
		return false, nil
	}
	s.close(term)
	return true, nil
}
