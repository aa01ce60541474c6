package experiment_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/experiment"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/train"
)

// advisor is a small network with three advisories, of which 2 should be given
// beyond x0 = 0.5 only, but is given a little before it in places.
func advisor(t *testing.T) *nn.Network {
	t.Helper()
	random := rand.New(rand.NewPCG(4, 4))
	d := &train.Data{X: nn.NewMatrix(800, 3), Labels: make([]int, 800)}
	for i := range d.Labels {
		x := d.X.Row(i)
		for k := range x {
			x[k] = float64(2*random.Float64()) - 1
		}
		switch {
		case x[0] > 0.5:
			d.Labels[i] = 2
		case x[1]+float64(0.3*x[2]) > 0:
			d.Labels[i] = 1
		}
	}
	net, err := train.NewDense(2, 3, 16, 16, 3)
	if err != nil {
		t.Fatal(err)
	}
	r, err := train.Run(context.Background(), net, d, train.Options{Optimizer: train.Adam{Rate: 0.01}, Loss: train.CrossEntropy{}}, train.Schedule{Epochs: 20})
	if err != nil {
		t.Fatal(err)
	}
	return r.Network
}

// TestSlicesSmall is Task 3 in small: slices of a box on which two advisories are
// allowed, the sets drawn from further slices.
func TestSlicesSmall(t *testing.T) {
	net, ctx := advisor(t), context.Background()
	box := set.Box{Lo: []float64{-1, -1, -1}, Hi: []float64{0.5, 1, 1}}
	allowed := spec.Output{Allowed: []int{0, 1}}
	sets, err := experiment.DrawSlices(ctx, net, box, 0, 1, 6, 100, allowed, 9, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n := sets.Wrong.Rows; n == 0 || n > 100 || sets.Right.Rows != n || sets.Slices != 6 || sets.Tried < 6 {
		t.Fatalf("%d wrong and %d right points of %d slices of %d", n, sets.Right.Rows, sets.Slices, sets.Tried)
	}
	s := &spec.Spec{}
	for i, x2 := range []float64{-0.7, 0, 0.6} {
		p, err := set.NewPolygon([][]float64{{-1, -1, x2}, {0.5, -1, x2}, {0.5, 1, x2}, {-1, 1, x2}})
		if err != nil {
			t.Fatal(err)
		}
		s.Items = append(s.Items, spec.Item{Name: string(rune('a' + i)), Polygon: p, Output: allowed})
	}
	task := &experiment.Task{
		Net: net, Spec: s, Drawdown: experiment.Required(sets.Right, allowed), Generalisation: experiment.Required(sets.Wrong, allowed),
	}
	pr, err := task.Run(ctx, experiment.Method{Kind: experiment.PR, Layer: 3, Samples: 500, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if pr.Status != "repaired" && pr.Status != "repaired up to rounding" {
		t.Fatalf("%s: %s", pr.Status, pr.Reason)
	}
	if pr.Efficacy.Before == 500 || pr.Efficacy.After < 499 || pr.Generalisation.Before != 0 || pr.Generalisation.After == 0 || pr.Drawdown.Before != pr.Drawdown.Points {
		t.Errorf("efficacy %+v, generalisation %+v, drawdown %+v", pr.Efficacy, pr.Generalisation, pr.Drawdown)
	}
	for _, m := range []experiment.Method{{Kind: experiment.FT}, {Kind: experiment.MFT, Layer: 3}} {
		m.SGD, m.BatchSize, m.Epochs, m.Samples, m.Seed = train.SGD{Rate: 0.01, Momentum: 0.9}, 16, 20, 500, 1
		o, err := task.Run(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		if o.Efficacy.Points != 500 || o.Epochs == 0 || o.Change.L0 == 0 {
			t.Errorf("%s: %+v", m.Kind, o)
		}
	}
	if _, err := experiment.DrawSlices(ctx, net, box, 0, 1, 1, 1, spec.Output{Allowed: []int{0, 1, 2}}, 9, 0); err == nil {
		t.Error("no violation can be found, and there is no error")
	}
}
