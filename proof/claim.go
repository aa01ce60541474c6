package proof

import (
	"context"
	"math"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Claim sets the value and the lower bound of a Repaired certificate's objective
// to what its rows prove, rounded outward; 0 where they prove nothing. It may
// scale the multipliers. The specification must be bound ([Bind]).
func Claim(ctx context.Context, c *cert.Certificate, original, repaired *nn.Network, s *spec.Spec, workers int) error {
	body := c.Repair
	d, err := repairedLayer(original, repaired, body.Layer)
	if err != nil {
		return err
	}
	o := body.Objective
	o.Value, o.LowerBound = outward(o, objective(o, d), 1), 0
	if len(body.Rows) == 0 {
		return nil
	}
	free, err := freeOf(original, body)
	if err != nil {
		return err
	}
	y, err := dualOf(ctx, original, s, body, free, workers)
	if err != nil {
		return err
	}
	if o.Norm == "linf" {
		// The largest change counts alone: multipliers with |Aᵀy|₁ = 1 are best.
		if size := float(y.excess(new(big.Rat))); size > 0 && !math.IsInf(1/size, 0) {
			for i := range body.Rows {
				body.Rows[i].Multiplier *= (1 - 0x1p-48) / size
			}
			if y, err = dualOf(ctx, original, s, body, free, workers); err != nil {
				return err
			}
		}
	}
	if lower, err := y.lowerBound(o, body.Bound, len(d.m)); err == nil && lower.Sign() > 0 {
		o.LowerBound = outward(o, lower, -1)
	}
	o.LowerBound = min(o.LowerBound, o.Value)
	return nil
}

// outward is the number claimed for an exact value, rounded up or down.
func outward(o *cert.Objective, r *big.Rat, direction int) float64 {
	v := float(r)
	if o.Norm == "l2" {
		v = math.Sqrt(2 * v)
	}
	for claimed(o, v).Cmp(r)*direction < 0 {
		v = math.Nextafter(v, math.Inf(direction))
	}
	return max(v, 0)
}
