package proof

import (
	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
)

// pointRun is a network's values at a point, by channel and node.
type pointRun struct {
	input  []interval.Interval
	values [2][][]interval.Interval
	from   int // of the nodes before, at most values are known
}

// inputs are the values that node i is applied to in a channel.
func (r *pointRun) inputs(net *nn.Network, i int, ch nn.Channel) []interval.Interval {
	var in []interval.Interval
	for _, j := range net.Nodes[i].Inputs {
		v := r.input
		if j != nn.Input {
			v = r.values[ch][j]
		}
		if len(net.Nodes[i].Inputs) == 1 {
			return v
		}
		in = append(in, v...)
	}
	return in
}

// gradient encloses that of a combination of the outputs by the output of a node, in
// the value channel; a number without ends is 0.
func (p *pointNetwork) gradient(f interval.Field, run *pointRun, normal []interval.Interval, node int) []interval.Interval {
	g := make([][]interval.Interval, len(p.net.Nodes))
	last := len(g) - 1
	g[last] = make([]interval.Interval, p.net.Dim(last))
	add := func(to *interval.Interval, v interval.Interval) {
		if to.Lo != nil {
			v = f.Add(*to, v)
		}
		*to = v
	}
	copy(g[last], normal)
	for i := last; i > node; i-- {
		if g[i] == nil {
			continue
		}
		back := p.back(f, run, i, g[i], add)
		at := 0
		for _, j := range p.net.Nodes[i].Inputs {
			n := p.net.Dim(j)
			if j >= node && j != nn.Input {
				if g[j] == nil {
					g[j] = make([]interval.Interval, n)
				}
				for u, v := range back[at : at+n] {
					if v.Lo != nil {
						add(&g[j][u], v)
					}
				}
			}
			at += n
		}
	}
	if g[node] == nil {
		return make([]interval.Interval, p.net.Dim(node))
	}
	return g[node]
}

// back is the gradient by the concatenation of node i's inputs.
func (p *pointNetwork) back(f interval.Field, run *pointRun, i int, g []interval.Interval, add func(*interval.Interval, interval.Interval)) []interval.Interval {
	act := run.inputs(p.net, i, nn.ActivationChannel)
	back := make([]interval.Interval, len(act))
	switch op := p.net.Nodes[i].Op.(type) {
	case *nn.Piecewise:
		for u, v := range g {
			if v.Lo == nil {
				continue
			}
			first, last := partOf(act[u].Lo, op.Breaks), partOf(act[u].Hi, op.Breaks)
			slope := f.Float(op.Slope[first])
			for k := first + 1; k <= last; k++ {
				slope = interval.Hull(slope, f.Float(op.Slope[k]))
			}
			back[u] = f.Mul(slope, v)
		}
	case *nn.Smooth:
		for u, v := range g {
			if v.Lo != nil {
				// The values were enclosed before, so there is no error.
				_, slope, _ := smoothValue(f, op, act[u], true)
				back[u] = f.Mul(slope, v)
			}
		}
	case nn.Selection:
		for u, v := range g {
			if v.Lo == nil {
				continue
			}
			sources := candidates(op, u, act)
			for _, s := range sources {
				if len(sources) > 1 { // this one, or another
					add(&back[s], interval.Hull(v, f.Int(0)))
				} else {
					add(&back[s], v)
				}
			}
		}
	default:
		a := p.affine[nn.ValueChannel][i]
		var terms []entry
		for j, v := range g {
			if v.Lo == nil {
				continue
			}
			if a.divisor != nil {
				v = f.Quo(v, f.Float(a.divisor(j)))
			}
			terms = a.terms(terms[:0], j)
			for _, e := range terms {
				add(&back[e.from], f.Mul(f.Float(e.factor), v))
			}
		}
	}
	return back
}
