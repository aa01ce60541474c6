package polytope_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// violation is the set of outputs that violates an ACAS Xu property.
func violation(property int) terms {
	switch property {
	case 1:
		return terms{{set.HalfSpace{Normal: []float64{-1, 0, 0, 0, 0}, Offset: -3.991125645861615}}}
	case 2:
		return terms{largest(0, 0, 5, 5, 1)}
	case 3, 4:
		return terms{largest(0, 0, 5, 5, -1)}
	}
	panic("no violation")
}

// acasReference is a line of the reference: the verdict and, where known, the
// fraction of the box that violates the property.
type acasReference struct {
	a, b, property int
	holds          bool
	fraction       float64 // or NaN
}

func acasReferences(t testing.TB) (all []acasReference) {
	t.Helper()
	f, err := os.Open(shared.Path(t, "reference", "preimage", "acas_prop1-4.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines[1:] {
		r := acasReference{holds: l[2] == "holds", fraction: math.NaN()}
		if _, err := fmt.Sscanf(l[0], "%d_%d", &r.a, &r.b); err != nil {
			t.Fatal(err)
		}
		if r.property, err = strconv.Atoi(l[1]); err != nil {
			t.Fatal(err)
		}
		if l[5] != "" {
			if r.fraction, err = strconv.ParseFloat(l[5], 64); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, r)
	}
	return all
}

// TestACASProperties computes the exact preimage of the violation of the ACAS Xu
// properties for every network. Property 2, on the whole of its five-dimensional
// box, takes minutes and runs where NETMEND_LONG is set.
func TestACASProperties(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, ref := range acasReferences(t) {
		if ref.property == 2 && os.Getenv("NETMEND_LONG") == "" {
			continue
		}
		if ref.property == 1 && ref.b%3 != 0 && os.Getenv("NETMEND_LONG") == "" {
			continue // a third of the networks
		}
		t.Run(fmt.Sprintf("property%d/%d_%d", ref.property, ref.a, ref.b), func(t *testing.T) {
			begun := time.Now()
			r, err := polytope.Enumerate(context.Background(), acas(t, ref.a, ref.b), acasBox(ref.property),
				polytope.Options{Target: violation(ref.property).union(), Volume: true}, nil)
			if err != nil {
				t.Fatal(err)
			}
			fraction := r.Volume / r.DomainVolume
			if !r.Complete() || ref.holds != (r.Cells == 0) ||
				!math.IsNaN(ref.fraction) && math.Abs(fraction-ref.fraction) > 1e-5*ref.fraction {
				t.Errorf("%d cells, fraction %v, want %+v; %+v", r.Cells, fraction, ref, r)
			}
			t.Logf("%.2f s, fraction %.6g, %+v", time.Since(begun).Seconds(), fraction, r)
		})
	}
}
