package enclose

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// precision of the oracle in bits.
const precision = 200

// bigExp is e^x by halving the argument and squaring.
func bigExp(x float64) *big.Float {
	const halvings = 40
	r := new(big.Float).SetPrec(precision+halvings).SetMantExp(new(big.Float).SetPrec(precision+halvings).SetFloat64(x), -halvings)
	sum, term := big.NewFloat(1).SetPrec(precision+halvings), big.NewFloat(1).SetPrec(precision+halvings)
	for n := 1; n < 40; n++ {
		term.Mul(term, r)
		term.Quo(term, big.NewFloat(float64(n)).SetPrec(precision+halvings))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigSigmoid is 1 / (1 + e^-x).
func bigSigmoid(x float64) *big.Float {
	one := big.NewFloat(1).SetPrec(precision)
	return new(big.Float).SetPrec(precision).Quo(one, new(big.Float).SetPrec(precision).Add(one, bigExp(-x)))
}

// bigTanh is 2 σ(2x) - 1.
func bigTanh(x float64) *big.Float {
	s := bigSigmoid(float64(2 * x))
	s.Add(s, s)
	return s.Sub(s, big.NewFloat(1))
}

// encloses reports whether i contains v, and whether it does so within a relative
// or an absolute width.
func encloses(i set.Interval, v *big.Float, relative, absolute float64) (contains, tight bool) {
	if math.IsInf(i.Hi, 1) {
		return new(big.Float).SetFloat64(i.Lo).Cmp(v) <= 0, false
	}
	near, _ := v.Float64()
	contains = new(big.Float).SetFloat64(i.Lo).Cmp(v) <= 0 && v.Cmp(new(big.Float).SetFloat64(i.Hi)) <= 0
	return contains, i.Hi-i.Lo <= float64(relative*math.Abs(near))+absolute
}

func samples(rng *rand.Rand) []float64 {
	xs := []float64{0, 1, -1, 0.5, math.Ln2, -math.Ln2, 1e-3, -1e-3, 0.00100001, 1e-20, -1e-20, 30, -30, 36.7, -36.7, 690, -690}
	for range 300 {
		xs = append(xs, rng.NormFloat64(), float64(20*rng.NormFloat64()), float64(1e-3*rng.NormFloat64()), float64(rng.Float64()*600)-300)
	}
	return xs
}

func TestExp(t *testing.T) {
	for _, x := range append(samples(rand.New(rand.NewPCG(1, 1))), 709, -699.9) {
		i := exp(x)
		contains, tight := encloses(i, bigExp(x), 2e-15, 0)
		if !contains || !tight {
			t.Errorf("exp(%v) = %v: contains %v, tight %v", x, i, contains, tight)
		}
	}
	for _, x := range []float64{709.8, 1e300, math.Inf(1), -701, -1e300, math.Inf(-1)} {
		if i, v := exp(x), math.Exp(x); i.Lo > v || i.Hi < v {
			t.Errorf("exp(%v) = %v", x, i)
		}
	}
}

func TestSmoothValues(t *testing.T) {
	for _, x := range samples(rand.New(rand.NewPCG(2, 1))) {
		for _, test := range []struct {
			name               string
			s                  *smooth
			value              *big.Float
			relative, absolute float64
		}{
			{"sigmoid", sigmoid(), bigSigmoid(x), 3e-15, 0},
			{"tanh", tanh(), bigTanh(x), 1e-12, 0},
		} {
			if contains, tight := encloses(test.s.at(x), test.value, test.relative, test.absolute); !contains || !tight {
				t.Errorf("%s(%v) = %v: contains %v, tight %v", test.name, x, test.s.at(x), contains, tight)
			}
			// f' = σ(x) σ(-x), or four times that at 2x.
			at, factor := x, 1.0
			if test.name == "tanh" {
				at, factor = float64(2*x), 4
			}
			d := new(big.Float).Mul(bigSigmoid(at), bigSigmoid(-at))
			d.Mul(d, big.NewFloat(factor))
			if contains, tight := encloses(test.s.slope(x), d, 1e-14, 1e-300); !contains || !tight {
				t.Errorf("%s'(%v) = %v: contains %v, tight %v", test.name, x, test.s.slope(x), contains, tight)
			}
		}
	}
}

// TestSmoothInverse: inverse images contain what they must, and not much more.
func TestSmoothInverse(t *testing.T) {
	for _, a := range []nn.Activation{nn.Sigmoid(), nn.Tanh()} {
		f, err := Of(a)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range samples(rand.New(rand.NewPCG(3, 1))) {
			y := f.Image(point(x))
			back := f.Preimage(y, set.Line())
			if len(back) != 1 || !back[0].Contains(x) {
				t.Fatalf("%s: the inverse image %v of %v misses %v", a.Kind(), back, y, x)
			}
			// The inverse amplifies errors by 1/f'.
			if width := back[0].Width(); math.Abs(x) < 15 && width > 1e-13*math.Exp(2*math.Abs(x)) {
				t.Errorf("%s: the inverse image of %v has width %v", a.Kind(), y, width)
			}
		}
		least := f.Image(set.Line()).Lo
		for _, test := range []struct {
			y, within set.Interval
			want      []set.Interval
		}{
			{set.Interval{Lo: least, Hi: 1}, set.Line(), []set.Interval{set.Line()}},
			{set.Interval{Lo: -9, Hi: 9}, set.Interval{Lo: -1, Hi: 2}, []set.Interval{{Lo: -1, Hi: 2}}},
			{set.Interval{Lo: 1.5, Hi: 2}, set.Line(), nil},
			{set.Interval{Lo: -3, Hi: -1.5}, set.Line(), nil},
			{set.Interval{Lo: 0.9, Hi: 1}, set.Interval{Lo: -5, Hi: 0}, nil},
			{set.EmptyInterval(), set.Line(), nil},
			{set.Line(), set.EmptyInterval(), nil},
		} {
			if got := f.Preimage(test.y, test.within); !slices.Equal(got, test.want) {
				t.Errorf("%s: the inverse image of %v within %v is %v, want %v", a.Kind(), test.y, test.within, got, test.want)
			}
		}
	}
}

func clip(t *testing.T, lo, hi float64) *nn.Piecewise {
	t.Helper()
	p, err := nn.Clip(lo, hi)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPiecewise(t *testing.T) {
	inf := math.Inf(1)
	// A function that rises, falls and rises again.
	zigzag := &nn.Piecewise{Breaks: []float64{-1, 1}, Slope: []float64{1, -1, 1}, Offset: []float64{2, 0, -2}}
	for _, test := range []struct {
		name                string
		f                   *nn.Piecewise
		z, image, y, within set.Interval
		preimage            []set.Interval
	}{
		{
			name: "relu", f: nn.ReLU(), z: set.Interval{Lo: -1, Hi: 2}, image: set.Interval{Lo: 0, Hi: 2},
			y: set.Interval{Lo: 0, Hi: 3}, within: set.Line(), preimage: []set.Interval{{Lo: -inf, Hi: 3}},
		},
		{
			name: "relu above 0", f: nn.ReLU(), z: set.Interval{Lo: -2, Hi: -1}, image: set.Interval{},
			y: set.Interval{Lo: 1, Hi: 3}, within: set.Interval{Lo: -5, Hi: 2}, preimage: []set.Interval{{Lo: 1, Hi: 2}},
		},
		{
			name: "relu below 0", f: nn.ReLU(), z: set.Line(), image: set.Interval{Lo: 0, Hi: inf},
			y: set.Interval{Lo: -2, Hi: -1}, within: set.Line(),
		},
		{
			name: "leaky relu", f: nn.LeakyReLU(0.25), z: set.Interval{Lo: -4, Hi: 8}, image: set.Interval{Lo: -1, Hi: 8},
			y: set.Interval{Lo: -1, Hi: 8}, within: set.Line(), preimage: []set.Interval{{Lo: -4, Hi: 8}},
		},
		{
			name: "hard tanh", f: nn.HardTanh(), z: set.Interval{Lo: 0.5, Hi: inf}, image: set.Interval{Lo: 0.5, Hi: 1},
			y: set.Interval{Lo: -0.5, Hi: 1}, within: set.Line(), preimage: []set.Interval{{Lo: -0.5, Hi: inf}},
		},
		{
			name: "clip", f: clip(t, 2, 3), z: set.Interval{Lo: 0, Hi: 2.5}, image: set.Interval{Lo: 2, Hi: 2.5},
			y: set.Interval{Lo: 1, Hi: 2}, within: set.Interval{Lo: -9, Hi: 9}, preimage: []set.Interval{{Lo: -9, Hi: 2}},
		},
		{
			name: "step at its breakpoint", f: nn.Step(), z: set.Interval{Lo: 0, Hi: 1}, image: set.Interval{Lo: 1, Hi: 1},
			y: set.Interval{Lo: 0, Hi: 0.5}, within: set.Interval{Lo: -3, Hi: 3}, preimage: []set.Interval{{Lo: -3, Hi: 0}},
		},
		{
			name: "falling", f: &nn.Piecewise{Slope: []float64{-2}, Offset: []float64{1}}, z: set.Interval{Lo: -1, Hi: 2}, image: set.Interval{Lo: -3, Hi: 3},
			y: set.Interval{Lo: -3, Hi: 3}, within: set.Line(), preimage: []set.Interval{{Lo: -1, Hi: 2}},
		},
		{
			name: "two intervals", f: zigzag, z: set.Interval{Lo: -2, Hi: 0}, image: set.Interval{Lo: 0, Hi: 1},
			y: set.Interval{Lo: -3, Hi: -0.5}, within: set.Line(), preimage: []set.Interval{{Lo: -5, Hi: -2.5}, {Lo: 0.5, Hi: 1.5}},
		},
		{name: "empty", f: nn.ReLU(), z: set.EmptyInterval(), image: set.EmptyInterval(), y: set.EmptyInterval(), within: set.Line()},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := Of(test.f)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Image(test.z); got != test.image {
				t.Errorf("the image of %v is %v, want %v", test.z, got, test.image)
			}
			if got := f.Preimage(test.y, test.within); !slices.Equal(got, test.preimage) {
				t.Errorf("the inverse image of %v within %v is %v, want %v", test.y, test.within, got, test.preimage)
			}
		})
	}
}

// TestPiecewiseRandom compares enclosures with values at points.
func TestPiecewiseRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	for range 500 {
		p := &nn.Piecewise{Slope: []float64{rng.NormFloat64()}, Offset: []float64{rng.NormFloat64()}}
		for range rng.IntN(4) {
			last := -1.0
			if len(p.Breaks) > 0 {
				last = p.Breaks[len(p.Breaks)-1]
			}
			p.Breaks = append(p.Breaks, last+rng.Float64())
			p.Slope, p.Offset = append(p.Slope, float64(float64(rng.IntN(3)-1)*rng.Float64())), append(p.Offset, rng.NormFloat64())
		}
		f, err := Of(p)
		if err != nil {
			t.Fatal(err)
		}
		z := set.Interval{Lo: rng.NormFloat64()}
		z.Hi = z.Lo + rng.Float64()
		y := set.Interval{Lo: rng.NormFloat64()}
		y.Hi = y.Lo + rng.Float64()
		image, preimage := f.Image(z), f.Preimage(y, z)
		for i := range preimage[:max(0, len(preimage)-1)] {
			if preimage[i].Hi >= preimage[i+1].Lo {
				t.Fatalf("intervals %v are not disjoint", preimage)
			}
		}
		for range 50 {
			x := []float64{z.Lo + float64(rng.Float64()*(z.Hi-z.Lo))}
			v := make([]float64, 1)
			p.Apply(v, x)
			const slack = 1e-14 // of the evaluation
			if v[0] < image.Lo-slack || v[0] > image.Hi+slack {
				t.Fatalf("%+v at %v is %v, outside %v", p, x[0], v[0], image)
			}
			inside := slices.ContainsFunc(preimage, func(i set.Interval) bool { return i.Contains(x[0]) })
			if !inside && v[0] > y.Lo+slack && v[0] < y.Hi-slack {
				t.Fatalf("%+v at %v is %v in %v, but %v misses it", p, x[0], v[0], y, preimage)
			}
		}
	}
}

func TestUnsupported(t *testing.T) {
	if _, err := Of(strange{nn.ReLU()}); err == nil {
		t.Error("no error for an unknown function")
	}
}

// strange is an activation that the package does not know.
type strange struct{ nn.Activation }

func (strange) Kind() string { return "Strange" }
