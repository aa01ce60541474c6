package repair

import (
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
)

// TestStrictLabels: labels that can be met with ties alone are infeasible, and the
// answer names them; those that can be met are, strictly.
func TestStrictLabels(t *testing.T) {
	relu := papertest.Chain(t, 2, papertest.Dense([]float64{1, 0, 0.1}, []float64{0, 1, 0.2}), nn.ReLU(), papertest.Dense([]float64{1, -1, 0.3}, []float64{-1, 1, 0.1}))
	affine := papertest.Chain(t, 2, papertest.Dense([]float64{1, 0, 0}, []float64{0, 1, 0}))
	class := func(k ...int) spec.Output { return spec.Output{Allowed: k} }
	smallest := func(k int) spec.Output { return spec.Output{Allowed: []int{k}, Extremum: spec.Argmin} }
	line := func(o spec.Output, a, b, c, d float64) spec.Item {
		return papertest.Segment(t, o, []float64{a, b}, []float64{c, d})
	}
	for _, c := range []struct {
		name  string
		items []spec.Item
		wants map[*nn.Network]Status
		of    []int // items that the conflict names; nil: any
	}{
		{"two labels", []spec.Item{papertest.Point(class(0), 0, 0), papertest.Point(class(0), 1, 1), papertest.Point(class(1), 0, 0)}, map[*nn.Network]Status{relu: Infeasible, affine: Infeasible}, []int{0, 2}},
		{"a label on a segment", []spec.Item{line(class(1), -1, 0, 1, 0), papertest.Point(class(0), 0, 0)}, map[*nn.Network]Status{relu: Infeasible, affine: Infeasible}, []int{0, 1}},
		{"between two others", []spec.Item{papertest.Point(class(0), -1, 0), papertest.Point(class(0), 2, 0), papertest.Point(class(1), 0, 0)}, map[*nn.Network]Status{relu: Repaired, affine: Infeasible}, nil},
		{"smallest, between two others", []spec.Item{papertest.Point(smallest(0), -1, 0), papertest.Point(smallest(0), 3, 0), papertest.Point(smallest(1), 0, 0)}, map[*nn.Network]Status{relu: Repaired, affine: Infeasible}, nil},
		{"crossing segments", []spec.Item{line(class(0), -1, 0.3, 2, -0.3), line(class(1), 0.3, -1, -0.7, 1)}, map[*nn.Network]Status{relu: Infeasible, affine: Infeasible}, []int{0, 1}},
		{"segments beside each other", []spec.Item{line(class(0), -1, 0.5, 2, 0.5), line(class(1), -1, 0, 2, 0)}, map[*nn.Network]Status{relu: Repaired, affine: Repaired}, nil},
		{"a tie that is to be one class", []spec.Item{papertest.Point(class(0), 0.5, 0.5)}, map[*nn.Network]Status{relu: Repaired, affine: Repaired}, nil},
	} {
		s := &spec.Spec{Items: c.items}
		for net, want := range c.wants {
			r, err := Run(t.Context(), net, s, Options{Layer: 1, DType: nn.Float64, Bound: 100})
			if err != nil {
				t.Fatal(err)
			}
			if r.Status != want {
				t.Errorf("%s: %s (%s), want %s", c.name, r.Status, r.Reason, want)
				continue
			}
			if want == Repaired {
				if p, err := proof.Check(t.Context(), r.Network, s, proof.Options{}); err != nil || p.Status != proof.StatusHolds || p.MarginReached().Sign() <= 0 {
					t.Errorf("%s: %v, %+v", c.name, err, p)
				}
				continue
			}
			var of []int
			for _, row := range r.Conflict {
				of = append(of, row.Item)
				if !row.Strict && !row.Limit || row.Multiplier <= 0 || row.HalfSpace == "" {
					t.Errorf("%s: %+v", c.name, row)
				}
			}
			slices.Sort(of)
			if of = slices.Compact(of); len(of) == 0 || c.of != nil && !slices.Equal(of, c.of) {
				t.Errorf("%s: the conflict is of items %v, want %v", c.name, of, c.of)
			}
		}
	}
}
