package portable_test

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/internal/portable"
)

var field = interval.Field{Bits: 180}

func one() interval.Interval { return field.Int(1) }

// functions with proven enclosures. most is the largest error that is accepted,
// in units in the last place.
var functions = []struct {
	name     string
	f        func(float64) float64
	from, to float64
	most     float64
	truth    func(x interval.Interval) interval.Interval
}{
	{"Exp", portable.Exp, -740, 709, 1, field.Exp},
	{"Exp", portable.Exp, -1, 1, 1, field.Exp},
	{"Expm1", portable.Expm1, -30, 700, 1, func(x interval.Interval) interval.Interval { return field.Sub(field.Exp(x), one()) }},
	{"Expm1", portable.Expm1, -1, 1, 1, func(x interval.Interval) interval.Interval { return field.Sub(field.Exp(x), one()) }},
	{"Log", portable.Log, 0, 4, 1, logarithm},
	{"Log", portable.Log, 0, 1e9, 1, logarithm},
	{"Log1p", portable.Log1p, -1, 1, 1, log1p},
	{"Log1p", portable.Log1p, 0, 1e9, 1, log1p},
	{"Log10", portable.Log10, 0, 1000, 3, func(x interval.Interval) interval.Interval { return field.Quo(logarithm(x), logarithm(field.Int(10))) }},
	{"Tanh", portable.Tanh, -20, 20, 2, field.Tanh},
	{"Tanh", portable.Tanh, -0.7, 0.7, 2, field.Tanh},
	{"Atanh", portable.Atanh, -1, 1, 3, func(x interval.Interval) interval.Interval {
		return field.Scale(logarithm(field.Quo(field.Add(one(), x), field.Sub(one(), x))), -1)
	}},
	{"Erf", portable.Erf, -6, 6, 2, func(x interval.Interval) interval.Interval { return field.Sub(one(), erfc(x)) }},
	{"Erfc", portable.Erfc, -6, 6, 2, erfc},
	{"Hypot", func(x float64) float64 { return portable.Hypot(x, 3) }, -10, 10, 2, func(x interval.Interval) interval.Interval {
		return field.Sqrt(field.Add(field.Mul(x, x), field.Int(9)))
	}},
	{"Pow", func(x float64) float64 { return portable.Pow(x, 2.5) }, 0, 100, 3, func(x interval.Interval) interval.Interval {
		return field.Mul(field.Mul(x, x), field.Sqrt(x))
	}},
}

// logarithm is that of m 2^k with m from 1 to 2.
func logarithm(x interval.Interval) interval.Interval {
	k := x.Lo.MantExp(nil) - 1
	m := field.Log1p(field.Sub(field.Scale(x, -k), one()))
	return field.Add(m, field.Mul(field.Int(int64(k)), field.Log1p(one())))
}

func log1p(x interval.Interval) interval.Interval { return logarithm(field.Add(one(), x)) }

func erfc(x interval.Interval) interval.Interval {
	return field.Scale(field.Normal(field.Neg(field.Mul(x, field.Sqrt(field.Int(2))))), 1)
}

// TestErrors: results differ from the real ones by few units in the last place.
func TestErrors(t *testing.T) {
	points := 200
	if testing.Short() {
		points = 10
	}
	for _, f := range functions {
		rng := rand.New(rand.NewPCG(1, 1))
		worst, at := 0.0, 0.0
		for range points {
			x := f.from + float64(rng.Float64()*(f.to-f.from))
			got, want := f.f(x), f.truth(field.Float(x))
			ulp := math.Abs(got - math.Nextafter(got, math.Inf(1)))
			for _, end := range []*big.Float{want.Lo, want.Hi} {
				d, _ := new(big.Float).Sub(end, big.NewFloat(got)).Float64()
				if e := math.Abs(d) / ulp; !(e <= worst) {
					worst, at = e, x
				}
			}
		}
		if !(worst <= f.most) {
			t.Errorf("%s(%v) = %v is wrong by %.3g units in the last place", f.name, at, f.f(at), worst)
		}
	}
}

// alike are the functions of package math that are no better than these: they
// serve as reference where there is no enclosure.
var alike = []struct {
	name     string
	f, math  func(float64) float64
	from, to float64
}{
	{"sine", func(x float64) float64 { s, _ := portable.Sincos(x); return s }, math.Sin, -1e4, 1e4},
	{"cosine", func(x float64) float64 { _, c := portable.Sincos(x); return c }, math.Cos, -1e4, 1e4},
	{"Atan", portable.Atan, math.Atan, -20, 20},
	{"Atan2", func(x float64) float64 { return portable.Atan2(x, -2) }, func(x float64) float64 { return math.Atan2(x, -2) }, -20, 20},
	{"Erfinv", portable.Erfinv, math.Erfinv, -1, 1},
}

func TestAlike(t *testing.T) {
	for _, f := range alike {
		rng := rand.New(rand.NewPCG(2, 1))
		for range 10_000 {
			x := f.from + float64(rng.Float64()*(f.to-f.from))
			got, want := f.f(x), f.math(x)
			if d := math.Abs(got - want); !(d <= float64(0x1p-49*math.Abs(want))+0x1p-60) {
				t.Fatalf("%s(%v) = %v, and %v in package math", f.name, x, got, want)
			}
		}
	}
}

// TestSpecialValues: as in package math.
func TestSpecialValues(t *testing.T) {
	values := []float64{
		0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 2, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, -math.MaxFloat64,
		math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 1e-300, 800, -800,
	}
	of := []struct {
		name    string
		f, math func(float64) float64
	}{
		{"Exp", portable.Exp, math.Exp},
		{"Expm1", portable.Expm1, math.Expm1},
		{"Log", portable.Log, math.Log},
		{"Log1p", portable.Log1p, math.Log1p},
		{"Tanh", portable.Tanh, math.Tanh},
		{"Atanh", portable.Atanh, math.Atanh},
		{"Erf", portable.Erf, math.Erf},
		{"Erfc", portable.Erfc, math.Erfc},
		{"Atan", portable.Atan, math.Atan},
		{"Hypot", func(x float64) float64 { return portable.Hypot(x, 1) }, func(x float64) float64 { return math.Hypot(x, 1) }},
		{"Pow", func(x float64) float64 { return portable.Pow(x, 3) }, func(x float64) float64 { return math.Pow(x, 3) }},
		{"2^x", func(x float64) float64 { return portable.Pow(2, x) }, func(x float64) float64 { return math.Pow(2, x) }},
		{"Atan2", func(x float64) float64 { return portable.Atan2(x, -1) }, func(x float64) float64 { return math.Atan2(x, -1) }},
	}
	for _, f := range of {
		for _, x := range values {
			if f.name == "Log" && math.Abs(x) < 0x1p-1022 {
				continue // math.Log is wrong there on amd64
			}
			got, want := f.f(x), f.math(x)
			same := got == want && math.Signbit(got) == math.Signbit(want) || math.IsNaN(got) && math.IsNaN(want)
			if close := math.Abs(got-want) <= 0x1p-51*math.Abs(want); !same && !close {
				t.Errorf("%s(%v) = %v, want %v", f.name, x, got, want)
			}
		}
	}
}

// TestBits compares the bits of 100,000 results with those of the machine on
// which the digest was taken. It changes only when a function does.
func TestBits(t *testing.T) {
	const want = 0xb512f2c87bd1ee53
	h := fnv.New64a()
	var b [8]byte
	add := func(y float64) {
		if math.IsNaN(y) {
			y = 0
		}
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(y))
		h.Write(b[:])
	}
	rng := rand.New(rand.NewPCG(3, 1))
	for range 5_000 {
		for _, f := range functions {
			add(f.f(f.from + float64(rng.Float64()*(f.to-f.from))))
		}
		for _, f := range alike {
			add(f.f(f.from + float64(rng.Float64()*(f.to-f.from))))
		}
		add(portable.Pow(rng.Float64(), float64(100*rng.Float64())))
	}
	if got := h.Sum64(); got != want {
		t.Errorf("digest %#x, want %#x: results depend on the machine", got, uint64(want))
	}
}

// TestExpEnds has the largest and the smallest results, at which the power of two alone would
// overflow or be 0.
func TestExpEnds(t *testing.T) {
	for _, c := range []struct{ x, want float64 }{
		{709.782712893384, 1.7976931348622732e+308},
		{709.7827128933841, math.Inf(1)},
		{-708.3964185322641, 2.2250738585072626e-308},
		{-708.4, 2.217119081664265e-308},
		{-744.4400719213812, 5e-324},
		{-745.1332191019411, 5e-324},
		{-745.1332191019412, 0},
	} {
		if got := portable.Exp(c.x); !(got == c.want || math.Abs(got-c.want) <= float64(1e-15*c.want)) {
			t.Errorf("exp(%v) = %v, want %v", c.x, got, c.want)
		}
	}
}
