package cert

import (
	"fmt"
	"math/big"
	"strings"
)

// maxRationalDigits bounds numerator and denominator of a Rational: exact
// amounts of deep networks have some thousand digits.
const maxRationalDigits = 1 << 15

// Rational is an exact number written "p/q" or "p" in lowest terms, q > 0.
type Rational string

// NewRational writes r.
func NewRational(r *big.Rat) Rational { return Rational(r.RatString()) }

// Rat reads the number. It fails unless the text is the one that NewRational
// writes for it, and for more than some ten thousand digits.
func (r Rational) Rat() (*big.Rat, error) {
	if len(r) == 0 || len(r) > 2*maxRationalDigits+2 {
		return nil, fmt.Errorf("rational of %d characters, want 1 to %d", len(r), 2*maxRationalDigits+2)
	}
	if s := strings.Trim(string(r), "-/0123456789"); s != "" {
		return nil, fmt.Errorf("rational %.40q: want digits alone, as in \"-3/4\"", string(r))
	}
	v, ok := new(big.Rat).SetString(string(r))
	if !ok || v.RatString() != string(r) {
		return nil, fmt.Errorf("rational %.40q: want p/q in lowest terms", string(r))
	}
	return v, nil
}
