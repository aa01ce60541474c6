package proof

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// structured is a random network of every operation that is piecewise affine, with
// parameters whose sums cancel where wild is set.
func structured(t *testing.T, r *rand.Rand, wild bool) *nn.Network {
	t.Helper()
	number := func() float64 {
		v := r.NormFloat64()
		if wild {
			return float64(v * math.Pow(10, float64(r.IntN(17)-8)))
		}
		return float64(math.Round(4*v) / 4) // with ties
	}
	params := func(out, in int) nn.Params {
		p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = number()
		}
		for i := range p.Bias {
			p.Bias[i] = number()
		}
		return p
	}
	list := func(n int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = number()
		}
		return v
	}
	one, two, three := [2]int{1, 1}, [2]int{2, 2}, [2]int{3, 3}
	bent := &nn.Piecewise{Breaks: []float64{-1, 0.5}, Slope: []float64{0.25, 1, 3}, Offset: []float64{-0.75, 0, -1}}
	nodes := []nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Scale{Factor: list(50), Shift: list(50)}},                                                                                                             // 0: 2 x 5 x 5
		{Inputs: []int{0}, Op: &nn.Conv{Params: params(4, 9), Groups: 2, Window: nn.Window{Channels: 2, In: [2]int{5, 5}, Kernel: three, Stride: two, Dilation: one, Before: one, After: one}}}, // 1: 4 x 3 x 3
		{Inputs: []int{1}, Op: nn.ReLU()},
		{Inputs: []int{2}, Op: &nn.MaxPool{Window: nn.Window{Channels: 4, In: three, Kernel: two, Stride: one, Dilation: one, Before: one}}},                                                 // 3
		{Inputs: []int{2}, Op: &nn.AveragePool{Window: nn.Window{Channels: 4, In: three, Kernel: three, Stride: one, Dilation: one, Before: one, After: one}, CountPadding: r.IntN(2) == 0}}, // 4
		{Inputs: []int{3, 4}, Op: &nn.Sum{Coefficients: list(2)}}, // 5
		{Inputs: []int{5}, Op: bent},
		{Inputs: []int{6}, Op: &nn.Take{In: 36, From: []int32{35, 0, -1, 7, 7, 20}, Fill: number()}}, // 7
		{Inputs: []int{6}, Op: &nn.Reduce{Outer: 4, Axis: 3, Inner: 3, Divisor: 3}},                  // 8: 12
		{Inputs: []int{7, 8}, Op: &nn.Concat{Dims: []int{6, 12}}},
		{Inputs: []int{9, 9}, Op: &nn.Max{Inputs: 2, Dim: 18}},
		{Inputs: []int{10}, Op: &nn.Dense{Params: params(3, 18)}},
	}
	net, err := nn.New(nodes, []int{2, 5, 5}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if r.IntN(2) == 0 {
		k := 1 + r.IntN(2)
		_, l, err := net.Layer(k)
		if err != nil {
			t.Fatal(err)
		}
		old := l.Channel(nn.ValueChannel)
		value := params(old.Weight.Rows, old.Weight.Cols)
		if net, err = net.WithLayer(k, &value); err != nil {
			t.Fatal(err)
		}
	}
	return net
}

// TestTwofold holds numbers of twice the precision against ones of 600 bits: they
// enclose these, narrowly where the pieces are known.
func TestTwofold(t *testing.T) {
	narrow, ties := 0, 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 31))
		wild := seed%2 == 0
		net := structured(t, r, wild)
		p, err := newPointNetwork(net)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, net.InDim())
		for i := range x {
			x[i] = r.NormFloat64()
			if !wild {
				x[i] = float64(r.IntN(3))
			}
		}
		got, ok := p.twofold(t.Context(), x, []int{90, 120, 0}[seed/2%3])
		if !ok {
			t.Fatalf("network %d overflows", seed)
		}
		want, err := p.outputs(t.Context(), interval.Field{Bits: 600}, x)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			g := got[i]
			if g.Lo.Cmp(w.Lo) > 0 || g.Hi.Cmp(w.Hi) < 0 {
				t.Fatalf("network %d: output %d in [%v, %v], not in [%v, %v]", seed, i, w.Lo, w.Hi, g.Lo, g.Hi)
			}
			width, _ := new(big.Float).Sub(g.Hi, g.Lo).Float64()
			if size, _ := w.Hi.Float64(); width <= 1e-18*math.Abs(size) {
				narrow++
			}
			if g.Exact() {
				ties++
			}
		}
	}
	if narrow < 800 {
		t.Errorf("%d of 900 outputs are narrow", narrow)
	}
}

// TestTwofoldOverflow: what is beyond float64 is not an answer, even behind a unit that
// ignores it.
func TestTwofoldOverflow(t *testing.T) {
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Scale{Factor: []float64{-1e300}, Shift: []float64{0}}},
		{Inputs: []int{0}, Op: nn.ReLU()},
	}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPointNetwork(net)
	if err != nil {
		t.Fatal(err)
	}
	if y, ok := p.twofold(t.Context(), []float64{1e10}, 110); ok {
		t.Errorf("an overflow gives %v", y)
	}
	if _, ok := p.twofold(t.Context(), []float64{1e7}, 110); !ok {
		t.Error("1e307 is taken for an overflow")
	}
}

// TestTwofoldDivide: a quotient encloses the rational.
func TestTwofoldDivide(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 32))
	exact := func(v *twofold) *big.Rat { return new(big.Rat).Add(fraction(v.hi[0]), fraction(v.lo[0])) }
	for k := range 1000 {
		v := newTwofold(1)
		v.hi[0] = r.NormFloat64()
		v.lo[0] = float64(v.hi[0] * 0x1p-54 * r.Float64())
		d := float64(1 + r.IntN(500))
		if k == 0 { // what is left underflows, and is divided by little
			v.hi[0], v.lo[0], d = 0x1.123456789abcdp-1000, 0, 0x1.3456789p-40
		}
		want := exact(&v)
		want.Quo(want, fraction(d))
		v.divide(0, d)
		if off := want.Sub(want, exact(&v)); off.Abs(off).Cmp(fraction(v.rad[0])) > 0 || v.rad[0] > float64(1e-30*math.Abs(v.hi[0]))+0x1p-1020 {
			t.Fatalf("%v + %v after division by %v is off by %v", v.hi[0], v.lo[0], d, off)
		}
	}
}

func fraction(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }

// TestTwofoldJump: at a jump to a value beyond float64 nothing is known, in either
// channel.
func TestTwofoldJump(t *testing.T) {
	step, err := nn.HardSigmoid(1e10, 0)
	if err != nil {
		t.Fatal(err)
	}
	row := func(w ...float64) nn.Params {
		return nn.Params{Weight: nn.Matrix{Rows: 1, Cols: len(w), Stride: len(w), Data: w}, Bias: []float64{0}}
	}
	value := row(1e300, 0)
	for name, first := range map[string][]nn.Op{
		"value channel": {&nn.Dense{Params: row(1, -1), Value: &value}, step},
		"threshold":     {&nn.Dense{Params: row(1e300, 0)}, &nn.Piecewise{Breaks: []float64{1e300}, Slope: []float64{0, 1e10}, Offset: []float64{0, 0}}},
	} {
		net, err := nn.New([]nn.Node{
			{Inputs: []int{nn.Input}, Op: first[0]},
			{Inputs: []int{0}, Op: first[1]},
			{Inputs: []int{1, 1, 1}, Op: &nn.Concat{Dims: []int{1, 1, 1}}},
			{Inputs: []int{2}, Op: &nn.Reduce{Outer: 1, Axis: 3, Inner: 1, Divisor: 3}}, // decided by enclosures
		}, []int{2}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		s := &spec.Spec{Items: []spec.Item{{Name: "p", Point: []float64{1, 1}, Output: spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1}, Offset: 1}}}}}}
		if r, err := Check(t.Context(), net, s, Options{}); err != nil || r.Status == StatusHolds {
			t.Errorf("%s: %+v, %v; the output is 1e310", name, r, err)
		}
	}
}

// TestTwofoldHull: numbers are told apart beyond what their distance rounds to.
func TestTwofoldHull(t *testing.T) {
	v, w := newTwofold(1), newTwofold(1)
	v.hi[0], v.lo[0], v.rad[0] = 1+0x1p-52, -0x1p-53*(1-0x1p-53), 0x1p-107
	w.hi[0], w.lo[0], w.rad[0] = 1, 0x1p-53, 0x1p-107
	v.hull(0, &w, 0)
	least := func(v twofold) *big.Rat {
		sum := new(big.Rat).Add(fraction(v.hi[0]), fraction(v.lo[0]))
		return sum.Sub(sum, fraction(v.rad[0]))
	}
	if least(v).Cmp(least(w)) > 0 {
		t.Errorf("the hull, off by %v, does not contain 2^-106 less", v.rad[0])
	}
}
