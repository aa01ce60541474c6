package repair

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
)

// rounded returns the network with every parameter rounded to t, as a file of
// that type stores it; the network itself where nothing changes. It fails where
// a parameter overflows.
func rounded(net *nn.Network, t nn.DType) (*nn.Network, error) {
	if t == nn.Float64 {
		return net, nil
	}
	c := net.Clone()
	for i, node := range net.Nodes {
		switch op := node.Op.(type) {
		case nn.Layer:
			var value *nn.Params
			if op.Decoupled() {
				v := op.Channel(nn.ValueChannel).Round(t)
				value = &v
			}
			c.Nodes[i].Op = op.WithParams(op.Channel(nn.ActivationChannel).Round(t), value)
		case *nn.Scale:
			s := &nn.Scale{Factor: append([]float64(nil), op.Factor...), Shift: append([]float64(nil), op.Shift...)}
			for j := range s.Factor {
				s.Factor[j], s.Shift[j] = t.Round(s.Factor[j]), t.Round(s.Shift[j])
			}
			c.Nodes[i].Op = s
		case *nn.Piecewise, *nn.Smooth, *nn.Sum, *nn.Take, *nn.Concat, *nn.Reduce, *nn.AveragePool, *nn.MaxPool, *nn.Max:
			// Written so that the file holds them as they are, or not at all.
		default:
			return nil, fmt.Errorf("node %d (%s %q): how it is stored is not known", i, op.Kind(), node.Name)
		}
	}
	r, err := nn.New(c.Nodes, c.InputShape, c.Meta)
	if err != nil {
		return nil, fmt.Errorf("rounding to %v: %w", t, err)
	}
	r.Meta.DType = t
	return r, nil
}

// store adds the change d to layer's value parameters, rounds them to t and
// returns the repaired network with the change as stored.
//
// A parameter that rounding would take beyond the bound is rounded towards its
// old value.
func (p *problem) store(layer int, d []float64, bound float64, t nn.DType) (*nn.Network, *nn.Params, []float64, error) {
	old := p.op.params()
	stored := old.Clone()
	change := old.Clone()
	in := old.Weight.Cols
	flat := make([]float64, len(d))
	put := func(dst *float64, before, delta float64, i int) float64 {
		*dst = t.Round(before + delta)
		for math.Abs(*dst-before) > bound {
			*dst = t.Towards(*dst, before)
		}
		flat[i] = *dst - before
		return flat[i]
	}
	for j := range old.Weight.Rows {
		w, s, c := old.Weight.Row(j), stored.Weight.Row(j), change.Weight.Row(j)
		for i := range w {
			k := j*(in+1) + i
			c[i] = put(&s[i], w[i], d[k], k)
		}
		k := j*(in+1) + in
		change.Bias[j] = put(&stored.Bias[j], old.Bias[j], d[k], k)
	}
	for _, v := range flat {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, nil, nil, fmt.Errorf("the repaired parameters overflow %v", t)
		}
	}
	net, err := p.net.WithLayer(layer, &stored)
	return net, &change, flat, err
}
