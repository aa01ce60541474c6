package polytope_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
)

// acas returns ACAS Xu N(a,b), which takes normalised inputs. The ONNX files are
// those of the benchmark; the NNet files have rounded weights.
func acas(t testing.TB, a, b int) *nn.Network {
	t.Helper()
	return onnxNetwork(t, "data", "acasxu", "onnx", fmt.Sprintf("ACASXU_run2a_%d_%d_batch_2000.onnx", a, b))
}

// acasBox is the input box of an ACAS Xu property of the field's benchmark.
func acasBox(property int) polytope.Domain {
	switch property {
	case 1, 2:
		return polytope.Box([]float64{0.6, -0.5, -0.5, 0.45, -0.5}, []float64{0.679857769, 0.5, 0.5, 0.5, -0.45})
	case 3:
		return polytope.Box([]float64{-0.303531156, -0.009549297, 0.493380324, 0.3, 0.3}, []float64{-0.298552812, 0.009549297, 0.5, 0.5, 0.5})
	case 4:
		return polytope.Box([]float64{-0.303531156, -0.009549297, 0, 0.318181818, 0.083333333}, []float64{-0.298552812, 0.009549297, 0, 0.5, 0.166666667})
	}
	panic("no box")
}

func TestACASRegions(t *testing.T) {
	for _, test := range []struct{ a, b, want, within int }{{1, 1, 71930, 5}, {2, 9, 189, 0}} {
		net := acas(t, test.a, test.b)
		r, err := polytope.Enumerate(context.Background(), net, acasBox(3), polytope.Options{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := r.Cells - test.want; d > test.within || -d > test.within || !r.Complete() {
			t.Errorf("N(%d,%d) has %d regions, want %d within %d; %+v", test.a, test.b, r.Cells, test.want, test.within, r)
		}
		t.Logf("%+v", r)
	}
}
