package proof

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// order of what is compared, where it is known.
type order uint8

const (
	unordered order = iota
	less
	equal
	greater
)

// shareOrder compares the sum over j of exp(d_j + margin) with the odds of a share, of one
// that is to be at most so large the odds with the sum of exp(d_j - margin): it is greater
// where the share is missed. excess is at least the logarithm of the quotient.
func shareOrder(f interval.Field, s *spec.Share, d []interval.Interval, margin float64) (o order, excess float64) {
	if s.Most {
		margin = -margin
	}
	sum := f.Int(0)
	for _, v := range d {
		v = f.Add(v, f.Float(margin))
		if v.Exact() && v.Lo.Sign() == 0 {
			sum = f.Add(sum, f.Int(1))
		} else {
			sum = f.Add(sum, f.Exp(v))
		}
	}
	var odds interval.Interval
	if s.Log != nil {
		odds = f.Sub(f.Exp(f.Rat(s.Log)), f.Int(1))
	} else {
		odds = f.Rat(s.Odds)
	}
	switch {
	case sum.Hi.Cmp(odds.Lo) < 0:
		o = less
	case sum.Lo.Cmp(odds.Hi) > 0:
		o = greater
	case sum.Exact() && odds.Exact():
		o = equal
	}
	left, right := sum, odds
	if s.Most {
		left, right = odds, sum
		o = map[order]order{less: greater, greater: less, equal: equal}[o]
	}
	excess = math.MaxFloat64
	if right.Lo.Sign() > 0 && !left.Hi.IsInf() {
		if l := f.Log64(f.Quo(interval.Interval{Lo: left.Hi, Hi: left.Hi}, right), true); l < excess {
			excess = l
		}
	}
	return o, excess
}

// differences are the terms of y_j - y_k of a share.
func differences(s *spec.Share) [][]term {
	all := make([][]term, len(s.Others))
	for i, j := range s.Others {
		all[i] = []term{{j, 1}, {s.Output, -1}}
	}
	return all
}

// share checks a share at the vertices of a cell. The outputs that have it are a convex
// set, which is closed unless the share is strict, so that vertices suffice: one beyond
// it, of the cell or of its closure, has points of the cell beside it that are, too. Of a
// share that is to be at most so large they are the complement of such a set, and the
// whole cell is compared (see shareMost).
func (j *judge) share(c *cell, end *state, i int) {
	s := &j.need.shares[i]
	p := Place{Item: j.item, Triangle: j.triangle, HalfSpace: len(j.need.always) + len(j.need.disallowed) + i, Class: -1, Strict: s.Strict && j.need.margin == 0}
	at := j.net.newForm(end, nn.ValueChannel, j.corners, []term{{s.Output, 1}}, nil)
	var forms []*form
	for _, terms := range differences(s) {
		forms = append(forms, j.net.newForm(end, nn.ValueChannel, j.corners, terms, nil))
	}
	vertices := j.verticesOf(c)
	inner := len(vertices) // an inner place, where vertices do not tell
	if s.Most && len(vertices) > 1 {
		if v := j.shareMost(s, forms, c); v != nil {
			vertices = append(vertices, cellVertex{v, false})
		}
	}
	before := j.count
	for i, v := range vertices {
		d := differencesAt(forms, v.vertex)
		o, excess := decideShare(s, d, j.need.margin)
		j.size.Rows++
		j.signs++
		j.cutter.exact++
		p.Executed = v.executed
		p.Amount = new(big.Rat).SetFloat64(excess)
		switch {
		case o == greater || o == equal && p.Strict && v.executed:
			j.violated(p, at, v.vertex, c, o == equal)
		case o == unordered || o == equal && p.Strict || i == inner && j.count == before:
			j.open++
		}
		lo, hi := enclosure(p.Amount)
		j.top.add(candidate{p, at, v.vertex, c, lo, hi})
	}
}

// differencesAt are the values of forms at a point.
func differencesAt(forms []*form, v *vertex) []*big.Rat {
	d := make([]*big.Rat, len(forms))
	for k, f := range forms {
		d[k] = f.rationalAt(v)
	}
	return d
}

// decideShare compares with growing precision. Sums of exponentials of rationals that are
// not all 0 are transcendental, so that it ends but for margins out of reach.
func decideShare(s *spec.Share, d []*big.Rat, margin float64) (o order, excess float64) {
	for bits := uint(firstBits); bits <= lastBits; bits *= 2 {
		f := interval.Field{Bits: bits}
		in := make([]interval.Interval, len(d))
		for i, v := range d {
			in[i] = f.Rat(v)
		}
		if o, excess = shareOrder(f, s, in, margin); o != unordered {
			break
		}
	}
	return o, excess
}

// share checks a share at a point.
func (j *pointJudged) share(f interval.Field, need *need, s *spec.Share, y combiner, at Place) {
	var d []interval.Interval
	for _, terms := range differences(s) {
		d = append(d, y(terms))
	}
	o, excess := shareOrder(f, s, d, need.margin)
	j.rows++
	at.Strict = s.Strict && need.margin == 0
	at.Amount = new(big.Rat).SetFloat64(excess)
	at.Amount.Sub(at.Amount, new(big.Rat).SetFloat64(need.margin))
	switch {
	case o == greater || o == equal && at.Strict:
		if o == equal {
			j.ties++
		}
		j.violations = append(j.violations, at)
	case o == unordered:
		j.undecided = true
	}
	if j.worst.Amount == nil || at.Amount.Cmp(j.worst.Amount) > 0 {
		j.worst = at
	}
}
