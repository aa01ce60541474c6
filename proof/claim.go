package proof

import (
	"context"
	"math"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// closeBound is the relative gap below which no better multiple of the multipliers is
// looked for.
const closeBound = 1e-9

// Claim sets the value and the lower bound of a Repaired certificate's objective to what its
// rows prove, rounded outward; 0 if they prove nothing. It may scale the multipliers. The
// specification must be bound ([Bind]). Of the options, only Workers and Kept count.
func Claim(ctx context.Context, c *cert.Certificate, original, repaired *nn.Network, s *spec.Spec, opt Options) error {
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
	y, err := dualOf(ctx, original, s, body, free, opt)
	if err != nil {
		return err
	}
	lower := y.provable(body, len(d.m))
	if f := y.bestScale(o, len(d.m)); f != 1 && float(lower) < float(objective(o, d))*(1-closeBound) {
		scaled := *body
		scaled.Rows = append([]cert.Row(nil), body.Rows...)
		for i := range scaled.Rows {
			scaled.Rows[i].Multiplier = cert.Float(float64(f * scaled.Rows[i].Multiplier.Float64()))
		}
		if y, err = dualOf(ctx, original, s, &scaled, free, opt); err != nil {
			return err
		}
		if better := y.provable(&scaled, len(d.m)); better.Cmp(lower) > 0 {
			lower, body.Rows = better, scaled.Rows
		}
	}
	if lower.Sign() > 0 {
		o.LowerBound = min(outward(o, lower, -1), o.Value)
	}
	return nil
}

// provable is the lower bound that the multipliers prove; 0 for none.
func (y *dual) provable(body *cert.Repair, n int) *big.Rat {
	lower, err := y.lowerBound(body.Objective, body.Bound, n)
	if err != nil {
		return new(big.Rat)
	}
	return lower
}

// scalings bisect the best multiple of the multipliers.
const scalings = 60

// bestScale is about the largest multiple of the multipliers that asks for no more
// than the objective's weight of max|D_i| allows: beyond, every unit of the bound
// on the changes costs. For max|D_i| alone any scale of theirs will do to begin
// with; otherwise they are meant for the objective as it is, up to rounding.
func (y *dual) bestScale(o *cert.Objective, n int) float64 {
	if o.Norm == "l2" {
		return 1
	}
	den := new(big.Rat).SetInt(y.den)
	sum := y.excess(new(big.Rat))
	size := float(sum.Quo(sum, den))
	wr, winfr := weights(o, n)
	w, winf := float(wr), float(winfr)
	if w == 0 {
		if f := float64(winf / size * (1 - 0x1p-48)); f > 0 && !math.IsInf(f, 0) {
			return f
		}
		return 1
	}
	var q []float64
	for i := range y.q.m {
		if y.free == nil || y.free[i] {
			v, _ := new(big.Float).SetMantExp(new(big.Float).SetInt(&y.q.m[i]), y.q.e).Float64()
			q = append(q, math.Abs(v)/float(den))
		}
	}
	fits := func(f float64) bool {
		over := 0.0
		for _, v := range q {
			over += max(0, float64(f*v)-w)
		}
		return over <= winf*(1-0x1p-48)
	}
	if fits(1) {
		return 1
	}
	lo, hi := 0.0, 1.0
	for range scalings {
		if mid := float64((lo + hi) / 2); fits(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// outward is the number claimed for an exact value from 0, rounded up or down; the largest
// float64 for one beyond.
func outward(o *cert.Objective, r *big.Rat, direction int) float64 {
	x := new(big.Float).SetPrec(128).SetRat(r)
	if o.Norm == "l2" {
		x.Sqrt(x.Mul(x, big.NewFloat(2)))
	}
	v, _ := x.Float64()
	v = min(v, math.MaxFloat64)
	for v < math.MaxFloat64 && claimed(o, v).Cmp(r)*direction < 0 { // a few times
		v = math.Nextafter(v, math.Inf(direction))
	}
	return max(v, 0)
}
