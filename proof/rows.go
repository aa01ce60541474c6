package proof

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// row is a row of the linear program for a change D of a layer, exactly: the sum
// of g_u h_i D_p over the meetings of parameters p with inputs i in outputs u, with
// scale in place of the input 1 of a bias, is at most rhs, or less where it is
// strict. It is a half-space of the requirement at a point of its set, where
// a pattern executes there or arbitrarily close by, times scale, so that every change
// that meets the requirement meets the row.
type row struct {
	multiplier exactValues // one number

	g, h   exactValues
	scale  exactValues // one number: see scaleOf
	rhs    *big.Rat
	strict bool
}

// rowMaker makes the rows of a certificate from the original network.
type rowMaker struct {
	net    *network
	spec   *spec.Spec // bound
	margin float64
	layer  int // node
	jobs   map[int][]job

	parameters int
	meetings   [][]meeting
}

// newRowMaker prepares for rows of a change of layer k, from 1. It fails with an
// unsupportedError for other networks than Check takes for segments.
func newRowMaker(net *nn.Network, s *spec.Spec, margin float64, k int) (*rowMaker, error) {
	n, err := compile(net)
	if err != nil {
		return nil, err
	}
	layer, op, err := n.net.Layer(k)
	if err != nil {
		return nil, err
	}
	w := op.Channel(nn.ValueChannel).Weight
	m := &rowMaker{net: n, spec: s, margin: margin, layer: layer, jobs: map[int][]job{}, parameters: w.Rows * (w.Cols + 1)}
	if m.meetings, err = meetings(op, inputsOf(n.net, layer), n.net.Dim(layer)); err != nil {
		return nil, err
	}
	for _, j := range jobsOf(s) {
		m.jobs[j.item] = append(m.jobs[j.item], j)
	}
	return m, nil
}

// inputsOf is the number of inputs of a node.
func inputsOf(net *nn.Network, i int) int {
	n := 0
	for _, j := range net.Nodes[i].Inputs {
		n += net.Dim(j)
	}
	return n
}

// parameter is the point of an item's simplex with the given weights of its
// second and third corner.
func parameter(corners int, at []cert.Number) (*vertex, error) {
	if len(at) != corners-1 {
		return nil, fmt.Errorf("a point of %d parameters, want %d", len(at), corners-1)
	}
	weights, common := make([]*big.Rat, len(at)), big.NewInt(1)
	var t big.Int
	for i, n := range at {
		w, err := n.Rat()
		if err != nil {
			return nil, err
		}
		// The least common multiple.
		t.GCD(nil, nil, common, w.Denom())
		common.Mul(common, t.Quo(w.Denom(), &t))
		weights[i] = w
	}
	x := new([3]big.Int)
	x[0].Set(common)
	for i, w := range weights {
		x[i+1].Mul(w.Num(), t.Quo(common, w.Denom()))
		x[0].Sub(&x[0], &x[i+1])
		if x[i+1].Sign() < 0 {
			return nil, errors.New("the point lies outside of the item's set")
		}
	}
	if x[0].Sign() < 0 {
		return nil, errors.New("the point lies outside of the item's set")
	}
	return exactVertex(x), nil
}

// pattern goes through the network with the pieces that execute at a point, or,
// where towards is not nil, at the points next to it on the way there.
func (n *network) pattern(corners [][]float64, at, towards *vertex) *state {
	s := inputState(corners)
	for i := range n.nodes {
		d := &n.nodes[i]
		if d.pieces == nil {
			s = n.affineState(s, i)
			continue
		}
		in := s.at(d.inputs[0])
		pattern := make([]uint8, d.to-d.from)
		for u := range pattern {
			for b, z := range d.pieces.breaks {
				f := n.newForm(in, nn.ActivationChannel, len(corners), []term{{u, 1}}, []float64{-z})
				sign, _, _, _ := f.sign(at)
				if sign == 0 && towards != nil {
					sign, _, _, _ = f.sign(towards)
				}
				if sign < 0 {
					break
				}
				pattern[u] = uint8(b + 1)
			}
		}
		s = n.activationState(s, i, pattern)
	}
	return s
}

// located is where a row lies.
type located struct {
	corners     [][]float64
	at, towards *vertex
	end         *state
}

func (m *rowMaker) locate(r *cert.Row) (*located, error) {
	if r.Item >= len(m.spec.Items) {
		return nil, fmt.Errorf("item %d of %d", r.Item, len(m.spec.Items))
	}
	jobs := m.jobs[r.Item]
	if r.Triangle >= len(jobs) {
		return nil, fmt.Errorf("triangle %d of %d", r.Triangle, len(jobs))
	}
	p := &located{corners: jobs[r.Triangle].corners}
	var err error
	if p.at, err = parameter(len(p.corners), r.At); err != nil {
		return nil, err
	}
	if r.Towards != nil {
		if p.towards, err = parameter(len(p.corners), r.Towards); err != nil {
			return nil, err
		}
	}
	p.end = m.net.pattern(p.corners, p.at, p.towards)
	return p, nil
}

// row is a certificate's row.
func (m *rowMaker) row(r *cert.Row) (*row, error) {
	p, err := m.locate(r)
	if err != nil {
		return nil, err
	}
	need := newNeed(&m.spec.Items[r.Item].Output, m.net.net.OutDim(), m.margin)
	h, err := m.halfSpace(need, r, p)
	if err != nil {
		return nil, err
	}
	f := need.form(m.net, p.end, len(p.corners), h)
	rhs := f.rationalAt(p.at)
	out := &row{rhs: rhs.Neg(rhs), g: m.gradient(h, p.end), strict: h.strict && p.towards == nil, scale: scaleOf(p.at)}
	out.rhs.Mul(out.rhs, rational(&out.scale.m[0], out.scale.e))
	in := &m.net.nodes[m.layer]
	out.h = weighted(m.net.exactInputs(p.end, in, nn.ValueChannel), in.value.cols, p.at, out.scale.e)
	return out, nil
}

// scaleOf is what a row at a point is multiplied with, so that its coefficients are
// dyadic numbers: q / 2^k, where q is the common denominator of the point's weights in
// lowest terms, and 2^k the largest power of 2 that is at most q.
func scaleOf(at *vertex) exactValues {
	q := total(at)
	return exactValues{m: []big.Int{*q}, e: 1 - q.BitLen()}
}

// total is the sum of a point's homogeneous weights, made free of common factors.
func total(at *vertex) *big.Int {
	w, sum, common := at.homogeneous(), new(big.Int), new(big.Int)
	for k := range w {
		sum.Add(sum, &w[k])
		common.GCD(nil, nil, common, &w[k])
	}
	if common.Cmp(big.NewInt(1)) > 0 {
		for k := range w {
			w[k].Quo(&w[k], common)
		}
		sum.Quo(sum, common)
	}
	return sum
}

// halfSpace is the row's half-space. Of several allowed classes it must be the
// one that the original network prefers at the row's point.
func (m *rowMaker) halfSpace(need *need, r *cert.Row, p *located) (halfSpace, error) {
	total := len(need.always) + len(need.disallowed)
	if r.HalfSpace >= total {
		return halfSpace{}, fmt.Errorf("half-space %d of %d", r.HalfSpace, total)
	}
	if err := need.states(r); err != nil {
		return halfSpace{}, err
	}
	var class int
	switch {
	case r.Class != nil:
		class = *r.Class
		if err := m.prefers(need, class, p); err != nil {
			return halfSpace{}, err
		}
	case len(need.allowed) == 1:
		class = need.allowed[0]
	}
	if r.HalfSpace < len(need.always) {
		return need.always[r.HalfSpace], nil
	}
	return need.beats(class, need.disallowed[r.HalfSpace-len(need.always)]), nil
}

// prefers checks that a class is the one that the original network prefers at a
// row's point, or next to it on the way that the row says: of equal ones the
// first listed.
func (m *rowMaker) prefers(need *need, class int, p *located) error {
	listed := slices.Index(need.allowed, class)
	if listed < 0 {
		return fmt.Errorf("class %d is not allowed there", class)
	}
	for i, k := range need.allowed {
		if k == class {
			continue
		}
		f := m.net.newForm(p.end, nn.ValueChannel, len(p.corners), need.beats(class, k).terms, nil)
		sign, _, _, _ := f.sign(p.at)
		if sign == 0 && p.towards != nil {
			sign, _, _, _ = f.sign(p.towards)
		}
		if sign > 0 || sign == 0 && i < listed {
			return fmt.Errorf("class %d is not the one that the original network prefers there", class)
		}
	}
	return nil
}

// weighted are a node's values at a point, exactly, times the point's scale, of
// exponent e ([scaleOf]).
func weighted(v *exactValues, n int, at *vertex, e int) exactValues {
	w := at.homogeneous()
	out := exactValues{m: make([]big.Int, n), e: v.e + e}
	var p big.Int
	for i := range out.m {
		for k := range len(v.m) / n {
			out.m[i].Add(&out.m[i], p.Mul(&w[k], &v.m[k*n+i]))
		}
	}
	return out
}

// gradient of a half-space by the layer's output, through the value channel with
// the pieces of a state.
func (m *rowMaker) gradient(h halfSpace, end *state) exactValues {
	a := make([]float64, m.net.net.OutDim())
	for _, t := range h.terms {
		a[t.unit] += t.factor
	}
	g := make([]exactValues, len(m.net.nodes))
	g[len(g)-1] = exactOf(a)
	for i := len(g) - 1; i > m.layer; i-- {
		if g[i].m == nil {
			continue
		}
		d := &m.net.nodes[i]
		var back exactValues
		if d.pieces != nil {
			back = d.pieces.back(g[i], end.at(i).pattern)
		} else {
			back = d.value.back(g[i])
		}
		at := 0
		for _, j := range d.inputs {
			n := m.net.net.Dim(j)
			if j >= m.layer && j != nn.Input {
				g[j] = plus(g[j], exactValues{m: back.m[at : at+n], e: back.e})
			}
			at += n
		}
	}
	if g[m.layer].m == nil {
		return exactValues{m: make([]big.Int, m.net.net.Dim(m.layer))}
	}
	return g[m.layer]
}

// back is g times the pieces' slopes.
func (p *pieces) back(g exactValues, pattern []uint8) exactValues {
	out := exactValues{m: make([]big.Int, len(g.m)), e: p.exactSlope.e + g.e}
	for u := range g.m {
		out.m[u].Mul(&g.m[u], &p.exactSlope.m[pattern[u]])
	}
	return out
}
