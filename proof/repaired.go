package proof

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// RepairProof is what checking a certificate of a repair, or of there being
// none, showed.
type RepairProof struct {
	// Check is the exact check of the repaired network; nil for NoRepair.
	Check *Result
	// Rows with multipliers that were made again and added up.
	Rows int
	// Infeasibility is yᵀb + bound |Aᵀy|₁ for NoRepair: negative.
	Infeasibility *big.Rat
}

// CheckRepair checks a certificate of kind Repaired or NoRepair from the
// networks before and after the repair (repaired is not read for NoRepair) and
// the specification as read from its file. An error says what is wrong with the
// claim, or wraps ErrUnknown where neither was decided.
func CheckRepair(ctx context.Context, c *cert.Certificate, original, repaired *nn.Network, s *spec.Spec, opt Options) (*RepairProof, error) {
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
	n, err := compile(original)
	if err != nil {
		return nil, err
	}
	layer, err := n.layer(body.Layer)
	if err != nil {
		return nil, err
	}
	count := n.nodes[layer].value.rows * (n.nodes[layer].value.cols + 1)
	free, err := freeOf(body.Free, count)
	if err != nil {
		return nil, err
	}
	p := &RepairProof{Rows: len(body.Rows)}
	var d exactValues
	if c.Kind == cert.Repaired {
		if err := matches("repaired network", c.Network.Content, func() (string, error) { return NetworkDigest(repaired) }); err != nil {
			return nil, err
		}
		if d, err = repairedLayer(n, repaired, layer); err != nil {
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
	y, err := newDual(ctx, newRowMaker(n, bound, body.Margin, layer), body.Rows, free, opt.Workers)
	if err != nil {
		return nil, err
	}
	if c.Kind == cert.Repaired {
		return p, y.smallest(body, d)
	}
	if p.Infeasibility, err = y.contradiction(body.Bound); err != nil {
		return nil, err
	}
	if p.Infeasibility.Sign() >= 0 {
		return nil, fmt.Errorf("the multipliers prove nothing: they leave %.6g, not a negative number", float(p.Infeasibility))
	}
	return p, nil
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
		return fmt.Errorf("the %s is another one than the certificate is for: the digest of its content begins with %.12s, not %.12s", what, found, stated)
	}
	return nil
}

// freeOf are the parameters that runs of fixed and free ones leave free, nil for
// all.
func freeOf(runs []int, count int) ([]bool, error) {
	if runs == nil {
		return nil, nil
	}
	free := make([]bool, 0, count)
	for i, n := range runs {
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
// parameters of one layer, and returns their change.
func repairedLayer(original *network, repaired *nn.Network, layer int) (exactValues, error) {
	n, err := compile(repaired)
	if err != nil {
		return exactValues{}, err
	}
	other := func(i int) error {
		return fmt.Errorf("node %d of the repaired network is not that of the original", i)
	}
	if len(n.nodes) != len(original.nodes) || !slices.Equal(repaired.InputShape, original.net.InputShape) && repaired.InDim() != original.net.InDim() {
		return exactValues{}, errors.New("the repaired network is built otherwise than the original")
	}
	for i := range n.nodes {
		a, b := &original.nodes[i], &n.nodes[i]
		switch {
		case !slices.Equal(a.inputs, b.inputs) || (a.pieces == nil) != (b.pieces == nil):
			return exactValues{}, other(i)
		case a.pieces != nil:
			if !slices.Equal(a.pieces.breaks, b.pieces.breaks) || !slices.Equal(a.pieces.slope, b.pieces.slope) || !slices.Equal(a.pieces.offset, b.pieces.offset) {
				return exactValues{}, other(i)
			}
		case !sameShape(a.value, b.value) || a.needed && !sameAffine(a.act, b.act) || i != layer && !sameAffine(a.value, b.value):
			return exactValues{}, other(i)
		}
	}
	return change(original.nodes[layer].value, n.nodes[layer].value), nil
}

func sameShape(a, b *affine) bool {
	return a.rows == b.rows && a.cols == b.cols && slices.Equal(a.index, b.index) && slices.Equal(a.first, b.first)
}

func sameAffine(a, b *affine) bool {
	return sameShape(a, b) && slices.Equal(a.w, b.w) && slices.Equal(a.bias, b.bias)
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

// smallest checks what is claimed of the size of a change.
func (y *dual) smallest(body *cert.Repair, d exactValues) error {
	o := body.Objective
	if value := objective(o, d); value.Cmp(claimed(o, o.Value)) > 0 {
		return fmt.Errorf("the change has a larger objective than %.17g", o.Value)
	}
	if o.LowerBound == 0 {
		return nil
	}
	lower, err := y.lowerBound(o, body.Bound, len(d.m))
	if err != nil {
		return err
	}
	if claimed(o, o.LowerBound).Cmp(lower) > 0 {
		return fmt.Errorf("the multipliers prove less than the lower bound %.17g", o.LowerBound)
	}
	return nil
}
