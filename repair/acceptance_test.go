package repair

import (
	"fmt"
	"math"
	"testing"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// mnistLines is the paper's Task 2 on the reference lines.
func mnistLines(t testing.TB, n int) (*nn.Network, *spec.Spec) {
	t.Helper()
	if testing.Short() && n > 10 {
		t.Skip("100 lines take seconds")
	}
	return papertest.MNISTLines(t, n)
}

// acasSlices is the paper's Task 3: ten slices.
func acasSlices(t testing.TB) (*nn.Network, *spec.Spec) {
	t.Helper()
	if testing.Short() {
		t.Skip("the slices take seconds")
	}
	return papertest.ACASSlices(t, 0, 10)
}

// TestReferenceOptima compares with optima that an independent implementation
// certified (../shared/reference/repair/README.md).
func TestReferenceOptima(t *testing.T) {
	for _, c := range []struct {
		lines, layer int
		norm         Norm
		want         float64
		keys, rows   int
	}{
		{10, 3, Mix, 0.182181877, 1656, 14904},
		{10, 3, L1, 12.735654, 1656, 14904},
		{10, 2, Mix, 0.0394717089, 1656, 14904},
		{10, 2, L1, 6.789166, 1656, 14904},
		{100, 3, Mix, 0.285093409, 15948, 143532},
		{100, 3, L1, 43.237781, 15948, 143532},
		{100, 2, Mix, 0.0625910196, 15948, 143532},
		{100, 2, L1, 32.397638, 15948, 143532},
	} {
		t.Run(fmt.Sprintf("%d lines, layer %d, %s", c.lines, c.layer, c.norm), func(t *testing.T) {
			if testing.Short() && (c.layer == 3) != (c.norm == L1) {
				t.Skip("one norm of each layer is enough")
			}
			net, s := mnistLines(t, c.lines)
			r, err := Run(t.Context(), net, s, Options{Norm: c.norm, Layer: c.layer})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v %+v %+v obj %.12g lower %.12g", r.Size, r.Time, r.Check, r.Objective, r.LowerBound)
			if r.Status != Repaired {
				t.Fatalf("%s: %s", r.Status, r.Reason)
			}
			if rel := math.Abs(r.Objective-c.want) / c.want; rel > 1e-6 {
				t.Errorf("objective %.12g, want %.12g", r.Objective, c.want)
			}
			if !nearly(r.Objective, r.LowerBound) {
				t.Errorf("objective %.15g, lower bound %.15g", r.Objective, r.LowerBound)
			}
			if r.Size.KeyPoints != c.keys || r.Size.Rows != c.rows {
				t.Errorf("%d key points, %d rows, want %d, %d", r.Size.KeyPoints, r.Size.Rows, c.keys, c.rows)
			}
			if got := r.Check.MarginReached - r.Check.RoundingBound; got < 0.05 {
				t.Errorf("margin %g, want 0.05", got)
			}
		})
	}
}

func TestReferenceSlices(t *testing.T) {
	for _, c := range []struct {
		margin, want float64
		layer        int
	}{
		{0, 4.028e-5, 7},
		{0.001, 1.162e-4, 7},
		{0.05, 2.409e-2, 7},
		{0, 1.12e-2, 6},
	} {
		t.Run(fmt.Sprintf("margin %g, layer %d", c.margin, c.layer), func(t *testing.T) {
			net, s := acasSlices(t)
			r, err := Run(t.Context(), net, s, Options{Layer: c.layer, Margin: &c.margin})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v %+v %+v obj %.12g lower %.12g", r.Size, r.Time, r.Check, r.Objective, r.LowerBound)
			if r.Status != Repaired {
				t.Fatalf("%s: %s", r.Status, r.Reason)
			}
			if rel := math.Abs(r.Objective-c.want) / c.want; rel > 0.005 {
				t.Errorf("objective %.6g, want %.4g", r.Objective, c.want)
			}
			// Without a margin the rounding of the check itself keeps layer 6 off
			// its bound by a little more than 1e-9.
			if r.Objective-r.LowerBound > max(2e-9*r.Objective, gapAbsolute) {
				t.Errorf("objective %.15g, lower bound %.15g", r.Objective, r.LowerBound)
			}
			if n := r.Size.Regions; n < 45642 || n > 45652 {
				t.Errorf("%d regions, want 45,647 within 5", n)
			}
			if n := r.Size.Cells; n < 46804 || n > 46844 {
				t.Errorf("%d cells, want 46,824 within 20", n)
			}
		})
	}
}

func TestReferenceSlicesInfeasible(t *testing.T) {
	net, s := acasSlices(t)
	r, err := Run(t.Context(), net, s, Options{Layer: 7, Bound: 2e-5})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != Infeasible {
		t.Fatalf("%s: %s", r.Status, r.Reason)
	}
	if v := FarkasValue(r.Farkas, 2e-5, nil); v >= 0 {
		t.Errorf("Farkas value %g, want < 0", v)
	}
	t.Logf("%d multipliers, %+v", len(r.Farkas), r.Time)
}

// TestEuclidean checks the optimality conditions of l2 on the reference lines:
// the change is -A^T y for multipliers y >= 0 of tight rows (its gap to the dual
// bound says so, since the bound is that of y alone), and every row holds.
func TestEuclidean(t *testing.T) {
	for _, layer := range []int{3, 2} {
		t.Run(fmt.Sprintf("layer %d", layer), func(t *testing.T) {
			net, s := mnistLines(t, 10)
			r, err := Run(t.Context(), net, s, Options{Norm: L2, Layer: layer})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v %+v obj %.12g lower %.12g", r.Size, r.Time, r.Objective, r.LowerBound)
			if r.Status != Repaired {
				t.Fatalf("%s: %s", r.Status, r.Reason)
			}
			if r.Objective-r.LowerBound > 1e-9*r.Objective {
				t.Errorf("objective %.15g, lower bound %.15g", r.Objective, r.LowerBound)
			}
			if got := r.Check.MarginReached - r.Check.RoundingBound; got < 0.05 {
				t.Errorf("margin %g, want 0.05", got)
			}
		})
	}
}
