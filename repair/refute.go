package repair

import (
	"context"
	"time"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/repair/conflict"
)

// refute checks the multipliers of an infeasible program exactly. again means that
// rows without a point were left out, and the rest may have a solution.
func (v *prover) refute(ctx context.Context) (again bool, err error) {
	x, r := v.x, v.x.res
	start := time.Now()
	defer func() { r.Time.Proof += time.Since(start).Seconds() }()
	certain := x.proves(r.Farkas)
	margin := *v.spec
	margin.Margin = r.Margin
	reason := ""
	var missing []int32 // key points
	for _, corners := range []bool{false, true} {
		rows, err := exactRows(v.original, &margin, x.opt.Layer, r.Dual, corners, x.opt.Workers)
		if err != nil {
			if reason == "" {
				reason = err.Error()
			}
			break
		}
		body := &cert.Repair{Layer: r.Layer, Margin: r.Margin, Bound: &r.Bound}
		missing = missing[:0]
		for i, row := range rows {
			if row == nil {
				missing = append(missing, r.Dual[i].key)
			} else {
				body.Rows = append(body.Rows, *row)
			}
		}
		if body.Free, err = FreeRuns(v.original, body.Layer, v.x.opt.Free); err != nil {
			return false, err
		}
		value, err := conflict.Prove(ctx, v.original, &margin, body, x.opt.Workers)
		if ctx.Err() != nil {
			v.stopped(ctx)
			return false, nil
		}
		if err == nil {
			r.refuted(&margin, v.original.OutDim(), body.Rows, value)
			return false, nil
		}
		reason = err.Error()
	}
	if len(missing) > 0 && v.rounds < maxProofs {
		for _, key := range missing {
			x.p.Drop(key)
		}
		x.restart()
		return true, nil
	}
	if again, err := v.locate(ctx); again || err != nil {
		return again, err
	}
	switch {
	case certain:
		v.unproven(reason)
	default:
		r.Farkas, r.Dual = nil, nil
		r.unknown("no change within the bound was found, and none was shown impossible: " + reason)
	}
	return false, nil
}
