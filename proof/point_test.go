package proof_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// smoothFunctions are all smooth functions.
func smoothFunctions(t *testing.T) []*nn.Smooth {
	all := []*nn.Smooth{nn.Tanh(), nn.Sigmoid(), nn.GELU(), nn.GELUTanh(), nn.SiLU(), nn.HardSwish(), nn.Softplus(), nn.Softsign()}
	for _, f := range []func() (*nn.Smooth, error){
		func() (*nn.Smooth, error) { return nn.ELU(0.75) },
		func() (*nn.Smooth, error) { return nn.CELU(1.5) },
		func() (*nn.Smooth, error) { return nn.SELU(1.6732631921768188, 1.0507010221481323) },
	} {
		s, err := f()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// TestSmoothPoints: bounds two units of rounding around what float64 computes
// hold, and bounds that leave the value out are violated; decoupled networks
// too, which are linear in the value channel.
func TestSmoothPoints(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, f := range smoothFunctions(t) {
		layer := func(out, in int) *nn.Dense {
			rows := make([][]float64, out)
			for j := range rows {
				for range in + 1 {
					rows[j] = append(rows[j], rng.NormFloat64())
				}
			}
			return papertest.Dense(rows...)
		}
		net := papertest.Chain(t, 2, layer(4, 2), f, layer(3, 4), f, layer(2, 3))
		_, op, err := net.Layer(1)
		if err != nil {
			t.Fatal(err)
		}
		v := op.Channel(nn.ActivationChannel).Clone()
		v.Weight.Data[0] += 0.5
		decoupled, err := net.WithLayer(1, &v)
		if err != nil {
			t.Fatal(err)
		}
		for _, net := range []*nn.Network{net, decoupled} {
			x := []float64{rng.NormFloat64(), rng.NormFloat64()}
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			const slack = 1e-12
			inside := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(y[0]-slack, y[0]+slack), x...)}}
			if r := checked(t, net, inside, proof.Options{}); r.Status != proof.StatusHolds {
				t.Errorf("%s: %s %s around %v", f.Kind(), r.Status, r.Reason, y)
			}
			outside := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(y[0]+slack, y[0]+2*slack), x...)}}
			if r := checked(t, net, outside, proof.Options{}); r.Status != proof.StatusViolated || len(r.Violations) != 1 {
				t.Errorf("%s: %s beside %v", f.Kind(), r.Status, y)
			}
		}
		region := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(0, 1), []float64{0, 0}, []float64{1, 1})}}
		if r := checked(t, net, region, proof.Options{}); r.Status != proof.StatusUnknown || r.Reason == "" {
			t.Errorf("%s on a segment: %s", f.Kind(), r.Status)
		}
	}
}

// TestSmoothTie: what cancels before the functions, or behind them, is 0, which no interval
// of an output tells; that tanh is odd is not known.
func TestSmoothTie(t *testing.T) {
	twins := papertest.Chain(t, 1, papertest.Dense([]float64{0.3, 0.1}, []float64{0.3, 0.1}), nn.Tanh(),
		papertest.Dense([]float64{1, 0, 0}, []float64{0, 1, 0}, []float64{0.1, 0.7, 0.2}, []float64{0.7, 0.1, 0.2}))
	same := papertest.Chain(t, 1, papertest.Dense([]float64{0.3, 0.1}), nn.Softplus(), papertest.Dense([]float64{0.7, 0.2}, []float64{0.7, 0.2}, []float64{0, 0.2}))
	odd := papertest.Chain(t, 1, papertest.Dense([]float64{1, 0}, []float64{-1, 0}), nn.Tanh(), papertest.Dense([]float64{1, 1, 0}, []float64{0, 0, 0}))
	difference := func(strict bool, b float64, normal ...float64) spec.Output {
		return spec.Output{HalfSpaces: []set.HalfSpace{{Normal: normal, Offset: b, Strict: strict}}}
	}
	for _, c := range []struct {
		name string
		net  *nn.Network
		o    spec.Output
		want proof.Status
	}{
		{"equal units", twins, difference(false, 0, 1, -1, 0, 0), proof.StatusHolds},
		{"equal units, strictly", twins, difference(true, 0, 1, -1, 0, 0), proof.StatusViolated},
		{"sums of equal units", twins, difference(false, 0, 0, 0, 1, -1), proof.StatusHolds},
		{"a class among them", twins, spec.Output{Allowed: []int{2}}, proof.StatusViolated},
		{"equal outputs", same, difference(false, 0, 1, -1, 0), proof.StatusHolds},
		{"equal outputs, below", same, difference(false, -0x1p-1000, 1, -1, 0), proof.StatusViolated},
		{"a constant", same, difference(false, 0.2, 0, 0, 1), proof.StatusHolds},
		{"a constant, strictly", same, difference(true, 0.2, 0, 0, 1), proof.StatusViolated},
		{"tanh is odd", odd, difference(false, 0, 1, 0), proof.StatusUnknown},
	} {
		r := checked(t, c.net, &spec.Spec{Items: []spec.Item{papertest.Point(c.o, 0.5)}}, proof.Options{})
		if r.Status != c.want {
			t.Errorf("%s: %s %s, want %s", c.name, r.Status, r.Reason, c.want)
		}
	}
}

func TestSmoothRepair(t *testing.T) {
	net := papertest.Chain(t, 1, papertest.Dense([]float64{1, 0.5}, []float64{-0.75, 0.25}), nn.Tanh(), papertest.Dense([]float64{1, -1, 0}))
	for _, layer := range []int{1, 2} {
		s := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(0.5, 0.75), 1), papertest.Point(papertest.Between(-2, -0.25), -1)}}
		r := repaired(t, net, s, repair.Options{Layer: layer, Bound: 10})
		if got := checked(t, r.Network, s, proof.Options{}); got.Status != proof.StatusHolds {
			t.Errorf("layer %d: %s %s", layer, got.Status, got.Reason)
		}
	}
}

// TestStructuredPoints: a convolution, pools and a branch, with ties in the
// maximum.
func TestStructuredPoints(t *testing.T) {
	window := func(channels int, in, kernel, stride [2]int) nn.Window {
		return nn.Window{Channels: channels, In: in, Kernel: kernel, Stride: stride, Dilation: [2]int{1, 1}}
	}
	two, one := [2]int{2, 2}, [2]int{1, 1}
	w := nn.NewMatrix(2, 4)
	copy(w.Data, []float64{1, -1, 0.5, 0, 0, 1, -0.5, 1})
	nodes := []nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Conv{Params: nn.Params{Weight: w, Bias: []float64{0.25, -0.5}}, Window: window(1, [2]int{5, 5}, two, one), Groups: 1}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.MaxPool{Window: window(2, [2]int{4, 4}, two, two)}},
		{Inputs: []int{1}, Op: &nn.AveragePool{Window: window(2, [2]int{4, 4}, [2]int{3, 3}, one)}},
		{Inputs: []int{2, 3}, Op: &nn.Sum{Coefficients: []float64{1, -1}}},
		{Inputs: []int{4}, Op: papertest.Dense([]float64{1, 1, 1, 1, 1, 1, 1, 1, 0}, []float64{1, 0, 0, 0, 0, 0, 0, 0, 0})},
	}
	net, err := nn.New(nodes, []int{1, 5, 5}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		x := make([]float64, 25)
		for i := range x {
			x[i] = float64(math.Round(2*rng.NormFloat64()) / 2)
		}
		y, err := net.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		at := func(offset float64) *spec.Spec {
			return &spec.Spec{Items: []spec.Item{papertest.Point(spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1, -2}, Offset: y[0] - float64(2*y[1]) + offset}}}, x...)}}
		}
		if r := checked(t, net, at(1e-12), proof.Options{}); r.Status != proof.StatusHolds {
			t.Errorf("%s %s", r.Status, r.Reason)
		}
		if r := checked(t, net, at(-1e-12), proof.Options{}); r.Status != proof.StatusViolated {
			t.Errorf("%s %s", r.Status, r.Reason)
		}
	}
}

// TestLarge: points of a network with more products than are stored, or multiplied
// with numbers of any precision, are decided by twofold numbers where these tell; its
// segments are not.
func TestLarge(t *testing.T) {
	const n, k = 512, 12
	w := nn.NewMatrix(1, k*k)
	for i := range w.Data {
		w.Data[i] = 0.1
	}
	p := n - k + 1
	one, all := [2]int{1, 1}, [2]int{p, p}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Conv{Params: nn.Params{Weight: w, Bias: []float64{0}}, Window: nn.Window{Channels: 1, In: [2]int{n, n}, Kernel: [2]int{k, k}, Stride: one, Dilation: one}, Groups: 1}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.AveragePool{Window: nn.Window{Channels: 1, In: all, Kernel: all, Stride: one, Dilation: one}}},
	}, []int{1, n, n}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	x, zero := make([]float64, n*n), make([]float64, n*n)
	for i := range x {
		x[i] = 1
	}
	// The output is k k times the number that 0.1 is.
	y, _ := new(big.Float).SetPrec(200).Mul(big.NewFloat(0.1), big.NewFloat(k*k)).Float64()
	for _, c := range []struct {
		offset float64
		want   proof.Status
	}{{1e-14, proof.StatusHolds}, {-1e-14, proof.StatusViolated}} {
		at := papertest.Point(spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1}, Offset: y + c.offset}}}, x...)
		if r := checked(t, net, &spec.Spec{Items: []spec.Item{at}}, proof.Options{}); r.Status != c.want {
			t.Errorf("%v beyond: %s %s, want %s", c.offset, r.Status, r.Reason, c.want)
		}
	}
	between := papertest.Segment(t, papertest.Between(-100, 100), zero, x)
	if r := checked(t, net, &spec.Spec{Items: []spec.Item{between}}, proof.Options{}); r.Status != proof.StatusUnknown || !strings.Contains(r.Reason, "too large") {
		t.Errorf("segment: %s %s", r.Status, r.Reason)
	}
}

// TestStructuredSegments: the same operations on segments, a mean of four among
// them, against points.
func TestStructuredSegments(t *testing.T) {
	two, one := [2]int{2, 2}, [2]int{1, 1}
	w := nn.NewMatrix(2, 4)
	copy(w.Data, []float64{1, -1, 0.5, 0, 0, 1, -0.5, 1})
	window := nn.Window{Channels: 2, In: [2]int{4, 4}, Kernel: two, Stride: two, Dilation: one}
	conv := &nn.Conv{
		Params: nn.Params{Weight: w, Bias: []float64{0.25, -0.5}}, Groups: 1,
		Window: nn.Window{Channels: 1, In: [2]int{5, 5}, Kernel: two, Stride: one, Dilation: one},
	}
	nodes := []nn.Node{
		{Inputs: []int{nn.Input}, Op: conv},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.MaxPool{Window: window}},
		{Inputs: []int{1}, Op: &nn.AveragePool{Window: window}},
		{Inputs: []int{2, 3}, Op: &nn.Sum{Coefficients: []float64{1, -1}}},
		{Inputs: []int{4}, Op: nn.ReLU()},
		{Inputs: []int{5}, Op: papertest.Dense([]float64{1, -1, 1, -1, 1, -1, 1, 1, 0})},
	}
	net, err := nn.New(nodes, []int{1, 5, 5}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	other := conv.Params.Clone()
	other.Bias[0], other.Weight.Data[2] = 0.5, 0.75
	decoupled, err := net.WithLayer(1, &other)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for k := range 12 {
		from, to := make([]float64, 25), make([]float64, 25)
		for i := range from {
			from[i], to[i] = float64(math.Round(2*rng.NormFloat64())/2), float64(math.Round(2*rng.NormFloat64())/2)
		}
		n := []*nn.Network{net, decoupled}[k%2]
		whole := checked(t, n, &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-100, 0), from, to)}}, proof.Options{})
		if whole.Size.Pieces < 5 {
			t.Errorf("%d pieces", whole.Size.Pieces)
		}
		for u := range 65 {
			x := make([]float64, 25)
			for i := range x {
				x[i] = from[i] + float64(float64(u)/64*(to[i]-from[i]))
			}
			r := checked(t, n, &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(-100, 0), x...)}}, proof.Options{})
			if r.Worst.Amount.Cmp(whole.Worst.Amount) > 0 {
				t.Errorf("at %d/64 it is %v, worst of all %v", u, r.Worst.Amount, whole.Worst.Amount)
			}
		}
		if x := whole.Worst; x.Executed && dyadic(*x) {
			r := checked(t, n, &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(-100, 0), x.Point...)}}, proof.Options{})
			if r.Worst.Amount.Cmp(x.Amount) != 0 {
				t.Errorf("at %v it is %v, not %v", x.Weights, r.Worst.Amount, x.Amount)
			}
		}
	}
}

// TestKeep: the class at a point is that of exact arithmetic; where outputs tie,
// there is none.
func TestKeep(t *testing.T) {
	for name, c := range map[string]struct {
		net  *nn.Network
		want int
	}{
		"tie":        {papertest.Chain(t, 1, papertest.Dense([]float64{1, 0}, []float64{2, -0.5}, []float64{-1, 0})), -1},
		"rounding":   {papertest.Chain(t, 1, papertest.Dense([]float64{1e17, 0}, []float64{1e17, 1e-3}, []float64{0, 0})), 1},
		"smooth tie": {papertest.Chain(t, 1, papertest.Dense([]float64{0, 0}, []float64{0, 0}), nn.Tanh(), papertest.Dense([]float64{1, 0, 0}, []float64{0, 1, 0})), -1},
		"smooth":     {papertest.Chain(t, 1, papertest.Dense([]float64{1, 0}, []float64{1, 0x1p-60}), nn.Tanh(), papertest.Dense([]float64{1, 0, 0}, []float64{0, 1, 0})), 1},
	} {
		s := &spec.Spec{Items: []spec.Item{{Name: "keep", Point: []float64{0.5}, Keep: true}}}
		bound, unknown, err := proof.Bind(t.Context(), c.net, s)
		if err != nil || unknown != "" {
			t.Fatalf("%s: %v %s", name, err, unknown)
		}
		if c.want < 0 {
			if r := checked(t, c.net, bound, proof.Options{}); r.Status != proof.StatusViolated || r.Ties != 1 {
				t.Errorf("%s: %s, want that there is no class", name, r.Status)
			}
			continue
		}
		if got := bound.Items[0].Output.Allowed; len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: %v, want %d", name, got, c.want)
		}
	}
}
