package layers

import (
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Goal is a target in the output space, a union of terms, as one more layer: a
// column for each half-space, of all terms one after the other, with the value
// normal . y - offset, which is at most 0 inside.
type Goal struct {
	First []int // the column where each term starts, and the end
	Count int   // columns
	// last maps the last block, with the function applied, to the columns;
	// without stages, entry maps the input and reduced the free coordinates.
	last, entry Affine
	reduced     *matrix
}

// Aim sets the goal.
func (n *Network) Aim(target set.Union) {
	g := &Goal{}
	var normals [][]float64
	var offsets []float64
	for _, term := range target {
		g.First = append(g.First, len(normals))
		for _, h := range term.Rows {
			normals, offsets = append(normals, h.Normal), append(offsets, h.Offset)
		}
	}
	g.Count = len(normals)
	g.First = append(g.First, g.Count)
	m := nn.NewMatrix(g.Count, n.Net.OutDim())
	for i, normal := range normals {
		copy(m.Row(i), normal)
	}
	if k := len(n.Stages); k > 0 {
		g.last = n.Stages[k-1].Next[nn.ValueChannel].after(m, offsets).affine()
	} else {
		g.entry = n.Entry[nn.ValueChannel].after(m, offsets).affine()
	}
	n.Goal = g
}

// Terms is the number of terms.
func (g *Goal) Terms() int { return len(g.First) - 1 }

// Magnitudes returns, for each column, the sum of the absolute values of the
// terms that it is summed from, for the given absolute values of the last block
// after the function, or of the input where there is no stage.
func (g *Goal) Magnitudes(size []float64) []float64 {
	if g.entry.linear != nil {
		return g.entry.Magnitudes(nn.RowMatrix(size)).Row(0)
	}
	return g.last.Magnitudes(nn.RowMatrix(size)).Row(0)
}

// Spread bounds, for each column, by how much it changes where the last block after
// the function changes by no more than errs. There must be a stage.
func (g *Goal) Spread(errs []float64) []float64 { return g.last.Spread(errs) }

// Values are the columns for rows of the last block after the function. There must be
// a stage.
func (g *Goal) Values(posts nn.Matrix) nn.Matrix { return g.last.Apply(posts) }
