package linear

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestParseNumber(t *testing.T) {
	for text, want := range map[string]float64{
		"0.5": 0.5, "-0.1": -0.1, "+3": 3, ".25": 0.25, "2.": 2, "1e-3": 1e-3, "-1.5E+02": -150,
		"1e-400": 0, "0.1000000000000000055511151231257827": 0.1,
	} {
		n, err := ParseNumber(text)
		if err != nil || n.Value != want || n.Text != text {
			t.Errorf("%q: %v, %v, want %v", text, n, err, want)
			continue
		}
		if f, _ := n.Rat().Float64(); f != want {
			t.Errorf("%q: exact value %v rounds to %v", text, n.Rat(), f)
		}
	}
	for text, want := range map[string]string{
		"": "not a decimal", "inf": "not a decimal", "NaN": "not a decimal", "0x1p3": "not a decimal", "1_000": "not a decimal",
		"1.2.3": "not a decimal", "1e": "not a decimal", "e5": "not a decimal", "1e5e6": "not a decimal", "-": "not a decimal", ".": "not a decimal",
		"1e999": "beyond the range", "1e-999999999999999999999": "exponent", "1e-999999999": "exponent",
		strings.Repeat("1", 5000): "characters",
	} {
		if n, err := ParseNumber(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want an error with %q", text, n, err, want)
		}
	}
}

// TestForm compares random expressions with their values at random points.
func TestForm(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	at := []int64{3, -7, 11}
	value := func(f Form) *big.Rat {
		sum := new(big.Rat).Set(f.ConstantTerm())
		for _, v := range f.Variables() {
			sum.Add(sum, new(big.Rat).Mul(f.Coefficient(v), big.NewRat(at[v], 1)))
		}
		return sum
	}
	for range 300 {
		f, want := Form{}, new(big.Rat)
		for range 12 {
			g, v := Constant(big.NewRat(rng.Int64N(20)-10, 10)), (*big.Rat)(nil)
			if rng.IntN(2) == 0 {
				g = Variable(rng.IntN(3))
			}
			v = value(g)
			var err error
			switch rng.IntN(3) {
			case 0:
				f, err = f.Sum(g)
				want.Add(want, v)
			case 1:
				f, err = f.Minus(g)
				want.Sub(want, v)
			default:
				if !g.IsConstant() && !f.IsConstant() {
					if _, err := f.Times(g); err == nil {
						t.Fatal("a product of variables is no error")
					}
					continue
				}
				f, err = f.Times(g)
				want.Mul(want, v)
			}
			if err != nil {
				t.Fatal(err)
			}
			if value(f).Cmp(want) != 0 {
				t.Fatalf("value %v, want %v", value(f), want)
			}
		}
	}
}

func TestFormCancels(t *testing.T) {
	f, err := Variable(4).Minus(Variable(4))
	if err != nil || !f.IsConstant() || !slices.Equal(f.Variables(), nil) {
		t.Errorf("v - v is %v, %v", f, err)
	}
}

// TestGrown: repeated products end in an error, not in gigabytes.
func TestGrown(t *testing.T) {
	f := Constant(new(big.Rat).SetFloat64(math.MaxFloat64))
	for range 10000 {
		g, err := f.Times(f)
		if err != nil {
			return
		}
		f = g
	}
	t.Error("no error")
}

func TestDecimal(t *testing.T) {
	for _, test := range []struct {
		num, den int64
		want     string
	}{{1, 4, "0.25"}, {-7, 1, "-7"}, {1, 3, "1/3"}, {3, 1000, "0.003"}} {
		if got := Decimal(big.NewRat(test.num, test.den)); got != test.want {
			t.Errorf("%d/%d: %q, want %q", test.num, test.den, got, test.want)
		}
	}
	if _, err := Nearest(new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 2000))); err == nil {
		t.Error("2^2000 is no error")
	}
}
