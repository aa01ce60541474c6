package proof

import (
	"context"
	"fmt"
	"math/big"
	"sync"

	"github.com/netmend/netmend/nn"
)

// Region is a linear region of a network on a simplex: the points where one pattern
// executes, which have an interior in it. It is valid during the call that hands it out.
type Region struct {
	// Pattern executes on all of the region, except for faces that belong to other regions.
	Pattern nn.Pattern

	walker *walker
	cell   *cell
	end    *state
}

// Regions divides a segment or a triangle, given by its two or three corners, into the linear
// regions of the activation channel, exactly: visit is called for each of them, once, by one
// goroutine at a time. The order is not fixed if there are several workers; 0 means one per
// processor. Regions without an interior in the simplex are left out. Maxima are replaced by
// pairs of ReLUs first ([nn.Network.LowerSelections]), which patterns count.
//
// It fails with an error that wraps [ErrUnknown] for networks that are not piecewise affine
// or whose constants are not dyadic, with the error of visit, and with the context.
func Regions(ctx context.Context, net *nn.Network, corners [][]float64, workers int, visit func(*Region) error) error {
	if n := len(corners); n != 2 && n != 3 {
		return fmt.Errorf("a simplex of %d corners: want 2 or 3", n)
	}
	for _, x := range corners {
		if len(x) != net.InDim() {
			return fmt.Errorf("a corner of %d numbers: the network has %d inputs", len(x), net.InDim())
		}
		for _, v := range x {
			if !isFinite(v) {
				return fmt.Errorf("a corner with the number %v", v)
			}
		}
	}
	net, err := untilLastActivation(net)
	if err != nil {
		return err
	}
	n, err := compile(net)
	if err != nil {
		return err
	}
	n.ctx = ctx
	d := divider{ctx: ctx, net: n, corners: len(corners), crew: newCrew(workers), visit: visit}
	return d.crew.run(1, func(int) error {
		return d.walk(func(w *walker) error { return w.run(corners) })
	})
}

// untilLastActivation is the network, its maxima replaced, without the nodes that no pattern
// depends on.
func untilLastActivation(net *nn.Network) (*nn.Network, error) {
	net = net.LowerSelections()
	for i := len(net.Nodes) - 1; i > 0; i-- {
		if _, ok := net.Nodes[i].Op.(nn.Affine); !ok {
			return nn.New(net.Nodes[:i+1], net.InputShape, nn.Meta{})
		}
	}
	return net, nil
}

// divider hands out the regions of a simplex.
type divider struct {
	ctx     context.Context
	net     *network
	corners int
	crew    *crew
	mu      sync.Mutex
	visit   func(*Region) error
}

// walk goes through a part of the simplex with a walker of its own.
func (d *divider) walk(start func(*walker) error) error {
	w := &walker{ctx: d.ctx, net: d.net, corners: d.corners}
	w.visit = func(c *cell, end *state) error {
		if c.dimension() < d.corners-1 {
			return nil
		}
		r := &Region{Pattern: d.net.patternOf(end), walker: w, cell: c, end: end}
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.crew.stopped() {
			return nil
		}
		return d.visit(r)
	}
	w.give = func(start func(*walker) error) bool {
		return d.crew.wanted() && d.crew.give(func() error { return d.walk(start) })
	}
	return uninterrupted(func() error { return start(w) })
}

// Corners are the vertices of the region's closure, in order around it, each by the exact
// weights of the simplex's corners, which are not negative and sum to 1.
func (r *Region) Corners() [][]*big.Rat {
	var corners [][]*big.Rat
	for _, v := range r.cell.vertices {
		corners = append(corners, v.weights(r.walker.corners))
	}
	return corners
}

// Tied are the units, as indices into Pattern, whose value is a breakpoint on all of the
// region.
func (r *Region) Tied() []int32 {
	var tied []int32
	for i := range r.walker.net.nodes {
		d := &r.walker.net.nodes[i]
		if d.pieces == nil {
			continue
		}
		in := r.end.at(d.inputs[0])
		for u := range d.to - d.from {
			piece := r.Pattern[d.from+u]
			if piece == 0 {
				continue // a breakpoint belongs to the piece above
			}
			f := r.walker.net.newForm(in, nn.ActivationChannel, r.walker.corners, []term{{u, 1}}, []float64{-d.pieces.breaks[piece-1]})
			all := true
			for _, v := range r.cell.vertices {
				if s, _, _, _ := f.sign(v); s != 0 {
					all = false
					break
				}
			}
			if all {
				tied = append(tied, int32(d.from+u))
			}
		}
	}
	return tied
}
