package nn

import (
	"context"
	"fmt"
)

// SelectionNode returns the first node that is a [Selection], or -1.
func (n *Network) SelectionNode() int {
	for i, node := range n.Nodes {
		if _, ok := node.Op.(Selection); ok {
			return i
		}
	}
	return -1
}

// LowerSelections returns a network that computes the same function, in exact arithmetic,
// without selections: the maximum of candidates is a tournament of pairs, max(a, b) = b +
// ReLU(a - b), in rounds of affine nodes and ReLUs. Among equal candidates the first is
// copied, as before, also in the value channel of a decoupled network. Layers keep their
// numbers and parameters. A network without selections is returned as it is.
//
// It is for algorithms that split on the sign of one unit at a time. The linear regions of
// the result may be finer than those of n, because they depend on which losing candidate
// loses to which; its patterns differ, too. With rounding, b + (a - b) is not exactly a;
// package rounding bounds the difference.
func (n *Network) LowerSelections() *Network {
	m, err := n.LowerSelectionsContext(context.Background())
	if err != nil {
		panic(err) // the context has no end
	}
	return m
}

// LowerSelectionsContext is [Network.LowerSelections], and fails with the cause of ctx if
// that is over first: networks with maxima over images have millions of candidates.
func (n *Network) LowerSelectionsContext(ctx context.Context) (*Network, error) {
	if n.SelectionNode() < 0 {
		return n, nil
	}
	l := &lowering{ctx: ctx, at: make([]int, len(n.Nodes))}
	place := func(i int) int {
		if i == Input {
			return Input
		}
		return l.at[i]
	}
	for i, node := range n.Nodes {
		in := make([]int, len(node.Inputs))
		for k, j := range node.Inputs {
			in[k] = place(j)
		}
		s, ok := node.Op.(Selection)
		if !ok {
			l.at[i] = l.add(node.Name, node.Op, in...)
			continue
		}
		dims := make([]int, len(in))
		for k, j := range node.Inputs {
			dims[k] = n.Dim(j)
		}
		var err error
		if l.at[i], err = l.tournament(node.Name, s, in, dims, n.dims[i]); err != nil {
			return nil, err
		}
	}
	m, err := New(l.nodes, n.InputShape, n.Meta)
	if err != nil {
		panic(fmt.Sprintf("nn: LowerSelections: %v", err)) // a mistake here, not of the network
	}
	return m, nil
}

// lowering builds the nodes of a network without selections.
type lowering struct {
	ctx   context.Context
	nodes []Node
	at    []int // where a node of the original has its value
}

func (l *lowering) add(name string, op Op, in ...int) int {
	l.nodes = append(l.nodes, Node{Name: name, Inputs: in, Op: op})
	return len(l.nodes) - 1
}

// tournament adds the rounds of a selection with the given number of units, over
// inputs of the given lengths, and returns the node that has its values.
func (l *lowering) tournament(name string, s Selection, in, dims []int, units int) (int, error) {
	pool, size := in[0], dims[0]
	if len(in) > 1 {
		pool, size = l.add(name+"/candidates", &Concat{Dims: dims}, in...), 0
		for _, d := range dims {
			size += d
		}
	}
	// left are, unit by unit, the places in the pool of the candidates left.
	left := make([][]int32, units)
	all := make([]int32, 0, units*s.Pieces())
	const often = 1 << 14 // units between two looks at the context
	for u := range left {
		if u%often == often-1 && l.ctx.Err() != nil {
			return 0, context.Cause(l.ctx)
		}
		from := len(all)
		for k := range s.Pieces() {
			if i := s.Source(u, k); i >= 0 {
				all = append(all, int32(i))
			}
		}
		left[u] = all[from:len(all):len(all)]
	}
	for round := 1; ; round++ {
		if l.ctx.Err() != nil {
			return 0, context.Cause(l.ctx)
		}
		var first, second, idle []int32
		pairs := 0
		for _, candidates := range left {
			pairs += len(candidates) / 2
		}
		first, second = make([]int32, 0, pairs), make([]int32, 0, pairs)
		for u, candidates := range left {
			next := candidates[:0] // written behind what is read
			for k := 0; k+1 < len(candidates); k += 2 {
				at := int32(len(first))
				first, second = append(first, candidates[k]), append(second, candidates[k+1])
				next = append(next, at)
			}
			if len(candidates)%2 == 1 { // waits for the next round; where, is known below
				at := int32(-1 - len(idle))
				idle = append(idle, candidates[len(candidates)-1])
				next = append(next, at)
			}
			left[u] = next
		}
		if len(first) == 0 {
			// One candidate is left of each unit.
			return l.add(name, &Take{In: size, From: idle}, pool), nil
		}
		label := fmt.Sprintf("%s/round%d", name, round)
		a := l.add(label+"/first", &Take{In: size, From: first}, pool)
		b := l.add(label+"/second", &Take{In: size, From: second}, pool)
		lead := l.add(label+"/lead", &Sum{Coefficients: []float64{1, -1}}, a, b)
		lead = l.add(label+"/positive", ReLU(), lead)
		winners := l.add(label+"/winners", &Sum{Coefficients: []float64{1, 1}}, b, lead)
		if len(idle) > 0 {
			waiting := l.add(label+"/waiting", &Take{In: size, From: idle}, pool)
			pool = l.add(label, &Concat{Dims: []int{len(first), len(idle)}}, winners, waiting)
		} else {
			pool = winners
		}
		for u, next := range left {
			for k, i := range next {
				if i < 0 {
					left[u][k] = int32(len(first)) - 1 - i
				}
			}
		}
		size = len(first) + len(idle)
	}
}
