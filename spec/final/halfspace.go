package final

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
)

// row is a half-space normal . z <= offset, strict or not, on the network's outputs.
type row struct {
	normal []float64
	offset *big.Rat
	strict bool
}

// comparison is coefficients . y <= offset, strict or not, on the file's outputs.
type comparison struct {
	coefficients []*big.Rat
	offset       *big.Rat
	strict       bool
}

// A set of the network's outputs is a union of intersections of rows: with no member it is
// empty, with an empty member it is everything.
type dnf [][]row

var everything = dnf{{}}

// before is the comparison as a set of the network's outputs: at least that set where
// outward is set, otherwise at most that. exact reports whether it is that set but for the
// rounding of logarithms.
// near are outputs of the network at which the set is to be close; convex asks for one
// intersection of half-spaces where there is a choice.
func before(c comparison, e *nn.End, outward, convex bool, near [][]float64) (d dnf, exact bool, err error) {
	t := translator{end: e, outputs: e.Outer * e.Axis * e.Inner, outward: outward, convex: convex, near: near}
	var at []int
	for k, v := range c.coefficients {
		if v.Sign() != 0 {
			at = append(at, k)
		}
	}
	switch {
	case len(at) == 0:
		return t.truth(c.holds(new(big.Rat))), true, nil
	case e.Kind == nn.EndArgMax && len(at) == 1:
		return t.classes(c, at[0]), true, nil
	case e.Kind == nn.EndArgMax:
	case len(at) == 1:
		return t.bound(c, at[0])
	case t.sameGroup(at) && t.sum(c).Sign() == 0 && (e.Kind == nn.EndLogSoftmax || len(at) == 2 && c.offset.Sign() == 0):
		return t.differences(c)
	}
	return nil, false, fmt.Errorf("a comparison of outputs behind the final %s that is neither about their order nor a bound on one of them", e.Kind)
}

// holds decides the comparison for a value of its left side.
func (c *comparison) holds(v *big.Rat) bool {
	order := v.Cmp(c.offset)
	return order < 0 || order == 0 && !c.strict
}

type translator struct {
	end     *nn.End
	outputs int
	outward bool
	convex  bool
	near    [][]float64
}

func (t *translator) truth(holds bool) dnf {
	if holds {
		return everything
	}
	return nil
}

// sameGroup reports whether outputs are joined: of sigmoids all are alike.
func (t *translator) sameGroup(at []int) bool {
	if t.end.Kind == nn.EndSigmoid {
		return true
	}
	first, _ := t.end.Group(at[0])
	for _, k := range at[1:] {
		if g, _ := t.end.Group(k); g != first {
			return false
		}
	}
	return true
}

func (t *translator) sum(c comparison) *big.Rat {
	s := new(big.Rat)
	for _, v := range c.coefficients {
		s.Add(s, v)
	}
	return s
}

// differences are a comparison whose value is that of the numbers before the end, or has
// its sign.
func (t *translator) differences(c comparison) (dnf, bool, error) {
	r := row{normal: make([]float64, t.outputs), offset: c.offset, strict: c.strict}
	scale := new(big.Rat)
	for _, v := range c.coefficients {
		if v.Sign() != 0 && scale.Sign() == 0 {
			scale.Inv(new(big.Rat).Abs(v))
		}
	}
	for k, v := range c.coefficients {
		f, ok := new(big.Rat).Mul(v, scale).Float64()
		if !ok {
			return nil, false, fmt.Errorf("the coefficient %s of output %d is not a float64", v.RatString(), k)
		}
		r.normal[k] = f
	}
	r.offset = new(big.Rat).Mul(c.offset, scale)
	return dnf{{r}}, true, nil
}

// classes are the unions of the classes whose index meets the comparison.
func (t *translator) classes(c comparison, output int) dnf {
	var d dnf
	for k := range t.end.Axis {
		v := new(big.Rat).Mul(c.coefficients[output], big.NewRat(int64(k), 1))
		if c.holds(v) {
			d = append(d, classRows(t.end, output, k))
		}
	}
	return d
}

// classRows are where the ArgMax answers k in a group: of equal numbers the first, or the
// last, counts.
func classRows(e *nn.End, group, k int) []row {
	var rows []row
	for j := range e.Axis {
		if j == k {
			continue
		}
		r := row{normal: make([]float64, e.Outer*e.Axis*e.Inner), offset: new(big.Rat), strict: (j < k) != e.Last}
		r.normal[e.Member(group, j)], r.normal[e.Member(group, k)] = 1, -1
		rows = append(rows, r)
	}
	return rows
}

// bound is a bound on one output.
func (t *translator) bound(c comparison, k int) (dnf, bool, error) {
	limit := new(big.Rat).Quo(c.offset, c.coefficients[k])
	above := c.coefficients[k].Sign() < 0 // y_k >= limit
	one := big.NewRat(1, 1)
	group, place := t.end.Group(k)
	if t.end.Kind == nn.EndLogSoftmax {
		switch {
		case t.end.Axis == 1: // it is 0
			return t.truth(c.holds(new(big.Rat))), true, nil
		case limit.Sign() >= 0: // it is below 0
			return t.truth(!above), true, nil
		}
		f, _ := new(big.Rat).Neg(limit).Float64()
		if f > 1<<16 {
			return nil, false, fmt.Errorf("the bound %s on the logarithm of a probability is too small", limit.FloatString(3))
		}
		e := field.Exp(field.Rat(new(big.Rat).Neg(limit)))
		return t.probability(quantity{Interval: field.Sub(e, field.Int(1))}, above, c.strict, group, place)
	}
	switch {
	case t.end.Kind == nn.EndSoftmax && t.end.Axis == 1: // it is 1
		return t.truth(c.holds(c.coefficients[k])), true, nil
	case limit.Cmp(one) >= 0: // it is below 1
		return t.truth(!above), true, nil
	case limit.Sign() <= 0: // it is above 0
		return t.truth(above), true, nil
	}
	odds := new(big.Rat).Quo(new(big.Rat).Sub(one, limit), limit)
	if t.end.Kind == nn.EndSigmoid {
		return dnf{{t.argument(rational(odds), above, c.strict, k)}}, true, nil
	}
	return t.probability(rational(odds), above, c.strict, group, place)
}

// argument is the bound on the argument z of a sigmoid that is at least, or at most, t,
// with odds (1-t)/t: -z <= log odds, or z <= -log odds.
func (t *translator) argument(odds quantity, above, strict bool, k int) row {
	r := row{normal: make([]float64, t.outputs), offset: new(big.Rat), strict: strict}
	if above {
		r.normal[k] = -1
		r.offset.SetFloat64(odds.log(t.outward))
	} else {
		r.normal[k] = 1
		r.offset.SetFloat64(-odds.log(!t.outward))
	}
	return r
}

// probability is P_k >= t, or P_k <= t, with odds (1-t)/t: the sum of exp(d_j) with
// d_j = z_j - z_k is at most, or at least, the odds. For weights w_j > 0 that add up to 1,
// log of the sum is at least the sum of w_j (d_j - log w_j), a tangent; and the sum is at
// most the odds where every exp(d_j) is at most w_j times that, the share of j.
func (t *translator) probability(odds quantity, above, strict bool, group, k int) (dnf, bool, error) {
	p := probability{t, odds, above, strict, group, k}
	var all []int
	for j := range t.end.Axis {
		if j != k {
			all = append(all, j)
		}
	}
	if len(all) == 1 {
		return dnf{{p.tangent(all, []int64{1})}}, true, nil
	}
	alike := func(n int) []int64 { return slices.Repeat([]int64{1}, n) }
	weights := [][]int64{alike(len(all))}
	for _, z := range t.near {
		weights = append(weights, p.weights(all, z))
	}
	tangents := []row{}
	for _, j := range all {
		tangents = append(tangents, p.tangent([]int{j}, alike(1)))
	}
	for _, places := range subsets(all) {
		tangents = append(tangents, p.tangent(places, alike(len(places))))
	}
	for _, w := range weights[1:] {
		tangents = append(tangents, p.tangent(all, w))
	}
	switch {
	case above && t.outward: // all tangents
		return dnf{tangents}, false, nil
	case above: // all shares, of some weights
		var d dnf
		for _, w := range weights {
			d = append(d, p.shares(all, w))
		}
		if t.convex {
			d = d[:1]
		}
		return d, false, nil
	case t.outward: // more than one share, of all weights
		d := everything
		for _, w := range weights {
			var any dnf
			for _, r := range p.shares(all, w) {
				any = append(any, []row{r})
			}
			both, err := d.and(any)
			if err != nil {
				break
			}
			d = both
		}
		return d, false, nil
	}
	var d dnf // beyond one tangent
	for _, r := range tangents {
		d = append(d, []row{r})
	}
	return d, false, nil
}

// probability is a bound on one of a group of probabilities.
type probability struct {
	t             *translator
	odds          quantity
	above, strict bool
	group, k      int
}

// weights are those at which the tangent at z touches, or the shares meet in z, in units
// that add up to at most weightUnits, each at least 1.
func (p *probability) weights(places []int, z []float64) []int64 {
	top := math.Inf(-1)
	for _, j := range places {
		top = max(top, z[p.t.end.Member(p.group, j)])
	}
	e, sum := make([]float64, len(places)), 0.0
	for i, j := range places {
		e[i] = portable.Exp(z[p.t.end.Member(p.group, j)] - top)
		sum += e[i]
	}
	w := make([]int64, len(places))
	for i := range w {
		w[i] = 1 + int64(float64(e[i]/sum*float64(weightUnits-len(places)-1)))
	}
	return w
}

// difference is the sum of n_j d_j over places, compared with a bound.
func (p *probability) difference(places []int, n []int64, bound *big.Rat) row {
	r := row{normal: make([]float64, p.t.outputs), strict: p.strict, offset: bound}
	sign, total := 1.0, int64(0)
	if !p.above {
		sign, r.offset = -1, new(big.Rat).Neg(bound)
	}
	for i, j := range places {
		r.normal[p.t.end.Member(p.group, j)] = float64(sign * float64(n[i]))
		total += n[i]
	}
	r.normal[p.t.end.Member(p.group, p.k)] = -float64(sign * float64(total))
	return r
}

// logs is the sum of n_j log(odds n_j / sum), rounded so that the set is on its side.
func (p *probability) logs(n []int64, sum int64) *big.Rat {
	bound := new(big.Rat)
	for _, v := range n {
		l := p.odds.times(v, sum).log(p.above == p.t.outward)
		bound.Add(bound, new(big.Rat).Mul(big.NewRat(v, 1), new(big.Rat).SetFloat64(l)))
	}
	return bound
}

// tangent is a necessary condition of P_k >= t, or a sufficient one of P_k <= t.
func (p *probability) tangent(places []int, n []int64) row {
	sum := int64(0)
	for _, v := range n {
		sum += v
	}
	return p.difference(places, n, p.logs(n, sum))
}

// shares are, all of them, sufficient for P_k >= t, or, any one of them, necessary for
// P_k <= t.
func (p *probability) shares(places []int, n []int64) []row {
	sum := int64(0)
	for _, v := range n {
		sum += v
	}
	var rows []row
	for i, j := range places {
		l := p.odds.times(n[i], sum).log(p.above == p.t.outward)
		rows = append(rows, p.difference([]int{j}, []int64{1}, new(big.Rat).SetFloat64(l)))
	}
	return rows
}

// subsets are those of two or more numbers, all of them where they are few, otherwise the
// whole.
func subsets(of []int) [][]int {
	const few = 6
	if len(of) > few {
		return [][]int{of}
	}
	var all [][]int
	for mask := range 1 << len(of) {
		var s []int
		for i, k := range of {
			if mask>>i&1 == 1 {
				s = append(s, k)
			}
		}
		if len(s) > 1 {
			all = append(all, s)
		}
	}
	return all
}
