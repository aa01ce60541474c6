package nn

import (
	"fmt"

	"github.com/netmend/netmend/internal/choice"
)

// AffineMap returns the affine map x -> A x + b that the network computes where
// the activation pattern p holds: A is OutDim x InDim, b has OutDim numbers. The
// output is that of the value channel (Definition 4.3), so for a decoupled
// network p is the activation channel's pattern.
//
// It fails if the network is not piecewise affine (Definition 2.4) or p is no
// pattern of it.
func (n *Network) AffineMap(p Pattern) (a Matrix, b []float64, err error) {
	axes := NewMatrix(1+n.inDim, n.inDim)
	for i := range n.inDim {
		axes.Row(1 + i)[i] = 1
	}
	image, err := n.AffineMapAlong(p, axes)
	if err != nil {
		return Matrix{}, nil, err
	}
	a = NewMatrix(n.OutDim(), n.inDim)
	for i := range a.Rows {
		for j := range a.Cols {
			a.Row(i)[j] = image.Row(1 + j)[i]
		}
	}
	return a, image.Row(0), nil
}

// AffineMapAlong returns the affine map of [Network.AffineMap] in coordinates:
// row 0 of axes is an origin o, the others are directions d_1, d_2, ...; row 0
// of the result is A o + b, the others are A d_1, A d_2, ..., so that the output
// at o + Σ t_k d_k is row 0 + Σ t_k row k. axes has InDim columns and at least
// one row.
//
// It fails if the network is not piecewise affine, p is not a pattern of it, or
// axes has another shape.
func (n *Network) AffineMapAlong(p Pattern, axes Matrix) (Matrix, error) {
	if axes.Cols != n.inDim || axes.Rows == 0 {
		return Matrix{}, fmt.Errorf("axes are %d x %d, want at least one row of %d numbers", axes.Rows, axes.Cols, n.inDim)
	}
	if err := n.checkPattern(p); err != nil {
		return Matrix{}, err
	}
	lin := n.LinearizePatterns([]Pattern{p}, 0)
	lin.rowOf = make([]int32, axes.Rows) // the one linearisation serves all rows
	origin, directions := []Matrix{}, []Matrix{}
	t := &Trace{x: axes, vals: make([]Matrix, len(n.Nodes))}
	for i, node := range n.Nodes {
		dst := NewMatrix(axes.Rows, n.dims[i])
		t.vals[i] = dst
		origin, directions = origin[:0], directions[:0]
		for _, j := range node.Inputs {
			origin, directions = append(origin, t.of(j).Slice(0, 1)), append(directions, t.of(j).Slice(1, axes.Rows))
		}
		switch op := node.Op.(type) {
		case Affine:
			op.Forward(dst.Slice(0, 1), origin, ValueChannel, true, 1)
			if axes.Rows > 1 {
				op.Forward(dst.Slice(1, axes.Rows), directions, ValueChannel, false, 1)
			}
		case Activation:
			z := t.of(node.Inputs[0])
			for r := range axes.Rows {
				lin.apply(i, r, dst.Row(r), z.Row(r), r == 0)
			}
		case Selection:
			choice.Gather(dst.Row(0), choice.Rows(nil, origin, 0), lin.choice(i, 0))
			for r := 1; r < axes.Rows; r++ {
				choice.Gather(dst.Row(r), choice.Rows(nil, directions, r-1), lin.choice(i, r))
			}
		}
	}
	return t.Output(), nil
}

// checkPattern reports why p is not an activation pattern of the network.
func (n *Network) checkPattern(p Pattern) error {
	if i := n.SmoothNode(); i >= 0 {
		return fmt.Errorf("node %d (%s %q) is not piecewise affine", i, n.Nodes[i].Op.Kind(), n.Nodes[i].Name)
	}
	if len(p) != n.total {
		return fmt.Errorf("pattern of %d units, the network has %d", len(p), n.total)
	}
	for i, node := range n.Nodes {
		from, to := n.Units(i)
		if s, ok := node.Op.(Selection); ok {
			for u := from; u < to; u++ {
				if s.Source(u-from, int(p[u])) < 0 {
					return fmt.Errorf("pattern has piece %d for %s, which has no such candidate", p[u], n.UnitName(u))
				}
			}
		}
		pw, ok := node.Op.(*Piecewise)
		if !ok {
			continue
		}
		for u := from; u < to; u++ {
			if int(p[u]) >= pw.Pieces() {
				return fmt.Errorf("pattern has piece %d for %s, which has %d pieces", p[u], n.UnitName(u), pw.Pieces())
			}
		}
	}
	return nil
}
