package fold

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
)

// network builds a network in which each node follows the one before, of 3 inputs.
func network(t *testing.T, dtype nn.DType, ops ...nn.Op) *nn.Network {
	t.Helper()
	var nodes []nn.Node
	for i, op := range ops {
		nodes = append(nodes, nn.Node{Name: string(rune('a' + i)), Inputs: []int{i - 1}, Op: op})
	}
	return build(t, dtype, nodes...)
}

func build(t *testing.T, dtype nn.DType, nodes ...nn.Node) *nn.Network {
	t.Helper()
	n, err := nn.New(nodes, []int{3}, nn.Meta{DType: dtype})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// scale multiplies by f, then adds s.
func scale(f, s float64) *nn.Scale {
	return &nn.Scale{Factor: []float64{f, f, f}, Shift: []float64{s, s, s}}
}

func take(fill float64, from ...int32) *nn.Take { return &nn.Take{In: 3, From: from, Fill: fill} }

func dense() *nn.Dense {
	w := nn.NewMatrix(3, 3)
	for i := range w.Data {
		w.Data[i] = float64(i) - 3
	}
	return &nn.Dense{Params: nn.Params{Weight: w, Bias: make([]float64, 3)}}
}

// What becomes of chains: the names of the nodes left, with their operations.
func TestNetwork(t *testing.T) {
	tiny := math.Ldexp(1, -600)
	node := func(name string, op nn.Op, in ...int) nn.Node { return nn.Node{Name: name, Inputs: in, Op: op} }
	concat := &nn.Concat{Dims: []int{3, 3}}
	for _, c := range []struct {
		name string
		net  *nn.Network
		want string
	}{
		{"two scalings", network(t, nn.Float64, scale(2, 1), scale(3, 4)), "Scale b"},
		{"beside layers", network(t, nn.Float64, scale(2, 1), dense(), scale(3, 4), nn.ReLU()), "Scale a, Dense b, Scale c, ReLU d"},
		{"of a normalisation", network(t, nn.Float32, scale(1, -0.5), scale(1/3., 0), scale(2, 1), dense()), "Scale c, Dense d"},
		{"storable apart only", network(t, nn.Float32, scale(1, float64(float32(0.1))), scale(float64(float32(0.3)), 0)), "Scale a, Scale b"},
		{"storable together", network(t, nn.Float32, scale(1, float64(float32(0.1))), scale(0.5, 0)), "Scale b"},
		{"inverse", network(t, nn.Float64, scale(2, 1), scale(0.5, -0.5), dense()), "Dense c"},
		{"nothing left", network(t, nn.Float64, scale(2, 1), scale(0.5, -0.5)), "Scale b"},
		{"an identity alone", network(t, nn.Float64, scale(1, 0)), "Scale a"},
		{"an identity at the end", network(t, nn.Float64, dense(), scale(1, 0)), "Dense a"},
		{"an activation of one slope", network(t, nn.Float64, dense(), nn.LeakyReLU(1), nn.ReLU()), "Dense a, ReLU c"},
		{"such between scalings", network(t, nn.Float64, scale(2, 1), nn.IdentityActivation(), scale(3, 0)), "Scale c"},
		{"beyond float64", network(t, nn.Float64, scale(1e200, 0), scale(1e200, 0)), "Scale a, Scale b"},
		{"below the normal numbers", network(t, nn.Float64, scale(tiny, 0), scale(tiny, 0)), "Scale a, Scale b"},
		{"two selections", network(t, nn.Float64, take(0, 2, 1, 0), take(0, 1, 1, 0)), "Take b"},
		{"that undo each other", network(t, nn.Float64, take(0, 2, 1, 0), take(0, 2, 1, 0), dense()), "Dense c"},
		{"selections with scalings between", network(t, nn.Float64, take(0, 2, 1, 0), scale(2, 1), take(5, -1, 0, 1), scale(3, 0)), "Take c, Scale d"},
		{"a selection and a scaling", network(t, nn.Float64, take(0, 2, 1, 0), scale(2, 1)), "Take a, Scale b"},
		{"a value used twice", build(t, nn.Float64, node("a", scale(2, 1), -1), node("b", scale(3, 1), 0), node("c", scale(4, 1), 0),
			node("d", nn.ReLU(), 1), node("e", &nn.Sum{Coefficients: []float64{1, 1}}, 3, 2)), "Scale a, Scale b, Scale c, ReLU d, Sum e"},
		{"an identity used twice", build(t, nn.Float64, node("a", dense(), -1), node("b", scale(1, 0), 0), node("c", nn.ReLU(), 1),
			node("d", &nn.Sum{Coefficients: []float64{1, 1}}, 1, 2)), "Dense a, ReLU c, Sum d"},
		{"parts put together", build(t, nn.Float64, node("a", nn.ReLU(), -1), node("b", take(0, 2, 1, 0), 0), node("c", take(0, 0, 1, 1), 0),
			node("d", concat, 1, 2)), "ReLU a, Take d"},
		{"a constant branch", build(t, nn.Float64, node("a", nn.ReLU(), -1), node("b", take(0, -1, -1, -1), 0), node("c", scale(1, 7), 1),
			node("d", concat, 0, 2)), "ReLU a, Take d"},
		{"a sum with a constant branch", build(t, nn.Float64, node("a", nn.ReLU(), -1), node("b", take(0, -1, -1, -1), 0), node("c", scale(1, 7), 1),
			node("d", &nn.Sum{Coefficients: []float64{2, -1}}, 0, 2)), "ReLU a, Scale d"},
		{"branches over two values", build(t, nn.Float64, node("a", nn.ReLU(), -1), node("b", scale(2, 0), 0), node("c", scale(3, 0), -1),
			node("d", concat, 1, 2)), "ReLU a, Scale b, Scale c, Concat d"},
		{
			"an end that nodes without use follow", build(t, nn.Float64, node("a", dense(), -1), node("b", nn.ReLU(), 0), node("c", scale(1, 0), 0)),
			"Dense a, ReLU b, Scale c",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Network(c.net)
			var words []string
			for _, n := range got.Nodes {
				words = append(words, n.Op.Kind()+" "+n.Name)
			}
			if s := strings.Join(words, ", "); s != c.want {
				t.Errorf("nodes %s, want %s", s, c.want)
			}
			if again := Network(got); again != got {
				t.Errorf("the folded network is folded again, to %d nodes", len(again.Nodes))
			}
			x := []float64{0.5, -2, 3}
			y, err1 := c.net.EvalPoint(x)
			z, err2 := got.EvalPoint(x)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			for i := range y {
				if y[i] != z[i] && !(math.Abs(y[i]-z[i]) <= 1e-14*(1+math.Abs(y[i]))) {
					t.Errorf("outputs %v, want %v", z, y)
					break
				}
			}
		})
	}
}

// The constants of a merged scaling are those in exact arithmetic, rounded once, also
// where they were merged in several steps.
func TestConstantsAreRoundedOnce(t *testing.T) {
	// 1 + 2^53 - 2^53, where 1 + 2^53 is not a float64.
	big := network(t, nn.Float64, scale(1, 1), scale(1, 0x1p53), scale(1, -0x1p53))
	if s := Network(big).Nodes[0].Op.(*nn.Scale); s.Shift[0] != 1 {
		t.Errorf("shift %v, want 1", s.Shift[0])
	}
	// The same in two steps: a is used once only when b to d are one selection.
	node := func(name string, op nn.Op, in ...int) nn.Node { return nn.Node{Name: name, Inputs: in, Op: op} }
	m := Network(build(t, nn.Float64, node("a", scale(1, -0x1p53), nn.Input), node("b", take(0, 0), 0), node("c", take(0, 2, 1), 0),
		node("d", &nn.Concat{Dims: []int{1, 2}}, 1, 2), node("e", scale(1, 0x1p53), 3), node("f", scale(1, 1), 4)))
	if s := m.Nodes[1].Op.(*nn.Scale); len(m.Nodes) != 2 || s.Shift[0] != 1 {
		t.Errorf("%d nodes, shift %v, want 2 and 1", len(m.Nodes), s.Shift[0])
	}
}

// Layers keep the parameters of both channels, and the network given is not changed.
func TestLayersStay(t *testing.T) {
	n := network(t, nn.Float64, scale(2, 1), scale(3, 0), dense(), nn.ReLU(), scale(2, 0), scale(0.25, 1), dense(), scale(5, 0))
	value := n.Nodes[2].Op.(*nn.Dense).Params.Clone()
	value.Bias[1] = 7
	n, err := n.WithLayer(1, &value)
	if err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(n.Nodes)
	m := Network(n)
	if len(m.Nodes) != 6 || !slices.Equal(m.RepairedLayers(), []int{1}) {
		t.Fatalf("%d nodes, layers %v repaired, want 6 and [1]", len(m.Nodes), m.RepairedLayers())
	}
	for k, i := range n.Layers() {
		if m.Nodes[m.Layers()[k]].Op != n.Nodes[i].Op {
			t.Errorf("layer %d is another", k+1)
		}
	}
	if !reflect.DeepEqual(before, n.Nodes) {
		t.Error("the network given has changed")
	}
}

// TestFullTable: a chain of more distinct numbers than are kept stays as it is.
func TestFullTable(t *testing.T) {
	const n = 340_000
	take := &nn.Take{In: 1, From: make([]int32, n)}
	first, second := &nn.Scale{Factor: make([]float64, n), Shift: make([]float64, n)}, &nn.Scale{Factor: make([]float64, n), Shift: make([]float64, n)}
	for i := range n {
		take.From[i] = -1
		first.Factor[i], first.Shift[i], second.Factor[i] = 1, float64(i+1), 2
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: take}, {Inputs: []int{0}, Op: first}, {Inputs: []int{1}, Op: second},
	}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	y, err := Network(net).EvalPoint([]float64{3})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range y {
		if want := float64(2 * (i + 1)); v != want {
			t.Fatalf("output %d is %v, want %v", i, v, want)
		}
	}
}
