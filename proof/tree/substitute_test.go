package tree

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// TestSubstitution compares bounds by substitution on halves of halves of boxes with values
// at points of them, without rounding, and with the bounds sent forward, than which they are
// better on the whole.
func TestSubstitution(t *testing.T) {
	better, worse := 0, 0
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 43))
		activations := []func() *nn.Piecewise{nn.ReLU, nn.ReLU, nn.HardTanh, func() *nn.Piecewise { return nn.LeakyReLU(0.25) }, nn.Step}
		net := treetest.Network(t, []int{3, 6, 5, 5, 2}, false, r.NormFloat64, func() *nn.Piecewise { return activations[r.IntN(len(activations))]() })
		lo, hi := make([]float64, 3), make([]float64, 3)
		for j := range lo {
			lo[j] = r.NormFloat64()
			hi[j] = lo[j] + float64(r.IntN(3)) // some do not vary
		}
		p := &Problem{Net: net, Lo: lo, Hi: hi, Terms: [][]set.HalfSpace{{{Normal: []float64{1, -1}}, {Normal: []float64{0, 1}, Offset: 1}}}}
		s, err := New(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		for range 6 {
			if len(s.lo) > 0 {
				halve := []func(int) error{s.Halve, s.HalveUpper}[r.IntN(2)]
				if err := halve(r.IntN(len(s.lo))); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Refine(); err != nil {
				t.Fatal(err)
			}
			weights := []cert.Weight{{Row: 0, Value: r.Float64()}, {Row: 1, Value: r.Float64()}}
			back, err := s.BackForm(nil, 0, weights)
			if err != nil {
				t.Fatal(err)
			}
			forward := make([]float64, len(back))
			for _, w := range weights {
				f, err := s.Column(nil, 0, w.Row)
				if err != nil {
					t.Fatal(err)
				}
				for k, v := range f {
					forward[k] += float64(w.Value * v)
				}
			}
			leastOf := func(f []float64) float64 {
				sum := f[0]
				for k, a := range f[1:] {
					sum += min(float64(a*s.lo[k]), float64(a*s.hi[k]))
				}
				return sum
			}
			if b, f := leastOf(back), leastOf(forward); b > f {
				better++
			} else if b < f-float64(1e-9*math.Abs(f)) {
				worse++
			}
			for range 5 {
				x := append([]float64(nil), lo...)
				var free []float64
				for k, j := range s.c.vars {
					x[j] = s.lo[k] + float64([]float64{0, r.Float64(), 1}[r.IntN(3)]*(s.hi[k]-s.lo[k]))
					free = append(free, x[j])
				}
				values, pieces := exactly(net, x)
				v := &victim{problem: p, x: x, values: values[0], pieces: pieces}
				v.inCell(t, s)
				y := values[1][len(net.Nodes)-1]
				sum := new(big.Rat)
				for i, h := range p.Terms[0] {
					at := new(big.Rat).Neg(rat(h.Offset))
					for j, a := range h.Normal {
						at.Add(at, new(big.Rat).Mul(rat(a), y[j]))
					}
					sum.Add(sum, at.Mul(at, rat(weights[i].Value)))
				}
				if valueAt(back, free).Cmp(sum) > 0 {
					t.Errorf("seed %d: at %v the sum is %v, the bound above it", seed, x, sum)
				}
			}
		}
	}
	if better < 4*worse || better == 0 {
		t.Errorf("substitution is better %d times, worse %d times", better, worse)
	}
}

// TestHalvedIsNotReported: what a cell is by its splits says nothing of one that was halved.
func TestHalvedIsNotReported(t *testing.T) {
	net := treetest.Network(t, []int{2, 2, 1}, false, rand.New(rand.NewPCG(1, 1)).NormFloat64, nn.ReLU)
	s, err := New(t.Context(), &Problem{Net: net, Lo: []float64{0, 0}, Hi: []float64{1, 1}, Terms: [][]set.HalfSpace{{{Normal: []float64{1}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Halve(0); err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"exact":   func() error { _, err := s.ExactCell(); return err },
		"rounded": func() error { _, err := s.RoundedCell(true); return err },
		"volume":  func() error { _, err := s.Volume(nil, 0); return err },
		"divided": func() error { _, err := s.Divide(true); return err },
	} {
		if do() == nil {
			t.Errorf("%s: a cell that was halved is reported", name)
		}
	}
	// Both halves count: one is not the domain.
	s.closeAll()
	if !s.Next() || s.Finished() {
		t.Error("the upper half is not put off")
	}
	if s.lo[0] != 0.5 || s.hi[0] != 1 {
		t.Errorf("the upper half is [%v, %v]", s.lo[0], s.hi[0])
	}
}
