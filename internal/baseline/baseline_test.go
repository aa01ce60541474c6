package baseline_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/baseline"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/train"
)

// rings are points labelled by their distance from the origin.
func rings(n int, seed uint64, radius float64) *train.Data {
	random := rand.New(rand.NewPCG(seed, 0))
	d := &train.Data{X: nn.NewMatrix(n, 2), Labels: make([]int, n)}
	for i := range n {
		x := d.X.Row(i)
		x[0], x[1] = float64(2*random.Float64())-1, float64(2*random.Float64())-1
		if math.Hypot(x[0], x[1]) > radius {
			d.Labels[i] = 1
		}
	}
	return d
}

// buggy is a network that knows rings of another radius.
func buggy(t *testing.T) *nn.Network {
	t.Helper()
	net, err := train.NewDense(1, 2, 16, 16, 2)
	if err != nil {
		t.Fatal(err)
	}
	res, err := train.Run(context.Background(), net, rings(400, 1, 0.6),
		train.Options{Optimizer: train.Adam{Rate: 0.01}, Workers: 1}, train.Schedule{Epochs: 30})
	if err != nil {
		t.Fatal(err)
	}
	return res.Network
}

func options() baseline.Options {
	return baseline.Options{Optimizer: train.SGD{Rate: 0.02, Momentum: 0.9}, BatchSize: 16, Epochs: 400, Workers: 1}
}

func TestFineTune(t *testing.T) {
	net, d := buggy(t), rings(60, 5, 0.7)
	var last baseline.Progress
	o := options()
	o.Progress = func(p baseline.Progress) { last = p }
	res, err := baseline.FineTune(context.Background(), net, d, o)
	if err != nil {
		t.Fatal(err)
	}
	if res.Stop != baseline.Satisfied || res.Correct != 60 || res.Samples != 60 || last.Epoch != res.Epochs || last.Correct != 60 {
		t.Fatalf("%+v, last epoch %+v", res, last)
	}
	if c, err := train.Correct(res.Network, d, spec.Argmax, 1); err != nil || c != 60 {
		t.Errorf("the network has %d right (%v), want all 60", c, err)
	}
	// One epoch less does not do: the cap is an answer of its own.
	o.Epochs = res.Epochs - 1
	res, err = baseline.FineTune(context.Background(), net, d, o)
	if err != nil || res.Stop != baseline.EpochLimit || res.Correct == 60 || res.Epochs != o.Epochs {
		t.Errorf("with a cap one below: %+v, %v", res, err)
	}
	// What is satisfied already is not touched.
	own := &train.Data{X: d.X, Labels: classes(t, net, d.X)}
	res, err = baseline.FineTune(context.Background(), net, own, options())
	if err != nil || res.Stop != baseline.Satisfied || res.Epochs != 0 {
		t.Errorf("of its own classes: %+v, %v", res, err)
	}
}

func classes(t *testing.T, net *nn.Network, x nn.Matrix) []int {
	t.Helper()
	y, err := net.Eval(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	of := make([]int, x.Rows)
	for r := range of {
		of[r] = spec.Argmax.Prefers(y.Row(r), nil)
	}
	return of
}

// TestModified checks that one layer alone changes, whichever the cut, and that
// the method ends for one of its reasons with the figures of its network.
func TestModified(t *testing.T) {
	net, d := buggy(t), rings(200, 5, 0.8)
	for layer := 1; layer <= 3; layer++ {
		res, err := baseline.Modified(context.Background(), net, layer, d, options())
		if err != nil {
			t.Fatal(err)
		}
		if c, err := train.Correct(res.Network, d, spec.Argmax, 1); err != nil || c != res.Correct {
			t.Errorf("layer %d: the network has %d right (%v), the result says %d", layer, c, err, res.Correct)
		}
		if dropped := res.Stop == baseline.HoldoutDropped; dropped != (res.Epochs < 400) || (layer < 3 && !dropped) {
			t.Errorf("layer %d: %s after %d epochs, want it to stop when the holdout accuracy drops", layer, res.Stop, res.Epochs)
		}
		for k := 1; k <= 3; k++ {
			_, before, _ := net.Layer(k)
			_, after, _ := res.Network.Layer(k)
			a, b := before.Channel(nn.ValueChannel), after.Channel(nn.ValueChannel)
			if same := slices.Equal(a.Weight.Data, b.Weight.Data) && slices.Equal(a.Bias, b.Bias); same != (k != layer) {
				t.Errorf("changing layer %d: layer %d is the same: %v", layer, k, same)
			}
		}
	}
}

// TestCut compares training behind a cut with training within the whole
// network: with every layer named, nothing is cut off.
func TestCut(t *testing.T) {
	net, d := buggy(t), rings(60, 5, 0.8)
	o := options()
	o.Epochs, o.Layers = 3, []int{2, 3}
	tail, err := baseline.FineTune(context.Background(), net, d, o)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := train.New(net, train.Options{Optimizer: o.Optimizer, BatchSize: 16, Layers: []int{2, 3}, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range tail.Epochs {
		if _, err := tr.Epoch(context.Background(), d); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := tr.Network()
	if err != nil {
		t.Fatal(err)
	}
	for k := 1; k <= 3; k++ {
		_, la, _ := whole.Layer(k)
		_, lb, _ := tail.Network.Layer(k)
		a, b := la.Channel(nn.ValueChannel), lb.Channel(nn.ValueChannel)
		if !slices.Equal(a.Weight.Data, b.Weight.Data) {
			t.Errorf("layer %d differs", k)
		}
	}
}

func TestSample(t *testing.T) {
	net := buggy(t)
	seg, err := set.NewSegment([]float64{0, 0}, []float64{1, 1})
	if err != nil {
		t.Fatal(err)
	}
	square, err := set.NewPolygon([][]float64{{-1, -1}, {0, -1}, {0, 0}, {-1, 0}})
	if err != nil {
		t.Fatal(err)
	}
	s := &spec.Spec{Items: []spec.Item{
		{Name: "point", Point: []float64{0.25, 0.5}, Output: spec.Output{Allowed: []int{1}}},
		{Name: "segment", Segment: &seg, Output: spec.Output{Allowed: []int{0}}},
		{Name: "square", Polygon: square, Output: spec.Output{Allowed: []int{0, 1}, HalfSpaces: nil}},
	}}
	s.Items[2].Output.Allowed = []int{1}
	d, err := baseline.Sample(net, s, 40, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if d.Len() != 41 || d.Labels[0] != 1 || d.X.Row(0)[1] != 0.5 {
		t.Fatalf("%d samples, the first is %v with label %d", d.Len(), d.X.Row(0), d.Labels[0])
	}
	on := 0
	for i := 1; i < d.Len(); i++ {
		x := d.X.Row(i)
		switch {
		case x[0] == x[1] && d.Labels[i] == 0 && x[0] >= 0:
			on++
		case d.Labels[i] != 1 || x[0] > 0 || x[1] > 0:
			t.Errorf("sample %v with label %d is of neither set", x, d.Labels[i])
		}
	}
	if on != 20 {
		t.Errorf("%d of 40 samples are of the segment, want 20", on)
	}
	s.Items[0].Output.HalfSpaces = []set.HalfSpace{{Normal: []float64{1, 0}}}
	if _, err := baseline.Sample(net, s, 40, 1, 1); err == nil {
		t.Error("a half-space on the output is no class: no error")
	}
}

func TestRefuses(t *testing.T) {
	net, d := buggy(t), rings(3, 1, 1)
	if _, err := baseline.Modified(context.Background(), net, 1, d, options()); err == nil {
		t.Error("three samples leave nothing to hold out: no error")
	}
	if _, err := baseline.Modified(context.Background(), net, 4, rings(9, 1, 1), options()); err == nil {
		t.Error("layer 4 of 3: no error")
	}
	o := options()
	o.Epochs = -1
	if _, err := baseline.FineTune(context.Background(), net, d, o); err == nil {
		t.Error("negative cap: no error")
	}
}
