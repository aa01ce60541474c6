package repair

import (
	"context"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
)

// mostDropped is how often rows of patterns that do not occur are left out of a repair
// that is proven, to find a smaller one.
const mostDropped = 4

// bound proves a lower bound on the objective of all repairs from the multipliers of the
// one at hand. again means that some of its rows are of patterns that do not occur, and
// that there may be a smaller one without them.
func (v *prover) bound(ctx context.Context, stored *nn.Network) (again bool, err error) {
	x, r := v.x, v.x.res
	margin := *v.spec
	margin.Margin = r.Margin
	r.LowerBoundFound, r.LowerBound = r.LowerBound, 0
	rows, err := exactRows(v.original, &margin, x.opt.Layer, r.Dual, false, x.opt.Workers)
	if err != nil {
		return false, nil
	}
	c := cert.New(cert.Repaired)
	c.Repair = &cert.Repair{Layer: r.Layer, Margin: r.Margin, Bound: &r.Bound, Objective: objectiveOf(x.opt)}
	var missing []int32
	for i, row := range rows {
		if row == nil {
			missing = append(missing, r.Dual[i].key)
		} else {
			c.Repair.Rows = append(c.Repair.Rows, *row)
		}
	}
	if c.Repair.Free, err = FreeRuns(v.original, r.Layer, x.opt.Free); err != nil {
		return false, err
	}
	if err := proof.Claim(ctx, c, v.original, stored, &margin, proof.Options{Workers: x.opt.Workers, Kept: v.kept}); err != nil {
		return false, nil
	}
	r.Rows, r.LowerBound = c.Repair.Rows, c.Repair.Objective.LowerBound
	r.LowerBoundFound = max(r.LowerBoundFound, r.LowerBound)
	if r.Smallest() || len(missing) == 0 || v.dropped >= mostDropped {
		return false, nil
	}
	v.dropped++
	if v.proven == nil || r.Objective < v.proven.result.Objective {
		v.proven = &proven{x.candidate, *r}
	}
	for _, key := range missing {
		x.p.Drop(key)
	}
	x.restart()
	return true, nil
}

// proven is a repair that package proof accepted.
type proven struct {
	candidate *candidate
	result    Result
}

// objectiveOf is what is minimised, for a certificate.
func objectiveOf(opt Options) *cert.Objective {
	o := &cert.Objective{Norm: string(opt.Norm)}
	if opt.Norm == Mix {
		o.L1Weight, o.LinfWeight = opt.L1Weight, opt.LinfWeight
	}
	return o
}
