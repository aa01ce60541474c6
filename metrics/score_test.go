package metrics_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// affine is a network y = W x + b.
func affine(t *testing.T, w [][]float64, b ...float64) *nn.Network {
	t.Helper()
	m, err := nn.MatrixOf(w)
	if err != nil {
		t.Fatal(err)
	}
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: m, Bias: b}}}}, []int{m.Cols}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// before answers class 1 where x0 > x1, after where x0 > x1 + 1.
func networks(t *testing.T) (before, after *nn.Network) {
	w := [][]float64{{0, 1}, {1, 0}}
	return affine(t, w, 0, 0), affine(t, w, 1, 0)
}

// TestMeasure counts four points, one of each kind, in batches of any size.
func TestMeasure(t *testing.T) {
	before, after := networks(t)
	x, err := nn.MatrixOf([][]float64{{2, 0}, {0.5, 0}, {0.5, 0}, {0, 1}, {3, 0}})
	if err != nil {
		t.Fatal(err)
	}
	labels := []int{1, 1, 0, 1, 1} // both, broken, fixed, none, both
	for batch := range 7 {
		s, err := metrics.Measure(context.Background(), before, after, metrics.FromLabels(x, labels, spec.Argmax), metrics.Options{Batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		if s.Points != 5 || s.Before != 3 || s.After != 3 || s.Fixed != 1 || s.Broken != 1 || s.Drawdown().Value != 0 ||
			s.AccuracyAfter != metrics.Wilson(3, 5, metrics.DefaultConfidence) {
			t.Errorf("batch %d: %+v", batch, s)
		}
	}
	// For the smallest output all answers are the other one.
	s, err := metrics.Measure(context.Background(), before, after, metrics.FromLabels(x, labels, spec.Argmin), metrics.Options{})
	if err != nil || s.Before != 2 || s.After != 2 {
		t.Errorf("argmin: %+v, %v", s, err)
	}
}

// TestFromSpec compares shares of a segment and a square with their lengths and
// areas.
func TestFromSpec(t *testing.T) {
	before, after := networks(t)
	seg, err := set.NewSegment([]float64{0, 0}, []float64{4, 0}) // wrong for x0 < 0 and 1
	if err != nil {
		t.Fatal(err)
	}
	square, err := set.NewPolygon([][]float64{{0, 0}, {2, 0}, {2, 2}, {0, 2}})
	if err != nil {
		t.Fatal(err)
	}
	s := &spec.Spec{Items: []spec.Item{
		{Name: "a", Point: []float64{0.5, 0}, Output: spec.Output{Allowed: []int{0}}},
		{Name: "b", Segment: &seg, Output: spec.Output{Allowed: []int{1}}},
		{Name: "c", Polygon: square, Output: spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1, 0}, Offset: 1}}}},
	}}
	const n = 8000
	score, err := metrics.Measure(context.Background(), before, after, metrics.FromSpec(s, n, 3), metrics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if score.Points != n+1 {
		t.Fatalf("%d points, want %d", score.Points, n+1)
	}
	// Before: the segment is right, y0 = x1 <= 1 on half of the square. After:
	// three quarters of the segment, y0 = x1 + 1 <= 1 nowhere.
	for name, c := range map[string]struct{ got, want float64 }{
		"before": {float64(score.Before) / n, 0.5 + 0.25},
		"after":  {float64(score.After) / n, 0.375},
	} {
		if math.Abs(c.got-c.want) > 0.015 {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}

func TestChanges(t *testing.T) {
	before, after := networks(t)
	cs, err := metrics.Changes(before, after)
	if err != nil {
		t.Fatal(err)
	}
	if want := (metrics.Change{Layer: 1, Parameters: 6, L0: 1, L1: 1, Linf: 1, L2: 1}); len(cs) != 1 || cs[0] != want {
		t.Errorf("%+v, want %+v", cs, want)
	}
	// A decoupled network counts by its value channel.
	_, d, err := before.Layer(1)
	if err != nil {
		t.Fatal(err)
	}
	v := d.Channel(nn.ActivationChannel).Clone()
	v.Weight.Data[0], v.Weight.Data[3], v.Bias[1] = 3, -4, 12
	decoupled, err := before.WithLayer(1, &v)
	if err != nil {
		t.Fatal(err)
	}
	cs, err = metrics.Changes(before, decoupled)
	if err != nil {
		t.Fatal(err)
	}
	total := metrics.Total(append(cs, metrics.Change{Layer: 2, Parameters: 4, L0: 1, L1: 84, Linf: 84, L2: 84}))
	if total.Parameters != 10 || total.L0 != 4 || total.L1 != 103 || total.Linf != 84 || math.Abs(total.L2-85) > 1e-12 {
		t.Errorf("%+v of %+v", total, cs)
	}
	if _, err := metrics.Changes(before, affine(t, [][]float64{{1, 2, 3}}, 0)); err == nil {
		t.Error("another size: no error")
	}
}

// TestMeasureRefuses checks that faults of the data come back as errors that
// name the place.
func TestMeasureRefuses(t *testing.T) {
	before, after := networks(t)
	dir := t.TempDir()
	file := func(name, text string) metrics.Source {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := dataset.OpenStream(path, dataset.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return metrics.FromStream(s, 1, 2, spec.Argmax)
	}
	for _, c := range []struct {
		want string
		src  metrics.Source
		opt  metrics.Options
	}{
		{"label 2 of point 1", file("range.csv", "x,y,label\n1,2,0\n1,2,2\n"), metrics.Options{Batch: 1}},
		{"no classes", file("bare.csv", "1,2\n"), metrics.Options{}},
		{"3 numbers", file("wide.csv", "a,b,c,label\n1,2,3,0\n"), metrics.Options{}},
		{"there are no points", metrics.FromLabels(nn.NewMatrix(0, 2), nil, spec.Argmax), metrics.Options{}},
		{"confidence", file("good.csv", "x,y,label\n1,2,0\n"), metrics.Options{Confidence: 1}},
		{"batches", file("good2.csv", "x,y,label\n1,2,0\n"), metrics.Options{Batch: -1}},
	} {
		if _, err := metrics.Measure(context.Background(), before, after, c.src, c.opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	other := affine(t, [][]float64{{1, 2}}, 0)
	if _, err := metrics.Measure(context.Background(), before, other, metrics.FromLabels(nn.NewMatrix(1, 2), []int{0}, spec.Argmax), metrics.Options{}); err == nil {
		t.Error("networks with other outputs: no error")
	}
}

// failing is a source that cannot be read.
type failing struct{}

func (failing) Next(int) (*metrics.Batch, error) { return nil, os.ErrClosed }

// TestMeasureStops checks that the error of a source and a cancelled context end
// the measurement.
func TestMeasureStops(t *testing.T) {
	before, after := networks(t)
	if _, err := metrics.Measure(context.Background(), before, after, failing{}, metrics.Options{}); err == nil {
		t.Error("failing source: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	x := nn.NewMatrix(4, 2)
	if _, err := metrics.Measure(ctx, before, after, metrics.FromLabels(x, make([]int, 4), spec.Argmax), metrics.Options{}); err == nil {
		t.Error("cancelled: no error")
	}
}
