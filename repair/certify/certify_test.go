package certify

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// certified repairs, certifies and checks; it fails the test unless the
// certificate is accepted.
func certified(t *testing.T, net *nn.Network, s *spec.Spec, opt repair.Options) (*repair.Result, *cert.Certificate) {
	t.Helper()
	r, err := repair.Run(t.Context(), net, s, opt)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	c, err := New(t.Context(), net, r.Network, s, r, opt)
	if err != nil {
		t.Fatalf("%s: %v", r.Status, err)
	}
	written := time.Since(start)
	start = time.Now()
	p, err := proof.CheckRepair(t.Context(), c, net, r.Network, s, proof.Options{})
	if err != nil {
		t.Fatalf("%s (%d of %d rows): %v", r.Status, len(c.Repair.Rows), len(r.Dual), err)
	}
	t.Logf("%s: %d of %d rows, written in %v, checked in %v", r.Status, len(c.Repair.Rows), len(r.Dual), written, time.Since(start))
	if o := c.Repair.Objective; o != nil {
		t.Logf("objective %.12g, lower bound %.12g (repair: %.12g), relative gap %.2g, pieces %d", o.Value, o.LowerBound, r.LowerBound, (o.Value-o.LowerBound)/o.Value, p.Check.Size.Pieces)
	} else {
		f, _ := p.Infeasibility.Float64()
		t.Logf("infeasible by %g", f)
	}
	return r, c
}

// lost is what share of the repair's own lower bound a certificate may lose.
const lost = 1e-8

func wantTight(t *testing.T, r *repair.Result, c *cert.Certificate) {
	t.Helper()
	if o := c.Repair.Objective; o == nil || o.LowerBound < r.LowerBound*(1-lost) {
		t.Errorf("objective %+v: the repair's lower bound is %v", o, r.LowerBound)
	}
}

func norms() []repair.Norm { return []repair.Norm{repair.L1, repair.Linf, repair.Mix, repair.L2} }

func TestPaperExamples(t *testing.T) {
	two := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(-1, -0.8), 0.5), papertest.Point(papertest.Between(-0.2, 0), 1.5)}}
	three := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-0.8, -0.4), []float64{0.5}, []float64{1.5})}}
	for i, s := range []*spec.Spec{two, three} {
		for _, norm := range norms() {
			for _, layer := range []int{1, 2} {
				t.Run(fmt.Sprintf("equation %d, %s, layer %d", i+2, norm, layer), func(t *testing.T) {
					r, c := certified(t, papertest.Figure3(t), s, repair.Options{Layer: layer, Norm: norm})
					if r.Status != repair.Infeasible {
						wantTight(t, r, c)
					}
				})
			}
		}
	}
}

// long runs all repairs of 100 lines: minutes.
var long = flag.Bool("long", false, "certify repairs of 100 lines in every norm")

func TestMNISTLines(t *testing.T) {
	for _, c := range []struct{ lines, layer int }{{10, 2}, {10, 3}, {100, 2}, {100, 3}} {
		for _, norm := range norms() {
			t.Run(fmt.Sprintf("%d lines, layer %d, %s", c.lines, c.layer, norm), func(t *testing.T) {
				if testing.Short() && (c.lines > 10 || norm != repair.Mix) || !*long && c.lines > 10 && (norm != repair.Mix || c.layer != 2) {
					t.Skip("takes seconds; -long does all")
				}
				net, s := papertest.MNISTLines(t, c.lines)
				r, written := certified(t, net, s, repair.Options{Layer: c.layer, Norm: norm})
				wantTight(t, r, written)
			})
		}
	}
}

func TestACASSlices(t *testing.T) {
	if testing.Short() {
		t.Skip("the slices take seconds")
	}
	net, s := papertest.ACASSlices(t, 0, 10)
	r, c := certified(t, net, s, repair.Options{Layer: 7})
	wantTight(t, r, c)
	r, _ = certified(t, net, s, repair.Options{Layer: 7, Bound: 2e-5})
	if r.Status != repair.Infeasible {
		t.Errorf("bound 2e-5: %s", r.Status)
	}
}

// TestEnclosedRows: at points, rows of smooth networks are enclosed in intervals.
// Those of convolutions are exact.
func TestEnclosedRows(t *testing.T) {
	smooth := papertest.Chain(t, 1, papertest.Dense([]float64{1, 0.5}, []float64{-0.75, 0.25}), nn.Tanh(), papertest.Dense([]float64{1, -1, 0}))
	points := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(0.5, 0.75), 1), papertest.Point(papertest.Between(-2, -0.25), -1)}}
	for _, layer := range []int{1, 2} {
		for _, norm := range norms() {
			r, c := certified(t, smooth, points, repair.Options{Layer: layer, Bound: 10, Norm: norm})
			wantTight(t, r, c)
		}
	}
	if r, _ := certified(t, smooth, points, repair.Options{Layer: 2, Bound: 1e-3}); r.Status != repair.Infeasible {
		t.Errorf("bound 1e-3: %s", r.Status)
	}

	w := nn.NewMatrix(2, 4)
	copy(w.Data, []float64{1, -1, 0.5, 0, 0, 1, -0.5, 1})
	one := [2]int{1, 1}
	conv := &nn.Conv{
		Params: nn.Params{Weight: w, Bias: []float64{0.25, -0.5}}, Groups: 1,
		Window: nn.Window{Channels: 1, In: [2]int{3, 3}, Kernel: [2]int{2, 2}, Stride: one, Dilation: one},
	}
	net := papertest.Chain(t, 9, conv, nn.ReLU(), papertest.Dense([]float64{1, -1, 1, -1, 1, -1, 1, 1, 0}, []float64{0, 1, 0, 1, 0, 0, 0, 0, 0}))
	s := &spec.Spec{Margin: 0.125, Items: []spec.Item{
		papertest.Segment(t, spec.Output{Allowed: []int{1}}, []float64{1, 0, 1, 0, 1, 0, 0, 1, 0}, []float64{0, 1, 0, 1, -1, 1, 0, 1, 1}),
	}}
	for _, norm := range norms() {
		r, c := certified(t, net, s, repair.Options{Layer: 1, Bound: 10, Norm: norm})
		wantTight(t, r, c)
	}
	r, c := certified(t, net, s, repair.Options{Layer: 2, Bound: 10})
	wantTight(t, r, c)
	at := &spec.Spec{Margin: 0.125, Items: []spec.Item{
		papertest.Point(spec.Output{Allowed: []int{1}}, 1, 0, 1, 0, 1, 0, 0, 1, 0), papertest.Point(spec.Output{Allowed: []int{1}}, 0, 1, 0, 1, -1, 1, 0, 1, 1),
	}}
	r, c = certified(t, net, at, repair.Options{Layer: 1, Bound: 10})
	wantTight(t, r, c)
	if r, _ := certified(t, net, at, repair.Options{Layer: 1, Bound: 1e-3}); r.Status != repair.Infeasible {
		t.Errorf("bound 1e-3: %s", r.Status)
	}
}

// TestManyRows: rows are added up block by block; the same row any number of times,
// with shares of its multiplier of very different sizes, proves the same.
func TestManyRows(t *testing.T) {
	net := papertest.Figure3(t)
	s := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-0.8, -0.4), []float64{0.5}, []float64{1.5})}}
	r, c := certified(t, net, s, repair.Options{Layer: 2})
	var all []cert.Row
	for _, row := range c.Repair.Rows {
		for range 600 {
			row.Multiplier = cert.Float(float64(row.Multiplier.Float64() / 2))
			all = append(all, row)
		}
		all = append(all, row) // what is left
	}
	whole := c.Repair.Rows
	c.Repair.Rows = all
	if _, err := proof.CheckRepair(t.Context(), c, net, r.Network, s, proof.Options{}); err != nil {
		t.Errorf("%d rows: %v", len(all), err)
	}
	c.Repair.Rows = all[600:]
	if _, err := proof.CheckRepair(t.Context(), c, net, r.Network, s, proof.Options{}); err == nil {
		t.Errorf("accepted without the multiplier of the first of %d rows", len(whole))
	}
}
