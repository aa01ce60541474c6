package proof

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// rowBits is the precision in which rows at points are enclosed.
const rowBits = 256

// dualOf adds up the rows of a certificate, exactly where that is possible.
func dualOf(ctx context.Context, net *nn.Network, s *spec.Spec, body *cert.Repair, free []bool, opt Options) (*dual, error) {
	m, err := newRowMaker(net, s, body.Margin, body.Layer)
	var unsupported *unsupportedError
	switch {
	case errors.As(err, &unsupported) && !s.Polytopes():
		return pointDual(ctx, net, s, body, free, opt)
	case err != nil:
		return nil, err
	}
	return newDual(ctx, m, body.Rows, free, opt.Workers)
}

// pointDual is newDual for rows at points of networks, or changes of layers, that
// have no exact rows: coefficients are enclosed in intervals, and the dual gets
// the largest right-hand side and the largest sizes of the sums, with which it
// proves the least. Rows of one point are added up first, as half-spaces of the output
// without rounding: what cancels there cancels exactly.
func pointDual(ctx context.Context, net *nn.Network, s *spec.Spec, body *cert.Repair, free []bool, opt Options) (*dual, error) {
	p, err := newPointNetwork(net)
	if err != nil {
		return nil, err
	}
	p.kept = opt.Kept.fitting(net)
	layer, op, err := net.Layer(body.Layer)
	if err != nil {
		return nil, err
	}
	m := &pointRows{net: p, spec: s, margin: body.Margin, layer: layer, op: op, f: interval.Field{Bits: rowBits}}
	points, err := m.points(body.Rows)
	if err != nil {
		return nil, err
	}
	w := op.Channel(nn.ValueChannel).Weight
	n := w.Rows * (w.Cols + 1) * (net.Dim(layer)/w.Rows + 1)
	m.deep = len(points) > 0 && max(n, p.work) > maxPointWork/len(points)
	if m.deep && (net.SmoothNode() >= 0 || p.behind(layer) > maxBehind) {
		return nil, m.beyond(len(points))
	}
	if m.meetings, err = meetingsOf(op, inputsOf(net, layer), net.Dim(layer)); err != nil {
		return nil, err
	}
	return m.sum(ctx, points, free, opt.Workers)
}

// sum is the dual of the rows of some points.
func (m *pointRows) sum(ctx context.Context, points []*pointSum, free []bool, workers int) (*dual, error) {
	rhs, strict, work := m.f.Int(0), false, 0
	w := m.op.Channel(nn.ValueChannel).Weight
	q := make([]interval.Interval, w.Rows*(w.Cols+1)) // a number without ends is 0
	err := inBlocks(ctx, len(points), workers, func(i int) (*pointRow, error) { return m.row(ctx, points[i]) }, func(made []*pointRow) {
		for _, r := range made {
			strict = strict || r.strict
			rhs = m.f.Add(rhs, r.rhs)
			for _, c := range r.gradient {
				if of := &q[c.parameter]; of.Lo != nil {
					*of = m.f.Add(*of, c.value)
				} else {
					*of = c.value
				}
			}
			work = min(work+r.work, maxRowsWork+1)
		}
	})
	if err != nil {
		return nil, err
	}
	if m.deep && work > maxRowsWork {
		return nil, m.beyond(len(points))
	}
	d := &dual{free: free, q: exactValues{m: make([]big.Int, len(q)), e: -2 * rowBits}, den: big.NewInt(1), strict: strict}
	if d.rhs, _ = rhs.Hi.Rat(nil); d.rhs == nil {
		return nil, fmt.Errorf("%w: a row has no bounds in %d bits", ErrUnknown, rowBits)
	}
	for i := range q {
		if q[i].Lo == nil {
			continue
		}
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

func (m *pointRows) beyond(points int) error {
	return fmt.Errorf("%w: rows at %d points of this network are beyond the limit of the checker", ErrUnknown, points)
}

type pointRows struct {
	net    *pointNetwork
	spec   *spec.Spec
	margin float64
	layer  int // node
	op     nn.Layer
	f      interval.Field

	deep     bool // see runBehind
	meetings func(u int) []meeting
}

// pointSum is the rows of one point.
type pointSum struct {
	x    []float64
	rows []*cert.Row
}

// points sorts rows by their points, in the order in which these come first.
func (m *pointRows) points(rows []cert.Row) ([]*pointSum, error) {
	var all []*pointSum
	of := map[string]*pointSum{}
	for i := range rows {
		r := &rows[i]
		if r.Item >= len(m.spec.Items) || m.spec.Items[r.Item].Point == nil || len(r.At)+len(r.Towards)+r.Triangle > 0 {
			return nil, fmt.Errorf("row %d: item %d: rows of this network are for points alone", i, r.Item)
		}
		x := m.spec.Items[r.Item].Point
		key := make([]byte, 0, 8*len(x))
		for _, v := range x {
			key = binary.LittleEndian.AppendUint64(key, math.Float64bits(v+0)) // -0 is 0
		}
		p := of[string(key)]
		if p == nil {
			p = &pointSum{x: x}
			of[string(key)], all = p, append(all, p)
		}
		p.rows = append(p.rows, r)
	}
	return all, nil
}

// pointRow is Σ gradient_i D_i <= rhs, with the layer's parameters in the order
// of changes.
type pointRow struct {
	strict   bool
	gradient []partial
	rhs      interval.Interval
	work     int // products
}

type partial struct {
	parameter int
	value     interval.Interval
}

// row adds up the rows of a point with their multipliers.
func (m *pointRows) row(ctx context.Context, p *pointSum) (*pointRow, error) {
	var run *pointRun
	outputs := func() ([]interval.Interval, error) {
		if run == nil {
			var err error
			if run, err = m.run(ctx, p.x); err != nil {
				return nil, err
			}
		}
		return run.values[nn.ValueChannel][len(m.net.net.Nodes)-1], nil
	}
	out := &pointRow{}
	normal := make([]*big.Rat, m.net.net.OutDim()) // nil: 0
	offset, margin := new(big.Rat), exactRat(m.margin)
	for _, r := range p.rows {
		y, err := r.Multiplier.Rat()
		if err != nil {
			return nil, err
		}
		need := newNeed(&m.spec.Items[r.Item].Output, m.net.net.OutDim(), m.margin)
		h, err := m.halfSpace(need, r, outputs)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", r.Item, err)
		}
		out.strict = out.strict || h.strict && y.Sign() > 0
		t := exactRat(h.plus)
		offset.Sub(offset, t.Mul(y, t.Add(t, margin)))
		for _, term := range h.terms {
			if normal[term.unit] == nil {
				normal[term.unit] = new(big.Rat)
			}
			t := exactRat(term.factor)
			normal[term.unit].Add(normal[term.unit], t.Mul(t, y))
		}
	}
	out.rhs = m.f.Rat(offset)
	combined := make([]interval.Interval, len(normal))
	zero := true
	for k, a := range normal {
		if a != nil && a.Sign() != 0 {
			combined[k], zero = m.f.Rat(a), false
		}
	}
	if zero {
		return out, nil
	}
	if _, err := outputs(); err != nil {
		return nil, err
	}
	out.rhs = m.f.Sub(out.rhs, m.net.combination(m.f, run, combined))
	g := m.net.gradient(m.f, run, combined, m.layer)
	return out, m.parameters(ctx, out, g, run.inputs(m.net.net, m.layer, nn.ValueChannel))
}

// run encloses what a row needs of the network's values at a point.
func (m *pointRows) run(ctx context.Context, x []float64) (*pointRun, error) {
	if m.deep {
		return m.net.runBehind(ctx, m.f, x, m.layer)
	}
	return m.net.run(ctx, m.f, x)
}

func exactRat(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }

// halfSpace is the row's half-space; of several allowed classes it must be the
// one that the network prefers for sure.
func (m *pointRows) halfSpace(need *need, r *cert.Row, outputs func() ([]interval.Interval, error)) (halfSpace, error) {
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
		y, err := outputs()
		if err != nil {
			return halfSpace{}, err
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

// parameters computes the gradient by the layer's parameters, from that by its output
// and its input.
func (m *pointRows) parameters(ctx context.Context, out *pointRow, g, h []interval.Interval) error {
	place := map[int]int{} // of parameters
	for u, v := range g {
		if v.Lo == nil {
			continue
		}
		meetings := m.meetings(u)
		if out.work += len(meetings); m.deep && out.work > maxRowWork {
			return fmt.Errorf("%w: a row of this network is beyond the limit of the checker", ErrUnknown)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, t := range meetings {
			p := v
			if t.input >= 0 {
				p = m.f.Mul(v, h[t.input])
			}
			if k, ok := place[t.parameter]; ok {
				c := &out.gradient[k]
				c.value = m.f.Add(c.value, p)
			} else {
				place[t.parameter] = len(out.gradient)
				out.gradient = append(out.gradient, partial{t.parameter, p})
			}
		}
	}
	return nil
}
