package repair

import (
	"fmt"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// faceCase is a network with units that vanish together or throughout, and a
// requirement. All numbers are dyadic, so that points on faces are exact.
type faceCase struct {
	name string
	net  *nn.Network
	spec *spec.Spec
	opt  Options
	// on are points on faces.
	on [][]float64
	// jumps: without the rule on faces the repaired network violates the
	// requirement on one of them.
	jumps bool
}

func faceCases(t testing.TB) []faceCase {
	t.Helper()
	linear := func(rows ...[]float64) *nn.Dense { return dense(t, rows...) }
	n1 := figure3(t)
	square := func(o spec.Output) spec.Item {
		return polygonItem(t, o, []float64{-1, -1}, []float64{1, -1}, []float64{1, 1}, []float64{-1, 1})
	}
	// Two units that vanish together on the diagonal x = y, one the other's
	// negative.
	diagonal := chain(t, 2,
		linear([]float64{1, -1, 0}, []float64{-1, 1, 0}),
		nn.ReLU(),
		linear([]float64{-1, -1, 0}))
	// The same with a unit that does not vanish, so that the requirement can be
	// met in whichever pieces.
	along := chain(t, 2,
		linear([]float64{1, -1, 0}, []float64{-1, 1, 0}, []float64{1, 1, 4}),
		nn.ReLU(),
		linear([]float64{-1, -1, 0.25, 0}))
	// Four units that vanish together at the origin, in pairs on the axes.
	cross := chain(t, 2,
		linear([]float64{1, 0, 0}, []float64{-1, 0, 0}, []float64{0, 1, 0}, []float64{0, -1, 0}),
		nn.ReLU(),
		linear([]float64{-1, -1, -1, -1, 0}))
	// Units 2 and 3 vanish on the whole slice y = 0.
	flat := chain(t, 2,
		linear([]float64{1, 0, 0}, []float64{-1, 0, 0}, []float64{0, 1, 0}, []float64{0, -2, 0}),
		nn.ReLU(),
		linear([]float64{-1, -1, 1, 1, 0}))
	flatPlane := chain(t, 3,
		linear([]float64{1, 1, 0, 0}, []float64{-1, -1, 0, 0}, []float64{0, 0, 1, 0}, []float64{0, 0, -1, 0}),
		nn.LeakyReLU(0.25),
		linear([]float64{-1, -1, 1, -1, 0}))
	// The same unit three times, and its double.
	duplicates := chain(t, 1,
		linear([]float64{1, 0}, []float64{1, 0}, []float64{2, 0}, []float64{-1, 0}, []float64{-1, 0}),
		nn.ReLU(),
		linear([]float64{-1, -1, 0.5, -1, -1, 0}))
	// A second layer that is 0 on half the line, for any of its pieces.
	deep := chain(t, 1,
		linear([]float64{1, 0}, []float64{-1, 0}),
		nn.ReLU(),
		linear([]float64{1, 0, 0}, []float64{-1, 0, 0}, []float64{0, 1, 0}),
		nn.ReLU(),
		linear([]float64{-1, -1, -1, 0}))
	// Hard tanh: the upper piece at both breakpoints.
	steps := chain(t, 1,
		linear([]float64{1, 0}, []float64{-1, 0}, []float64{1, 2}),
		nn.HardTanh(),
		linear([]float64{-1, 1, 0.5, 0}))
	lineOf := func(o spec.Output, from, to float64) *spec.Spec {
		return specOf(segmentItem(t, o, []float64{from}, []float64{to}))
	}
	return []faceCase{
		{
			"N1 on [-1,2], largest change", n1, lineOf(between(0.3, 0.9), -1, 2),
			Options{Layer: 1, Norm: Linf},
			[][]float64{{0}, {1}},
			true,
		},
		{
			"N1 near 0, sum of changes", n1, lineOf(between(0.3, 0.9), -0.5, 0.5),
			Options{Layer: 1, Norm: L1},
			[][]float64{{0}},
			true,
		},
		{
			"diagonal", diagonal, specOf(square(between(0.25, 1))),
			Options{Layer: 1, Norm: Linf},
			[][]float64{{0, 0}, {0.5, 0.5}, {-1, -1}, {-0.25, -0.25}},
			true,
		},
		{
			"diagonal, along it", along, specOf(segmentItem(t, between(1, 1.75), []float64{-1, -1}, []float64{1, 1})),
			Options{Layer: 1, Norm: L1},
			[][]float64{{0, 0}, {0.5, 0.5}},
			false,
		},
		{
			"cross", cross, specOf(square(between(0.25, 2))),
			Options{Layer: 1, Norm: Linf},
			[][]float64{{0, 0}, {0.5, 0}, {0, -0.25}, {-1, 0}, {0, 1}, {0.5, 0.5}},
			true,
		},
		{
			"flat", flat, specOf(segmentItem(t, between(0.25, 0.875), []float64{-1, 0}, []float64{1, 0})),
			Options{Layer: 1, Norm: Linf},
			[][]float64{{0, 0}, {-0.5, 0}, {0.5, 0}},
			true,
		},
		{
			"flat plane", flatPlane, specOf(polygonItem(t, between(0.25, 2), []float64{-1, 0, 0}, []float64{1, 0, 0}, []float64{0, 1, 0})),
			Options{Layer: 1, Norm: L1},
			[][]float64{{0, 0, 0}, {-0.25, 0.25, 0}, {0.25, 0.25, 0}},
			false,
		},
		{
			"duplicates", duplicates, lineOf(between(0.25, 0.75), -1, 1),
			Options{Layer: 1, Norm: Linf},
			[][]float64{{0}},
			true,
		},
		{
			"deep, layer 1", deep, lineOf(between(0.25, 0.75), -1, 1),
			Options{Layer: 1, Norm: Linf},
			[][]float64{{0}, {0.5}, {-0.5}},
			false,
		},
		{
			"deep, layer 2", deep, lineOf(between(0.25, 0.75), -1, 1),
			Options{Layer: 2, Norm: Linf},
			[][]float64{{0}, {0.5}, {-0.5}},
			false,
		},
		{
			"hard tanh", steps, lineOf(between(-1.75, 2), -4, 4),
			Options{Layer: 1, Norm: L1},
			[][]float64{{-1}, {1}, {-3}},
			false,
		},
	}
}

// samples are the samples of the spec and the points of the case on faces.
func (c *faceCase) samples() []sample {
	at := samples(c.spec, random(5), 400)
	for _, x := range c.on {
		at = append(at, sample{0, x})
	}
	return at
}

func TestFaces(t *testing.T) {
	for _, c := range faceCases(t) {
		t.Run(c.name, func(t *testing.T) {
			r := mustRepair(t, c.net, c.spec, c.opt)
			if r.Objective == 0 {
				t.Fatal("nothing to repair")
			}
			at := c.samples()
			holds(t, r.Network, c.spec, at)
			check, err := Check(t.Context(), r.Network, c.spec, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if check.Violations > 0 || check.MarginReached < -check.RoundingBound {
				t.Errorf("check says %+v", check)
			}
			t.Run("runtime", func(t *testing.T) { holdsInRuntime(t, r.Network, c.spec, at) })
		})
	}
}

// TestFacesNeeded shows that the key points of faces are what makes a repair
// hold there: without them the same search gives a network that its own check
// passes and that violates the requirement on a face.
func TestFacesNeeded(t *testing.T) {
	for _, c := range faceCases(t) {
		if !c.jumps {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			opt, err := c.opt.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			p := newTestProblem(t, c.net, c.spec, opt)
			if p.Counts().FaceKeys == 0 {
				t.Fatal("no key points of faces")
			}
			p.Keys = p.Keys[:len(p.Keys)-p.Counts().FaceKeys] // the last ones
			r := &Result{Layer: opt.Layer, Norm: opt.Norm, Bound: opt.Bound}
			if err := newSearch(p, opt, nil, r).find(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r.Status != Repaired {
				t.Fatalf("%s: %s", r.Status, r.Reason)
			}
			at := c.samples()
			y, err := r.Network.Eval(points(t, at), 1)
			if err != nil {
				t.Fatal(err)
			}
			n, worst, by := violated(c.spec, at, y)
			if n == 0 {
				t.Fatal("the requirement holds without the key points of faces")
			}
			on := false
			for _, x := range c.on {
				on = on || fmt.Sprint(x) == fmt.Sprint(worst.x)
			}
			if !on || by < 0.01 {
				t.Errorf("violated at %v by %g, want on a face by much", worst.x, by)
			}
			check, err := Check(t.Context(), r.Network, c.spec, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if check.Violations == 0 {
				t.Error("the check does not see the violation")
			}
		})
	}
}

// newTestProblem is the problem that Run solves.
func newTestProblem(t testing.TB, net *nn.Network, s *spec.Spec, opt Options) *problem {
	t.Helper()
	net, s, err := prepare(t.Context(), net, s, opt)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProblem(t.Context(), net, s, opt.Layer, opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
