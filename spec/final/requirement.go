package final

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// Spec states a requirement on a file's outputs as one on the outputs of its network: the
// same but for the rounding of logarithms, by which it asks for more. Bounds on
// probabilities of three classes or more become [spec.Share]s. classes are those of the
// points to keep, which the network's outputs there give.
//
// Without an end, and for what is stated so already, it is the specification itself.
func Spec(s *spec.Spec, net *nn.Network) (*spec.Spec, error) {
	e := net.Meta.End
	if e == nil || s.BeforeEnd {
		return s, nil
	}
	c := *s
	c.BeforeEnd = true
	c.Items = slices.Clone(s.Items)
	if e.Kind == nn.EndArgMax {
		c.Ties = tiesOf(e)
	}
	for i := range c.Items {
		it := &c.Items[i]
		if it.Keep {
			if s.Extremum != spec.Argmax && (e.Kind == nn.EndArgMax || oneSigmoid(e)) {
				return nil, fmt.Errorf("%s: the class of a final %s is the largest output, not the smallest", it.Name, e.Kind)
			}
			if err := keep(it, net); err != nil {
				return nil, fmt.Errorf("%s: %w", it.Name, err)
			}
			continue
		}
		o, err := required(it.Output, e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", it.Name, err)
		}
		it.Output = o
	}
	return &c, nil
}

// keep gives a point its class where the network's largest output does not: of one
// sigmoid.
func keep(it *spec.Item, net *nn.Network) error {
	e := net.Meta.End
	if !oneSigmoid(e) {
		return oneGroup(e)
	}
	if len(it.Point) != net.InDim() {
		return nil // reported later
	}
	sign, err := signAt(net, it.Point)
	if err != nil {
		return err
	}
	it.Keep = false
	// At 0 there is no class, and nothing meets that: 0 < 0.
	it.Output = spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{float64(-sign)}, Strict: true}}}
	return nil
}

// signAt is the sign of a network's one output at a point, as package proof tells.
func signAt(net *nn.Network, x []float64) (int, error) {
	exact := make([]*big.Rat, len(x))
	for i, v := range x {
		if exact[i] = new(big.Rat).SetFloat64(v); exact[i] == nil {
			return 0, fmt.Errorf("coordinate %d is %v, want a finite number", i, v)
		}
	}
	if z, err := proof.Evaluate(net, exact); err == nil {
		return z[0].Sign(), nil
	}
	// It cannot be evaluated without rounding, but be enclosed.
	for _, sign := range []int{1, -1} {
		above := spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{float64(-sign)}, Strict: true}}}
		r, err := proof.Check(context.Background(), net, &spec.Spec{Items: []spec.Item{{Point: x, Output: above}}}, proof.Options{Workers: 1})
		switch {
		case err != nil:
			return 0, err
		case r.Status == proof.StatusHolds:
			return sign, nil
		}
	}
	return 0, errors.New("the number before the final sigmoid is too close to 0 there to tell its class")
}

func oneSigmoid(e *nn.End) bool { return e.Kind == nn.EndSigmoid && e.Outer == 1 }

// oneGroup reports an end of several groups, whose outputs give no one class.
func oneGroup(e *nn.End) error {
	if e.Kind != nn.EndSigmoid && e.Outer*e.Inner > 1 {
		return fmt.Errorf("the final %s has %d groups of outputs: there is no single class", e.Kind, e.Outer*e.Inner)
	}
	return nil
}

func required(o spec.Output, e *nn.End) (t spec.Output, err error) {
	t.Extremum = o.Extremum
	hs := slices.Clone(o.HalfSpaces)
	for _, b := range o.Bounds {
		if b.Output < 0 || b.Output >= e.OutDim() {
			return t, fmt.Errorf("bound on output %d: the network has outputs 0 to %d", b.Output, e.OutDim()-1)
		}
		for _, sign := range []float64{1, -1} {
			if limit := map[float64]float64{1: b.Upper, -1: -b.Lower}[sign]; !math.IsInf(limit, 1) {
				n := make([]float64, e.OutDim())
				n[b.Output] = sign
				hs = append(hs, set.HalfSpace{Normal: n, Offset: limit})
			}
		}
	}
	for i, h := range hs {
		if len(h.Normal) != e.OutDim() {
			return t, fmt.Errorf("half-space %d has %d coefficients, the network has %d outputs", i, len(h.Normal), e.OutDim())
		}
		if err := require(&t, h, e); err != nil {
			return t, fmt.Errorf("half-space %d: %w", i, err)
		}
	}
	if o.Allowed == nil {
		return t, nil
	}
	return t, allow(&t, o, e)
}

// require adds what a half-space on the file's outputs asks.
func require(t *spec.Output, h set.HalfSpace, e *nn.End) error {
	c, err := comparisonOf(h)
	if err != nil {
		return err
	}
	if s, ok := shareOf(c, e); ok {
		t.Shares = append(t.Shares, s)
		return nil
	}
	d, _, err := before(c, e, false, true, nil)
	if err != nil {
		return err
	}
	if len(d) == 0 {
		d = dnf{{row{normal: make([]float64, e.Outer*e.Axis*e.Inner), offset: big.NewRat(-1, 1)}}} // nothing meets it
	}
	if len(d) > 1 {
		return fmt.Errorf("the requirement on one of %d outputs behind the final %s is not a convex set before it; ask for a bound on another one, or for a class", e.Axis, e.Kind)
	}
	for _, r := range d[0] {
		t.HalfSpaces = append(t.HalfSpaces, r.below())
	}
	if len(d[0]) == 0 { // everything meets it, with any margin
		t.HalfSpaces = append(t.HalfSpaces, set.HalfSpace{Normal: make([]float64, e.Outer*e.Axis*e.Inner), Offset: 0x1p1000})
	}
	return nil
}

// shareOf is a bound on one of three probabilities or more, or on its logarithm, that
// neither always holds nor never.
func shareOf(c comparison, e *nn.End) (s spec.Share, ok bool) {
	if e.Kind != nn.EndSoftmax && e.Kind != nn.EndLogSoftmax || e.Axis < 3 {
		return s, false
	}
	at := -1
	for k, v := range c.coefficients {
		if v.Sign() != 0 {
			if at >= 0 {
				return s, false
			}
			at = k
		}
	}
	if at < 0 {
		return s, false
	}
	s.Most = c.coefficients[at].Sign() > 0
	limit := new(big.Rat).Quo(c.offset, c.coefficients[at])
	one := big.NewRat(1, 1)
	switch {
	case e.Kind == nn.EndLogSoftmax && limit.Sign() < 0:
		s.Log = new(big.Rat).Neg(limit)
	case e.Kind == nn.EndSoftmax && limit.Sign() > 0 && limit.Cmp(one) < 0:
		s.Odds = one.Quo(one.Sub(one, limit), limit)
	default:
		return s, false
	}
	group, place := e.Group(at)
	for j := range e.Axis {
		if j != place {
			s.Others = append(s.Others, e.Member(group, j))
		}
	}
	s.Output, s.Strict = at, c.strict
	return s, true
}

// allow requires classes.
func allow(t *spec.Output, o spec.Output, e *nn.End) error {
	if err := oneGroup(e); err != nil {
		return err
	}
	classes := e.Axis
	switch {
	case oneSigmoid(e):
		classes = 2
	case e.Kind == nn.EndSigmoid:
		classes = e.Outer
	}
	allowed := make([]bool, classes)
	for _, k := range o.Allowed {
		if k < 0 || k >= classes {
			return fmt.Errorf("class %d: the network has classes 0 to %d", k, classes-1)
		}
		allowed[k] = true
	}
	if (e.Kind == nn.EndArgMax || oneSigmoid(e)) && o.Extremum != spec.Argmax {
		return fmt.Errorf("the class of a final %s is the largest output, not the smallest", e.Kind)
	}
	switch {
	case !oneSigmoid(e) && e.Kind != nn.EndArgMax:
		t.Allowed = o.Allowed
	case !slices.Contains(allowed, false):
		if len(t.HalfSpaces) == 0 && len(t.Shares) == 0 {
			return fmt.Errorf("nothing is required of the output: all classes behind the final %s are allowed", e.Kind)
		}
	case oneSigmoid(e):
		sign := 1.0 // class 0: z < 0
		if allowed[1] {
			sign = -1
		}
		t.HalfSpaces = append(t.HalfSpaces, set.HalfSpace{Normal: []float64{sign}, Strict: true})
	case len(slices.Compact(slices.Sorted(slices.Values(o.Allowed)))) == 1:
		for _, r := range classRows(e, 0, o.Allowed[0]) {
			t.HalfSpaces = append(t.HalfSpaces, r.below())
		}
	default:
		// Of equal candidates the first listed is meant: the one that wins most ties.
		t.Allowed, t.Ties = slices.Sorted(slices.Values(o.Allowed)), tiesOf(e)
		if e.Last {
			slices.Reverse(t.Allowed)
		}
	}
	return nil
}

// tiesOf is who wins of equal numbers before an ArgMax.
func tiesOf(e *nn.End) spec.Ties {
	if e.Last {
		return spec.LastOfTies
	}
	return spec.FirstOfTies
}

// below is the row with its offset rounded down: what meets it meets the row.
func (r row) below() set.HalfSpace {
	h := r.halfSpace()
	if new(big.Rat).SetFloat64(h.Offset).Cmp(r.offset) > 0 {
		h.Offset = math.Nextafter(h.Offset, math.Inf(-1))
	}
	return h
}
