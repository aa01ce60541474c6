package proof

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/cert"
)

// TestOutward: claims are rounded outward, also of values whose square root alone is a
// float64, and next to the values.
func TestOutward(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for range 2000 {
		v := new(big.Rat).SetFloat64(math.Ldexp(1+r.Float64(), r.IntN(2000)-1000))
		v.Mul(v, v) // halves of squares from 2^-2000 up
		v.Quo(v, big.NewRat(2+r.Int64N(7), 1))
		for _, o := range []*cert.Objective{{Norm: "l1"}, {Norm: "l2"}} {
			up, down := outward(o, v, 1), outward(o, v, -1)
			if up < math.MaxFloat64 && (claimed(o, up).Cmp(v) < 0 || claimed(o, down).Cmp(v) > 0) {
				t.Fatalf("%s: %v to %v do not enclose %s", o.Norm, down, up, v.FloatString(20))
			}
			if up < math.MaxFloat64 && math.Nextafter(math.Nextafter(down, math.Inf(1)), math.Inf(1)) < up {
				t.Fatalf("%s: %v to %v", o.Norm, down, up)
			}
		}
	}
	if v := outward(&cert.Objective{Norm: "l1"}, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 2000)), 1); v != math.MaxFloat64 {
		t.Errorf("beyond float64: %v", v)
	}
}
