package fold

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// Products and sums are exact, with floats of every size, and know the float64 next
// to them.
func TestNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(61, 1))
	draw := func() float64 {
		switch r.IntN(4) {
		case 0:
			return float64(r.IntN(7) - 3)
		case 1:
			return math.Ldexp(float64(r.IntN(1<<20)), r.IntN(2000)-1074)
		default:
			return math.Ldexp(r.NormFloat64(), r.IntN(30)*r.IntN(70)-1020)
		}
	}
	inexact, refused := 0, 0
	for range 20000 {
		x, y, z := draw(), draw(), draw()
		got, ok := number{rounded: x}.times(number{rounded: y})
		if ok {
			got, ok = got.plus(number{rounded: z})
		}
		if !ok {
			t.Fatalf("%v times %v plus %v is beyond the precision", x, y, z)
		}
		want := new(big.Rat).Mul(new(big.Rat).SetFloat64(x), new(big.Rat).SetFloat64(y))
		want.Add(want, new(big.Rat).SetFloat64(z))
		nearest, _ := want.Float64()
		exact := !math.IsInf(nearest, 0) && new(big.Rat).SetFloat64(nearest).Cmp(want) == 0
		if got.rounded != nearest || (got.exact == nil) != exact {
			t.Fatalf("%v times %v plus %v is %v (exact: %v), want %v (%v)", x, y, z, got.rounded, got.exact == nil, nearest, exact)
		}
		if got.exact == nil {
			continue
		}
		inexact++
		if v, _ := got.exact.Rat(nil); v.Cmp(want) != 0 {
			t.Fatalf("%v times %v plus %v is %v, want %v", x, y, z, got.exact, want)
		}
		if !got.fits() {
			refused++
		}
	}
	if inexact < 1000 || refused < 100 {
		t.Errorf("%d numbers are no float64, %d of them too large or small: want more", inexact, refused)
	}
}
