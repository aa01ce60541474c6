package onnx

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
)

// product multiplies two values of which one at least is a constant. With one
// computed, the result is a layer: a dense one if it is one product of a matrix and a
// vector, otherwise a convolution of windows of one element, whose positions are the columns
// that one matrix meets and whose groups are the matrices.
func (im *importer) product(p *product, a, b *value, factor float64) (*value, error) {
	switch {
	case a.isConstant() && b.isConstant():
		return im.constantProduct(p, a.constant, b.constant, factor)
	case !a.isConstant() && !b.isConstant():
		return nil, unsupported("both factors are computed, want one constant")
	}
	x, w := a, b
	side := p.left()
	if a.isConstant() {
		x, w = b, a
		side = p.right()
	}
	weights, err := w.constant.asFloats()
	if err != nil {
		return nil, err
	}
	batch := productBatch(x, w, p, x == a)
	groups := side.groups()
	columns := len(groups[0].at) * side.count
	rows := len(groups) * side.rows
	if err := im.charge(int64(rows)*int64(p.k) + int64(rows)); err != nil {
		return nil, fmt.Errorf("a sample of shape %v becomes one of %v by %d matrices of %d x %d: %w", x.shape, p.out, len(groups), side.rows, p.k, err)
	}
	im.note(w.constant)
	m := nn.NewMatrix(rows, p.k)
	for g, group := range groups {
		for j := range side.rows {
			row := m.Row(g*side.rows + j)
			for k := range row {
				row[k] = float64(factor * weights[group.weights+j*side.row+k*side.weightK])
			}
		}
	}
	params := nn.Params{Weight: m, Bias: make([]float64, rows)}
	layer := irNode{kind: irDense, in: []int{x.node}, dense: dense{params: params, weight: w.constant}}
	if len(groups)*columns == 1 {
		v := im.add(layer, p.out, batch)
		v.layer = &unbiased{v.node, identityChannels(rows)}
		return v, nil
	}
	return im.columns(p, side, groups, layer, x, batch)
}

// columns is a product of several columns, as a convolution.
func (im *importer) columns(p *product, side side, groups []group, layer irNode, x *value, batch int) (*value, error) {
	count := len(groups[0].at) * side.count
	total, _ := size(p.out)
	if err := im.charge(int64(len(groups))*int64(p.k)*int64(count) + 2*int64(total)); err != nil {
		return nil, err
	}
	var in []int32
	back, channel := make([]int32, total), make([]int32, total)
	for g, group := range groups {
		for k := range p.k {
			for _, l := range group.at {
				for c := range side.count {
					in = append(in, int32(side.offset[l]+c*side.step+k*side.k))
				}
			}
		}
		for at, l := range group.at {
			for c := range side.count {
				for j := range side.rows {
					o := p.place(l, c, j, side.left)
					channel[o] = int32(g*side.rows + j)
					back[o] = channel[o]*int32(count) + int32(at*side.count+c)
				}
			}
		}
	}
	before := len(im.ir)
	images, err := im.take(x, in, []int{1, len(groups) * p.k, 1, count}, batch, 0)
	if err != nil {
		return nil, err
	}
	im.call(before, "/columns")
	one := [2]int{1, 1}
	conv := &nn.Conv{
		Params: layer.dense.params, Groups: len(groups),
		Window: nn.Window{Channels: len(groups) * p.k, In: [2]int{1, count}, Kernel: one, Stride: one, Dilation: one},
	}
	if _, err := conv.OutDim([]int{im.ir[images.node].dim}); err != nil {
		return nil, err
	}
	layer.in, layer.dense.form = []int{images.node}, conv
	y := im.add(layer, []int{1, len(groups) * side.rows, 1, count}, batch)
	before = len(im.ir)
	z, err := im.take(y, back, p.out, batch, 0)
	if err != nil {
		return nil, err
	}
	im.call(before, "/rows")
	z.layer = &unbiased{y.node, channel}
	return z, nil
}

// call appends to the names of the nodes from the given one on.
func (im *importer) call(from int, suffix string) {
	for i := from; i < len(im.ir); i++ {
		im.ir[i].name += suffix
	}
}

// identityChannels is for a layer each of whose outputs has its bias.
func identityChannels(n int) []int32 {
	c := make([]int32, n)
	for i := range c {
		c[i] = int32(i)
	}
	return c
}

// side is the computed factor of a product: where its columns, the vectors that meet
// a matrix, lie.
type side struct {
	left bool
	// offset is where each of the leading entries begins; count vectors lie step apart in
	// each, with elements k apart.
	offset         []int
	count, step, k int
	// weights is where the matrix of each entry begins, with rows row apart and elements
	// weightK apart.
	weights            []int
	rows, row, weightK int
}

// left is the side of a computed first factor, right that of a second.
func (p *product) left() side {
	return side{
		left: true, offset: scaledBy(broadcastIndex(p.a, p.lead), p.aLen), count: p.m, step: p.aRow, k: p.aK,
		weights: scaledBy(broadcastIndex(p.b, p.lead), p.bLn), rows: p.n, row: p.bCol, weightK: p.bK,
	}
}

func (p *product) right() side {
	return side{
		offset: scaledBy(broadcastIndex(p.b, p.lead), p.bLn), count: p.n, step: p.bCol, k: p.bK,
		weights: scaledBy(broadcastIndex(p.a, p.lead), p.aLen), rows: p.m, row: p.aRow, weightK: p.aK,
	}
}

func scaledBy(xs []int, factor int) []int {
	for i := range xs {
		xs[i] *= factor
	}
	return xs
}

// place is the element of the result in leading entry l, of vector c and row j of the
// matrix.
func (p *product) place(l, c, j int, left bool) int {
	if left {
		return (l*p.m+c)*p.n + j
	}
	return (l*p.m+j)*p.n + c
}

// group is a matrix and the leading entries that it meets: as many for each, because they
// are broadcast.
type group struct {
	weights int
	at      []int
}

func (s *side) groups() []group {
	var gs []group
	index := map[int]int{}
	for l, w := range s.weights {
		g, ok := index[w]
		if !ok {
			g = len(gs)
			index[w] = g
			gs = append(gs, group{weights: w})
		}
		gs[g].at = append(gs[g].at, l)
	}
	return gs
}

// productBatch is the number of leading axes of the result that keep slices apart.
func productBatch(x, w *value, p *product, left bool) int {
	lead := len(x.shape) - 2
	if left {
		lead++ // its rows are apart, too
	}
	if x.batch > lead || len(w.shape) > 2 && slices.Max(w.shape[:len(w.shape)-2]) > 1 || len(p.out) < x.batch || len(w.shape) > len(x.shape) {
		return 0
	}
	return x.batch
}
