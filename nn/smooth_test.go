package nn

import (
	"math"
	"math/rand/v2"
	"testing"
)

func smoothFunctions(t testing.TB) []*Smooth {
	t.Helper()
	must := func(s *Smooth, err error) *Smooth {
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	return []*Smooth{
		Tanh(), Sigmoid(), GELU(), GELUTanh(), SiLU(), HardSwish(), Softplus(), Softsign(),
		must(ELU(1)), must(ELU(0.5)), must(CELU(2)), must(SELU(1.6732632, 1.0507010)),
	}
}

// Known values: of PyTorch's documentation of the formulas, and by hand.
func TestSmoothValues(t *testing.T) {
	for _, c := range []struct {
		f          *Smooth
		z, y, dydz float64
	}{
		{GELU(), 1, 0.8413447460685429, 0.8413447460685429 + 0.24197072451914337},
		{GELU(), -1, -0.15865525393145705, 0.15865525393145705 - 0.24197072451914337},
		{GELU(), math.Inf(-1), 0, 0},
		{GELUTanh(), 1, 0.8411919906082768, 1.0829640838457826},
		{SiLU(), 1, 0.7310585786300049, 0.7310585786300049 + 0.19661193324148185},
		{HardSwish(), 1, 2.0 / 3, 5.0 / 6},
		{HardSwish(), -3, 0, -0.5},
		{HardSwish(), 3, 3, 1},
		{HardSwish(), 4, 4, 1},
		{HardSwish(), -4, 0, 0},
		{Softplus(), 0, math.Ln2, 0.5},
		{Softplus(), 1000, 1000, 1},
		{Softsign(), -3, -0.75, 0.0625},
	} {
		y := []float64{0}
		c.f.Apply(y, []float64{c.z})
		if math.Abs(y[0]-c.y) > 1e-15 || math.Abs(c.f.Derivative(c.z)-c.dydz) > 1e-15 {
			t.Errorf("%s(%v) = %v, slope %v; want %v and %v", c.f.Kind(), c.z, y[0], c.f.Derivative(c.z), c.y, c.dydz)
		}
	}
}

// The derivative is that of the function, and the stated bounds of the first
// and the second derivative and of the size hold.
func TestSmoothBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 31))
	for _, f := range smoothFunctions(t) {
		for range 20000 {
			z, h := float64(4*r.NormFloat64()), 1e-5
			value := []float64{z - h, z + h, z}
			f.Apply(value, value)
			kink := false
			for _, k := range f.Kinks() {
				kink = kink || math.Abs(z-k) <= h
			}
			if math.Abs(value[2]) > f.Scale(z) {
				t.Fatalf("%s(%v) = %v, beyond %v", f.Kind(), z, value[2], f.Scale(z))
			}
			d := f.Derivative(z)
			if numeric := (value[1] - value[0]) / (2 * h); !kink && math.Abs(numeric-d) > 1e-8 {
				t.Fatalf("%s'(%v) = %v, differences give %v", f.Kind(), z, d, numeric)
			}
			if math.Abs(d) > f.Steepest() {
				t.Fatalf("%s'(%v) = %v, beyond %v", f.Kind(), z, d, f.Steepest())
			}
			e := float64(r.ExpFloat64() * 0.1)
			if change := math.Abs(f.Derivative(z+e) - d); change > f.SlopeChange(z, e)+1e-14 {
				t.Fatalf("%s: the slope changes by %v from %v to %v, beyond %v", f.Kind(), change, z, z+e, f.SlopeChange(z, e))
			}
		}
		// At infinity: the value of a limit, no NaN.
		y := []float64{math.Inf(-1), math.Inf(1)}
		f.Apply(y, y)
		if math.IsNaN(y[0]) || math.IsNaN(y[1]) || math.IsNaN(f.Derivative(math.Inf(1))+f.Derivative(math.Inf(-1))) {
			t.Errorf("%s at infinity: %v", f.Kind(), y)
		}
	}
}

func TestPiecewiseConstructors(t *testing.T) {
	must := func(p *Piecewise, err error) *Piecewise {
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		f    *Piecewise
		z, y []float64
	}{
		{Abs(), []float64{-2, 0, 3}, []float64{2, 0, 3}},
		{must(HardSigmoid(0.25, 0.5)), []float64{-9, -2, 0, 1, 2, 9}, []float64{0, 0, 0.5, 0.75, 1, 1}},
		{must(HardSigmoid(-0.25, 0.5)), []float64{-9, -2, 0, 1, 2, 9}, []float64{1, 1, 0.5, 0.25, 0, 0}},
	} {
		y := make([]float64, len(c.z))
		c.f.Apply(y, c.z)
		for i := range y {
			if y[i] != c.y[i] {
				t.Errorf("%s(%v) = %v, want %v", c.f.Kind(), c.z[i], y[i], c.y[i])
			}
		}
	}
	for _, bad := range [][2]float64{{0, 1}, {math.NaN(), 0}, {1, math.Inf(1)}} {
		if _, err := HardSigmoid(bad[0], bad[1]); err == nil {
			t.Errorf("no error for a hard sigmoid with %v", bad)
		}
	}
	if _, err := ELU(-1); err == nil {
		t.Error("no error for ELU with alpha -1")
	}
	if _, err := SELU(math.NaN(), 1); err == nil {
		t.Error("no error for SELU with alpha NaN")
	}
}
