package cert_test

import (
	"math/big"
	"testing"

	"github.com/netmend/netmend/cert"
)

// TestExact: numbers stay what they are, also where they are too small for float64.
func TestExact(t *testing.T) {
	for _, n := range []uint{0, 1074, 1075, 1076, 1100, 2000} {
		for _, q := range []int64{1, 3} {
			want := new(big.Rat).SetFrac(big.NewInt(5), new(big.Int).Lsh(big.NewInt(q), n))
			if got, err := cert.Exact(want).Rat(); err != nil || got.Cmp(want) != 0 {
				t.Errorf("5 / (%d 2^%d): %v, %v", q, n, got, err)
			}
		}
	}
}
