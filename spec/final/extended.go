package final

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/vnnlib"
)

// maxKnots bounds the pieces of the functions that bound exponentials.
const maxKnots = 200

// ErrNotExtended says that a network or a property is not one for [Extend].
var ErrNotExtended = errors.New("the bounds of exponentials are for a comparison of probabilities that no half-spaces express, in a network with one channel")

// ErrKnots says that knots lie closer together, or are more, than the bounds allow.
var ErrKnots = errors.New("the bounds of exponentials cannot be made closer")

// Extension is a network with bounds of exponentials behind its outputs, and a violation
// stated about those.
type Extension struct {
	Net      *nn.Network
	Property *vnnlib.Property

	pairs [2][]pair // that are bounded from below, and from above
	knots []float64
}

// Extend states a violation about probabilities as one about a network that goes on where
// the file's ends: behind its outputs z it computes, for some outputs r,
//
//	f(z_j - z_r) <= exp(z_j - z_r) <= g(z_j - z_r),
//
// f and g being piecewise affine, with 0 and knots where they are close to the exponential
// function. A comparison sum a_j P_j <= c of probabilities, which is
//
//	sum (a_j - c) exp(z_j - z_r) <= 0
//
// over all j, becomes the same of f where the coefficient is positive, otherwise of g: where it
// holds, so does that. Above the last knot g is not a bound, and so every z_j - z_r beyond it
// counts as a violation too.
//
// So an answer that the violation stated does not occur is one of the property. Where
// outward is not set, f and g change places, every z_j - z_r of g is to be below the last
// knot, and what is stated implies the violation.
//
// knots ascend, at distances that are powers of two; [FirstKnots] has some to begin with.
// near are outputs of the network whose largest is r for sums of probabilities; nil for none.
func Extend(p *vnnlib.Property, net *nn.Network, outward bool, knots, near []float64) (*Extension, error) {
	e := net.Meta.End
	if e == nil || e.Kind != nn.EndSoftmax && e.Kind != nn.EndLogSoftmax || net.Decoupled() {
		return nil, ErrNotExtended
	}
	if len(knots) < 2 || len(knots) > maxKnots {
		return nil, ErrKnots
	}
	if p.Outputs != e.OutDim() {
		return nil, fmt.Errorf("the property has %d outputs, the network %d", p.Outputs, e.OutDim())
	}
	x := &extension{end: e, outward: outward, knots: knots, near: near, at: [2]map[pair]int{{}, {}}, dim: e.Outer * e.Axis * e.Inner}
	var err error
	c := newCurve(knots)
	if x.f, err = c.below(); err != nil {
		return nil, ErrKnots
	}
	if x.g, err = c.above(); err != nil {
		return nil, ErrKnots
	}
	return x.extend(p, net)
}

// pair is the difference z_j - z_r.
type pair struct{ j, r int }

// Sides of the exponential function.
const (
	lower = iota
	upper
)

type extension struct {
	end     *nn.End
	outward bool
	knots   []float64
	near    []float64
	f, g    *nn.Piecewise
	dim     int // outputs of the network

	pairs  [2][]pair // whose bounds are computed
	at     [2]map[pair]int
	plain  bool // the outputs themselves are asked about
	probed bool // some comparison is of probabilities
}

// wide is a half-space on the outputs, and lower and upper bounds.
type wide struct {
	normal []*big.Rat // of the outputs, may be nil
	bounds [2]map[pair]*big.Rat
	offset *big.Rat
	strict bool
}

func (x *extension) extend(p *vnnlib.Property, net *nn.Network) (*Extension, error) {
	cases := make([][][]wide, len(p.Cases))
	for i := range p.Cases {
		for _, o := range p.Cases[i].Outputs {
			terms, err := x.conjunction(o)
			if err != nil {
				return nil, err
			}
			cases[i] = append(cases[i], terms...)
		}
	}
	if !x.probed {
		return nil, ErrNotExtended
	}
	longer, err := x.network(net)
	if err != nil {
		return nil, err
	}
	c := *p
	c.Outputs, c.BeforeEnd = longer.OutDim(), true
	c.Cases = slices.Clone(p.Cases)
	for i := range c.Cases {
		c.Cases[i].Outputs = nil
		for _, t := range cases[i] {
			o := vnnlib.Conjunction{}
			for _, w := range t {
				o = append(o, x.stated(w, c.Outputs))
			}
			c.Cases[i].Outputs = append(c.Cases[i].Outputs, o)
		}
		if len(cases[i]) == 0 { // never: 0 <= -1
			never := wide{offset: big.NewRat(-1, 1)}
			c.Cases[i].Outputs = []vnnlib.Conjunction{{x.stated(never, c.Outputs)}}
		}
	}
	return &Extension{Net: longer, Property: &c, pairs: x.pairs, knots: x.knots}, nil
}

// conjunction is a union of intersections that contains one, or is contained in it.
func (x *extension) conjunction(o vnnlib.Conjunction) ([][]wide, error) {
	all := [][]wide{{}}
	for i := range o {
		c, err := comparisonIn(&o[i])
		if err != nil {
			return nil, err
		}
		terms, err := x.comparison(c)
		if err != nil {
			return nil, err
		}
		if len(all)*len(terms) > maxConjunctions {
			return nil, errTooMany
		}
		var both [][]wide
		for _, a := range all {
			for _, b := range terms {
				both = append(both, append(slices.Clone(a), b...))
			}
		}
		all = both
	}
	return all, nil
}

// comparison is that of one comparison.
func (x *extension) comparison(c comparison) ([][]wide, error) {
	b, ok := x.coefficients(c)
	if !ok {
		d, exact, err := before(c, x.end, x.outward, false, nil)
		if err != nil {
			return nil, err
		}
		if !exact {
			return nil, ErrNotExtended
		}
		var all [][]wide
		for _, rows := range d {
			t := []wide{}
			for _, r := range rows {
				w := wide{offset: r.offset, strict: r.strict}
				for _, v := range r.normal {
					w.normal = append(w.normal, exactly(v))
				}
				x.plain = x.plain || slices.ContainsFunc(r.normal, func(v float64) bool { return v != 0 })
				t = append(t, w)
			}
			all = append(all, t)
		}
		return all, nil
	}
	x.probed = true
	if w, ok := x.order(b, c); ok {
		return [][]wide{{w}}, nil
	}
	group, r := x.reference(c)
	w := wide{strict: c.strict, offset: new(big.Rat).Neg(b[r]), bounds: [2]map[pair]*big.Rat{{}, {}}}
	beyond := []wide{}
	for j, v := range b {
		if j == r || v.Sign() == 0 {
			continue
		}
		p := pair{x.end.Member(group, j), x.end.Member(group, r)}
		side := lower
		if v.Sign() < 0 == x.outward {
			side = upper
		}
		x.need(side, p)
		w.bounds[side][p] = v
		if side == upper {
			beyond = append(beyond, x.beyond(p))
		}
	}
	if !x.outward {
		return [][]wide{append([]wide{w}, beyond...)}, nil
	}
	all := [][]wide{{w}}
	for _, b := range beyond {
		all = append(all, []wide{b})
	}
	return all, nil
}

// order is sum b_j exp(z_j) <= 0 where it compares two numbers, as 2 P_0 + P_2 <= 1 does of
// three probabilities.
func (x *extension) order(b []*big.Rat, c comparison) (w wide, ok bool) {
	group, _ := x.end.Group(firstOf(c))
	w = wide{strict: c.strict, offset: new(big.Rat), normal: make([]*big.Rat, x.dim)}
	count, sum := 0, new(big.Rat)
	for j, v := range b {
		if v.Sign() == 0 {
			continue
		}
		count++
		sum.Add(sum, v)
		w.normal[x.end.Member(group, j)] = big.NewRat(int64(v.Sign()), 1)
	}
	if count != 2 || sum.Sign() != 0 {
		return w, false
	}
	x.plain = true
	return w, true
}

// reference is the group of a comparison, and the output that others are compared with: the
// one that is asked about, of several the largest at the place near, so that exponentials
// are small there.
func (x *extension) reference(c comparison) (group, r int) {
	group, r = x.end.Group(firstOf(c))
	count := 0
	for _, v := range c.coefficients {
		count += v.Sign() * v.Sign()
	}
	if count > 1 && x.near != nil {
		for j := range x.end.Axis {
			if x.near[x.end.Member(group, j)] > x.near[x.end.Member(group, r)] {
				r = j
			}
		}
	}
	return group, r
}

// need has a bound computed.
func (x *extension) need(side int, p pair) {
	if _, ok := x.at[side][p]; !ok {
		x.at[side][p] = len(x.pairs[side])
		x.pairs[side] = append(x.pairs[side], p)
	}
}

// beyond is where a difference is at the last knot or above, outward, otherwise at it or below:
// g increases there.
func (x *extension) beyond(p pair) wide {
	last := len(x.g.Slope) - 1
	value := new(big.Rat).Mul(exactly(x.g.Slope[last]), exactly(x.knots[len(x.knots)-1]))
	value.Add(value, exactly(x.g.Offset[last]))
	sign := big.NewRat(1, 1)
	if x.outward {
		sign.Neg(sign)
	}
	return wide{offset: value.Mul(value, sign), bounds: [2]map[pair]*big.Rat{upper: {p: sign}}}
}

// firstOf is the first output that a comparison is about.
func firstOf(c comparison) int {
	return slices.IndexFunc(c.coefficients, func(v *big.Rat) bool { return v.Sign() != 0 })
}

// coefficients are those of exponentials in sum b_j exp(z_j) <= 0, of a comparison of
// probabilities of one group; not ok where it is none, or can be stated exactly. A
// logarithm's are rounded to the side that is asked for.
func (x *extension) coefficients(c comparison) (b []*big.Rat, ok bool) {
	first := firstOf(c)
	if first < 0 {
		return nil, false
	}
	group, _ := x.end.Group(first)
	b = make([]*big.Rat, x.end.Axis)
	for j := range b {
		b[j] = new(big.Rat)
	}
	count := 0
	for k, v := range c.coefficients {
		if v.Sign() == 0 {
			continue
		}
		g, place := x.end.Group(k)
		if g != group {
			return nil, false
		}
		b[place].Set(v)
		count++
	}
	if count == 1 && x.end.Axis < 3 {
		return nil, false
	}
	if count == 2 && c.offset.Sign() == 0 && new(big.Rat).Add(c.coefficients[first], x.sum(c, first)).Sign() == 0 {
		return nil, false // their order
	}
	if x.end.Kind == nn.EndSoftmax {
		for j := range b {
			b[j].Sub(b[j], c.offset)
		}
		return b, true
	}
	if count != 1 {
		return nil, false
	}
	limit := new(big.Rat).Quo(c.offset, c.coefficients[first])
	if limit.Sign() >= 0 || limit.Cmp(big.NewRat(-1<<10, 1)) < 0 {
		return nil, false // always or never, or too small
	}
	_, place := x.end.Group(first)
	above := c.coefficients[first].Sign() < 0 // P_k >= exp(limit), else <=
	t := exponentialOf(limit, above != x.outward)
	for j := range b {
		b[j] = new(big.Rat).Set(t)
		if j == place {
			b[j].Sub(b[j], big.NewRat(1, 1))
		}
		if !above {
			b[j].Neg(b[j])
		}
	}
	return b, true
}

// sum is that of a comparison's coefficients but one.
func (x *extension) sum(c comparison, but int) *big.Rat {
	s := new(big.Rat)
	for k, v := range c.coefficients {
		if k != but {
			s.Add(s, v)
		}
	}
	return s
}

// exponentialOf is a bound on e^x of a rational number, below 0.
func exponentialOf(x *big.Rat, up bool) *big.Rat {
	e := field.Exp(field.Rat(x))
	end := e.Lo
	if up {
		end = e.Hi
	}
	r, _ := end.Rat(nil)
	return r
}

// network is the longer one: its outputs are those of the network, where they are asked
// about, the lower bounds and the upper ones.
func (x *extension) network(net *nn.Network) (*nn.Network, error) {
	nodes := slices.Clone(net.Nodes)
	z := len(nodes) - 1
	var ends, dims []int
	if x.plain {
		ends, dims = append(ends, z), append(dims, x.dim)
	}
	for side, f := range []*nn.Piecewise{x.f, x.g} {
		n := len(x.pairs[side])
		if n == 0 {
			continue
		}
		d := nn.Params{Weight: nn.NewMatrix(n, x.dim), Bias: make([]float64, n)}
		for i, p := range x.pairs[side] {
			d.Weight.Row(i)[p.j], d.Weight.Row(i)[p.r] = 1, -1
		}
		at := len(nodes)
		nodes = append(nodes, nn.Node{Name: "differences", Inputs: []int{z}, Op: &nn.Dense{Params: d}},
			nn.Node{Name: "exponentials", Inputs: []int{at}, Op: f})
		ends, dims = append(ends, at+1), append(dims, n)
	}
	switch len(ends) {
	case 0: // nothing is asked
		x.plain = true
	case 1:
	default:
		nodes = append(nodes, nn.Node{Name: "bounds", Inputs: ends, Op: &nn.Concat{Dims: dims}})
	}
	meta := net.Meta
	meta.End, meta.Source = nil, nil
	return nn.New(nodes, net.InputShape, meta)
}

// stated is a half-space as a file would state it.
func (x *extension) stated(w wide, outputs int) vnnlib.HalfSpace {
	all := make([]*big.Rat, outputs)
	from := 0
	if x.plain {
		copy(all, w.normal)
		from = x.dim
	}
	for side, places := range x.at {
		for p, v := range w.bounds[side] {
			all[from+places[p]] = v
		}
		from += len(x.pairs[side])
	}
	h := vnnlib.HalfSpace{HalfSpace: set.HalfSpace{Normal: make([]float64, outputs), Strict: w.strict}, OffsetText: w.offset.RatString()}
	h.Offset, _ = w.offset.Float64()
	h.CoefficientText = make([]string, outputs)
	for i, v := range all {
		if v != nil && v.Sign() != 0 {
			h.Normal[i], _ = v.Float64()
			h.CoefficientText[i] = v.RatString()
		}
	}
	return h
}
