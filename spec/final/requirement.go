package final

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// Spec states a requirement on a file's outputs as one on the outputs of its network: a
// sufficient one, and the same but for the rounding of logarithms unless it bounds a
// probability of three classes or more. classes are those of the points to keep, which
// the network's outputs there give.
//
// It fails for what no intersection of half-spaces can state: an upper bound on a
// probability of three classes or more, or one of several classes of an ArgMax.
func Spec(s *spec.Spec, net *nn.Network) (t *spec.Spec, exact bool, err error) {
	e := net.Meta.End
	c := *s
	c.Items = slices.Clone(s.Items)
	exact = true
	for i := range c.Items {
		it := &c.Items[i]
		if it.Keep {
			if err := keep(it, net, s.Extremum); err != nil {
				return nil, false, fmt.Errorf("%s: %w", it.Name, err)
			}
			continue
		}
		o, same, err := required(it.Output, e)
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", it.Name, err)
		}
		it.Output, exact = o, exact && same
	}
	return &c, exact, nil
}

// keep gives a point its class where the network's largest output does not: of an ArgMax
// and of one sigmoid.
func keep(it *spec.Item, net *nn.Network, extremum spec.Extremum) error {
	e := net.Meta.End
	if e.Kind != nn.EndArgMax && !oneSigmoid(e) {
		return oneGroup(e)
	}
	if len(it.Point) != net.InDim() {
		return nil // reported later
	}
	z, err := net.EvalPoint(it.Point)
	if err != nil {
		return err
	}
	class := int(e.Apply(z)[0])
	if oneSigmoid(e) {
		class = 0
		if z[0] > 0 {
			class = 1
		}
	}
	o, _, err := required(spec.Output{Allowed: []int{class}, Extremum: extremum}, e)
	if oneSigmoid(e) && z[0] == 0 {
		o = spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{0}, Strict: true}}} // no class
	}
	it.Output, it.Keep = o, false
	return err
}

func oneSigmoid(e *nn.End) bool { return e.Kind == nn.EndSigmoid && e.Outer == 1 }

// oneGroup reports an end of several groups, whose outputs give no one class.
func oneGroup(e *nn.End) error {
	if e.Kind != nn.EndSigmoid && e.Outer*e.Inner > 1 {
		return fmt.Errorf("the final %s has %d groups of outputs: there is no one class", e.Kind, e.Outer*e.Inner)
	}
	return nil
}

func required(o spec.Output, e *nn.End) (t spec.Output, exact bool, err error) {
	exact = true
	t.Extremum = o.Extremum
	hs := slices.Clone(o.HalfSpaces)
	for _, b := range o.Bounds {
		if b.Output < 0 || b.Output >= e.OutDim() {
			return t, false, fmt.Errorf("bound on output %d: the network has outputs 0 to %d", b.Output, e.OutDim()-1)
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
			return t, false, fmt.Errorf("half-space %d has %d coefficients, the network has %d outputs", i, len(h.Normal), e.OutDim())
		}
		c, err := comparisonOf(h)
		if err != nil {
			return t, false, err
		}
		d, same, err := before(c, e, false, true, nil)
		if err != nil {
			return t, false, err
		}
		if len(d) == 0 {
			d = dnf{{row{normal: make([]float64, e.Outer*e.Axis*e.Inner), offset: big.NewRat(-1, 1)}}} // nothing meets it
		}
		if len(d) > 1 {
			return t, false, fmt.Errorf("half-space %d on the outputs behind the final %s is no convex set before it", i, e.Kind)
		}
		exact = exact && same
		for _, r := range d[0] {
			t.HalfSpaces = append(t.HalfSpaces, r.below())
		}
	}
	if o.Allowed == nil {
		return t, exact, nil
	}
	return t, exact, allow(&t, o, e)
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
	for _, k := range o.Allowed {
		if k < 0 || k >= classes {
			return fmt.Errorf("class %d: the network has classes 0 to %d", k, classes-1)
		}
	}
	switch {
	case e.Kind == nn.EndArgMax || oneSigmoid(e):
		if o.Extremum != spec.Argmax {
			return fmt.Errorf("the class of a final %s is the largest output, not the smallest", e.Kind)
		}
		if len(o.Allowed) != 1 {
			return fmt.Errorf("%d classes are allowed behind the final %s: want one", len(o.Allowed), e.Kind)
		}
	default:
		t.Allowed = o.Allowed
		return nil
	}
	if e.Kind == nn.EndArgMax {
		for _, r := range classRows(e, 0, o.Allowed[0]) {
			t.HalfSpaces = append(t.HalfSpaces, r.below())
		}
		return nil
	}
	sign := 1.0 // class 0: z < 0
	if o.Allowed[0] == 1 {
		sign = -1
	}
	t.HalfSpaces = append(t.HalfSpaces, set.HalfSpace{Normal: []float64{sign}, Strict: true})
	return nil
}

// below is the row with its offset rounded down: what meets it meets the row.
func (r row) below() set.HalfSpace {
	h := r.halfSpace()
	if new(big.Rat).SetFloat64(h.Offset).Cmp(r.offset) > 0 {
		h.Offset = math.Nextafter(h.Offset, math.Inf(-1))
	}
	return h
}
