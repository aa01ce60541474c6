package portable_test

import (
	"math/big"
	"testing"

	"github.com/netmend/netmend/internal/portable"
)

// TestFloat64: what is too small for float64 is not 0 exactly.
func TestFloat64(t *testing.T) {
	for n := range uint(1300) {
		for _, p := range []int64{-5, -1, 0, 1, 3} {
			r := new(big.Rat).SetFrac(big.NewInt(p), new(big.Int).Lsh(big.NewInt(1), n))
			v, exact := portable.Float64(r)
			if exact != (new(big.Rat).SetFloat64(v).Cmp(r) == 0) {
				t.Fatalf("%d / 2^%d: %v, exact %v", p, n, v, exact)
			}
		}
	}
}
