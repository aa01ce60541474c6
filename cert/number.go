package cert

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/netmend/netmend/internal/portable"
)

// Number is an exact number: a float64, written as a number, or a rational that
// is none, written as a string "p/q". The zero value is 0.
type Number struct {
	float float64
	ratio Rational // "": the float
}

// maxNumberDigits bounds the digits of a Number's text: weights of vertices in
// deep networks have a thousand.
const maxNumberDigits = 1 << 13

// Float is a float64 as a number.
func Float(v float64) Number { return Number{float: v} }

// Floats are float64 numbers.
func Floats(v ...float64) []Number {
	out := make([]Number, len(v))
	for i, x := range v {
		out[i] = Float(x)
	}
	return out
}

// Exact is a rational, written as a float64 if it is one.
func Exact(r *big.Rat) Number {
	if v, exact := portable.Float64(r); exact {
		return Float(v)
	}
	return Number{ratio: NewRational(r)}
}

// Exacts are rationals.
func Exacts(r []*big.Rat) []Number {
	out := make([]Number, len(r))
	for i, x := range r {
		out[i] = Exact(x)
	}
	return out
}

// Rat is the number. It fails for a float64 that is not finite, and for a text
// that is not a rational in lowest terms, or one of thousands of digits.
func (n Number) Rat() (*big.Rat, error) {
	switch {
	case n.ratio == "" && (math.IsNaN(n.float) || math.IsInf(n.float, 0)):
		return nil, fmt.Errorf("number %v: want a finite one", n.float)
	case n.ratio == "":
		return new(big.Rat).SetFloat64(n.float), nil
	case len(n.ratio) > maxNumberDigits:
		return nil, fmt.Errorf("number of %d digits, want at most %d", len(n.ratio), maxNumberDigits)
	}
	return n.ratio.Rat()
}

// Float64 is the float64 nearest to the number, which must be one ([Number.Rat]).
func (n Number) Float64() float64 {
	if n.ratio == "" {
		return n.float
	}
	r, err := n.Rat()
	if err != nil {
		return math.NaN()
	}
	v, _ := r.Float64()
	return v
}

// String is the number as it is written.
func (n Number) String() string {
	if n.ratio == "" {
		return fmt.Sprint(n.float)
	}
	return string(n.ratio)
}

// MarshalJSON writes the number.
func (n Number) MarshalJSON() ([]byte, error) {
	if n.ratio == "" {
		return json.Marshal(n.float)
	}
	return json.Marshal(n.ratio)
}

// UnmarshalJSON reads a number, or a string that holds a rational.
func (n *Number) UnmarshalJSON(text []byte) error {
	*n = Number{}
	if string(text) == "null" {
		return errors.New("null is not a number")
	}
	if len(text) == 0 || text[0] != '"' {
		return json.Unmarshal(text, &n.float)
	}
	if len(text) > maxNumberDigits+2 {
		return fmt.Errorf("number of %d digits, want at most %d", len(text)-2, maxNumberDigits)
	}
	if err := json.Unmarshal(text, &n.ratio); err != nil {
		return err
	}
	_, err := n.ratio.Rat()
	return err
}

// notNegative reports a number that is not one from 0.
func (n Number) notNegative(what string) error {
	if n.ratio == "" {
		if !(n.float >= 0) || math.IsInf(n.float, 0) {
			return fmt.Errorf("%s %v: want a finite number from 0", what, n.float)
		}
		return nil
	}
	r, err := n.Rat()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if r.Sign() < 0 {
		return fmt.Errorf("%s %.40s: want a number from 0", what, string(n.ratio))
	}
	return nil
}
