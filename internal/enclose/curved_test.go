package enclose

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// wide is the oracle's precision where small differences count.
const wide = 600

func wideFloat(x float64) *big.Float { return new(big.Float).SetPrec(wide).SetFloat64(x) }

func mul(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(wide).Mul(x, y) }
func add(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(wide).Add(x, y) }
func quo(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(wide).Quo(x, y) }

// wideExp is e^x by halving the argument and squaring.
func wideExp(x *big.Float) *big.Float {
	const halvings = 60
	r := new(big.Float).SetPrec(wide).SetMantExp(x, -halvings)
	sum, term := wideFloat(1), wideFloat(1)
	for n := 1; n < 40; n++ {
		term = quo(mul(term, r), wideFloat(float64(n)))
		sum = add(sum, term)
	}
	for range halvings {
		sum = mul(sum, sum)
	}
	return sum
}

func wideSigmoid(x *big.Float) *big.Float {
	return quo(wideFloat(1), add(wideFloat(1), wideExp(new(big.Float).Neg(x))))
}

// widePi by Machin's formula.
var widePi = func() *big.Float {
	arctan := func(n float64) *big.Float { // of 1/n
		x := quo(wideFloat(1), wideFloat(n))
		square, power, sum := mul(x, x), x, wideFloat(0)
		for k := 0.0; k < 500; k++ {
			t := quo(power, wideFloat(float64(2*k)+1))
			if int(k)%2 == 1 {
				t.Neg(t)
			}
			sum, power = add(sum, t), mul(power, square)
		}
		return sum
	}
	return mul(wideFloat(4), add(mul(wideFloat(4), arctan(5)), new(big.Float).Neg(arctan(239))))
}()

// wideNormal is Φ(z) by its series.
func wideNormal(z *big.Float) *big.Float {
	square := mul(z, z)
	term, sum := z, wideFloat(0)
	for n := 3.0; n < 3000; n += 2 {
		sum = add(sum, term)
		term = quo(mul(term, square), wideFloat(n))
	}
	tau := new(big.Float).SetPrec(wide).Sqrt(mul(wideFloat(2), widePi))
	phi := quo(wideExp(mul(wideFloat(-0.5), square)), tau)
	return add(wideFloat(0.5), mul(phi, sum))
}

// curvedCases are the functions with an oracle.
func curvedCases(t testing.TB) map[*nn.Smooth]func(z *big.Float) *big.Float {
	t.Helper()
	must := func(f *nn.Smooth, err error) *nn.Smooth {
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	exponential := func(gamma, alpha, beta float64) func(z *big.Float) *big.Float {
		return func(z *big.Float) *big.Float {
			if z.Sign() >= 0 {
				return mul(wideFloat(gamma), z)
			}
			e := add(wideExp(quo(z, wideFloat(beta))), wideFloat(-1))
			return mul(mul(wideFloat(gamma), wideFloat(alpha)), e)
		}
	}
	return map[*nn.Smooth]func(z *big.Float) *big.Float{
		nn.GELU(): func(z *big.Float) *big.Float { return mul(z, wideNormal(z)) },
		nn.GELUTanh(): func(z *big.Float) *big.Float {
			rate := new(big.Float).SetPrec(wide).Sqrt(quo(wideFloat(8), widePi))
			cube := mul(wideFloat(0.044715), mul(z, mul(z, z)))
			return mul(z, wideSigmoid(mul(rate, add(z, cube))))
		},
		nn.SiLU(): func(z *big.Float) *big.Float { return mul(z, wideSigmoid(z)) },
		nn.HardSwish(): func(z *big.Float) *big.Float {
			switch {
			case z.Cmp(wideFloat(-3)) <= 0:
				return wideFloat(0)
			case z.Cmp(wideFloat(3)) >= 0:
				return z
			}
			return quo(mul(z, add(z, wideFloat(3))), wideFloat(6))
		},
		nn.Softsign(): func(z *big.Float) *big.Float {
			return quo(z, add(wideFloat(1), new(big.Float).Abs(z)))
		},
		must(nn.ELU(1)):           exponential(1, 1, 1),
		must(nn.ELU(0.3)):         exponential(1, 0.3, 1),
		must(nn.CELU(2)):          exponential(1, 2, 2),
		must(nn.SELU(1.67, 1.05)): exponential(1.05, 1.67, 1),
	}
}

func curvedSamples(rng *rand.Rand) []float64 {
	xs := []float64{0, 1, -1, 3, -3, math.Nextafter(3, 4), math.Nextafter(-3, -4), -1.5, -0.7517915246935645, 1e-3, -1e-3, 1e-20, -1e-20, 1e-310, -5e-324, 12, -12}
	for range 60 {
		xs = append(xs, float64(2*rng.NormFloat64()), float64(rng.Float64()*24)-12)
	}
	return xs
}

// TestCurvedValues: the enclosures contain the values, and little more.
func TestCurvedValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 1))
	for a, oracle := range curvedCases(t) {
		f, err := Of(a)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range curvedSamples(rng) {
			i, v := f.Image(point(x)), oracle(wideFloat(x))
			if contains, tight := encloses(i, v, 1e-11, 1e-18); !contains || !tight {
				t.Errorf("%s(%v) = %v, want %s: contains %v, tight %v", a.Kind(), x, i, v.Text('g', 25), contains, tight)
			}
		}
	}
}

// The upper and lower bounds of log 1 + e^z are e^y at their own logarithms.
func TestSoftplusValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 1))
	f, err := Of(nn.Softplus())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range curvedSamples(rng) {
		i := f.Image(point(x))
		sum := add(wideFloat(1), wideExp(wideFloat(x)))
		if wideExp(wideFloat(i.Lo)).Cmp(sum) > 0 || wideExp(wideFloat(i.Hi)).Cmp(sum) < 0 {
			t.Errorf("softplus(%v) is not in %v", x, i)
		}
		if i.Hi-i.Lo > float64(1e-11*i.Hi)+1e-18 {
			t.Errorf("softplus(%v) in %v", x, i)
		}
	}
}

// TestCurvedImages: images and inverse images of intervals contain what samples
// say that they must.
func TestCurvedImages(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 1))
	functions := []*nn.Smooth{nn.Softplus()}
	for a := range curvedCases(t) {
		functions = append(functions, a)
	}
	twice := 0
	for _, a := range functions {
		f, err := Of(a)
		if err != nil {
			t.Fatal(err)
		}
		for range 400 {
			z := set.Interval{Lo: float64(3 * rng.NormFloat64())}
			z.Hi = z.Lo + rng.ExpFloat64()
			value := valueOf(a)
			middle := value(z.Lo + float64(rng.Float64()*(z.Hi-z.Lo)))
			y := set.Interval{Lo: middle - float64(0.2*rng.Float64()), Hi: middle + float64(0.2*rng.Float64())}
			image, preimage := f.Image(z), f.Preimage(y, set.Line())
			if len(preimage) == 2 {
				twice++
				if preimage[0].Hi >= preimage[1].Lo {
					t.Fatalf("%s: intervals %v are not disjoint", a.Kind(), preimage)
				}
			}
			const slack = 1e-13 // of the evaluation
			for range 40 {
				x := z.Lo + float64(rng.Float64()*(z.Hi-z.Lo))
				v := value(x)
				if v < image.Lo-slack || v > image.Hi+slack {
					t.Fatalf("%s(%v) = %v, outside %v", a.Kind(), x, v, image)
				}
				x = float64(12*rng.Float64()) - 6
				v = value(x)
				inside := false
				for _, i := range preimage {
					inside = inside || i.Contains(x)
				}
				if !inside && v > y.Lo+slack && v < y.Hi-slack {
					t.Fatalf("%s(%v) = %v in %v, but %v misses it", a.Kind(), x, v, y, preimage)
				}
				if inside && (v < y.Lo-1e-9 || v > y.Hi+1e-9) {
					t.Fatalf("%s(%v) = %v not in %v, but %v has it", a.Kind(), x, v, y, preimage)
				}
			}
		}
	}
	if twice < 20 {
		t.Errorf("only %d inverse images have two intervals", twice)
	}
}

// Known inverse images, at the turning point and at the ends.
func TestCurvedPreimages(t *testing.T) {
	inf := math.Inf(1)
	for _, test := range []struct {
		a         nn.Activation
		y, within set.Interval
		want      []set.Interval
		tolerance float64
	}{
		{nn.HardSwish(), set.Interval{Lo: -1, Hi: -0.4}, set.Line(), nil, 0},
		{nn.HardSwish(), set.Interval{Lo: 0, Hi: 0}, set.Line(), []set.Interval{{Lo: -inf, Hi: -3}, {Lo: 0, Hi: 0}}, 1e-14},
		{nn.HardSwish(), set.Interval{Lo: -1.0 / 3, Hi: -0.25}, set.Line(), []set.Interval{{Lo: -1.5 - math.Sqrt(0.75), Hi: -2}, {Lo: -1, Hi: -1.5 + math.Sqrt(0.75)}}, 1e-14},
		{nn.HardSwish(), set.Interval{Lo: -1, Hi: -1.0 / 3}, set.Line(), []set.Interval{{Lo: -2, Hi: -1}}, 1e-14},
		{nn.HardSwish(), set.Interval{Lo: 4, Hi: 1e300}, set.Line(), []set.Interval{{Lo: 4, Hi: 1e300}}, 1e-14},
		{nn.GELU(), set.Interval{Lo: -1, Hi: -0.18}, set.Line(), nil, 0},
		{nn.GELU(), set.Interval{Lo: -0.1586552539314570, Hi: 0.8413447460685430}, set.Line(), []set.Interval{{Lo: -inf, Hi: -1}, {Lo: -0.5360935818712828, Hi: 1}}, 1e-12},
		{nn.GELU(), set.Interval{Lo: 0.5, Hi: inf}, set.Interval{Lo: -5, Hi: 0.2}, nil, 0},
		{nn.SiLU(), set.Interval{Lo: 0, Hi: 10}, set.Interval{Lo: -9, Hi: 9}, []set.Interval{{Lo: 0, Hi: 9}}, 1e-14},
	} {
		f, err := Of(test.a)
		if err != nil {
			t.Fatal(err)
		}
		got := f.Preimage(test.y, test.within)
		ok := len(got) == len(test.want)
		for k := range got {
			near := func(x, y float64) bool { return x == y || math.Abs(x-y) <= test.tolerance*max(1, math.Abs(y)) }
			ok = ok && near(got[k].Lo, test.want[k].Lo) && near(got[k].Hi, test.want[k].Hi)
		}
		if !ok {
			t.Errorf("%s: the inverse image of %v within %v is %v, want %v", test.a.Kind(), test.y, test.within, got, test.want)
		}
	}
}

// TestCurvedBands: bands hold at samples, and their error falls with the square
// of the number of strips.
func TestCurvedBands(t *testing.T) {
	rng := rand.New(rand.NewPCG(44, 1))
	inf := math.Inf(1)
	functions := []*nn.Smooth{nn.Softplus()}
	for a := range curvedCases(t) {
		functions = append(functions, a)
	}
	for _, a := range functions {
		value := valueOf(a)
		domains := []set.Interval{
			set.Line(),
			{Lo: -inf, Hi: 1},
			{Lo: -2, Hi: inf},
			{Lo: 3, Hi: inf},
			{Lo: -inf, Hi: -5},
			{Lo: -4, Hi: 4},
			{Lo: 0, Hi: 0},
			{Lo: 50, Hi: 60},
			{Lo: 1, Hi: math.Nextafter(1, 2)},
			{Lo: -1e300, Hi: 1e300},
			{Lo: -1e-9, Hi: 1e-9},
		}
		for range 10 {
			lo := float64(3 * rng.NormFloat64())
			domains = append(domains, set.Interval{Lo: lo, Hi: lo + float64(5*rng.Float64())})
		}
		for _, d := range domains {
			for _, strips := range []int{1, 2, 5, 20} {
				b := mustApproximate(t, a, d, strips)
				if len(b.Strips) > strips || len(b.Breaks) != len(b.Strips)-1 {
					t.Fatalf("%s on %v: %d strips, breaks %v, asked for %d strips", a.Kind(), d, len(b.Strips), b.Breaks, strips)
				}
				for range 100 {
					z := max(d.Lo, min(d.Hi, 6*rng.NormFloat64()))
					if i := b.At(z); value(z) < i.Lo-float64(1e-13*(1+math.Abs(z))) || value(z) > i.Hi+float64(1e-13*(1+math.Abs(z))) {
						t.Fatalf("%s(%v) = %v is outside %v, of a band on %v with %d strips", a.Kind(), z, value(z), i, d, strips)
					}
				}
			}
		}
		b := mustApproximate(t, a, set.Interval{Lo: -4, Hi: 4}, 32)
		if b.Error() > 0.005 {
			t.Errorf("%s: the error of 32 strips is %v", a.Kind(), b.Error())
		}
		if b := mustApproximate(t, a, set.Line(), 40); a.Kind() != nn.KindSoftsign && b.Error() > 0.01 {
			t.Errorf("%s: the error of 40 strips on the whole line is %v", a.Kind(), b.Error())
		}
	}
}

func TestSlopes(t *testing.T) {
	rng := rand.New(rand.NewPCG(45, 1))
	functions := []*nn.Smooth{nn.Softplus(), nn.Tanh(), nn.Sigmoid()}
	for a := range curvedCases(t) {
		functions = append(functions, a)
	}
	for _, a := range functions {
		for range 500 {
			i := set.Interval{Lo: float64(3 * rng.NormFloat64())}
			i.Hi = i.Lo + rng.ExpFloat64()
			s, err := Slopes(a, i)
			if err != nil {
				t.Fatal(err)
			}
			for range 20 {
				x := i.Lo + float64(rng.Float64()*(i.Hi-i.Lo))
				if d := a.Derivative(x); d < s.Lo-1e-14 || d > s.Hi+1e-14 {
					t.Fatalf("%s'(%v) = %v is outside %v, the slopes on %v", a.Kind(), x, d, s, i)
				}
			}
		}
	}
	if s, err := Slopes(nn.ReLU(), set.Interval{Lo: -1, Hi: 2}); err != nil || s != (set.Interval{Lo: 0, Hi: 1}) {
		t.Errorf("slopes of ReLU %v, %v", s, err)
	}
	if _, err := Slopes(nn.GELU(), set.Line()); err == nil {
		t.Error("no error for an unbounded interval")
	}
}

// The functions and derivatives as package nn evaluates them are within the error
// that it states, 8 units of roundoff of 1 + |z| times the largest slope.
func TestStatedRounding(t *testing.T) {
	rng := rand.New(rand.NewPCG(46, 1))
	functions := []*nn.Smooth{nn.Softplus(), nn.Tanh(), nn.Sigmoid()}
	for a := range curvedCases(t) {
		functions = append(functions, a)
	}
	const stated = 8 * 0x1p-53
	for _, a := range functions {
		f, err := Of(a)
		if err != nil {
			t.Fatal(err)
		}
		value := valueOf(a)
		for range 2000 {
			z := float64(4 * rng.NormFloat64())
			e := float64(stated * (1 + math.Abs(z)) * max(1, a.Steepest()))
			if i, v := f.Image(point(z)), value(z); v < i.Lo-e || v > i.Hi+e {
				t.Fatalf("%s(%v) is evaluated as %v, more than %v from %v", a.Kind(), z, v, e, i)
			}
			s, err := Slopes(a, point(z))
			if err != nil {
				t.Fatal(err)
			}
			if d := a.Derivative(z); d < s.Lo-e || d > s.Hi+e {
				t.Fatalf("%s'(%v) is evaluated as %v, more than %v from %v", a.Kind(), z, d, e, s)
			}
		}
	}
}
