package spec_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/netmend/netmend/spec"
)

var errFull = errors.New("disk full")

// full is a writer on which nothing fits.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// identity is a network whose outputs are its inputs.
func identity(points [][]float64) ([][]float64, error) { return points, nil }

func TestBindKeep(t *testing.T) {
	for _, extremum := range []spec.Extremum{spec.Argmax, spec.Argmin} {
		s := &spec.Spec{Extremum: extremum, Items: []spec.Item{
			{Name: "a", Point: []float64{1, 3, 2}, Keep: true},
			{Name: "b", Point: []float64{0, 0, 0}, Output: spec.Output{Allowed: []int{2}}},
			{Name: "c", Point: []float64{5, 6, 7}, Keep: true},
		}}
		bound, err := s.Bind(3, identity)
		if err != nil {
			t.Fatal(err)
		}
		want := [][]int{{1}, {2}, {2}}
		if extremum == spec.Argmin {
			want = [][]int{{0}, {2}, {0}}
		}
		for i, it := range bound.Items {
			if !reflect.DeepEqual(it.Output.Allowed, want[i]) || it.Keep != s.Items[i].Keep {
				t.Errorf("%v %s: %+v, want class %v", extremum, it.Name, it, want[i])
			}
		}
		if got := bound.Items[0].Output.Extremum; got != extremum {
			t.Errorf("convention %v, want %v", got, extremum)
		}
		if s.Items[0].Output.Allowed != nil {
			t.Error("Bind changed its receiver")
		}
	}
}

func TestBindBounds(t *testing.T) {
	s := read(t, items(`{"point": [0], "output": {"bounds": {"1": [-1, 2]}, "halfspaces": [{"normal": [1, 1, 1], "offset": 0}]}}`))
	bound, err := s.Bind(3, func([][]float64) ([][]float64, error) {
		return nil, errors.New("evaluated without a point to keep")
	})
	if err != nil {
		t.Fatal(err)
	}
	o := bound.Items[0].Output
	if o.Bounds != nil || len(o.HalfSpaces) != 3 {
		t.Fatalf("bound to %+v, want three half-spaces", o)
	}
	if !reflect.DeepEqual(o.Given(0, 3), s.Items[0].Output.Given(0, 3)) {
		t.Error("binding changed the requirement")
	}
	if len(s.Items[0].Output.HalfSpaces) != 1 {
		t.Error("Bind changed its receiver")
	}
}

// TestBoundsHold: the half-spaces of bounds hold exactly where the bounds do.
func TestBoundsHold(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		const outputs = 3
		b := spec.Bound{Output: random.IntN(outputs), Lower: math.Inf(-1), Upper: math.Inf(1)}
		sides := 1 + random.IntN(3)
		if sides&1 != 0 {
			b.Lower = float64(random.IntN(5) - 3)
		}
		if sides&2 != 0 {
			b.Upper = max(b.Lower, float64(random.IntN(5)-1))
		}
		y := make([]float64, outputs)
		for i := range y {
			y[i] = float64(random.IntN(9) - 4)
		}
		holds := true
		for _, h := range (spec.Output{Bounds: []spec.Bound{b}}).Given(0, outputs) {
			holds = holds && h.Slack(y) >= 0
		}
		if want := b.Lower <= y[b.Output] && y[b.Output] <= b.Upper; holds != want {
			t.Fatalf("bound %+v at %v: %v, want %v", b, y, holds, want)
		}
	}
}

func TestBindErrors(t *testing.T) {
	failed := errors.New("failed")
	constant := func(ys ...[]float64) func([][]float64) ([][]float64, error) {
		return func([][]float64) ([][]float64, error) { return ys, nil }
	}
	tests := []struct {
		item     string
		outputs  int
		evaluate func([][]float64) ([][]float64, error)
		want     string
	}{
		{`{"keep": [1]}`, 1, identity, "has no classes to keep"},
		{`{"keep": [1]}`, 2, func([][]float64) ([][]float64, error) { return nil, failed }, "failed"},
		{`{"keep": [1]}`, 2, constant(), "found 0, want 1"},
		{`{"keep": [1]}`, 2, identity, "s.json:1: keep: found 1 outputs, want 2"},
		{`{"keep": [1]}`, 2, constant([]float64{1, math.NaN()}), "output 1 is NaN"},
		{`{"point": [1], "label": 2}`, 2, identity, "class 2: the network has outputs 0 to 1"},
		{`{"point": [1], "output": {"bounds": {"2": [0, 1]}}}`, 2, identity, "bound on output 2: the network has outputs 0 to 1"},
	}
	for _, test := range tests {
		_, err := read(t, items(test.item)).Bind(test.outputs, test.evaluate)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s with %d outputs: %v, want ... %s", test.item, test.outputs, err, test.want)
		}
	}
	_, err := read(t, items(`{"keep": [1]}`)).Bind(2, func([][]float64) ([][]float64, error) { return nil, failed })
	if !errors.Is(err, failed) {
		t.Errorf("%v does not wrap the evaluation's error", err)
	}
}

func TestCheckBounds(t *testing.T) {
	s := read(t, items(`{"point": [1], "output": {"bounds": {"2": [0, 1]}}}`))
	if err := s.Check(1, 3); err != nil {
		t.Error(err)
	}
	if err := s.Check(1, 2); err == nil || !strings.Contains(err.Error(), "bound on output 2") {
		t.Errorf("got %v, want an error about output 2", err)
	}
}
