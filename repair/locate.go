package repair

import (
	"context"

	"github.com/netmend/netmend/proof"
)

// locate makes key points of what the exact check finds violated by the original
// network, at its own points: where the enumeration has a region, or the point at which
// it is violated, in another place, multipliers of its rows prove nothing, and those
// rows are dropped. It does so once, and reports whether there is something new to solve.
func (v *prover) locate(ctx context.Context) (bool, error) {
	x, p := v.x, v.x.p
	if v.located || v.rounds >= maxProofs || p.execution != nil {
		return false, nil
	}
	v.located = true
	check, err := proof.Check(ctx, v.original, v.spec, proof.Options{Margin: &x.res.Margin, Workers: x.opt.Workers, MaxViolations: maxLearned, Choice: v.choice()})
	if err != nil || check.Status != proof.StatusViolated {
		return false, ctx.Err()
	}
	p.reindex()
	for i := range check.Violations {
		if _, err := v.keyOf(&check.Violations[i]); err != nil {
			return false, err
		}
	}
	if err := p.addExtras(ctx); err != nil {
		return false, err
	}
	p.linearise()
	if err := p.renew(ctx); err != nil {
		return false, err
	}
	x.measure()
	for i := range x.res.Dual {
		if d := &x.res.Dual[i]; d.place == nil {
			p.drop(d.key)
		}
	}
	x.restart()
	return true, nil
}
