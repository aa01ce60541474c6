package proof_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/netmend/netmend/cert"
)

// claim is a certificate with what it takes to check it, for [mutations].
type claim struct {
	name string
	text []byte // the certificate as JSON, not compressed
	// check accepts a certificate, as read, or says why not.
	check func(c *cert.Certificate) error
	// stands reports whether what a certificate that was accepted claims is true, by
	// other means than the checker's.
	stands func(c *cert.Certificate) bool
}

// mutations is how many changes are tried of all kinds of certificates together: 100,000
// with NETMEND_LONG=1.
func mutations() int {
	switch {
	case testing.Short():
		return 3_000
	case os.Getenv("NETMEND_LONG") == "":
		return 30_000
	}
	return 100_000
}

// mutate changes the texts of certificates at random, n times each, and fails if one
// is accepted that claims something else, or something false. It returns how many were
// read, and how many of these were accepted, for a changed proof may be one.
func mutate(t *testing.T, claims []claim, n int) (read, accepted int) {
	t.Helper()
	for k, c := range claims {
		original, err := cert.Read(t.Context(), bytes.NewReader(c.text))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := c.check(original); err != nil {
			t.Fatalf("%s: the certificate itself is rejected: %v", c.name, err)
		}
		r := rand.New(rand.NewPCG(uint64(k), 17))
		for range n {
			text := mutant(r, c.text)
			changed, err := cert.Read(t.Context(), bytes.NewReader(text))
			if err != nil {
				continue
			}
			read++
			if c.check(changed) != nil {
				continue
			}
			accepted++
			if changed.Kind != original.Kind || !sameHeader(changed, original) || !c.stands(changed) {
				t.Errorf("%s: accepted:\n%.2000s", c.name, text)
				return read, accepted
			}
		}
	}
	return read, accepted
}

// sameHeader reports whether two certificates are about the same network and the same
// specification. A digest that is left out is no other one.
func sameHeader(a, b *cert.Certificate) bool {
	same := func(x, y string) bool { return x == y || x == "" || y == "" }
	identical := func(x, y cert.Identity) bool { return same(x.SHA256, y.SHA256) && same(x.Content, y.Content) }
	return identical(a.Network, b.Network) && identical(a.Specification, b.Specification)
}

var numeral = regexp.MustCompile(`-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?`)

// mutant changes a text: a byte, a bit, a number, or some bytes left out, taken twice or
// exchanged for others of the text.
func mutant(r *rand.Rand, text []byte) []byte {
	b := bytes.Clone(text)
	for range 1 + r.IntN(2) {
		i := r.IntN(len(b))
		n := 1 + r.IntN(min(12, len(b)-i))
		switch r.IntN(7) {
		case 0:
			b[i] ^= 1 << r.IntN(7)
		case 1:
			b[i] = text[r.IntN(len(text))]
		case 2:
			b = append(b[:i:i], b[i+n:]...)
		case 3:
			b = append(b[:i+n:i+n], b[i:]...)
		case 4:
			j := r.IntN(len(text) - n + 1)
			copy(b[i:i+n], text[j:j+n])
		default:
			places := numeral.FindAllIndex(b, -1)
			if len(places) == 0 {
				continue
			}
			at := places[r.IntN(len(places))]
			v, err := strconv.ParseFloat(string(b[at[0]:at[1]]), 64)
			if err != nil {
				continue
			}
			number, err := json.Marshal(changedNumber(r, v))
			if err != nil {
				continue
			}
			b = append(b[:at[0]:at[0]], append(number, b[at[1]:]...)...)
		}
		if len(b) == 0 {
			return b
		}
	}
	return b
}

func changedNumber(r *rand.Rand, v float64) float64 {
	switch r.IntN(6) {
	case 0:
		return -v
	case 1:
		return 0
	case 2:
		return v + 1
	case 3:
		return float64(v * (1 + float64(1e-9*r.NormFloat64())))
	case 4:
		return float64(v * 1.5)
	}
	return r.NormFloat64()
}
