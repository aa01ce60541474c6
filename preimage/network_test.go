package preimage_test

import (
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// dense is a layer y = w x + b.
func dense(t testing.TB, w [][]float64, b ...float64) *nn.Dense {
	t.Helper()
	m, err := nn.MatrixOf(w)
	if err != nil {
		t.Fatal(err)
	}
	return &nn.Dense{Params: nn.Params{Weight: m, Bias: b}}
}

// chain is the network of ops one after the other.
func chain(t testing.TB, inputs int, ops ...nn.Op) *nn.Network {
	t.Helper()
	nodes := make([]nn.Node, len(ops))
	for i, op := range ops {
		nodes[i] = nn.Node{Inputs: []int{i - 1}, Op: op}
	}
	net, err := nn.New(nodes, []int{inputs}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// example4 is the network of Figure 1 with other activations in place of ReLU.
func example4(t testing.TB, first, second nn.Op) *nn.Network {
	return chain(t, 2,
		dense(t, [][]float64{{0.3, 0.53}, {0.77, 0.42}}, 0.43, -0.42), first,
		dense(t, [][]float64{{0.17, -0.07}, {0.71, -0.06}}, -0.01, 0.49), second,
		dense(t, [][]float64{{0.35, 0.17}, {-0.04, 0.08}}, 0.03, 0.17))
}

// parabola is the network of Figure 4.
func parabola(t testing.TB) *nn.Network {
	return chain(t, 1,
		dense(t, [][]float64{{0.6323467493057251}, {0.17108699679374695}, {-0.7978671789169312}},
			0.06393361836671829, -2.2501626014709473, -2.274787425994873), nn.ReLU(),
		dense(t, [][]float64{
			{0.7802020311355591, 2.174086570739746, 0.38730230927467346},
			{-0.7222397923469543, -0.7464914321899414, 1.0229864120483398},
			{-0.13510894775390625, -0.6387206315994263, -0.31919407844543457},
		}, -2.416353702545166, -1.228379726409912, 0), nn.ReLU(),
		dense(t, [][]float64{{1.917153000831604, 1.0097975730895996, 0.8264592289924622}}, 0.33117377758026123))
}

// row is a . x <= b.
func row(b float64, a ...float64) set.HalfSpace { return set.HalfSpace{Normal: a, Offset: b} }

// polyhedron is the intersection of rows.
func polyhedron(rows ...set.HalfSpace) set.Polyhedron {
	return set.Polyhedron{Dim: len(rows[0].Normal), Rows: rows}
}

// box is [lo, hi] for each pair.
func box(bounds ...[2]float64) set.Box {
	var b set.Box
	for _, i := range bounds {
		b.Lo, b.Hi = append(b.Lo, i[0]), append(b.Hi, i[1])
	}
	return b
}
