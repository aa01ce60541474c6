package tree

import (
	"fmt"
	"math"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
)

// errBits: an exact number is longer than any that is needed.
var errBits = fmt.Errorf("an exact number has more than %d bits", maxExactBits)

// vector are the numbers num[i] 2^exp.
type vector struct {
	num []big.Int
	exp int
}

func newVector(n int) *vector { return &vector{num: make([]big.Int, n)} }

// dyadic is m 2^exp.
type dyadic struct {
	m   big.Int
	exp int
}

// add adds v 2^exp to number i.
func (a *vector) add(i int, v *big.Int, exp int) {
	if v.Sign() == 0 {
		return
	}
	if exp < a.exp {
		for k := range a.num {
			a.num[k].Lsh(&a.num[k], uint(a.exp-exp))
		}
		a.exp = exp
	}
	a.num[i].Add(&a.num[i], new(big.Int).Lsh(v, uint(exp-a.exp)))
}

func (d *dyadic) add(v *big.Int, exp int) {
	switch {
	case v.Sign() == 0:
		return
	case d.m.Sign() == 0:
		d.exp = exp
	case exp < d.exp:
		d.m.Lsh(&d.m, uint(d.exp-exp))
		d.exp = exp
	}
	d.m.Add(&d.m, new(big.Int).Lsh(v, uint(exp-d.exp)))
}

// parts are m and e with v = m 2^e, for a finite v.
func parts(v float64) (m int64, e int) {
	f, e := math.Frexp(v)
	return int64(f * (1 << 53)), e - 53
}

// pullBack is an affine function of a network's values, as coefficients of nodes by
// channel, on the way back to the inputs. All is scale times what it means.
type pullBack struct {
	s        *State
	scale    *big.Int
	values   [2][]*vector
	input    *vector
	constant dyadic
	spans    map[int][]Span // of the units of activation nodes that were asked for
}

// at is the vector of coefficients of a node in a channel.
func (r *pullBack) at(ch nn.Channel, node int) *vector {
	if node == nn.Input {
		return r.input
	}
	if !r.s.c.decoupled {
		ch = nn.ActivationChannel
	}
	v := &r.values[ch][node]
	if *v == nil {
		*v = newVector(r.s.c.net.Dim(node))
	}
	return *v
}

// unit adds the half-space of a unit's piece.
func (r *pullBack) unit(w cert.Integer) error {
	u := w.Row / 2
	if w.Row < 0 || u >= len(r.s.units) {
		return fmt.Errorf("unit %d of %d has a multiplier", u, len(r.s.units))
	}
	node := r.s.c.nodeOf[u]
	first, _ := r.s.c.net.Units(node)
	span, err := r.span(node, u-first)
	if err != nil {
		return err
	}
	op := r.s.c.net.Nodes[node].Op.(*nn.Piecewise)
	end, sign := span.To, int64(1)
	if w.Row%2 != 0 {
		end, sign = span.From-1, -1
	}
	if end < 0 || end >= len(op.Breaks) {
		return fmt.Errorf("unit %d has a multiplier of an end that its pieces do not have", u)
	}
	y := new(big.Int).Mul(w.Value, big.NewInt(sign))
	r.at(nn.ActivationChannel, r.s.c.net.Nodes[node].Inputs[0]).add(u-first, y, 0)
	m, e := parts(-op.Breaks[end])
	r.constant.add(y.Mul(y, big.NewInt(m)), e)
	return nil
}

// span is what is known of unit k of an activation node.
func (r *pullBack) span(node, k int) (Span, error) {
	spans, ok := r.spans[node]
	if !ok {
		from, to := r.s.c.net.Units(node)
		var err error
		if spans, err = r.s.Spans(nil, [2]int{from, to}); err != nil {
			return Span{}, err
		}
		r.spans[node] = spans
	}
	return spans[k], nil
}

// rescale multiplies all that is there by the scale.
func (r *pullBack) rescale() {
	if r.scale.IsInt64() && r.scale.Int64() == 1 {
		return
	}
	scale := func(v *vector) {
		for i := range v.num {
			v.num[i].Mul(&v.num[i], r.scale)
		}
	}
	scale(r.input)
	for _, vs := range r.values {
		for _, v := range vs {
			if v != nil {
				scale(v)
			}
		}
	}
	r.constant.m.Mul(&r.constant.m, r.scale)
}

// halfSpace adds y times Normal . v - Offset, v being what dst has the coefficients of.
func (r *pullBack) halfSpace(dst *vector, h *ExactHalfSpace, y *big.Int) {
	whole := func(v *big.Rat) *big.Int {
		n := new(big.Int).Quo(r.scale, v.Denom())
		return n.Mul(n.Mul(n, v.Num()), y)
	}
	for i, v := range h.Normal {
		if v.Sign() != 0 {
			dst.add(i, whole(v), 0)
		}
	}
	v := whole(h.Offset)
	r.constant.add(v.Neg(v), 0)
}

// run goes back node by node.
func (r *pullBack) run() error {
	for i := len(r.s.c.net.Nodes) - 1; i >= 0; i-- {
		for ch := range r.values {
			v := r.values[ch][i]
			if v == nil {
				continue
			}
			r.values[ch][i] = nil
			if err := r.node(i, nn.Channel(ch), v); err != nil {
				return fmt.Errorf("node %d: %w", i, err)
			}
		}
	}
	return nil
}

func (r *pullBack) node(i int, ch nn.Channel, v *vector) error {
	node := &r.s.c.net.Nodes[i]
	a := r.s.c.ops[ch][i]
	if a == nil {
		return r.activation(i, ch, v)
	}
	for j, b := range a.bias {
		if b != 0 && v.num[j].Sign() != 0 {
			m, e := parts(b)
			r.constant.add(new(big.Int).Mul(&v.num[j], big.NewInt(m)), v.exp+e)
		}
	}
	row := 0
	for _, in := range node.Inputs {
		n := r.s.c.net.InDim()
		if in != nn.Input {
			n = r.s.c.net.Dim(in)
		}
		dst := r.at(ch, in)
		for k := range n {
			if err := r.s.c.watch.after(exactWork * len(v.num)); err != nil {
				return err
			}
			sum := product(a.mat.Row(row), v)
			if sum.m.BitLen() > maxExactBits {
				return errBits
			}
			dst.add(k, &sum.m, sum.exp)
			row++
		}
	}
	return nil
}

// exactWork is how many operations of float64 take about as long as one of an exact step.
const exactWork = 256

// product is Σ w_j v_j.
func product(w []float64, v *vector) dyadic {
	low := 0
	for j, x := range w {
		if x != 0 && v.num[j].Sign() != 0 {
			_, e := parts(x)
			low = min(low, e)
		}
	}
	sum := dyadic{exp: v.exp + low}
	var term, factor big.Int
	for j, x := range w {
		if x == 0 || v.num[j].Sign() == 0 {
			continue
		}
		m, e := parts(x)
		term.Mul(&v.num[j], factor.SetInt64(m))
		sum.m.Add(&sum.m, term.Lsh(&term, uint(e-low)))
	}
	return sum
}

// activation goes back through the pieces that execute.
func (r *pullBack) activation(i int, ch nn.Channel, v *vector) error {
	op := r.s.c.net.Nodes[i].Op.(*nn.Piecewise)
	dst := r.at(ch, r.s.c.net.Nodes[i].Inputs[0])
	var t big.Int
	for k := range v.num {
		if v.num[k].Sign() == 0 {
			continue
		}
		span, err := r.span(i, k)
		if err != nil {
			return err
		}
		if span.From != span.To {
			return errPieces
		}
		for _, part := range [...]struct {
			by  float64
			add func(x *big.Int, exp int)
		}{
			{op.Slope[span.From], func(x *big.Int, exp int) { dst.add(k, x, exp) }},
			{op.Offset[span.From], r.constant.add},
		} {
			if part.by != 0 {
				m, e := parts(part.by)
				part.add(t.Mul(&v.num[k], big.NewInt(m)), v.exp+e)
			}
		}
	}
	return nil
}

// rational is m 2^exp over the scale.
func (r *pullBack) rational(m *big.Int, exp int) *big.Rat {
	n, d := new(big.Int).Set(m), new(big.Int).Set(r.scale)
	if exp > 0 {
		n.Lsh(n, uint(exp))
	} else {
		d.Lsh(d, uint(-exp))
	}
	return new(big.Rat).SetFrac(n, d)
}
