package enclose

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

func mustApproximate(t testing.TB, a nn.Activation, domain set.Interval, strips int) *Band {
	t.Helper()
	b, err := Approximate(a, domain, strips)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// oracle has the functions with hundreds of bits.
var oracle = map[string]func(float64) *big.Float{nn.KindSigmoid: bigSigmoid, nn.KindTanh: bigTanh}

// TestBandSound evaluates functions and strips with hundreds of bits, at the
// ends of strips and inside.
func TestBandSound(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	inf := math.Inf(1)
	for _, a := range []nn.Activation{nn.Sigmoid(), nn.Tanh()} {
		domains := []set.Interval{
			set.Line(),
			{Lo: -inf, Hi: 1},
			{Lo: -2, Hi: inf},
			{Lo: 3, Hi: inf},
			{Lo: -inf, Hi: -5},
			{Lo: -1, Hi: 1},
			{Lo: 0, Hi: 0},
			{Lo: 0, Hi: 3},
			{Lo: -500, Hi: 600},
			{Lo: 50, Hi: 60},
			{Lo: 1, Hi: math.Nextafter(1, 2)},
			{Lo: -1e300, Hi: 1e300},
			{Lo: 700, Hi: inf},
			{Lo: -1e-9, Hi: 1e-9},
		}
		for range 20 {
			lo := float64(4 * rng.NormFloat64())
			domains = append(domains, set.Interval{Lo: lo, Hi: lo + float64(5*rng.Float64())})
		}
		for _, domain := range domains {
			for _, strips := range []int{1, 2, 3, 4, 9} {
				b := mustApproximate(t, a, domain, strips)
				if len(b.Strips) > strips || len(b.Breaks) != len(b.Strips)-1 || !slices.IsSorted(b.Breaks) {
					t.Fatalf("%s on %v: %d strips, breaks %v, asked for %d strips", a.Kind(), domain, len(b.Strips), b.Breaks, strips)
				}
				for k := range b.Strips {
					checkStrip(t, rng, a, b, k)
				}
			}
		}
	}
}

// checkStrip checks one strip at its ends and at points inside.
func checkStrip(t *testing.T, rng *rand.Rand, a nn.Activation, b *Band, k int) {
	t.Helper()
	const far = 600 // the oracle's reach
	i, s := b.Interval(k), b.Strips[k]
	i.Lo, i.Hi = max(i.Lo, -far), min(i.Hi, far)
	if i.Empty() {
		return
	}
	points := []float64{i.Lo, i.Hi}
	for range 6 {
		points = append(points, i.Lo+float64(rng.Float64()*(i.Hi-i.Lo)))
	}
	for _, z := range points {
		line := new(big.Float).SetPrec(2000).SetFloat64(s.Slope)
		line.Mul(line, big.NewFloat(z).SetPrec(2000))
		difference := new(big.Float).SetPrec(2000).Sub(oracle[a.Kind()](z), line)
		if difference.Cmp(big.NewFloat(s.Lower)) < 0 || difference.Cmp(big.NewFloat(s.Upper)) > 0 {
			t.Fatalf("%s on %v at %v: strip %d, %+v, does not hold", a.Kind(), b.Domain, z, k, s)
		}
	}
}

// TestBandError: the error falls with the square of the number of strips, and
// is near the best one for few.
func TestBandError(t *testing.T) {
	for _, test := range []struct {
		a      nn.Activation
		domain set.Interval
		strips int
		most   float64
	}{
		{nn.Sigmoid(), set.Line(), 1, 1 + 1e-15},
		{nn.Sigmoid(), set.Line(), 2, 0.5 + 1e-15},
		{nn.Sigmoid(), set.Line(), 8, 0.06},
		{nn.Sigmoid(), set.Line(), 32, 0.003},
		{nn.Sigmoid(), set.Line(), 128, 0.0002},
		{nn.Tanh(), set.Line(), 32, 0.006},
		{nn.Tanh(), set.Interval{Lo: -1, Hi: math.Inf(1)}, 32, 0.006},
		{nn.Sigmoid(), set.Interval{Lo: -1, Hi: 1}, 1, 0.02},
		{nn.Sigmoid(), set.Interval{Lo: -1, Hi: 1}, 10, 0.0003},
		{nn.Sigmoid(), set.Interval{Lo: -500, Hi: 600}, 32, 0.004},
		{nn.Sigmoid(), set.Interval{Lo: 0, Hi: 1e-6}, 1, 1e-15},
		{nn.Tanh(), set.Interval{Lo: 2, Hi: 2}, 5, 1e-14},
	} {
		b := mustApproximate(t, test.a, test.domain, test.strips)
		if e := b.Error(); !(e <= test.most) {
			t.Errorf("%s on %v with %d strips: error %v, want at most %v", test.a.Kind(), test.domain, test.strips, e, test.most)
		}
	}
}

// TestBandUse compares At, Image and Strip with the function.
func TestBandUse(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	b := mustApproximate(t, nn.Tanh(), set.Interval{Lo: -3, Hi: 4}, 6)
	for range 500 {
		z := -3 + float64(7*rng.Float64())
		k := b.Strip(z)
		if !b.Interval(k).Contains(z) {
			t.Fatalf("strip %d over %v is not at %v", k, b.Interval(k), z)
		}
		i := set.Interval{Lo: z, Hi: min(4, z+rng.Float64())}
		if v := math.Tanh(z); !b.At(z).Contains(v) || !b.Image(i).Contains(v) || !b.Image(i).Contains(math.Tanh(i.Hi)) {
			t.Fatalf("tanh(%v) = %v, enclosed in %v, image %v", z, v, b.At(z), b.Image(i))
		}
		if b.At(z).Width() > b.Error()+1e-15 {
			t.Fatalf("at %v: width %v, error %v", z, b.At(z).Width(), b.Error())
		}
	}
	if k := b.Strip(b.Breaks[1]); k != 2 {
		t.Errorf("strip %d at breakpoint 1, want 2", k)
	}
}

func TestBandOfPiecewise(t *testing.T) {
	b := mustApproximate(t, nn.HardTanh(), set.Interval{Lo: -0.5, Hi: 9}, 1)
	want := &Band{
		Domain: set.Interval{Lo: -0.5, Hi: 9}, Breaks: []float64{1},
		Strips: []Strip{{Slope: 1}, {Lower: 1, Upper: 1}},
	}
	if fmt.Sprint(b) != fmt.Sprint(want) || b.Error() != 0 {
		t.Errorf("hard tanh: %+v, want %+v", b, want)
	}
	b = mustApproximate(t, nn.ReLU(), set.Interval{Lo: 0, Hi: 0}, 1)
	if len(b.Strips) != 1 || b.Strips[0].Slope != 1 {
		t.Errorf("relu at 0: %+v, want the upper piece", b)
	}
}

func TestApproximateErrors(t *testing.T) {
	for _, test := range []struct {
		a      nn.Activation
		domain set.Interval
		strips int
		want   string
	}{
		{nn.Tanh(), set.EmptyInterval(), 3, "no number lies between"},
		{nn.Tanh(), set.Interval{Lo: math.Inf(1), Hi: math.Inf(1)}, 3, "no number lies between"},
		{nn.Tanh(), set.Line(), 0, "want at least 1"},
		{nn.Step(), set.Line(), 2, "not continuous"},
		{strange{nn.ReLU()}, set.Line(), 2, "not supported"},
	} {
		if b, err := Approximate(test.a, test.domain, test.strips); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s on %v: %v, %v, want an error with %q", test.a.Kind(), test.domain, b, err, test.want)
		}
	}
}

func BenchmarkApproximate(b *testing.B) {
	for range b.N {
		mustApproximate(b, nn.Sigmoid(), set.Interval{Lo: -3, Hi: 4}, 10)
	}
}
