package preimage

import "github.com/netmend/netmend/nn"

// layout says how the values that are alive at one place of the network lie in
// one vector: between two neighbouring nodes of a chain these are the values of
// the earlier one; where a value skips nodes it stays beside them.
type layout struct {
	nodes  []int
	offset map[int]int
	dim    int
}

func (l *layout) add(net *nn.Network, node int) {
	l.nodes = append(l.nodes, node)
	l.offset[node] = l.dim
	l.dim += net.Dim(node)
}

func (l *layout) has(node int) bool {
	_, ok := l.offset[node]
	return ok
}

// layouts returns the layout before each node, in order, and that of the
// output last: before node i live the values of earlier nodes (and the input)
// that node i or a later one reads. The first is the network's input alone and
// the last its output alone.
func layouts(net *nn.Network) []*layout {
	n := len(net.Nodes)
	lastUse := make([]int, n+1) // of node j, at j+1
	for i := range lastUse {
		lastUse[i] = -1
	}
	for i, node := range net.Nodes {
		for _, j := range node.Inputs {
			lastUse[j+1] = i
		}
	}
	lastUse[n] = n
	ls := make([]*layout, n+1)
	for i := range ls {
		ls[i] = &layout{offset: make(map[int]int)}
		for j := nn.Input; j < i; j++ {
			if lastUse[j+1] >= i || i == 0 {
				ls[i].add(net, j)
			}
		}
	}
	return ls
}
