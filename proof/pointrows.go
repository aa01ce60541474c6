package proof

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/enclose"
	"github.com/netmend/netmend/spec"
)

// rowBits is the precision in which rows at points are enclosed.
const rowBits = 256

// dualOf adds up the rows of a certificate, exactly where that is possible.
func dualOf(ctx context.Context, net *nn.Network, s *spec.Spec, body *cert.Repair, free []bool, workers int) (*dual, error) {
	m, err := newRowMaker(net, s, body.Margin, body.Layer)
	var unsupported *unsupportedError
	switch {
	case errors.As(err, &unsupported) && !s.Polytopes():
		return pointDual(ctx, net, s, body, free, workers)
	case err != nil:
		return nil, err
	}
	return newDual(ctx, m, body.Rows, free, workers)
}

// pointDual is newDual for rows at points of networks, or changes of layers, that
// have no exact rows: coefficients are enclosed in intervals, and the dual gets
// the largest right-hand side and the largest sizes of the sums, with which it
// proves the least.
func pointDual(ctx context.Context, net *nn.Network, s *spec.Spec, body *cert.Repair, free []bool, workers int) (*dual, error) {
	p, err := newPointNetwork(net)
	if err != nil {
		return nil, err
	}
	layer, op, err := net.Layer(body.Layer)
	if err != nil {
		return nil, err
	}
	m := &pointRows{net: p, spec: s, margin: body.Margin, layer: layer, op: op, f: enclose.Field{Bits: rowBits}}
	w := op.Channel(nn.ValueChannel).Weight
	if n := w.Rows * (w.Cols + 1) * (net.Dim(layer)/w.Rows + 1); len(body.Rows) > 0 && max(n, p.work) > maxPointWork/len(body.Rows) {
		return nil, fmt.Errorf("%w: %d rows of this network are beyond the limit of the checker", ErrUnknown, len(body.Rows))
	}
	if m.meetings, err = meetings(op, inputsOf(net, layer), net.Dim(layer)); err != nil {
		return nil, err
	}
	rhs, strict := m.f.Int(0), false
	q := make([]enclose.Interval, w.Rows*(w.Cols+1))
	for i := range q {
		q[i] = rhs
	}
	err = inBlocks(ctx, len(body.Rows), workers, func(i int) (*pointRow, error) { return m.row(ctx, &body.Rows[i]) }, func(made []*pointRow) {
		for _, r := range made {
			y := m.f.Rat(r.multiplier)
			strict = strict || r.strict && r.multiplier.Sign() > 0
			rhs = m.f.Add(rhs, m.f.Mul(y, r.rhs))
			for j, v := range r.gradient {
				if v.Lo != nil {
					q[j] = m.f.Add(q[j], m.f.Mul(y, v))
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	d := &dual{free: free, q: exactValues{m: make([]big.Int, len(q)), e: -2 * rowBits}, den: big.NewInt(1), strict: strict}
	if d.rhs, _ = rhs.Hi.Rat(nil); d.rhs == nil {
		return nil, fmt.Errorf("%w: a row has no bounds in %d bits", ErrUnknown, rowBits)
	}
	for i := range q {
		size := new(big.Float).SetMantExp(m.f.Abs(q[i]).Hi, 2*rowBits)
		if size.IsInf() {
			return nil, fmt.Errorf("%w: a row has no bounds in %d bits", ErrUnknown, rowBits)
		}
		if v, accuracy := size.Int(&d.q.m[i]); accuracy != big.Exact {
			v.Add(v, big.NewInt(1)) // sizes are not negative: upwards
		}
	}
	return d, nil
}

type pointRows struct {
	net    *pointNetwork
	spec   *spec.Spec
	margin float64
	layer  int // node
	op     nn.Layer
	f      enclose.Field

	meetings [][]meeting
}

// pointRow is Σ gradient_i D_i <= rhs, with the layer's parameters in the order
// of changes; a coefficient without ends is 0.
type pointRow struct {
	multiplier *big.Rat
	strict     bool
	gradient   []enclose.Interval
	rhs        enclose.Interval
}

func (m *pointRows) row(ctx context.Context, r *cert.Row) (*pointRow, error) {
	if r.Item >= len(m.spec.Items) || m.spec.Items[r.Item].Point == nil || len(r.At)+len(r.Towards)+r.Triangle > 0 {
		return nil, fmt.Errorf("item %d: rows of this network are for points alone", r.Item)
	}
	multiplier, err := r.Multiplier.Rat()
	if err != nil {
		return nil, err
	}
	item := &m.spec.Items[r.Item]
	run, err := m.net.run(ctx, m.f, item.Point)
	if err != nil {
		return nil, err
	}
	y := run.values[nn.ValueChannel][len(m.net.net.Nodes)-1]
	need := newNeed(&item.Output, m.net.net.OutDim(), m.margin)
	h, err := m.halfSpace(need, r, y)
	if err != nil {
		return nil, err
	}
	left := m.f.Add(m.f.Float(h.plus), m.f.Float(m.margin))
	for _, t := range h.terms {
		left = m.f.Add(left, m.f.Mul(m.f.Float(t.factor), y[t.unit]))
	}
	g := m.net.gradient(m.f, run, h, m.layer)
	return &pointRow{
		multiplier: multiplier, strict: h.strict, rhs: m.f.Neg(left),
		gradient: m.parameters(g, run.inputs(m.net.net, m.layer, nn.ValueChannel)),
	}, nil
}

// halfSpace is the row's half-space; of several allowed classes it must be the
// one that the network prefers for sure.
func (m *pointRows) halfSpace(need *need, r *cert.Row, y []enclose.Interval) (halfSpace, error) {
	if total := len(need.always) + len(need.disallowed); r.HalfSpace >= total {
		return halfSpace{}, fmt.Errorf("half-space %d of %d", r.HalfSpace, total)
	}
	if err := need.states(r); err != nil {
		return halfSpace{}, err
	}
	class := -1
	switch {
	case r.Class != nil:
		class = *r.Class
		listed := slices.Index(need.allowed, class)
		if listed < 0 {
			return halfSpace{}, fmt.Errorf("class %d is not allowed there", class)
		}
		for i, k := range need.allowed {
			lead := m.f.Mul(m.f.Float(need.sign), m.f.Sub(y[k], y[class]))
			if k != class && (lead.Hi.Sign() > 0 || lead.Hi.Sign() == 0 && i < listed) {
				return halfSpace{}, fmt.Errorf("class %d is not shown to be the one that the original network prefers there", class)
			}
		}
	case len(need.allowed) == 1:
		class = need.allowed[0]
	}
	if r.HalfSpace < len(need.always) {
		return need.always[r.HalfSpace], nil
	}
	return need.beats(class, need.disallowed[r.HalfSpace-len(need.always)]), nil
}

// parameters is the gradient by the layer's parameters, from that by its output
// and its input.
func (m *pointRows) parameters(g, h []enclose.Interval) []enclose.Interval {
	w := m.op.Channel(nn.ValueChannel).Weight
	out := make([]enclose.Interval, w.Rows*(w.Cols+1))
	for u, v := range g {
		if v.Lo == nil {
			continue
		}
		for _, t := range m.meetings[u] {
			p := v
			if t.input >= 0 {
				p = m.f.Mul(v, h[t.input])
			}
			if to := &out[t.parameter]; to.Lo != nil {
				*to = m.f.Add(*to, p)
			} else {
				*to = p
			}
		}
	}
	return out
}
