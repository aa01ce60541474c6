package preimage

import (
	"slices"

	"github.com/netmend/netmend/internal/affine"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// affine is equation (6) for node i: {C y <= d} becomes {(C A) x <= d - C b}.
// The products C A are vector-Jacobian products, so that no matrix of a
// convolution is built. Values that live on beside the node keep their columns.
func (b *backward) affine(i int, sets set.Union) set.Union {
	before, after := b.layouts[i], b.layouts[i+1]
	node := b.net.Nodes[i]
	op := node.Op.(nn.Affine)
	constant := affine.Constant(b.net, i, nn.ValueChannel)
	from, width := after.offset[i], b.net.Dim(i)

	moved := b.moved(i, sets)
	for k, p := range sets {
		q := moved[k]
		gradient := nn.NewMatrix(len(p.Rows), width)
		rows := nn.NewMatrix(len(p.Rows), before.dim)
		for r, h := range p.Rows {
			copy(gradient.Row(r), h.Normal[from:from+width])
			copy(rows.Row(r), q.Rows[r].Normal)
			q.Rows[r].Offset = set.HalfSpace{Normal: gradient.Row(r), Offset: h.Offset}.Slack(constant)
			q.Rows[r].Normal = rows.Row(r)
		}
		if len(p.Rows) > 0 {
			parts := make([]nn.Matrix, len(node.Inputs))
			for n, j := range node.Inputs {
				parts[n] = rows.Columns(before.offset[j], b.net.Dim(j))
			}
			op.Backward(parts, gradient, nn.ValueChannel, 1)
		}
	}
	return moved
}

// moved rewrites sets from the layout after node i to the one before it, without
// the columns of node i itself.
func (b *backward) moved(i int, sets set.Union) set.Union {
	before, after := b.layouts[i], b.layouts[i+1]
	moved := make(set.Union, len(sets))
	for k, p := range sets {
		q := set.Polyhedron{Dim: before.dim, Rows: slices.Clone(p.Rows)}
		for r := range q.Rows {
			normal := make([]float64, before.dim)
			for _, j := range after.nodes {
				if j != i {
					at, from := before.offset[j], after.offset[j]
					copy(normal[at:at+b.net.Dim(j)], p.Rows[r].Normal[from:])
				}
			}
			q.Rows[r].Normal = normal
		}
		moved[k] = q
	}
	return moved
}
