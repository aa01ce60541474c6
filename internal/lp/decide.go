package lp

import "math/big"

// Half is the half-space of points x with Terms[0] + Σ Terms[1+k] x_k <= 0, or < 0 where
// it is Strict.
type Half struct {
	Terms  []*big.Int
	Strict bool
}

// Decide finds a point that lies in all half-spaces, or multipliers that prove there is
// none: their weighted sum is then a constant that is positive, or 0 if a strict one
// has weight. The first half-spaces must bound every variable from below, one each, in
// order. Everything is exact; it is meant for few variables and at most some hundred
// half-spaces. stop, if not nil, ends the work: both are nil then.
func Decide(halves []Half, stop func() bool) (x, y []*big.Rat) {
	if len(halves) == 0 {
		return []*big.Rat{}, nil
	}
	s := bounded(halves)
	if x, y = s.Solve(stop); y != nil {
		y = s.withBounds(y, nil)
	}
	return x, y
}

// Maximum is the maximum of objective[0] + Σ objective[1+k] x_k on the closures of half-spaces,
// the first ones as for [Decide], and multipliers that prove it: the weighted sum of the
// half-spaces' forms is the objective less its maximum. value is nil if the half-spaces
// have no point in common or no maximum, or stop ended the work.
func Maximum(halves []Half, objective []*big.Int, stop func() bool) (value *big.Rat, y []*big.Rat) {
	s := bounded(halves)
	cost := zeros(len(objective))
	for k, v := range objective {
		cost[k].SetInt(v)
	}
	if value, y = s.System.Maximum(cost[1:], stop); value == nil {
		return nil, nil
	}
	return value.Add(value, cost[0]), s.withBounds(y, objective)
}

// boundedSystem is the system of half-spaces of which the first are lower bounds.
type boundedSystem struct {
	System
	halves []Half
	from   []int // the half-space of each row
}

func bounded(halves []Half) *boundedSystem {
	s := &boundedSystem{halves: halves}
	n := len(halves[0].Terms) - 1
	for k, h := range halves[:n] {
		// terms_0 + a x_k <= 0 with a < 0
		s.Lower = append(s.Lower, new(big.Rat).SetFrac(h.Terms[0], new(big.Int).Neg(h.Terms[1+k])))
	}
	s.Upper = make([]*big.Rat, n)
	for i, h := range halves {
		if i < n && !h.Strict {
			continue
		}
		row := zeros(n)
		for k, v := range h.Terms[1:] {
			row[k].SetInt(v)
		}
		s.Rows = append(s.Rows, row)
		s.Right = append(s.Right, new(big.Rat).SetInt(new(big.Int).Neg(h.Terms[0])))
		s.Strict, s.from = append(s.Strict, h.Strict), append(s.from, i)
	}
	return s
}

// withBounds are multipliers of all half-spaces, from those of the rows: the lower bounds
// have what makes the weighted sum's coefficients those of the objective, 0 if it is nil.
func (s *boundedSystem) withBounds(rows []*big.Rat, objective []*big.Int) []*big.Rat {
	y := zeros(len(s.halves))
	for i, v := range rows {
		y[s.from[i]].Set(v)
	}
	product := new(big.Rat)
	for k := range s.Lower {
		missing := new(big.Rat)
		if objective != nil {
			missing.SetInt(objective[1+k])
		}
		for i, v := range rows {
			if v.Sign() != 0 {
				missing.Sub(missing, product.Mul(v, s.Rows[i][k]))
			}
		}
		missing.Quo(missing, product.SetInt(s.halves[k].Terms[1+k]))
		y[k].Add(y[k], missing)
	}
	return y
}
