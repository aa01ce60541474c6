package proof

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
)

// TestCombination holds combinations that are taken back through a network of every
// operation against those of the outputs: both enclose the same number.
func TestCombination(t *testing.T) {
	f := interval.Field{Bits: formBits}
	narrow := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		net := structured(t, r, seed%3 == 0)
		if seed%2 == 0 {
			net = net.Clone()
			net.Nodes[2].Op = []nn.Op{nn.Tanh(), nn.Softplus(), nn.HardSwish()}[seed/2%3]
		}
		p, err := newPointNetwork(net)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, net.InDim())
		for i := range x {
			x[i] = float64(r.IntN(9)-4) / 2
		}
		run, err := p.run(t.Context(), f, x)
		if err != nil {
			t.Fatal(err)
		}
		y := run.values[nn.ValueChannel][len(net.Nodes)-1]
		normal, sum := make([]interval.Interval, len(y)), f.Int(0)
		for k := range normal {
			if v := float64(r.IntN(5) - 2); v != 0 {
				normal[k] = f.Float(v)
				sum = f.Add(sum, f.Mul(normal[k], y[k]))
			}
		}
		c := p.combination(f, run, normal)
		if c.Lo.Cmp(sum.Hi) > 0 || c.Hi.Cmp(sum.Lo) < 0 {
			t.Errorf("seed %d: %v to %v, and of the outputs %v to %v", seed, c.Lo, c.Hi, sum.Lo, sum.Hi)
		}
		if width, _ := f.Sub(c, c).Hi.Float64(); width < 1e-200 {
			narrow++
		}
	}
	if narrow < 50 {
		t.Errorf("%d combinations are narrow", narrow)
	}
}
