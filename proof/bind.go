package proof

import (
	"context"
	"errors"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Bind returns a copy of a specification in which the items to keep have the class that the
// network gives them, decided in exact arithmetic. They are then items like any other; but if
// the largest (or smallest) outputs are equal, so that the network gives no class, the item
// becomes one that nothing meets ([spec.Spec.Bind]). unknown says why that could not be
// decided, if the network has operations that this package does not know.
func Bind(ctx context.Context, net *nn.Network, s *spec.Spec) (bound *spec.Spec, unknown string, err error) {
	if err := aboutOutputs(net, s.BeforeEnd); err != nil {
		return nil, "", err
	}
	var failed *unsupportedError
	evaluate := func(points [][]float64) ([][]float64, error) {
		n, err := compile(net)
		if err == nil {
			n.ctx = ctx
		}
		var p *pointNetwork
		if errors.As(err, &failed) {
			p, err = newPointNetwork(net)
		}
		if err != nil {
			return nil, err
		}
		y := make([][]float64, len(points))
		for i, x := range points {
			if p != nil {
				y[i], err = p.ranking(ctx, x, s.Extremum)
			} else {
				y[i], err = n.ranking(ctx, x, s.Extremum)
			}
			if err != nil {
				return nil, err
			}
		}
		return y, nil
	}
	bound, err = s.Bind(net.OutDim(), evaluate)
	if errors.As(err, &failed) {
		return nil, failed.Error(), nil
	}
	if err != nil {
		return nil, "", err
	}
	for i := range bound.Items {
		bound.Items[i].Keep = false
	}
	return bound, "", nil
}

// ranking are numbers that prefer the same class as the outputs at a point, and tie
// where these do.
func (n *network) ranking(ctx context.Context, x []float64, e spec.Extremum) ([]float64, error) {
	y := make([]float64, n.net.OutDim())
	sign := 1.0
	if e == spec.Argmin {
		sign = -1
	}
	w := &walker{ctx: ctx, net: n}
	w.visit = func(c *cell, end *state) error {
		best := []int{0}
		for k := 1; k < len(y); k++ {
			f := n.newForm(end, nn.ValueChannel, 1, []term{{k, sign}, {best[0], -sign}}, nil)
			switch s, _, _, _ := f.sign(c.vertices[0]); {
			case s > 0:
				best = []int{k}
			case s == 0:
				best = append(best, k)
			}
		}
		for _, k := range best {
			y[k] = sign
		}
		return nil
	}
	return y, w.run([][]float64{x})
}
