package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestWilson compares with the examples of Newcombe, "Two-sided confidence
// intervals for the single proportion" (1998), table I.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		hits, n   int
		low, high float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
	} {
		i := Wilson(c.hits, c.n, 0.95)
		if math.Abs(i.Low-c.low) > 5e-5 || math.Abs(i.High-c.high) > 5e-5 || i.Value != float64(c.hits)/float64(c.n) {
			t.Errorf("%d of %d: %+v, want %v to %v", c.hits, c.n, i, c.low, c.high)
		}
	}
	if i := Wilson(0, 0, 0.95); !math.IsNaN(i.Value) || i.Low != 0 || i.High != 1 {
		t.Errorf("of nothing: %+v", i)
	}
	if i := Wilson(7, 7, 0.99); i.High != 1 || !(i.Low < Wilson(7, 7, 0.95).Low) {
		t.Errorf("7 of 7: %+v", i)
	}
}

// TestPairedCoverage draws pairs and counts how often the interval contains the
// true difference.
func TestPairedCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		n                   int
		both, first, second float64
	}{{40, 0.5, 0.1, 0.2}, {240, 0.9, 0.06, 0.01}, {100, 0.1, 0.1, 0.7}, {60, 0.3, 0.02, 0.02}} {
		const trials = 2000
		covered := 0
		for range trials {
			var p Paired
			for range c.n {
				switch u := random.Float64(); {
				case u < c.both:
					p.Both++
				case u < c.both+c.first:
					p.First++
				case u < c.both+c.first+c.second:
					p.Second++
				default:
					p.None++
				}
			}
			i := p.Difference(0.95)
			if d := c.second - c.first; i.Low <= d && d <= i.High {
				covered++
			}
		}
		if share := float64(covered) / trials; share < 0.93 || share > 0.999 {
			t.Errorf("%+v: covers in %v of the trials, want 0.95 or a little more", c, share)
		}
	}
}

// TestPaired checks symmetry and the ends.
func TestPaired(t *testing.T) {
	a := Paired{Both: 20, First: 12, Second: 2, None: 16}
	b := Paired{Both: 20, First: 2, Second: 12, None: 16}
	x, y := a.Difference(0.95), b.Difference(0.95)
	if n := y.negated(); math.Abs(x.Value-n.Value)+math.Abs(x.Low-n.Low)+math.Abs(x.High-n.High) > 1e-15 {
		t.Errorf("%+v and mirrored %+v", x, y)
	}
	if x.Value != -0.2 || !(x.Low < x.Value && x.Value < x.High && x.High < 0) {
		t.Errorf("%+v", x)
	}
	same := Paired{Both: 10}.Difference(0.95)
	if same.Value != 0 || same.Low >= 0 || same.High <= 0 {
		t.Errorf("all right both times: %+v", same)
	}
	if i := (Paired{}).Difference(0.95); !math.IsNaN(i.Value) {
		t.Errorf("of nothing: %+v", i)
	}
	for _, p := range []Paired{{First: 5}, {Second: 5}, {None: 3, First: 1}, {Both: 1, Second: 1, First: 1, None: 1}} {
		i := p.Difference(0.95)
		if !(i.Low >= -1 && i.Low <= i.Value && i.Value <= i.High && i.High <= 1) {
			t.Errorf("%+v: %+v", p, i)
		}
	}
}

func ExampleWilson() {
	// 238 of 240 images are right.
	i := Wilson(238, 240, 0.95)
	fmt.Printf("%.1f %% (%.1f to %.1f)\n", 100*i.Value, 100*i.Low, 100*i.High)
	// Output: 99.2 % (97.0 to 99.8)
}
