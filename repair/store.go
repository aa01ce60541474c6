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

// round adds the change d to the layer's value parameters and rounds them to t; one that
// rounding would take beyond the bound is rounded towards its old value. It fails where
// a parameter overflows.
func (p *problem) round(d []float64, bound float64, t nn.DType) ([]float64, error) {
	values := flat(p.op.params())
	for i, before := range values {
		// What a solver leaves beyond the bound may be more than there are steps to go.
		v := t.Round(before + min(max(d[i], -bound), bound))
		for math.Abs(v-before) > bound {
			v = t.Towards(v, before)
		}
		if values[i] = v; math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("the repaired parameters overflow %v", t)
		}
	}
	return values, nil
}

// store returns the network with the given value parameters of the layer, and their
// change.
func (p *problem) store(layer int, values []float64) (*nn.Network, *nn.Params, []float64, error) {
	old := p.op.params()
	d := flat(old)
	for i, before := range d {
		d[i] = values[i] - before
	}
	stored, change := filled(old, values), filled(old, d)
	net, err := p.net.WithLayer(layer, &stored)
	return net, &change, d, err
}

// flat are parameters as one list, out x (in+1), the bias last.
func flat(p *nn.Params) []float64 {
	all := make([]float64, 0, p.Weight.Rows*(p.Weight.Cols+1))
	for j := range p.Weight.Rows {
		all = append(append(all, p.Weight.Row(j)...), p.Bias[j])
	}
	return all
}

// filled are parameters of the shape of p with the numbers of a list.
func filled(p *nn.Params, values []float64) nn.Params {
	c := p.Clone()
	in := p.Weight.Cols + 1
	for j := range p.Weight.Rows {
		copy(c.Weight.Row(j), values[j*in:(j+1)*in-1])
		c.Bias[j] = values[(j+1)*in-1]
	}
	return c
}
