package repair

import (
	"slices"

	"github.com/netmend/netmend/nn"
)

// SharedWith are the layers, from 1, whose parameters are those of layer k, for example
// because a file uses one array twice. A repair changes only layer k, which then no longer
// shares them; a repair of both together, with the same change, would not be a linear
// program.
func SharedWith(net *nn.Network, k int) []int {
	_, layer, err := net.Layer(k)
	if err != nil {
		return nil
	}
	p := layer.Channel(nn.ValueChannel)
	var others []int
	for other, i := range net.Layers() {
		q := net.Nodes[i].Op.(nn.Layer).Channel(nn.ValueChannel)
		if other+1 != k && equalWeights(p, q) {
			others = append(others, other+1)
		}
	}
	return others
}

// leastShared is how many weights must agree to be called shared: a few numbers may
// agree by chance.
const leastShared = 4

// equalWeights compares weights; biases are often their own.
func equalWeights(p, q *nn.Params) bool {
	if p.Weight.Rows != q.Weight.Rows || p.Weight.Cols != q.Weight.Cols || p.Weight.Rows*p.Weight.Cols < leastShared {
		return false
	}
	different := false
	for j := range p.Weight.Rows {
		a, b := p.Weight.Row(j), q.Weight.Row(j)
		if !slices.Equal(a, b) {
			return false
		}
		different = different || slices.ContainsFunc(a, func(v float64) bool { return v != a[0] || v != p.Weight.Row(0)[0] })
	}
	return different // constant weights say nothing
}
