package interior

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/internal/dense"
)

// advance moves the iterate by one step and returns the shorter of the lengths
// of the primal and the dual step.
func (s *iterate) advance() float64 {
	s.system()
	s.secondOrder(0)
	s.direction(0)
	ap, ad := s.longest()
	mu := s.complementarity(0, 0)
	ratio := s.complementarity(ap, ad) / mu
	s.secondOrder(1)
	s.direction(float64(ratio * ratio * ratio * mu))
	ap, ad = s.longest()
	ap, ad = min(1, boundary*ap), min(1, boundary*ad)

	s.move(ap, ad)

	return min(ap, ad)
}

// weights are the primal variables over their multipliers.
func (s *iterate) weights(i int) (pos, neg, room float64) {
	return s.pos[i] / s.zpos[i], s.neg[i] / s.zneg[i], s.room[i] / s.w[i]
}

// slotRange is the range of a slot in vectors by slot.
func (s *iterate) slotRange(slot int) (from, to int) { return slot * s.p.in, (slot + 1) * s.p.in }

// sum adds up the partial sums by slot, in order.
func (s *iterate) sum() float64 {
	total := 0.0
	for _, v := range s.part {
		total += v
	}
	return total
}

// system sets up and factorises the Newton system.
func (s *iterate) system() {
	s.p.each(func(slot int, _ *channel) {
		from, to := s.slotRange(slot)
		sum := 0.0
		for i := from; i < to; i++ {
			pos, neg, room := s.weights(i)
			e := pos + neg + room
			s.h[i] = (float64(4*pos*neg) + float64(room*(pos+neg))) / e
			s.fe[i] = (pos - neg) / e
			sum += 1 / e
		}
		s.part[slot] = sum
	})
	s.p.gram(s.m, s.h)
	if s.wt > 0 {
		s.c = s.sum() + s.over/s.top
		s.apply(s.u, s.fe)
	}
	for k := range s.y {
		r := s.m.Row(k)
		for l := range k + 1 {
			r[l] /= float64(s.length[k] * s.length[l])
			if s.wt > 0 {
				r[l] += s.u[k] * s.u[l] / s.c
			}
		}
		r[k] += s.s[k] / s.y[k]
	}
	for k := range s.y {
		copy(s.factor.Row(k)[:k+1], s.m.Row(k)[:k+1])
	}
	factorise(s.factor, s.p.workers)
}

// secondOrder sets the second-order terms to f times those of the direction at
// hand.
func (s *iterate) secondOrder(f float64) {
	if f == 0 {
		clear(s.mp)
		clear(s.mn)
		clear(s.mr)
		clear(s.ms)
		s.mt = 0
		return
	}
	s.p.each(func(slot int, _ *channel) {
		from, to := s.slotRange(slot)
		for i := from; i < to; i++ {
			s.mp[i] = float64(s.dp[i] * (s.dq[i] + s.dw[i]))
			s.mn[i] = float64(s.dn[i] * (s.dw[i] - s.dq[i]))
			s.mr[i] = float64((s.dt - s.dp[i] - s.dn[i]) * s.dw[i])
		}
	})
	for k := range s.ms {
		s.ms[k] = float64(s.ds[k] * s.dy[k])
	}
	s.mt = float64(-s.dt * s.dover)
}

// aims are where the primal variables of a change would go if their multipliers
// stayed: (target - second order)/z - x.
func (s *iterate) aims(i int, target float64) (pos, neg, room float64) {
	return (target-s.mp[i])/s.zpos[i] - s.pos[i], (target-s.mn[i])/s.zneg[i] - s.neg[i], (target-s.mr[i])/s.w[i] - s.room[i]
}

// direction solves the Newton system for complementarity target.
func (s *iterate) direction(target float64) {
	s.p.each(func(slot int, _ *channel) {
		from, to := s.slotRange(slot)
		sum := 0.0
		for i := from; i < to; i++ {
			pos, neg, room := s.weights(i)
			ap, an, ar := s.aims(i, target)
			s.d1[i] = ap - an - float64(s.fe[i]*(ap+an+ar))
			sum += (ap + an + ar) / (pos + neg + room)
		}
		s.part[slot] = sum
	})
	rhs2 := 0.0
	if s.wt > 0 {
		rhs2 = s.sum() + s.excess - ((target-s.mt)/s.top - s.over)
	}
	s.apply(s.rhs, s.d1)
	for k := range s.rhs {
		s.rhs[k] += (target-s.ms[k])/s.y[k] - s.s[k] - s.rest[k]
		if s.wt > 0 {
			s.rhs[k] += s.u[k] * rhs2 / s.c
		}
	}
	s.solve()
	s.dt = 0
	if s.wt > 0 {
		s.dt = (rhs2 - blas.Dot(s.u, s.dy)) / s.c
	}
	s.products(s.dq, s.dy)
	s.p.each(func(slot int, _ *channel) {
		from, to := s.slotRange(slot)
		sum := 0.0
		for i := from; i < to; i++ {
			pos, neg, room := s.weights(i)
			ap, an, ar := s.aims(i, target)
			s.dw[i] = (ap + an + ar - float64((pos-neg)*s.dq[i]) - s.dt) / (pos + neg + room)
			s.dp[i] = ap - float64(pos*(s.dq[i]+s.dw[i]))
			s.dn[i] = an - float64(neg*(s.dw[i]-s.dq[i]))
			sum += s.dw[i]
		}
		s.part[slot] = sum
	})
	s.dover = s.sum() + s.excess
	for k := range s.ds {
		s.ds[k] = (target-s.ms[k])/s.y[k] - s.s[k] - float64(s.s[k]/s.y[k]*s.dy[k])
	}
}

// refinements of a solution of the Newton system.
const refinements = 2

// solve computes dy = M^-1 rhs, refined.
func (s *iterate) solve() {
	copy(s.dy, s.rhs)
	dense.Solve(s.factor, s.dy)
	r := s.scratch
	for range refinements {
		copy(r, s.rhs)
		for k, y := range s.dy {
			m := s.m.Row(k)[:k]
			r[k] -= blas.Dot(m, s.dy[:k]) + float64(s.m.Row(k)[k]*y)
			blas.Axpy(-y, m, r[:k])
		}
		dense.Solve(s.factor, r)
		for k, v := range r {
			s.dy[k] += v
		}
	}
}

// longest are the lengths of the primal and the dual step at which a variable
// becomes 0, at most 1/boundary.
func (s *iterate) longest() (primal, dual float64) {
	n := len(s.part)
	duals := make([]float64, n)
	s.p.each(func(slot int, _ *channel) {
		from, to := s.slotRange(slot)
		ap, ad := 1/boundary, 1/boundary
		for i := from; i < to; i++ {
			ap = reach(reach(ap, s.pos[i], s.dp[i]), s.neg[i], s.dn[i])
			ap = reach(ap, s.room[i], s.dt-s.dp[i]-s.dn[i])
			ad = reach(reach(ad, s.zpos[i], s.dq[i]+s.dw[i]), s.zneg[i], s.dw[i]-s.dq[i])
			ad = reach(ad, s.w[i], s.dw[i])
		}
		s.part[slot], duals[slot] = ap, ad
	})
	primal, dual = 1/boundary, 1/boundary
	for slot, v := range s.part {
		primal, dual = min(primal, v), min(dual, duals[slot])
	}
	for k := range s.s {
		primal, dual = reach(primal, s.s[k], s.ds[k]), reach(dual, s.y[k], s.dy[k])
	}
	if s.wt > 0 {
		primal, dual = reach(primal, s.top, -s.dt), reach(dual, s.over, s.dover)
	}
	return primal, dual
}

// reach is how far x can go along d without falling below 0, at most a.
func reach(a, x, d float64) float64 {
	if x+float64(a*d) < 0 {
		return -x / d
	}
	return a
}

// complementarity is the mean product of the variables and their multipliers
// after steps of the given lengths.
func (s *iterate) complementarity(ap, ad float64) float64 {
	s.p.each(func(slot int, _ *channel) {
		from, to := s.slotRange(slot)
		sum := 0.0
		for i := from; i < to; i++ {
			sum += float64((s.pos[i] + float64(ap*s.dp[i])) * (s.zpos[i] + float64(ad*(s.dq[i]+s.dw[i]))))
			sum += float64((s.neg[i] + float64(ap*s.dn[i])) * (s.zneg[i] + float64(ad*(s.dw[i]-s.dq[i]))))
			sum += float64((s.room[i] + float64(ap*(s.dt-s.dp[i]-s.dn[i]))) * (s.w[i] + float64(ad*s.dw[i])))
		}
		s.part[slot] = sum
	})
	total, count := s.sum(), 3*len(s.pos)+len(s.s)
	for k := range s.s {
		total += float64((s.s[k] + float64(ap*s.ds[k])) * (s.y[k] + float64(ad*s.dy[k])))
	}
	if s.wt > 0 {
		total += float64((s.top - float64(ap*s.dt)) * (s.over + float64(ad*s.dover)))
		count++
	}
	return total / float64(count)
}

// move takes a step.
func (s *iterate) move(ap, ad float64) {
	s.p.each(func(slot int, _ *channel) {
		from, to := s.slotRange(slot)
		for i := from; i < to; i++ {
			s.pos[i] += float64(ap * s.dp[i])
			s.neg[i] += float64(ap * s.dn[i])
			s.room[i] += float64(ap * (s.dt - s.dp[i] - s.dn[i]))
			s.zpos[i] += float64(ad * (s.dq[i] + s.dw[i]))
			s.zneg[i] += float64(ad * (s.dw[i] - s.dq[i]))
			s.w[i] += float64(ad * s.dw[i])
			s.q[i] += float64(ad * s.dq[i])
		}
	})
	for k := range s.s {
		s.s[k] += float64(ap * s.ds[k])
		s.y[k] += float64(ad * s.dy[k])
	}
	s.t += float64(ap * s.dt)
	if s.wt > 0 {
		s.top -= float64(ap * s.dt)
		s.over += float64(ad * s.dover)
		s.excess = float64(s.excess * (1 - min(1, ad)))
	}
	s.keepPositive()
}

// keepPositive lifts what rounding took to 0.
func (s *iterate) keepPositive() {
	const least = math.SmallestNonzeroFloat64 * 0x1p60
	s.p.each(func(slot int, _ *channel) {
		from, to := s.slotRange(slot)
		for _, v := range [][]float64{s.pos, s.neg, s.room, s.zpos, s.zneg, s.w} {
			for i, x := range v[from:to] {
				if x < least {
					v[from+i] = least
				}
			}
		}
	})
}
