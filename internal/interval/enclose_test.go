package interval

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// digits are those of the functions, from tables.
var digits = []struct {
	name string
	f    func(f Field) Interval
	want string
}{
	{"pi", func(f Field) Interval { return f.Pi() }, "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899"},
	{"e", func(f Field) Interval { return f.Exp(f.Int(1)) }, "2.71828182845904523536028747135266249775724709369995957496696762772407663035354759"},
	{"exp(-1)", func(f Field) Interval { return f.Exp(f.Int(-1)) }, "0.36787944117144232159552377016146086744581113103176783450783680169746149574489980"},
	{"log 2", func(f Field) Interval { return f.Log1p(f.Int(1)) }, "0.69314718055994530941723212145817656807550013436025525412068000949339362196969471"},
	{"sqrt 2", func(f Field) Interval { return f.Sqrt(f.Int(2)) }, "1.41421356237309504880168872420969807856967187537694807317667973799073247846210703"},
	{"tanh 1", func(f Field) Interval { return f.Tanh(f.Int(1)) }, "0.76159415595576488811945828260479359041276859725793655159681050012195324457663848"},
	{"erf 1", func(f Field) Interval { // 2 Φ(sqrt 2) - 1
		return f.Sub(f.Scale(f.Normal(f.Sqrt(f.Int(2))), 1), f.Int(1))
	}, "0.84270079294971486934122063508260925929606699796630290845993789783471725409601084"},
}

func TestKnownDigits(t *testing.T) {
	for _, bits := range []uint{64, 200, 250} {
		f := Field{bits}
		for _, c := range digits {
			got := c.f(f)
			want, _, err := big.ParseFloat(c.want, 10, 320, big.ToNearestEven)
			if err != nil {
				t.Fatal(err)
			}
			// The digits end at the 80th.
			last := new(big.Float).SetPrec(320).SetMantExp(big.NewFloat(1), -264)
			if got.Lo.Cmp(new(big.Float).Add(want, last)) > 0 || got.Hi.Cmp(new(big.Float).Sub(want, last)) < 0 {
				t.Errorf("%s with %d bits: [%v, %v] does not contain %v", c.name, bits, got.Lo, got.Hi, want)
			}
			width := new(big.Float).Sub(got.Hi, got.Lo)
			if width.MantExp(nil) > 8-int(bits) {
				t.Errorf("%s with %d bits is %v wide", c.name, bits, width)
			}
		}
	}
}

// TestNested: with more bits, everything lies within what fewer bits gave; and
// the library's values are close.
func TestNested(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	functions := []struct {
		name string
		f    func(Field, Interval) Interval
		near func(float64) float64
	}{
		{"exp", Field.Exp, math.Exp},
		{"tanh", Field.Tanh, math.Tanh},
		{"sigmoid", Field.Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
		{"normal", Field.Normal, func(x float64) float64 { return float64(math.Erfc(-x/math.Sqrt2) / 2) }},
		{"density", Field.Density, func(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }},
		{"log1p", func(f Field, x Interval) Interval { return f.Log1p(f.Sigmoid(x)) }, func(x float64) float64 { return math.Log1p(1 / (1 + math.Exp(-x))) }},
	}
	for range 60 {
		x := float64(10 * rng.NormFloat64() * math.Exp2(float64(rng.IntN(8)-6)))
		for _, c := range functions {
			low, high := Field{60}, Field{180}
			a, b := c.f(low, low.Float(x)), c.f(high, high.Float(x))
			if a.Lo.Cmp(b.Lo) > 0 || a.Hi.Cmp(b.Hi) < 0 {
				t.Errorf("%s(%v): [%v, %v] is not within [%v, %v]", c.name, x, b.Lo, b.Hi, a.Lo, a.Hi)
			}
			near := c.near(x)
			if v, _ := b.Lo.Float64(); math.Abs(v-near) > float64(1e-13*math.Abs(near))+1e-50 {
				t.Errorf("%s(%v) is %v, the library says %v", c.name, x, v, near)
			}
		}
	}
	for _, x := range []float64{-1e300, -2e6, -1000, 1000, 2e6, 1e300} {
		f := Field{100}
		v := f.Float(x)
		for name, y := range map[string]Interval{"tanh": f.Tanh(v), "sigmoid": f.Sigmoid(v), "normal": f.Normal(v)} {
			if y.Lo.Cmp(y.Hi) > 0 || y.Hi.IsInf() || y.Lo.IsInf() {
				t.Errorf("%s(%v) is [%v, %v]", name, x, y.Lo, y.Hi)
			}
		}
	}
}

// TestNarrow: an interval of little width, or of more, contains the values at its ends.
func TestNarrow(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		f, high := Field{100}, Field{250}
		lo := float64(5 * rng.NormFloat64())
		w := math.Ldexp(rng.Float64(), -rng.IntN(60))
		x := Interval{f.down().SetFloat64(lo), f.up().Add(big.NewFloat(lo), big.NewFloat(w))}
		for name, g := range map[string]func(Field, Interval) Interval{
			"exp": Field.Exp, "normal": Field.Normal, "tanh": Field.Tanh, "sigmoid": Field.Sigmoid,
			"log1p": func(f Field, x Interval) Interval { return f.Log1p(f.Sigmoid(x)) },
		} {
			got := g(f, x)
			for _, end := range []*big.Float{x.Lo, x.Hi} {
				if v := g(high, Interval{end, end}); got.Lo.Cmp(v.Lo) > 0 || got.Hi.Cmp(v.Hi) < 0 {
					t.Fatalf("%s of [%v, %v]: [%v, %v] does not contain %v", name, x.Lo, x.Hi, got.Lo, got.Hi, v.Lo)
				}
			}
			if width := new(big.Float).Sub(got.Hi, got.Lo); w < 0x1p-20 && width.Cmp(big.NewFloat(float64(4*w*(1+math.Exp(lo)))+float64(0x1p-90*math.Exp(lo)))) > 0 {
				t.Errorf("%s of an interval of width %v is %v wide", name, w, width)
			}
		}
	}
}

// TestMulFloat is the product of intervals.
func TestMulFloat(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	f := Field{80}
	for range 200 {
		v, a, b := rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
		x := Hull(f.Float(a), f.Quo(f.Float(b), f.Int(3)))
		if got, want := f.MulFloat(v, x), f.Mul(f.Float(v), x); got.Lo.Cmp(want.Lo) != 0 || got.Hi.Cmp(want.Hi) != 0 {
			t.Fatalf("%v [%v, %v] = [%v, %v]", v, x.Lo, x.Hi, got.Lo, got.Hi)
		}
	}
}

// TestEndless: numbers without a bound on either side, and the largest, never make a
// function panic, and what it gives contains what it gives within.
func TestEndless(t *testing.T) {
	f := Field{100}
	ends := []*big.Float{new(big.Float).SetInf(true), big.NewFloat(-math.MaxFloat64), big.NewFloat(-1), new(big.Float), big.NewFloat(5e-324), big.NewFloat(3), big.NewFloat(math.MaxFloat64), new(big.Float).SetInf(false)}
	functions := map[string]func(Interval) Interval{
		"exp": f.Exp, "sigmoid": f.Sigmoid, "tanh": f.Tanh, "normal": f.Normal, "density": f.Density, "abs": f.Abs, "neg": f.Neg,
		"square":   func(x Interval) Interval { return f.Mul(x, x) },
		"sum":      func(x Interval) Interval { return f.Add(x, f.Neg(x)) },
		"softsign": func(x Interval) Interval { return f.Quo(x, f.Add(f.Int(1), f.Abs(x))) },
	}
	for name, g := range functions {
		for i, lo := range ends[:len(ends)-1] {
			for _, hi := range ends[max(i, 1):] {
				wide := g(Interval{lo, hi})
				if wide.Lo.Cmp(wide.Hi) > 0 || wide.Lo.IsInf() && wide.Lo.Sign() > 0 || wide.Hi.IsInf() && wide.Hi.Sign() < 0 {
					t.Errorf("%s of [%v, %v] is [%v, %v]", name, lo, hi, wide.Lo, wide.Hi)
				}
				for _, x := range ends[1 : len(ends)-1] {
					if x.Cmp(lo) < 0 || x.Cmp(hi) > 0 {
						continue
					}
					if at := g(Interval{x, x}); at.Hi.Cmp(wide.Lo) < 0 || at.Lo.Cmp(wide.Hi) > 0 {
						t.Errorf("%s of [%v, %v] is [%v, %v], without that of %v", name, lo, hi, wide.Lo, wide.Hi, x)
					}
				}
			}
		}
	}
}
