package polytope_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// sum adds n inputs.
func sum(n int) *nn.Sum {
	s := &nn.Sum{}
	for range n {
		s.Coefficients = append(s.Coefficients, 1)
	}
	return s
}

// dense is a random layer. Integer weights from -2 to 2 make many units vanish
// together; now and then a unit is constant or the same as another.
func dense(r *rand.Rand, out, in int, integer bool) *nn.Dense {
	p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
	number := func() float64 {
		if integer {
			return float64(r.IntN(5) - 2)
		}
		return r.NormFloat64()
	}
	for i := range out {
		for j := range in {
			p.Weight.Row(i)[j] = number()
		}
		p.Bias[i] = number()
		switch r.IntN(12) {
		case 0:
			clear(p.Weight.Row(i))
			p.Bias[i] = 0
		case 1:
			copy(p.Weight.Row(i), p.Weight.Row(i/2))
			p.Bias[i] = p.Bias[i/2]
		}
	}
	return &nn.Dense{Params: p}
}

func activation(r *rand.Rand) *nn.Piecewise {
	switch r.IntN(8) {
	case 0:
		return nn.LeakyReLU(0.25)
	case 1:
		return nn.HardTanh()
	case 2:
		p, _ := nn.Clip(-0.5, 2)
		return p
	case 3:
		p, _ := nn.Clip(math.Inf(-1), 1)
		return p
	case 4:
		return nn.IdentityActivation()
	case 5:
		return nn.LeakyReLU(-0.5)
	}
	return nn.ReLU()
}

// network is random: dense layers with activations between them and, now and
// then, a scaling or a sum with an earlier layer; decoupled now and then.
func network(t testing.TB, r *rand.Rand, in int, integer bool) *nn.Network {
	t.Helper()
	var nodes []nn.Node
	add := func(op nn.Op, inputs ...int) int {
		nodes = append(nodes, nn.Node{Name: fmt.Sprintf("n%d", len(nodes)), Inputs: inputs, Op: op})
		return len(nodes) - 1
	}
	last, dim := nn.Input, in
	if r.IntN(6) == 0 {
		last = add(activation(r), last)
	}
	for range r.IntN(4) {
		width := 1 + r.IntN(7)
		before, beforeDim := last, dim
		pre := add(dense(r, width, dim, integer), last)
		last, dim = pre, width
		if r.IntN(4) == 0 {
			s := &nn.Scale{Factor: make([]float64, dim), Shift: make([]float64, dim)}
			for i := range dim {
				s.Factor[i], s.Shift[i] = float64(1+r.IntN(3)), float64(r.IntN(3)-1)
			}
			last = add(s, last)
		}
		last = add(activation(r), last)
		if r.IntN(4) == 0 {
			other := add(dense(r, dim, beforeDim, integer), before)
			input := add(dense(r, dim, in, integer), nn.Input)
			last = add(sum(4), last, other, input, pre)
			if r.IntN(2) == 0 {
				last = add(activation(r), last)
			}
		}
	}
	if r.IntN(5) > 0 || len(nodes) == 0 {
		last = add(dense(r, 1+r.IntN(3), dim, integer), last)
		if r.IntN(6) == 0 {
			add(activation(r), last)
		}
	}
	if r.IntN(4) == 0 {
		for i, n := range nodes {
			if d, ok := n.Op.(*nn.Dense); ok && r.IntN(2) == 0 {
				v := dense(r, d.Weight.Rows, d.Weight.Cols, integer).Params
				nodes[i].Op = &nn.Dense{Params: d.Params, Value: &v}
			}
		}
	}
	net, err := nn.New(nodes, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// domain is a random box, now and then with a constant coordinate, or cut.
func domain(r *rand.Rand, dim int, integer bool) polytope.Domain {
	d := polytope.Domain{Lo: make([]float64, dim), Hi: make([]float64, dim)}
	middle := make([]float64, dim)
	for k := range dim {
		if integer {
			d.Lo[k], d.Hi[k] = float64(-1-r.IntN(2)), float64(1+r.IntN(2))
		} else {
			d.Lo[k] = r.NormFloat64() - 1
			d.Hi[k] = d.Lo[k] + float64(3*r.Float64())
		}
		middle[k] = float64((d.Lo[k] + d.Hi[k]) / 2)
	}
	if dim > 1 && r.IntN(4) == 0 {
		k := r.IntN(dim)
		d.Hi[k], middle[k] = d.Lo[k], d.Lo[k]
	}
	if r.IntN(3) == 0 {
		for range 1 + r.IntN(3) {
			h := set.HalfSpace{Normal: make([]float64, dim)}
			for k := range dim {
				h.Normal[k] = r.NormFloat64()
				if integer {
					h.Normal[k] = float64(r.IntN(3) - 1)
				}
			}
			h.Offset = -h.Slack(middle) + r.Float64()
			d.Cuts = append(d.Cuts, h)
		}
	}
	return d
}

// target is a random union of polyhedra near where the network's outputs are.
func target(r *rand.Rand, net *nn.Network, d polytope.Domain) terms {
	var goal terms
	for range 1 + r.IntN(3) {
		var term []set.HalfSpace
		for range 1 + r.IntN(3) {
			x := make([]float64, net.InDim())
			for k := range x {
				x[k] = d.Lo[k] + float64(r.Float64()*(d.Hi[k]-d.Lo[k]))
			}
			y, err := net.EvalPoint(x)
			if err != nil {
				panic(err)
			}
			h := set.HalfSpace{Normal: make([]float64, net.OutDim())}
			for k := range h.Normal {
				h.Normal[k] = r.NormFloat64()
			}
			h.Offset = -h.Slack(y)
			if r.IntN(3) == 0 {
				h.Offset += r.NormFloat64()
			}
			term = append(term, h)
		}
		goal = append(goal, term)
	}
	return goal
}

// terms is a union of intersections of half-spaces.
type terms [][]set.HalfSpace

// union is nil for nil.
func (t terms) union() set.Union {
	if t == nil {
		return nil
	}
	u := set.Union{}
	for _, term := range t {
		dim := 0
		if len(term) > 0 {
			dim = len(term[0].Normal)
		}
		u = append(u, set.Polyhedron{Dim: dim, Rows: term})
	}
	return u
}
