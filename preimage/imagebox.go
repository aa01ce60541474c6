package preimage

import (
	"fmt"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// ImageBox returns a box that contains {net(x) : x in box}, by interval
// arithmetic: an over-approximation for every activation function, decoupled
// networks included, with outward rounding. The box may have infinite bounds; of
// an empty one the image is empty.
//
// It fails where the box has another dimension than the input, and for an
// activation function of which no bounds are known.
func ImageBox(net *nn.Network, box set.Box) (set.Box, error) {
	net = net.LowerSelections()
	if err := checkBox(net, box); err != nil {
		return set.Box{}, err
	}
	if box.Empty() {
		return set.EmptyBox(net.OutDim()), nil
	}
	bounds, err := propagate(net, box)
	if err != nil {
		return set.Box{}, err
	}
	return bounds[len(bounds)-1], nil
}

// ImageZonotope returns a zonotope that contains {net(x) : x in z}: an
// over-approximation, exact up to rounding where every unit is affine on z, and
// usually far tighter than [ImageBox]. A unit that is not affine gives a new
// generator, after those of z. Rounding errors go into the radius.
//
// It fails as [ImageBox] does.
func ImageZonotope(net *nn.Network, z set.Zonotope) (set.Zonotope, error) {
	net = net.LowerSelections()
	if z.Dim() != net.InDim() {
		return set.Zonotope{}, fmt.Errorf("zonotope of dimension %d, the network has %d inputs", z.Dim(), net.InDim())
	}
	active, err := zonotopes(net, z, nn.ActivationChannel, nil)
	if err != nil {
		return set.Zonotope{}, err
	}
	if net.Decoupled() {
		if active, err = zonotopes(net, z, nn.ValueChannel, active); err != nil {
			return set.Zonotope{}, err
		}
	}
	return active[len(active)-1], nil
}

// zonotopes encloses the values of one channel, the input first, then each node.
// All share their generators: row k is the same number everywhere, and where
// there is no row k it does not count.
func zonotopes(net *nn.Network, z set.Zonotope, ch nn.Channel, around []set.Zonotope) ([]set.Zonotope, error) {
	values := make([]set.Zonotope, 1, len(net.Nodes)+1)
	values[0] = z
	generators := z.Generators.Rows
	for i, node := range net.Nodes {
		if f, ok := node.Op.(nn.Activation); ok {
			source := node.Inputs[0] + 1
			var pieces *set.Box
			if around != nil {
				box := around[source].BoundingBox()
				pieces = &box
			}
			y, err := activate(f, values[source], pieces, generators)
			if err != nil {
				return nil, fmt.Errorf("node %d (%s %q): %w", i, node.Op.Kind(), node.Name, err)
			}
			generators = max(generators, y.Generators.Rows)
			values = append(values, y)
			continue
		}
		in := make([]set.Zonotope, len(node.Inputs))
		for k, j := range node.Inputs {
			in[k] = values[j+1]
		}
		values = append(values, joined(in).Image(matrixOf(net, i, ch), constantOf(net, i, ch)))
	}
	return values, nil
}

// joined is the zonotope of the values of several, one after the other.
func joined(zs []set.Zonotope) set.Zonotope {
	if len(zs) == 1 {
		return zs[0]
	}
	var j set.Zonotope
	rows := 0
	for _, z := range zs {
		j.Center = append(j.Center, z.Center...)
		rows = max(rows, z.Generators.Rows)
	}
	j.Generators = nn.NewMatrix(rows, len(j.Center))
	j.Radius = make([]float64, len(j.Center))
	at := 0
	for _, z := range zs {
		for k := range z.Generators.Rows {
			copy(j.Generators.Row(k)[at:], z.Generators.Row(k))
		}
		copy(j.Radius[at:], z.Radius)
		at += z.Dim()
	}
	return j
}

// activate encloses f of the values v. Its new generators come after so many.
// around, where not nil, bounds the activation channel's values.
func activate(f nn.Activation, v set.Zonotope, around *set.Box, generators int) (set.Zonotope, error) {
	box := v.BoundingBox()
	n := v.Dim()
	scale := nn.NewMatrix(n, n)
	centre, noise := make([]float64, n), make([]float64, n)
	fresh := 0
	for u := range n {
		z, at := box.Interval(u), (*set.Interval)(nil)
		if around != nil {
			value := z
			z, at = around.Interval(u), &value
		}
		r, err := relax(f, z, at)
		if err != nil {
			return set.Zonotope{}, err
		}
		scale.Row(u)[u] = r.slope
		rest := set.Box{Lo: []float64{r.rest.Lo}, Hi: []float64{r.rest.Hi}}
		centre[u] = rest.Center()[0]
		c := set.Interval{Lo: centre[u], Hi: centre[u]}
		noise[u] = max(r.rest.Sub(c).Hi, c.Sub(r.rest).Hi)
		if noise[u] > 0 {
			fresh++
		}
	}
	y := v.Image(scale, centre)
	if fresh == 0 {
		return y, nil
	}
	g := nn.NewMatrix(generators+fresh, n)
	for k := range y.Generators.Rows {
		copy(g.Row(k), y.Generators.Row(k))
	}
	for u, e := range noise {
		if e > 0 {
			g.Row(generators)[u] = e
			generators++
		}
	}
	y.Generators = g
	return y, nil
}
