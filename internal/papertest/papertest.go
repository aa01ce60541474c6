// Package papertest has the networks and requirements of the papers' examples and
// experiments, and short ways to build small ones, for tests.
package papertest

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/eran"
	"github.com/netmend/netmend/nn/nnet"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// Dense makes a layer from rows of weights with the bias last. It panics where
// their lengths differ.
func Dense(rows ...[]float64) *nn.Dense {
	in := len(rows[0]) - 1
	p := nn.Params{Weight: nn.NewMatrix(len(rows), in)}
	for i, r := range rows {
		if len(r) != in+1 {
			panic(fmt.Sprintf("row %d has %d numbers, want %d", i, len(r), in+1))
		}
		copy(p.Weight.Row(i), r[:in])
		p.Bias = append(p.Bias, r[in])
	}
	return &nn.Dense{Params: p}
}

// Chain is the network of the operations one after the other.
func Chain(t testing.TB, in int, ops ...nn.Op) *nn.Network {
	t.Helper()
	var nodes []nn.Node
	for i, op := range ops {
		nodes = append(nodes, nn.Node{Inputs: []int{i - 1}, Op: op})
	}
	net, err := nn.New(nodes, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// Figure3 is network N1 of Figure 3 (PLDI 2021).
func Figure3(t testing.TB) *nn.Network {
	return Chain(t, 1,
		Dense([]float64{-1, 0}, []float64{1, 0}, []float64{1, -1}),
		nn.ReLU(),
		Dense([]float64{-1, -1, 1, 0}))
}

// Between requires lo <= y[0] <= hi.
func Between(lo, hi float64) spec.Output {
	return spec.Output{Bounds: []spec.Bound{{Output: 0, Lower: lo, Upper: hi}}}
}

// Segment is an item on the segment between two points.
func Segment(t testing.TB, o spec.Output, from, to []float64) spec.Item {
	t.Helper()
	s, err := set.NewSegment(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return spec.Item{Name: fmt.Sprintf("segment %v %v", from, to), Segment: &s, Output: o}
}

// Point is an item at a point.
func Point(o spec.Output, x ...float64) spec.Item {
	return spec.Item{Name: fmt.Sprintf("point %v", x), Point: x, Output: o}
}

// MNISTLines is the 784-100-100-10 network and n lines from a clean digit to a
// foggy one.
func MNISTLines(t testing.TB, n int) (*nn.Network, *spec.Spec) {
	t.Helper()
	f, err := os.Open(shared.Path(t, "data", "mnist", "aprnn_cc-by-nc-nd", "mnist_relu_3_100.tf"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	net, err := eran.Read(f, f.Name(), eran.Options{LinearOutput: true})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := dataset.ReadNPZ(shared.Path(t, "reference", "repair", fmt.Sprintf("mnist_fog_lines_%d.npz", n)), "clean", "fog", "label")
	if err != nil {
		t.Fatal(err)
	}
	s := &spec.Spec{Margin: 0.05}
	dim := net.InDim()
	for i := range n {
		o := spec.Output{Allowed: []int{int(lines["label"].Data[i])}}
		s.Items = append(s.Items, Segment(t, o, lines["clean"].Data[i*dim:(i+1)*dim], lines["fog"].Data[i*dim:(i+1)*dim]))
	}
	return net, s
}

// ACASSlices is N(2,9) on ten slices of property 8's region, advisory 0 or 1
// (the smallest output) wanted.
func ACASSlices(t testing.TB, first, count int) (*nn.Network, *spec.Spec) {
	t.Helper()
	f, err := os.Open(shared.Path(t, "data", "acasxu", "nnet", "ACASXU_run2a_2_9_batch_2000.nnet"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	net, err := nnet.Read(f, f.Name(), nnet.Options{Units: nnet.Normalised})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(shared.Path(t, "reference", "repair", "acas_phi8_slices.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Slices [][][]float64 }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	s := &spec.Spec{Extremum: spec.Argmin}
	for i, v := range file.Slices[first : first+count] {
		p, err := set.NewPolygon(v)
		if err != nil {
			t.Fatal(err)
		}
		s.Items = append(s.Items, spec.Item{
			Name: fmt.Sprintf("slice %d", first+i), Polygon: p,
			Output: spec.Output{Allowed: []int{0, 1}, Extremum: spec.Argmin},
		})
	}
	return net, s
}
