package onnx

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// layerSets are the sets of layers of a three-layer network that can be
// repaired.
var layerSets = [][]int{nil, {1}, {2}, {3}, {1, 2}, {1, 3}, {2, 3}, {1, 2, 3}}

// A network written in its own type and read back is the same network: nodes,
// parameters, repaired layers, patterns, and outputs bit for bit.
func TestRoundTrip(t *testing.T) {
	all := activations(t)
	maps.Copy(all, activations32(t))
	all["step"] = nn.Step()
	for name, f := range all {
		for _, layers := range layerSets {
			t.Run(fmt.Sprintf("%s/%v", name, layers), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, uint64(len(layers))))
				n := repaired(t, r, chain(t, r, f), layers...)
				sameNetwork(t, readBack(t, n, nn.Float64), n)

				rounded := roundNetwork(t, n, nn.Float32)
				m := readBack(t, n, nn.Float32)
				sameNetwork(t, m, rounded)
				sameNetwork(t, readBack(t, m, nn.Float32), m)
				if m.Meta.DType != nn.Float32 {
					t.Errorf("type %v, want float32", m.Meta.DType)
				}
			})
		}
	}
}

// sameNetwork checks that got is want, except for the names of shared scales.
func sameNetwork(t *testing.T, got, want *nn.Network) {
	t.Helper()
	if !slices.Equal(got.RepairedLayers(), want.RepairedLayers()) {
		t.Fatalf("repaired layers %v, want %v", got.RepairedLayers(), want.RepairedLayers())
	}
	if len(got.Nodes) != len(want.Nodes) {
		t.Fatalf("%d nodes, want %d", len(got.Nodes), len(want.Nodes))
	}
	for i := range got.Nodes {
		g, w := got.Nodes[i], want.Nodes[i]
		if g.Name != w.Name || g.Op.Kind() != w.Op.Kind() {
			t.Errorf("node %d is %s %q, want %s %q", i, g.Op.Kind(), g.Name, w.Op.Kind(), w.Name)
		}
		d, ok := w.Op.(*nn.Dense)
		if !ok {
			continue
		}
		for _, ch := range []nn.Channel{nn.ActivationChannel, nn.ValueChannel} {
			if !sameParams(*g.Op.(*nn.Dense).Channel(ch), *d.Channel(ch)) {
				t.Errorf("node %d: parameters of channel %d differ", i, ch)
			}
		}
	}
	if !slices.Equal(got.InputShape, want.InputShape) {
		t.Errorf("input shape %v, want %v", got.InputShape, want.InputShape)
	}
	if got.Meta.InputName != want.Meta.InputName || got.Meta.OutputName != want.Meta.OutputName {
		t.Errorf("input and output %q and %q, want %q and %q",
			got.Meta.InputName, got.Meta.OutputName, want.Meta.InputName, want.Meta.OutputName)
	}
	x := randomPoints(rand.New(rand.NewPCG(7, 7)), 40, want.InDim())
	gy, err := got.Eval(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	wy, err := want.Eval(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	gp, wp := got.PatternsAt(x, 1), want.PatternsAt(x, 1)
	for i := range x.Rows {
		if !slices.Equal(gy.Row(i), wy.Row(i)) {
			t.Fatalf("output %v, want %v", gy.Row(i), wy.Row(i))
		}
		if !slices.Equal(gp[i], wp[i]) {
			t.Fatalf("pattern %v, want %v", gp[i], wp[i])
		}
	}
}

// roundNetwork rounds every parameter of a network.
func roundNetwork(t *testing.T, n *nn.Network, dtype nn.DType) *nn.Network {
	t.Helper()
	c := n.Clone()
	all := func(xs []float64) []float64 {
		ys := make([]float64, len(xs))
		for i, x := range xs {
			ys[i] = dtype.Round(x)
		}
		return ys
	}
	for i, node := range c.Nodes {
		switch op := node.Op.(type) {
		case nn.Layer:
			var value *nn.Params
			if op.Decoupled() {
				v := op.Channel(nn.ValueChannel).Round(dtype)
				value = &v
			}
			c.Nodes[i].Op = op.WithParams(op.Channel(nn.ActivationChannel).Round(dtype), value)
		case *nn.Scale:
			c.Nodes[i].Op = &nn.Scale{Factor: all(op.Factor), Shift: all(op.Shift)}
		case *nn.Piecewise:
			p := *op
			p.Breaks, p.Slope, p.Offset = all(op.Breaks), all(op.Slope), all(op.Offset)
			c.Nodes[i].Op = &p
		}
	}
	return c
}

// Value parameters equal to the activation channel's still make a decoupled
// network, with the function of the ordinary one (Theorem 4.4).
func TestRoundTripOfEqualChannels(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	n := chain(t, r, nn.ReLU())
	_, d, err := n.Layer(2)
	if err != nil {
		t.Fatal(err)
	}
	same := d.Channel(nn.ActivationChannel).Clone()
	decoupled, err := n.WithLayer(2, &same)
	if err != nil {
		t.Fatal(err)
	}
	sameNetwork(t, readBack(t, decoupled, nn.Float64), decoupled)
	sameNetwork(t, readBack(t, n, nn.Float64), n)
}

// A file written from a file that was read is the same, byte for byte.
func TestWriteIsStable(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for name, f := range activations(t) {
		n := readBack(t, repaired(t, r, chain(t, r, f), 1, 2), nn.Float64)
		first := written(t, n, nn.Float64)
		if second := written(t, readBack(t, n, nn.Float64), nn.Float64); !slices.Equal(first, second) {
			t.Errorf("%s: files differ", name)
		}
	}
}

// Networks of one activation, of none, with shapes of several axes, and without
// names go through a file too.
func TestRoundTripOfSmallNetworks(t *testing.T) {
	one := func(op nn.Op, shape ...int) *nn.Network {
		n, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: op}}, shape, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	networks := map[string]*nn.Network{
		"identity": one(nn.IdentityActivation(), 3),
		"unit":     one(&nn.Scale{Factor: []float64{1, 1}, Shift: []float64{0, 0}}, 2),
		"shift":    one(&nn.Scale{Factor: []float64{1, 1}, Shift: []float64{0, 5}}, 2),
		"factor":   one(&nn.Scale{Factor: []float64{-1, 1}, Shift: []float64{0, 0}}, 2),
		"picture":  one(nn.ReLU(), 1, 2, 3),
		"number":   one(nn.LeakyReLU(0.3)),
	}
	for name, n := range networks {
		m := readBack(t, n, nn.Float64)
		if m.InDim() != n.InDim() || m.OutDim() != n.OutDim() {
			t.Errorf("%s: %d -> %d, want %d -> %d", name, m.InDim(), m.OutDim(), n.InDim(), n.OutDim())
			continue
		}
		if len(n.InputShape) > 0 && !slices.Equal(m.InputShape, n.InputShape) {
			t.Errorf("%s: input shape %v, want %v", name, m.InputShape, n.InputShape)
		}
		x := gaussian(rand.New(rand.NewPCG(4, 4)), n.InDim())
		if got, want := evalPoint(t, m, x...), evalPoint(t, n, x...); !slices.Equal(got, want) {
			t.Errorf("%s: output %v, want %v", name, got, want)
		}
	}
}

func TestUnitsSurvive(t *testing.T) {
	n := chain(t, rand.New(rand.NewPCG(5, 5)), nn.ReLU())
	n.Meta.Units = "normalised"
	if m := readBack(t, n, nn.Float32); m.Meta.Units != "normalised" {
		t.Errorf("units %q, want normalised", m.Meta.Units)
	}
}

func TestWriteRefusesWhatDoesNotFit(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	big := chain(t, r, nn.ReLU())
	_, d, err := big.Layer(2)
	if err != nil {
		t.Fatal(err)
	}
	p := d.Channel(nn.ActivationChannel).Clone()
	p.Bias[1] = 1e39
	if big, err = big.WithLayer(2, &p); err != nil {
		t.Fatal(err)
	}
	narrow, err := nn.Clip(1, math.Nextafter(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]*nn.Network{
		"overflow": big,
		"limits":   chain(t, r, narrow),
		"slope":    chain(t, r, nn.LeakyReLU(1e39)),
	} {
		if err := Write(discard{}, n, WriteOptions{DType: nn.Float32, Rounded: true}); err == nil {
			t.Errorf("%s: written as float32", name)
		}
		if err := Write(discard{}, n, WriteOptions{DType: nn.Float64, Rounded: true}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// No operator of one input gives a constant.
	n := chain(t, r, &nn.Piecewise{Slope: []float64{0}, Offset: []float64{2}})
	if err := Write(discard{}, n, WriteOptions{Rounded: true}); err == nil {
		t.Error("a constant function was written")
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func TestSameArchitecture(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	n := chain(t, r, nn.ReLU())
	last := repaired(t, r, n, 3)
	plain, err := SameArchitecture(last)
	if err != nil {
		t.Fatal(err)
	}
	if plain.Decoupled() || len(plain.Nodes) != len(n.Nodes) {
		t.Fatalf("decoupled %v with %d nodes, want an ordinary network with %d", plain.Decoupled(), len(plain.Nodes), len(n.Nodes))
	}
	if !last.Decoupled() {
		t.Error("the network given has changed")
	}
	for range 20 {
		x := gaussian(r, 3)
		if got, want := evalPoint(t, plain, x...), evalPoint(t, last, x...); !slices.Equal(got, want) {
			t.Fatalf("output %v, want %v", got, want)
		}
	}
	if same, err := SameArchitecture(n); err != nil || same.Decoupled() {
		t.Errorf("an ordinary network: %v", err)
	}
	if _, err := SameArchitecture(repaired(t, r, n, 2)); err == nil {
		t.Error("layer 2 has an activation after it, but no error came")
	}
}

// TestNearlyEqualPieces: a value channel whose pieces are not quite those of the activation
// channel is not a decoupled network, and is not read as one that computes something else.
func TestNearlyEqualPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	n := repaired(t, r, chain(t, r, nn.LeakyReLU(0.125)), 1)
	for _, by := range []float64{0, 0x1p-23, 0x1p-22} {
		var m onnxpb.ModelProto
		if err := proto.Unmarshal(written(t, n, nn.Float32), &m); err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, p := range m.Graph.Initializer {
			c, err := decodeTensor(p)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.floats) == 1 && c.floats[0] == 0.125 {
				p.RawData, p.FloatData = nil, []float32{float32(0.125 * (1 + by))}
				found++
			}
		}
		data, err := proto.Marshal(&m)
		if err != nil || found == 0 {
			t.Fatalf("%d slopes, %v", found, err)
		}
		if _, err := Read(bytes.NewReader(data), "near.onnx", ReadOptions{}); (err != nil) != (by != 0) {
			t.Errorf("slope times 1 + %v: %v", by, err)
		}
	}
}
