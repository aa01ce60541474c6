package keypoint

import "github.com/netmend/netmend/nn"

const (
	// chunkRows is the largest number of points evaluated at once: large enough for the
	// matrix products, small enough to stay in the cache.
	chunkRows = 256
	// perValue is how many bytes an evaluation takes for each value of a node: the
	// value, a linearisation's slope and offset, and the bounds on its rounding.
	perValue = 6 * 8
	// evaluationShare and tailShare are the parts of the memory, one in so many,
	// for evaluating points and for linearisations that are kept.
	evaluationShare, tailShare = 4, 8
)

// Batch is how many points each worker evaluates at once, at the nodes from..end: enough for
// fast products, as few as the memory asks for.
func Batch(net *nn.Network, from int, memory int64, workers int) int {
	values := int64(net.InDim())
	for i := from; i < len(net.Nodes); i++ {
		values += int64(net.Dim(i))
	}
	return int(max(1, min(chunkRows, memory/evaluationShare/(int64(max(1, workers))*perValue*values))))
}

// linearise prepares the tails that are new. Where all would take
// more than their share of the memory they are rebuilt for every use.
func (k *Set) linearise() {
	if k.net.SmoothNode() >= 0 || k.linear == len(k.patterns) {
		return
	}
	k.tails, k.linear = nil, len(k.patterns)
	size := int64(k.net.PatternLen()-k.Unit) * 2 * 8
	if int64(len(k.patterns))*size > k.memory/tailShare {
		return
	}
	all := make([]int32, len(k.patterns))
	for i := range all {
		all[i] = int32(i)
	}
	k.tails = k.unpack(all, k.net.LinearizePatterns)
}

// unpack linearises the given tails.
func (k *Set) unpack(tails []int32, linearise func(ps []nn.Pattern, from int) *nn.Linearization) *nn.Linearization {
	ps := make([]nn.Pattern, len(tails))
	for i, t := range tails {
		ps[i] = make(nn.Pattern, k.net.PatternLen())
		copy(ps[i][k.Unit:], k.patterns[t])
	}
	return linearise(ps, k.From)
}

// Linearization returns one that has the given tails, and the row of each in it.
func (k *Set) Linearization(tails []int32) (lin *nn.Linearization, rowOf []int32) {
	return k.linearized(tails, k.net.LinearizePatterns)
}

// Slopes is [Set.Linearization] for products with Jacobians.
func (k *Set) Slopes(tails []int32) (lin *nn.Linearization, rowOf []int32) {
	return k.linearized(tails, k.net.SlopesOf)
}

func (k *Set) linearized(tails []int32, linearise func(ps []nn.Pattern, from int) *nn.Linearization) (lin *nn.Linearization, rowOf []int32) {
	if k.tails != nil {
		return k.tails, tails
	}
	rowOf = make([]int32, len(tails))
	index := map[int32]int32{}
	var distinct []int32
	for i, t := range tails {
		n, ok := index[t]
		if !ok {
			n = int32(len(distinct))
			index[t] = n
			distinct = append(distinct, t)
		}
		rowOf[i] = n
	}
	return k.unpack(distinct, linearise), rowOf
}
