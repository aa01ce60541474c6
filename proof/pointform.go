package proof

import (
	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
)

// formBits is the precision in which combinations of outputs are taken back: enough for
// what cancels to leave nothing, of numbers as networks have.
const formBits = 1024

// combination encloses a combination of the outputs at a point, in the value channel; a
// number of normal without ends is 0. It is taken back through what is affine at the
// point, and the functions that are left are enclosed: equal outputs, the sum of two that
// cancel, or a unit that does not matter leave no width.
func (p *pointNetwork) combination(f interval.Field, run *pointRun, normal []interval.Interval) interval.Interval {
	b := &pointForm{p: p, f: f, run: run, sum: f.Int(0), g: make([][]interval.Interval, len(p.net.Nodes))}
	b.g[len(b.g)-1] = normal
	for i := len(b.g) - 1; i >= 0; i-- {
		switch {
		case b.g[i] == nil:
		case i < run.from:
			for u, v := range b.g[i] {
				b.count(v, run.values[nn.ValueChannel][i][u])
			}
		default:
			b.through(i)
		}
	}
	return b.sum
}

// pointForm is a combination of the outputs on its way back: the sum and, for each node
// that is still to be replaced, its factors.
type pointForm struct {
	p   *pointNetwork
	f   interval.Field
	run *pointRun
	sum interval.Interval
	g   [][]interval.Interval
}

// plus adds two numbers, of which one without ends is 0.
func plusOf(f interval.Field, a, b interval.Interval) interval.Interval {
	switch {
	case a.Lo == nil:
		return b
	case b.Lo == nil:
		return a
	}
	return f.Add(a, b)
}

// isZero reports whether a number is 0 for sure.
func isZero(a interval.Interval) bool { return a.Lo == nil || a.Lo.Sign() == 0 && a.Hi.Sign() == 0 }

// count adds factor times value to the sum.
func (b *pointForm) count(factor, value interval.Interval) {
	if !isZero(factor) {
		b.sum = b.f.Add(b.sum, b.f.Mul(factor, value))
	}
}

// through replaces node i by its inputs, where it is affine, or by its values.
func (b *pointForm) through(i int) {
	f, g := b.f, b.g[i]
	act, values := b.run.inputs(b.p.net, i, nn.ActivationChannel), b.run.values[nn.ValueChannel][i]
	back := make([]interval.Interval, len(act))
	switch op := b.p.net.Nodes[i].Op.(type) {
	case *nn.Piecewise:
		for u, v := range g {
			first, last := partOf(act[u].Lo, op.Breaks), partOf(act[u].Hi, op.Breaks)
			if isZero(v) {
				continue
			}
			if first != last {
				b.count(v, values[u])
				continue
			}
			back[u] = f.Mul(f.Float(op.Slope[first]), v)
			b.count(v, f.Float(op.Offset[first]))
		}
	case nn.Selection:
		for u, v := range g {
			if isZero(v) {
				continue
			}
			if s := candidates(op, u, act); len(s) == 1 {
				back[s[0]] = plusOf(f, back[s[0]], v)
			} else {
				b.count(v, values[u])
			}
		}
	case *nn.Smooth:
		b.alike(g, act, b.run.inputs(b.p.net, i, nn.ValueChannel), values)
	default:
		a := b.p.affine[nn.ValueChannel][i]
		var terms []entry
		for j, v := range g {
			if isZero(v) {
				continue
			}
			b.count(v, f.Float(a.bias(j)))
			if a.divisor != nil {
				v = f.Quo(v, f.Float(a.divisor(j)))
			}
			terms = a.terms(terms[:0], j)
			for _, e := range terms {
				back[e.from] = plusOf(f, back[e.from], f.MulFloat(e.factor, v))
			}
		}
	}
	at := 0
	for _, j := range b.p.net.Nodes[i].Inputs {
		n := len(b.run.input)
		if j != nn.Input {
			n = b.p.net.Dim(j)
		}
		b.put(j, back[at:at+n])
		at += n
	}
}

// put adds factors of a node, or of the input.
func (b *pointForm) put(j int, back []interval.Interval) {
	for u, v := range back {
		switch {
		case isZero(v):
		case j == nn.Input:
			b.count(v, b.run.input[u])
		default:
			if b.g[j] == nil {
				b.g[j] = make([]interval.Interval, b.p.net.Dim(j))
			}
			b.g[j][u] = plusOf(b.f, b.g[j][u], v)
		}
	}
}

// alike counts the values of a function's units: of those that it is applied to the same
// number in, known exactly, the factors are added up first.
func (b *pointForm) alike(g, act, in, values []interval.Interval) {
	known := map[string]int{}
	sums := make([]interval.Interval, len(g))
	for u, v := range g {
		if isZero(v) {
			continue
		}
		first := u
		if act[u].Exact() && in[u] == act[u] {
			text := act[u].Lo.Text('p', 0)
			if k, ok := known[text]; ok {
				first = k
			} else {
				known[text] = u
			}
		}
		sums[first] = plusOf(b.f, sums[first], v)
	}
	for u, v := range sums {
		b.count(v, values[u])
	}
}
