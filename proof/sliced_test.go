package proof

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

// TestSlicedExtremes holds convolutions in slices, of many terms of the largest
// mantissas there are and of cancelling ones, against rational arithmetic.
func TestSlicedExtremes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 33))
	one := [2]int{1, 1}
	for k, number := range []func() float64{
		func() float64 { return 2 - 0x1p-52 },                                                    // all bits set, all of one sign
		func() float64 { return math.Copysign(1-0x1p-24, r.NormFloat64()) },                      // float32
		func() float64 { return float64(r.NormFloat64() * math.Pow(2, float64(r.IntN(60)-30))) }, // of all sizes
		func() float64 { return float64(float64(r.IntN(4096)-2048) * 0x1p-11) },                  // float16
		func() float64 { return []float64{0, 0, 1, -1, 0x1p-52, 1e-200, 1e-30}[r.IntN(7)] },      // zeros and small ones
	} {
		for _, channels := range []int{1, 3, 512} {
			kernel, in := [2]int{3, 3}, [2]int{4, 5}
			n := channels * 9
			op := &nn.Conv{Groups: 1, Window: nn.Window{Channels: channels, In: in, Kernel: kernel, Stride: [2]int{1, 2}, Dilation: one, Before: one, After: one}}
			p := nn.Params{Weight: nn.NewMatrix(3, n), Bias: []float64{number(), 0, number()}}
			for i := range p.Weight.Data {
				p.Weight.Data[i] = number()
			}
			x := newTwofold(channels * 20)
			for i := range x.hi {
				x.hi[i] = number()
				if x.hi[i] != 0 {
					x.lo[i] = float64(x.hi[i] * 0x1p-54 * r.Float64())
					x.rad[i] = float64(math.Abs(x.hi[i]) * 0x1p-104 * r.Float64())
				}
			}
			for _, target := range []int{60, 90, 120} {
				op.Params = p
				y := newTwofold(3 * op.Positions())
				if !y.convolveSliced(t.Context(), op, &p, &x, target, 1, nil) {
					t.Fatalf("case %d, %d channels: not computed", k, channels)
				}
				encloses(t, op, &p, &x, &y, target)
			}
		}
	}
}

// encloses compares outputs with exact sums: they are off by no more than is said,
// which is little.
func encloses(t *testing.T, op *nn.Conv, p *nn.Params, x, y *twofold, target int) {
	t.Helper()
	positions, n := op.Positions(), p.Weight.Cols
	for _, at := range []int{0, 1, positions + 2, 3*positions - 1} {
		sum, off := fraction(p.Bias[at/positions]), new(big.Rat)
		row := p.Weight.Row(at / positions)
		for c := range op.Channels {
			meet(&op.Window, at%positions, func(element, from int) {
				w, i := fraction(row[c*9+element]), c*20+from
				v := new(big.Rat).Add(fraction(x.hi[i]), fraction(x.lo[i]))
				sum.Add(sum, v.Mul(v, w))
				off.Add(off, new(big.Rat).Mul(w.Abs(w), fraction(x.rad[i])))
			})
		}
		d := new(big.Rat).Add(fraction(y.hi[at]), fraction(y.lo[at]))
		d.Sub(d, sum)
		if off.Add(off, d.Abs(d)); off.Cmp(fraction(y.rad[at])) > 0 {
			t.Fatalf("target %d: output %d of %d terms is off by more than %v", target, at, n, y.rad[at])
		}
		if top := float64(largestSize(p.Weight.Data) * largestSize(x.hi)); y.rad[at] > float64(n)*top*(math.Pow(2, float64(2-target))+0x1p-98) {
			t.Errorf("target %d: output %d may be off by %v; the largest product is %v", target, at, y.rad[at], top)
		}
	}
}

func largestSize(v []float64) float64 {
	top := 0.0
	for _, x := range v {
		top = max(top, math.Abs(x))
	}
	return top
}

// TestSlicedRange: numbers whose slices would leave the range of float64 are left to
// the other way, and so is what a kernel got wrong.
func TestSlicedRange(t *testing.T) {
	one := [2]int{1, 1}
	op := &nn.Conv{Groups: 1, Window: nn.Window{Channels: 1, In: one, Kernel: one, Stride: one, Dilation: one}}
	for _, v := range []float64{1e300, 1e-300, math.Inf(1), math.NaN()} {
		for _, c := range [][2]float64{{v, 1}, {1, v}} {
			p := nn.Params{Weight: nn.NewMatrix(1, 1), Bias: []float64{0}}
			p.Weight.Data[0] = c[0]
			x, y := newTwofold(1), newTwofold(1)
			x.hi[0] = c[1]
			if y.convolveSliced(t.Context(), op, &p, &x, 90, 1, new(sync.Map)) {
				t.Errorf("%v is not refused", c)
			}
		}
	}
	w, _ := sliceWeights([]float64{3}, 1, 1, 90)
	product := &slicedProduct{op: op, n: 1, rows: 1, w: w}
	b := blas.Mat{Rows: 1, Cols: 1, Stride: 1, Data: []float64{0.5}}
	if first := w.parts[0]; !product.agrees(0, b, []float64{float64(first * 0.5)}, 0) || product.agrees(0, b, []float64{float64(first*0.5) + 0x1p-40}, 0) {
		t.Error("a wrong product agrees")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := nn.Params{Weight: nn.NewMatrix(1, 1), Bias: []float64{0}}
	x, y := newTwofold(1), newTwofold(1)
	if y.convolveSliced(ctx, op, &p, &x, 90, 1, new(sync.Map)) {
		t.Error("computed although the context is done")
	}
}
