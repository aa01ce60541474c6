package keypoint

import (
	"context"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
)

// Extend evaluates the network at the points added since the last call. It fails if the
// network's values overflow, and if ctx is over before.
func (k *Set) Extend(ctx context.Context) error {
	k.linearise()
	from, layer := k.Outputs.Rows, k.node < len(k.net.Nodes)
	if from > 0 && from == len(k.Points) {
		return nil
	}
	grow := func(m nn.Matrix, cols int) nn.Matrix {
		g := nn.NewMatrix(len(k.Points), cols)
		copy(g.Data, m.Data)
		return g
	}
	if layer {
		k.Inputs = grow(k.Inputs, k.net.Dim(k.net.Nodes[k.node].Inputs[0]))
	}
	k.Outputs = grow(k.Outputs, k.net.OutDim())
	if err := k.evaluate(ctx, from); err != nil {
		k.Outputs.Rows = from // the rest is to be evaluated again
		return err
	}
	for i := from; i < len(k.Points); i++ {
		if !vector.AllFinite(k.Outputs.Row(i)...) || layer && !vector.AllFinite(k.Inputs.Row(i)...) {
			return k.Overflow(k.Points[i].Vertex)
		}
	}
	return nil
}

// evaluate runs the network at the points that begin with from.
func (k *Set) evaluate(ctx context.Context, from int) error {
	return parallel.RangesWithin(ctx, len(k.Points)-from, k.Batch, k.workers, func(a, b int) {
		x, tails := k.coordinates(k.Points[from+a : from+b])
		var t *nn.Trace
		if k.Jumps {
			lin, rowOf := k.Linearization(tails)
			t = k.net.RunLinear(x, lin, rowOf, 1)
		} else {
			t = k.net.Run(x, 1)
		}
		for r := range x.Rows {
			copy(k.Outputs.Row(from+a+r), t.Output().Row(r))
		}
		if k.Inputs.Rows == 0 {
			return
		}
		in := t.Of(k.net.Nodes[k.node].Inputs[0])
		for r := range x.Rows {
			copy(k.Inputs.Row(from+a+r), in.Row(r))
		}
	})
}

// coordinates are those of points, and the tail of each.
func (k *Set) coordinates(points []Point) (x nn.Matrix, tails []int32) {
	x = nn.NewMatrix(len(points), k.net.InDim())
	tails = make([]int32, len(points))
	for i, p := range points {
		copy(x.Row(i), k.At(p.Vertex))
		tails[i] = p.Tail
	}
	return x, tails
}
