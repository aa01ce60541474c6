package repair

import (
	"math"
	"testing"

	"github.com/netmend/netmend/nn"
)

// A change that a solver leaves far beyond the bound comes back to it at once.
func TestRoundBeyondBound(t *testing.T) {
	before := &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(2, 2), Bias: []float64{0.1, -1e-9}}}
	before.Weight.Row(1)[0] = 1.7
	p := &problem{op: layerOf(before)}
	for _, dtype := range []nn.DType{nn.Float32, nn.Float64} {
		got, err := p.round([]float64{1e300, -1e300, 4, -3.5, 3 + 0x1p-40, -7}, 3, dtype)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if d := math.Abs(v - flat(&before.Params)[i]); d > 3 || d < 2.999 || dtype.Round(v) != v {
				t.Errorf("%v: parameter %d goes to %v", dtype, i, v)
			}
		}
	}
}
