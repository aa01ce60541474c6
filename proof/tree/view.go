package tree

import "github.com/netmend/netmend/nn"

// What follows shows a state to those who look for a proof.

// Vars is the number of variables: the inputs that vary.
func (s *State) Vars() int { return len(s.lo) }

// Box is the box of the variables on the current cell. It must not be changed.
func (s *State) Box() (lo, hi []float64) { return s.lo, s.hi }

// Input is the network's input where the variables are x: those that do not vary are
// what they are up to rounding.
func (s *State) Input(x []float64) []float64 {
	full := append([]float64(nil), s.c.input.centre.Row(0)...)
	for k, j := range s.c.vars {
		full[j] = x[k]
	}
	return full
}

// Rows is the number of half-spaces that are known to contain the cell.
func (s *State) Rows() int { return len(s.rows) }

// Side is a part of a split: the inputs whose value that a unit's function is applied to
// lies below a breakpoint, or from it up.
type Side struct {
	Unit, Level int
	Upper       bool
}

// Splits are the splits above the cell, from the root. They must not be changed.
func (s *State) Splits() []Side { return s.splits }

// Exact are the problem's exact numbers, nil if they are not known. They are not to be
// changed.
func (s *State) Exact() *Exact {
	if s.c.inexact {
		return nil
	}
	return s.c.exact
}

// Row is half-space i as an affine form, its constant first, that is at most 0 on the
// cell.
func (s *State) Row(i int) []float64 { return s.rows[i].terms }

// Columns is the number of half-spaces of a term of the target.
func (s *State) Columns(term int) int { return s.c.first[term+1] - s.c.first[term] }

// Column appends to dst an affine form that is at most 0 if the output lies in
// half-space i of a term.
func (s *State) Column(dst []float64, term, i int) ([]float64, error) {
	if err := s.aimed(); err != nil {
		return dst, err
	}
	s.goal.side(&s.form, s.c.first[term]+i, 1, s.c.sizes)
	return append(dst, s.form.terms...), nil
}

// Activations are the ranges of units, from inclusive to exclusive, of the activation
// nodes in order.
func (s *State) Activations() [][2]int {
	var all [][2]int
	for i := 0; i < len(s.c.nodeOf); {
		from, to := s.c.net.Units(s.c.nodeOf[i])
		all = append(all, [2]int{from, to})
		i = to
	}
	return all
}

// Settled reports whether the pieces of all units of an activation node are known;
// units is its range in [State.Activations]. Where it is false they may be all the same.
func (s *State) Settled(units [2]int) bool { return s.c.nodeOf[units[0]] < s.frozen }

// Spans appends to dst what is known of the units of an activation node; units is its
// range in [State.Activations].
func (s *State) Spans(dst []Span, units [2]int) ([]Span, error) {
	in, _, err := s.enclose(units[0])
	if err != nil {
		return dst, err
	}
	s.reach(s.c.nodeOf[units[0]], in)
	op := s.c.net.Nodes[s.c.nodeOf[units[0]]].Op.(*nn.Piecewise)
	for i := units[0]; i < units[1]; i++ {
		dst = append(dst, s.span(i-units[0], i, op))
	}
	return dst, nil
}

// Level is breakpoint number k of unit i's function.
func (s *State) Level(i, k int) float64 {
	return s.c.net.Nodes[s.c.nodeOf[i]].Op.(*nn.Piecewise).Breaks[k]
}

// Side appends to dst an affine form that is below the value that unit i's function is
// applied to (sign 1), or below minus that value (sign -1).
func (s *State) Side(dst []float64, i int, sign float64) ([]float64, error) {
	in, k, err := s.enclose(i)
	if err != nil {
		return dst, err
	}
	in.side(&s.form, k, sign, s.c.sizes)
	return append(dst, s.form.terms...), nil
}
