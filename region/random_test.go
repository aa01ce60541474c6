package region_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
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
	for range 1 + r.IntN(3) {
		width := 1 + r.IntN(9)
		before, beforeDim := last, dim
		last, dim = add(dense(r, width, dim, integer), last), width
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
			last = add(sum(3), last, other, input)
			if r.IntN(2) == 0 {
				last = add(activation(r), last)
			}
		}
	}
	out := dense(r, 1+r.IntN(3), dim, integer)
	add(out, last)
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

// polygon is random and convex, in a random plane, or with small integers as
// coordinates.
func polygon(t testing.TB, r *rand.Rand, dim int, integer bool) *set.Polygon {
	t.Helper()
	corners := 3 + r.IntN(4)
	turn := r.Float64()
	o, u, v := make([]float64, dim), make([]float64, dim), make([]float64, dim)
	for k := range dim {
		o[k], u[k], v[k] = r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
	}
	at := func(i int) (a, b float64) {
		s, c := math.Sincos(2 * math.Pi * (float64(i) + turn) / float64(corners))
		return float64(2 * c), float64(2 * s)
	}
	if integer {
		corners = 4
		i, j := r.IntN(dim), r.IntN(dim-1)
		if j >= i {
			j++
		}
		for k := range dim {
			o[k], u[k], v[k] = float64(r.IntN(3)-1), 0, 0
		}
		u[i], v[j] = 1, 1
		square := [][2]float64{{-2, -2}, {2, -2}, {2, 2}, {-2, 2}}
		at = func(i int) (a, b float64) { return square[i][0], square[i][1] }
	}
	var vertices [][]float64
	for i := range corners {
		a, b := at(i)
		x := make([]float64, dim)
		for k := range x {
			x[k] = o[k] + float64(a*u[k]) + float64(b*v[k])
		}
		vertices = append(vertices, x)
	}
	p, err := set.NewPolygon(vertices)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// segment is random, or with small integers as coordinates.
func segment(t testing.TB, r *rand.Rand, dim int, integer bool) set.Segment {
	t.Helper()
	a, b := make([]float64, dim), make([]float64, dim)
	for k := range dim {
		if integer {
			a[k], b[k] = float64(r.IntN(7)-3), float64(r.IntN(7)-3)
		} else {
			a[k], b[k] = float64(3*r.NormFloat64()), float64(3*r.NormFloat64())
		}
	}
	b[0] = a[0] + 4
	s, err := set.NewSegment(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
