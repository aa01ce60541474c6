package proof

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// RepairProof is what checking a certificate of a repair, or of the absence of one, showed.
type RepairProof struct {
	// Bound is the specification with the classes of the items to keep.
	Bound *spec.Spec
	// Check is the exact check of the repaired network; nil for NoRepair.
	Check *Result
	// Rows is how many rows with multipliers were recomputed and added up; none if no lower
	// bound is claimed.
	Rows int
	// Infeasibility is yᵀb + bound |Aᵀy|₁ for NoRepair: negative, or 0 if the
	// rows include a strict one.
	Infeasibility *big.Rat
	// Infimum reports whether rows of the lower bound are strict, so that there may be no
	// change that attains it, only changes that come arbitrarily close.
	Infimum bool
}

// CheckRepair checks a certificate of kind Repaired or NoRepair from the
// networks before and after the repair (repaired is not read for NoRepair) and
// the specification as read from its file. An error says what is wrong with the
// claim, or wraps ErrUnknown where neither was decided.
func CheckRepair(ctx context.Context, c *cert.Certificate, original, repaired *nn.Network, s *spec.Spec, opt Options) (*RepairProof, error) {
	if err := aboutOutputs(original, s.BeforeEnd); err != nil {
		return nil, err
	}
	body := c.Repair
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if body == nil {
		return nil, fmt.Errorf("kind %q is not about a repair", c.Kind)
	}
	if c.Network.Content == "" || c.Specification.Content == "" {
		return nil, errors.New("the digest of the network's or the specification's content is missing")
	}
	if err := s.Check(original.InDim(), original.OutDim()); err != nil {
		return nil, err
	}
	if err := matches("specification", c.Specification.Content, func() (string, error) { return SpecDigest(s) }); err != nil {
		return nil, err
	}
	if err := matches("original network", body.Original.Content, func() (string, error) { return NetworkDigest(original) }); err != nil {
		return nil, err
	}
	if c.Kind == cert.NoRepair {
		if err := matches("network", c.Network.Content, func() (string, error) { return NetworkDigest(original) }); err != nil {
			return nil, err
		}
	}
	bound, unknown, err := Bind(ctx, original, s)
	switch {
	case err != nil:
		return nil, err
	case unknown != "":
		return nil, fmt.Errorf("%w: %s", ErrUnknown, unknown)
	}
	if err := marginFits(c.Kind, body.Margin, s, opt.Margin); err != nil {
		return nil, err
	}
	free, err := freeOf(original, body)
	if err != nil {
		return nil, err
	}
	p := &RepairProof{Bound: bound}
	var d exactValues
	if c.Kind == cert.Repaired {
		if err := matches("repaired network", c.Network.Content, func() (string, error) { return NetworkDigest(repaired) }); err != nil {
			return nil, err
		}
		if d, err = repairedLayer(original, repaired, body.Layer); err != nil {
			return nil, err
		}
		if err := withinBound(d, free, body.Bound); err != nil {
			return nil, err
		}
		opt.Margin = &body.Margin
		if p.Check, err = Check(ctx, repaired, bound, opt); err != nil {
			return nil, err
		}
		switch p.Check.Status {
		case StatusViolated:
			return nil, fmt.Errorf("the network does not meet the requirement: it misses it by up to %.6g", float(p.Check.Violated(p.Check.Worst)))
		case StatusUnknown:
			return nil, fmt.Errorf("%w: %s", ErrUnknown, p.Check.Reason)
		}
	}
	if claim := body.Execution; claim != nil {
		if opt.Execution == nil {
			return nil, fmt.Errorf("%w: what is claimed of executions in %s is not checked here", ErrUnknown, claim.DType)
		}
		if err := opt.Execution(ctx, repaired, bound, claim); err != nil {
			return nil, err
		}
	}
	if o := body.Objective; o != nil {
		if value := objective(o, d); value.Cmp(claimed(o, o.Value)) > 0 {
			return nil, fmt.Errorf("the change has a larger objective than %.17g", o.Value)
		}
		if o.LowerBound == 0 {
			return p, nil // nothing is claimed
		}
	}
	y, err := dualOf(ctx, original, bound, body, free, opt)
	if err != nil {
		return nil, err
	}
	p.Rows = len(body.Rows)
	if c.Kind == cert.Repaired {
		p.Infimum = y.strict
		err = y.smallest(body, len(d.m))
	} else {
		p.Infeasibility, err = y.infeasible(body.Bound)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// marginFits refuses a claim about another margin where it says less than one about the
// margin asked for, the specification's where none is: a repair with a smaller one, or that
// there is none with a larger one.
func marginFits(kind cert.Kind, margin float64, s *spec.Spec, asked *float64) error {
	want := s.Margin
	if asked != nil {
		want = *asked
	}
	if kind == cert.Repaired && margin < want || kind == cert.NoRepair && margin > want {
		return fmt.Errorf("the claim is about the margin %v, but %v is asked for", margin, want)
	}
	return nil
}

// float is a rational as the nearest float64.
func float(r *big.Rat) float64 {
	v, _ := r.Float64()
	return v
}

// matches compares a digest that a certificate states with that of what is at
// hand.
func matches(what, stated string, digest func() (string, error)) error {
	found, err := digest()
	if err != nil {
		return err
	}
	if found != stated {
		return fmt.Errorf("the %s is not the one that the certificate is for: the digest of its content begins with %.12s, not %.12s", what, found, stated)
	}
	return nil
}

// freeOf are the parameters that a certificate's runs of fixed and free ones
// leave free, nil for all.
func freeOf(original *nn.Network, body *cert.Repair) ([]bool, error) {
	_, op, err := original.Layer(body.Layer)
	if err != nil || body.Free == nil {
		return nil, err
	}
	w := op.Channel(nn.ValueChannel).Weight
	count := w.Rows * (w.Cols + 1)
	free := make([]bool, 0, count)
	for i, n := range body.Free {
		if n > count-len(free) {
			return nil, fmt.Errorf("free: more than the layer's %d parameters", count)
		}
		for range n {
			free = append(free, i%2 == 1)
		}
	}
	if len(free) != count {
		return nil, fmt.Errorf("free: %d parameters, the layer has %d", len(free), count)
	}
	return free, nil
}

// repairedLayer checks that a network is the original but for the value
// parameters of layer k, and returns their change. Where no activation follows
// the layer, both of its channels may have changed.
func repairedLayer(original, repaired *nn.Network, k int) (exactValues, error) {
	i, a, err := original.Layer(k)
	if err != nil {
		return exactValues{}, err
	}
	at, b, err := repaired.Layer(k)
	if err != nil {
		return exactValues{}, err
	}
	from, to := a.Channel(nn.ValueChannel), b.Channel(nn.ValueChannel)
	if at != i || from.Weight.Rows != to.Weight.Rows || from.Weight.Cols != to.Weight.Cols {
		return exactValues{}, errors.New("the repaired network is built otherwise than the original")
	}
	activation := *b.Channel(nn.ActivationChannel)
	if !original.ActivationAfter(i) {
		activation = *a.Channel(nn.ActivationChannel)
	}
	undone := repaired.Clone()
	undone.Nodes[i].Op = b.WithParams(activation, from)
	want, err := NetworkDigest(original)
	if err != nil {
		return exactValues{}, err
	}
	found, err := NetworkDigest(undone)
	if err != nil {
		return exactValues{}, err
	}
	if found != want {
		return exactValues{}, fmt.Errorf("the repaired network differs from the original in more than the value parameters of layer %d", k)
	}
	return change(from, to), nil
}

// withinBound checks that nothing changes but what may, and by no more.
func withinBound(d exactValues, free []bool, bound *float64) error {
	var limit *big.Rat
	if bound != nil {
		limit = new(big.Rat).SetFloat64(*bound)
	}
	size := new(big.Rat)
	for i := range d.m {
		if d.m[i].Sign() == 0 {
			continue
		}
		if free != nil && !free[i] {
			return fmt.Errorf("parameter %d changes, although it is not free", i)
		}
		if limit == nil {
			continue
		}
		if size.Set(rational(&d.m[i], d.e)).Abs(size).Cmp(limit) > 0 {
			return fmt.Errorf("parameter %d changes by %.17g, more than the bound %.17g", i, float(size), *bound)
		}
	}
	return nil
}

// smallest checks the lower bound that is claimed for a layer of n parameters.
func (y *dual) smallest(body *cert.Repair, n int) error {
	o := body.Objective
	lower, err := y.lowerBound(o, body.Bound, n)
	if err != nil {
		return err
	}
	if claimed(o, o.LowerBound).Cmp(lower) > 0 {
		return fmt.Errorf("the multipliers prove less than the lower bound %.17g", o.LowerBound)
	}
	return nil
}
