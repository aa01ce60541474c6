package repair

import (
	"context"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/proof"
)

// learn makes key points of violations. A key point that is violated again gets more in reserve.
func (v *prover) learn(ctx context.Context, check *proof.Result) error {
	p := v.x.p
	d := v.x.candidate.d
	known := len(p.Keys)
	learned, err := p.learn(ctx, check.Violations)
	if err != nil {
		return err
	}
	worst := map[int32]float64{} // by how much each is missed
	var keys []int32
	for i, key := range learned {
		if key < 0 {
			continue
		}
		at := &check.Violations[i]
		amount := floatOf(check.Violated(at))
		if at.Strict {
			amount = max(amount, firstExtra*v.x.scale)
		}
		if _, ok := worst[key]; !ok {
			keys = append(keys, key)
		}
		worst[key] = max(worst[key], amount)
	}
	v.x.measure()
	g := v.x.g
	g.worst = make([]violation, len(p.Keys))
	if n := len(p.Keys) - len(p.reserves); n > 0 {
		p.reserves = append(p.reserves, make([]float64, n)...)
	}
	// What float64 makes of the stored change there.
	before := p.reserves
	p.reserves = nil
	p.price(g.worst, d, p.margin)
	p.reserves = before
	grown := map[int32]bool{}
	for _, key := range keys {
		amount := worst[key]
		want := before[key] + float64(extraFactor*amount*portable.Pow(repeatFactor, float64(v.missed[key])))
		if key >= int32(known) { // float64 sees less there than there is
			want = float64((amount - g.worst[key].value) * (1 + 0x1p-10))
		} else {
			v.missed[key]++
		}
		if want > p.reserves[key] {
			p.reserves[key] = want
			grown[key] = true
		}
	}
	// Rows that are present with less in reserve may come again.
	for id := range g.present {
		if grown[id.key] {
			delete(g.present, id)
		}
	}
	return nil
}

// locate makes key points of what the exact check finds violated by the original
// network, at its own points: where the enumeration has a region, or the point at which
// it is violated, somewhere else, multipliers of its rows prove nothing, and those
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
	if _, err := p.learn(ctx, check.Violations); err != nil {
		return false, err
	}
	x.measure()
	for i := range x.res.Dual {
		if d := &x.res.Dual[i]; d.exact == nil {
			p.Drop(d.key)
		}
	}
	x.restart()
	return true, nil
}
