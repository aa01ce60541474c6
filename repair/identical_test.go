package repair

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
)

// randomPoolNetwork has a max pool, at times two, behind convolutions of a picture of
// 5 x 4.
func randomPoolNetwork(t testing.TB, r *rand.Rand, out int, quarters integers) *nn.Network {
	t.Helper()
	window := func(channels, height, width, size, stride, pad int) nn.Window {
		return nn.Window{
			Channels: channels, In: [2]int{height, width}, Kernel: [2]int{size, size}, Stride: [2]int{stride, stride},
			Dilation: [2]int{1, 1}, Before: [2]int{pad, pad}, After: [2]int{pad, pad},
		}
	}
	conv := func(w nn.Window, out int) *nn.Conv {
		d := randomDense(r, out, w.Channels*4, quarters)
		return &nn.Conv{Params: d.Params, Window: w, Groups: 1}
	}
	var ops []nn.Op
	first := conv(window(1, 5, 4, 2, 1, r.IntN(2)), 2)
	ops = append(ops, first)
	if r.IntN(3) > 0 {
		ops = append(ops, nn.ReLU())
	}
	pool := &nn.MaxPool{Window: window(2, first.Out(0), first.Out(1), 2, 1+r.IntN(2), 0)}
	ops = append(ops, pool)
	units := 2 * pool.Positions()
	if r.IntN(2) == 0 {
		ops = append(ops, nn.ReLU())
	}
	if pool.Out(0) > 2 && pool.Out(1) > 2 && r.IntN(2) == 0 {
		second := conv(window(2, pool.Out(0), pool.Out(1), 2, 1, 1), 1)
		last := &nn.MaxPool{Window: window(1, second.Out(0), second.Out(1), 2, 2, 0)}
		ops = append(ops, second, nn.ReLU(), last)
		units = last.Positions()
	}
	return chain(t, 20, append(ops, randomDense(r, out, units, quarters))...)
}

// plainPicture has a background of one value and a few other pixels.
func plainPicture(r *rand.Rand) []float64 {
	x := make([]float64, 20)
	background := float64(r.IntN(2))
	for i := range x {
		if x[i] = background; r.IntN(8) == 0 {
			x[i] = float64(r.IntN(9) - 4)
		}
	}
	return x
}

// TestIdenticalCandidates repairs random networks with max pools, in a layer before the
// pool, on segments and polygons between pictures with plain backgrounds: no tie of
// identical candidates leaves it open, the optimum is that of all rows, and the repaired
// network holds at samples and by the exact check, which knows nothing of identical
// candidates.
func TestIdenticalCandidates(t *testing.T) {
	trials := 60
	if testing.Short() {
		trials = 15
	}
	count := map[Status]int{}
	for seed := range uint64(trials) {
		r := random(seed + 9000)
		out := 2 + r.IntN(2)
		// Weights of quarters repeat and are 0: candidates tie though their windows differ,
		// and it is up to rounding which one counts.
		quarters := integers(seed%3 == 2)
		net := randomPoolNetwork(t, r, out, quarters)
		s := &spec.Spec{Margin: 0.0625}
		a, b, c := plainPicture(r), plainPicture(r), plainPicture(r)
		b[3]++ // not on one line
		c[7]--
		center, err := net.EvalPoint(a)
		if err != nil {
			t.Fatal(err)
		}
		if r.IntN(6) > 0 {
			s.Items = append(s.Items, segmentItem(t, randomOutput(r, out, center), a, b))
		} else {
			s.Items = append(s.Items, polygonItem(t, randomOutput(r, out, center), a, b, c))
		}
		opt := Options{Layer: 1, Norm: []Norm{L1, Linf}[r.IntN(2)], Bound: 6, Free: Free{Kind: FreeAll}}.filled(t)
		res, err := Run(t.Context(), net, s, opt)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("seed %d", seed)
		count[res.Status]++
		if res.Status == Unknown {
			t.Logf("%s: %s", name, res.Reason)
			continue
		}
		p := newTestProblem(t, net.LowerSelections(), s, opt)
		free, err := opt.Free.Mask(p.op.params())
		if err != nil {
			t.Fatal(err)
		}
		rows := allRows(t, p, 1)
		want, feasible, err := oracle(rows, newNorm(opt, len(rows[0].a)), opt.Bound, free)
		if err == nil {
			// The interior-point method leaves a gap of some 1e-7.
			tolerance := float64(1e-5 * (want + 0.01))
			switch {
			case feasible != (res.Status == Repaired):
				t.Errorf("%s: %s, feasible by the oracle: %v", name, res.Status, feasible)
			case feasible && (res.Objective < want-tolerance || res.Size.Learned == 0 && res.Objective > want+tolerance || res.Objective-res.LowerBoundFound > tolerance):
				// Patterns that the enumeration did not see may ask for more.
				t.Errorf("%s: objective %.12g, at least %.12g, oracle %.12g, %d key points added", name, res.Objective, res.LowerBound, want, res.Size.Learned)
			}
		}
		if res.Status == Repaired {
			if !quarters {
				holds(t, res.Network, s, samples(s, r, 500))
			}
			holdsExactly(t, name, res.Network, s, 0.06)
		}
	}
	t.Log(count)
	if count[Repaired] < trials/2 || count[Unknown] > 2+trials/10 {
		t.Errorf("%v: too few repairs, or too many without an answer", count)
	}
}

// holdsExactly checks the requirement in exact arithmetic.
func holdsExactly(t testing.TB, name string, net *nn.Network, s *spec.Spec, margin float64) {
	t.Helper()
	exact, err := proof.Check(t.Context(), net, s, proof.Options{Margin: &margin})
	if err != nil {
		t.Fatal(err)
	}
	if exact.Status != proof.StatusHolds {
		by, _ := exact.MarginReached().Float64()
		t.Errorf("%s: the exact check says %s %s, margin %g", name, exact.Status, exact.Reason, by)
	}
}

// TestMaxPoolLines repairs a network of handwritten digits in the convolution before its
// max pool, on a line between two clean digits, the background of both all 0, and on one
// from a clean digit to a foggy one, where the border differs from the rest of the
// background but at its start.
func TestMaxPoolLines(t *testing.T) {
	if testing.Short() {
		t.Skip("repairs a real network")
	}
	net, err := onnx.ReadFile(shared.Path(t, "data", "reader_tests", "marabou", "onnx", "cnn_max_mninst3.onnx"), onnx.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	digits, err := dataset.Load(shared.Path(t, "data", "mnist", "idx", "t10k-images-idx3-ubyte.gz"), dataset.Options{Dim: 784, DivideBy: 255})
	if err != nil {
		t.Fatal(err)
	}
	const one, other = 2, 96 // both a 1; halfway the network sees something else
	_, s := papertest.MNISTLines(t, 10)
	fog := s.Items[0].Segment
	fog.To = fog.At(0.4)
	s.Items = append(s.Items[:1], segmentItem(t, class(1), digits.Row(one), mix(digits.Row(one), digits.Row(other), 0.6)))
	at := samples(s, random(3), 1000)
	y, err := net.Eval(points(t, at), 1)
	if err != nil {
		t.Fatal(err)
	}
	wrong := map[int]bool{}
	for i, p := range at {
		wrong[p.item] = wrong[p.item] || excess(&s.Items[p.item].Output, y.Row(i)) > 0
	}
	if !wrong[1] {
		t.Fatal("nothing to repair between clean digits")
	}
	r := mustRepair(t, net, s, Options{Layer: 1, Norm: L1})
	if r.LowerBound < r.Objective*(1-1e-6) {
		t.Errorf("objective %g, proven at least %g", r.Objective, r.LowerBound)
	}
	holds(t, r.Network, s, at)
	c, err := Check(t.Context(), r.Network, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c.MarginReached-c.RoundingBound < s.Margin {
		t.Errorf("the check says %+v", c)
	}
	holdsExactly(t, "between clean digits", r.Network, &spec.Spec{Items: s.Items[1:]}, s.Margin)
}

// TestNearlyEqualCandidates: candidates that differ by a rounding are not taken for equal,
// identical ones and those that tie exactly do not leave the repair open.
func TestNearlyEqualCandidates(t *testing.T) {
	const pools = 10
	third := 0.1
	third += 0.2 // one unit in the last place more than 0.3
	for _, test := range []struct {
		name          string
		weights       []float64
		first, second []float64 // what the windows of the two candidates see, times x
		want          Status
	}{
		{"identical", []float64{0.3, third}, []float64{1, 0}, []float64{1, 0}, Repaired},
		{"exact tie", []float64{0.3, 0.3}, []float64{1, 0}, []float64{0, 1}, Repaired},
		{"nearly equal", []float64{0.3, third}, []float64{1, 0}, []float64{0, 1}, Repaired},
		{"nearly equal, the other way", []float64{third, 0.3}, []float64{1, 0}, []float64{0, 1}, Repaired},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := func(in int) nn.Window {
				return nn.Window{Channels: 1, In: [2]int{1, in}, Kernel: [2]int{1, 2}, Stride: [2]int{1, 2}, Dilation: [2]int{1, 1}}
			}
			conv := &nn.Conv{
				Params: nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 2, Stride: 2, Data: test.weights}, Bias: []float64{0.25}},
				Window: row(4 * pools), Groups: 1,
			}
			sum := make([]float64, pools+1)
			for i := range pools {
				sum[i] = 1
			}
			net := chain(t, 4*pools, conv, &nn.MaxPool{Window: row(2 * pools)}, dense(t, sum))
			from, to := make([]float64, 4*pools), make([]float64, 4*pools)
			for i := range pools {
				for k, v := range append(append([]float64(nil), test.first...), test.second...) {
					from[4*i+k], to[4*i+k] = v, float64(3*v)
				}
			}
			s := specOf(segmentItem(t, between(20, 30), from, to)) // it goes from 5.5 to 11.5
			s.Margin = 0.0625
			r := mustRun(t, net, s, Options{Layer: 1, Norm: L1})
			if r.Status != test.want {
				t.Errorf("%s (%s), want %s", r.Status, r.Reason, test.want)
			}
			if r.Status == Repaired {
				holdsExactly(t, test.name, r.Network, s, 0.06)
			}
		})
	}
}
