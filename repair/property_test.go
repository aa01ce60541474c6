package repair

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/region/face"
	"github.com/netmend/netmend/repair/internal/keypoint"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"

	"github.com/netmend/netmend/nn"
)

// randomOutput requires classes or half-spaces.
func randomOutput(r *rand.Rand, outputs int, center []float64) spec.Output {
	if outputs > 1 && r.IntN(2) == 0 {
		o := class(r.Perm(outputs)[:1+r.IntN(outputs-1)]...)
		if r.IntN(2) == 0 {
			o.Extremum = spec.Argmin
		}
		return o
	}
	var o spec.Output
	for range 1 + r.IntN(2) {
		h := set.HalfSpace{Normal: make([]float64, outputs)}
		for i := range h.Normal {
			h.Normal[i] = float64(r.IntN(5) - 2)
		}
		h.Normal[r.IntN(outputs)] = 1
		h.Offset = float64(math.Round(4*(-h.Slack(center)+r.NormFloat64())) / 4)
		o.HalfSpaces = append(o.HalfSpaces, h)
	}
	return o
}

// randomSpec requires something of points, segments and, for two inputs or
// more, polygons. Whole: with dyadic coordinates.
func randomSpec(t testing.TB, r *rand.Rand, in, out int, center []float64, whole integers) *spec.Spec {
	t.Helper()
	at := func() []float64 {
		x := make([]float64, in)
		for i := range x {
			x[i] = float64(2 * r.NormFloat64())
			if whole {
				x[i] = float64(r.IntN(7) - 3)
			}
		}
		return x
	}
	s := new(spec.Spec)
	for range r.IntN(3) {
		s.Items = append(s.Items, pointItem(randomOutput(r, out, center), at()...))
	}
	if r.IntN(3) > 0 || in == 1 {
		a, b := at(), at()
		b[0] = a[0] + 4
		s.Items = append(s.Items, segmentItem(t, randomOutput(r, out, center), a, b))
	}
	if in > 1 && (r.IntN(3) > 0 || len(s.Items) == 0) {
		o, u, v := at(), make([]float64, in), make([]float64, in)
		u[0], v[1] = 4, 4
		u[in-1] += float64(r.IntN(3) - 1)
		s.Items = append(s.Items, polygonItem(t, randomOutput(r, out, center),
			o, add(o, u), add(add(o, u), v), add(o, v)))
	}
	if r.IntN(3) == 0 {
		s.Margin = 0.0625
	}
	return s
}

func add(a, b []float64) []float64 {
	c := make([]float64, len(a))
	for i := range a {
		c[i] = a[i] + b[i]
	}
	return c
}

// trial is a random repair.
type trial struct {
	problem *problem
	opt     Options
	free    []bool
	spec    *spec.Spec
	result  *Result
}

func randomTrial(t testing.TB, r *rand.Rand, whole integers) *trial {
	t.Helper()
	in, out := 1+r.IntN(3), 1+r.IntN(4)
	net := randomNetwork(t, r, in, out, whole)
	center, err := net.EvalPoint(make([]float64, in))
	if err != nil {
		t.Fatal(err)
	}
	tr := &trial{spec: randomSpec(t, r, in, out, center, whole)}
	tr.opt = Options{
		Layer: 1 + r.IntN(len(net.Layers())),
		Norm:  []Norm{L1, Linf, Mix}[r.IntN(3)],
		Bound: []float64{0.5, 1, 3}[r.IntN(3)],
		Free:  Free{Kind: []FreeKind{FreeAll, FreeAll, FreeWeights, FreeBiases, FreeNonzero}[r.IntN(5)]},
	}.filled(t)
	_, layer, err := net.Layer(tr.opt.Layer)
	if err != nil {
		t.Fatal(err)
	}
	p := layer.Channel(nn.ActivationChannel)
	if !slices.ContainsFunc(slices.Concat(p.Bias, p.Weight.Data), func(v float64) bool { return v != 0 }) {
		tr.opt.Free.Kind = FreeAll // instead of the nonzero ones, which are none
	}
	tr.result, err = Run(t.Context(), net, tr.spec, tr.opt)
	if err != nil {
		t.Fatal(err)
	}
	tr.problem = newTestProblem(t, net, tr.spec, tr.opt)
	if tr.free, err = tr.opt.Free.Mask(tr.problem.op.params()); err != nil {
		t.Fatal(err)
	}
	return tr
}

// TestRandomRepairs compares repairs of random networks with a linear program
// over all rows, and samples the repaired networks.
func TestRandomRepairs(t *testing.T) {
	trials := 1000
	switch {
	case testing.Short():
		trials = 60
	case os.Getenv("NETMEND_LONG") == "":
		trials = 400
	}
	count := map[string]int{}
	for seed := range uint64(trials) {
		r := random(seed)
		whole := integers(seed%2 == 0)
		tr := randomTrial(t, r, whole)
		name := fmt.Sprintf("seed %d (%s, layer %d)", seed, tr.opt.Norm, tr.opt.Layer)
		res := tr.result
		count[string(res.Status)]++
		rows := allRows(t, tr.problem, tr.opt.Layer)
		norm := newNorm(tr.opt, len(rows[0].a))
		want, feasible, err := oracle(rows, norm, tr.opt.Bound, tr.free)
		if err != nil {
			count["no oracle"]++
			feasible, want = res.Status != Infeasible, res.Objective
		}
		switch res.Status {
		case Unknown:
			t.Logf("%s: %s", name, res.Reason)
		case Infeasible:
			if res.Contradiction.Sign() == 0 { // strict: the oracle counts ties
				count["by ties"]++
				continue
			}
			if feasible {
				t.Errorf("%s: infeasible, the oracle has objective %g", name, want)
			}
			if v := exactFarkas(res.Farkas, res.Bound, tr.free); v.Sign() >= 0 {
				t.Errorf("%s: Farkas value %s, want < 0", name, v.FloatString(20))
			}
		default:
			tr.checkRepaired(t, name, want, feasible, whole)
		}
	}
	t.Log(count)
	for _, status := range []Status{Repaired, Infeasible} {
		if count[string(status)] < trials/5 {
			t.Errorf("%d trials are %s, too few to say much", count[string(status)], status)
		}
	}
	if count[string(Unknown)] > 1+trials/50 || count["no oracle"] > trials/20 {
		t.Errorf("%v: too many without an answer", count)
	}
}

// optimumTolerance is relative: what the oracle's own tolerance makes.
const optimumTolerance = 1e-6

// gapTolerance is relative: what the proven gap may be where rows ask for more
// than the margin by the rounding bound.
const gapTolerance = 1e-8

func (tr *trial) doubtful() bool {
	return slices.ContainsFunc(tr.problem.Keys, func(k keypoint.Key) bool { return k.Doubtful })
}

func (tr *trial) checkRepaired(t *testing.T, name string, want float64, feasible bool, whole integers) {
	t.Helper()
	res := tr.result
	switch {
	case !feasible && res.Status == Repaired:
		t.Errorf("%s: repaired, the oracle has no solution", name)
	case feasible && math.Abs(res.Objective-want) > optimumTolerance*(want+1e-3):
		t.Errorf("%s: objective %.12g, oracle %.12g", name, res.Objective, want)
	}
	if res.Status == Repaired {
		// Rows of doubtful patterns count for the repair, not for the bound.
		if gap := res.Objective - max(res.LowerBound, res.LowerBoundFound); gap > gapTolerance*(res.Objective+0.01) && !tr.doubtful() {
			t.Errorf("%s: objective %.15g, lower bound %.15g", name, res.Objective, res.LowerBound)
		}
		if feasible && res.LowerBound > want+float64(optimumTolerance*(want+1e-3)) {
			t.Errorf("%s: lower bound %.15g, oracle %.15g", name, res.LowerBound, want)
		}
		if res.Check.MarginReached-res.Check.RoundingBound < res.Margin {
			t.Errorf("%s: margin %+v, want %g", name, res.Check, res.Margin)
		}
	}
	if res.Linf > res.Bound*(1+1e-12) {
		t.Errorf("%s: a change of %g, the bound is %g", name, res.Linf, res.Bound)
	}
	at := samples(tr.spec, random(7), 100)
	if whole {
		at = append(at, grid(tr.spec)...)
	}
	holds(t, res.Network, tr.spec, at)
	for i, free := range tr.free {
		in := tr.problem.op.params().Weight.Cols
		d := res.Change.Bias[i/(in+1)]
		if c := i % (in + 1); c < in {
			d = res.Change.Weight.Row(i / (in + 1))[c]
		}
		if !free && d != 0 {
			t.Errorf("%s: parameter %d changed by %g", name, i, d)
		}
	}
}

// grid are points of the items with dyadic coordinates, exactly inside: where
// all numbers of a network are integers, many lie on faces.
func grid(s *spec.Spec) []sample {
	var all []sample
	for i := range s.Items {
		it := &s.Items[i]
		switch {
		case it.Segment != nil:
			const n = 64
			for k := range n + 1 {
				all = append(all, sample{i, mix(it.Segment.From, it.Segment.To, float64(k)/n)})
			}
		case it.Polygon != nil:
			const n = 32
			v := it.Polygon.Vertices
			for a := range n + 1 {
				p, q := mix(v[0], v[1], float64(a)/n), mix(v[3], v[2], float64(a)/n)
				for b := range n + 1 {
					all = append(all, sample{i, mix(p, q, float64(b)/n)})
				}
			}
		}
	}
	return all
}

// TestRandomRepairsInRuntime: repairs of networks of integers hold in ONNX
// Runtime at dyadic points, of which many lie on faces.
func TestRandomRepairsInRuntime(t *testing.T) {
	ortest.Require(t)
	trials := 100
	if testing.Short() {
		trials = 40
	}
	repaired, onFace := 0, 0
	for seed := range uint64(trials) {
		tr := randomTrial(t, random(2*seed+5000), true)
		at := grid(tr.spec)
		if tr.result.Network == nil || len(at) == 0 {
			continue
		}
		repaired++
		holdsInRuntime(t, tr.result.Network, tr.spec, at)
		p := tr.problem
		rule := face.New(p.net, p.From)
		for i := range at {
			it := &p.spec.Items[at[i].item]
			reach := 0.0
			switch {
			case it.Segment != nil:
				reach = face.Reach(it.Segment.From, it.Segment.To)
			case it.Polygon != nil:
				reach = face.Reach(it.Polygon.Vertices...)
			}
			if ties := rule.Near(nn.RowMatrix(at[i].x), []float64{reach}); len(ties[0]) > 0 {
				onFace++
			}
		}
	}
	t.Logf("%d networks, %d points on faces", repaired, onFace)
	if repaired < trials/5 || onFace < 5*trials {
		t.Errorf("%d networks, %d points on faces: too few", repaired, onFace)
	}
}

// TestCycling: programs on which the dual simplex went round in circles until
// ties were broken at random.
func TestCycling(t *testing.T) {
	for _, seed := range []uint64{991, 3273, 5594, 6258, 6659, 10365, 10665, 11533, 12625, 16425, 17084} {
		tr := randomTrial(t, random(seed), seed%2 == 0)
		rows := allRows(t, tr.problem, tr.opt.Layer)
		want, feasible, err := oracle(rows, newNorm(tr.opt, len(rows[0].a)), tr.opt.Bound, tr.free)
		if err != nil {
			t.Fatal(err)
		}
		r := tr.result
		switch {
		case feasible && (r.Status != Repaired || math.Abs(r.Objective-want) > optimumTolerance*want):
			t.Errorf("seed %d: %s %s, objective %.12g, oracle %.12g", seed, r.Status, r.Reason, r.Objective, want)
		case !feasible && r.Status != Infeasible:
			t.Errorf("seed %d: %s %s, the oracle has no solution", seed, r.Status, r.Reason)
		}
	}
}
