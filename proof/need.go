package proof

import (
	"errors"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// need is what an item requires of the output: half-spaces, and of the allowed
// classes one that beats every disallowed one: is strictly larger, or smaller, than
// it. A margin above 0 says so by itself, so that strictness matters at margin 0
// alone.
type need struct {
	always              []halfSpace
	allowed, disallowed []int
	several             bool    // allowed classes
	sign                float64 // 1: the largest output is the class; -1: the smallest
	margin              float64
	output              spec.Output // for its ties
	shares              []spec.Share
}

// halfSpace is Σ terms + plus <= 0, or < 0 if it is strict, the margin left out.
type halfSpace struct {
	terms  []term
	plus   float64
	strict bool
}

func newHalfSpace(h set.HalfSpace, margin float64) halfSpace {
	s := halfSpace{plus: -h.Offset, strict: h.Strict && margin == 0}
	for i, v := range h.Normal {
		if v != 0 {
			s.terms = append(s.terms, term{i, v})
		}
	}
	return s
}

func newNeed(o *spec.Output, outputs int, margin float64) *need {
	n := &need{margin: margin, sign: 1, allowed: o.Allowed, disallowed: o.Disallowed(outputs), several: len(o.Allowed) > 1, output: *o, shares: o.Shares}
	if o.Extremum == spec.Argmin {
		n.sign = -1
	}
	conjunction := *o
	conjunction.Allowed = nil
	for _, h := range conjunction.Given(-1, outputs) {
		n.always = append(n.always, newHalfSpace(h, margin))
	}
	return n
}

// beats is the half-space in which class k beats class j.
func (n *need) beats(k, j int) halfSpace {
	return halfSpace{terms: []term{{j, n.sign}, {k, -n.sign}}, strict: n.margin == 0 && !n.output.WinsTie(k, j)}
}

// states checks that a row states its class where several are allowed and one of
// them is meant, and nowhere else.
func (n *need) states(r *cert.Row) error {
	if !n.several && r.Class != nil || n.several && r.Class == nil && r.HalfSpace >= len(n.always) {
		return errors.New("a class is stated if and only if several are allowed")
	}
	return nil
}

// form is a half-space's form on a cell: positive where it is violated.
func (n *need) form(net *network, end *state, corners int, h halfSpace) *form {
	return net.newForm(end, nn.ValueChannel, corners, h.terms, []float64{h.plus, n.margin})
}
