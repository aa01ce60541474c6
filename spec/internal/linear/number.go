package linear

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
)

const (
	// maxExponent bounds the decimal exponent of a number: float64 ends at 308,
	// while an exact 1e-999999999 would take a gigabyte.
	maxExponent = 2000
	// maxDigits bounds the text of a number for the same reason.
	maxDigits = 2000
	// maxBits bounds what a product of such numbers may grow to.
	maxBits = 1 << 14
)

// errGrown reports intermediate results that outgrow maxBits.
var errGrown = errors.New("the exact value has too many digits")

// Number is a decimal constant.
type Number struct {
	// Value is the float64 nearest to the constant, ties to even.
	Value float64
	// Text is the constant as it was written.
	Text string
}

// ParseNumber reads a decimal number: an optional sign, digits with at most one
// point, an optional exponent. Infinity, NaN, hexadecimal numbers, numbers
// beyond the range of float64 and those of thousands of digits are errors.
func ParseNumber(text string) (Number, error) {
	if !LooksNumeric(text) {
		return Number{}, fmt.Errorf("%s is not a decimal number", Quote(text))
	}
	if err := checkSize(text); err != nil {
		return Number{}, err
	}
	v, err := strconv.ParseFloat(text, 64)
	if errors.Is(err, strconv.ErrRange) {
		return Number{}, fmt.Errorf("%s is beyond the range of float64", Quote(text))
	}
	if err != nil {
		return Number{}, fmt.Errorf("%s is not a decimal number", Quote(text))
	}
	return Number{Value: v, Text: text}, nil
}

// Rat is the exact value; the number must come from [ParseNumber].
func (n Number) Rat() *big.Rat {
	r, ok := new(big.Rat).SetString(n.Text)
	if !ok {
		panic(fmt.Sprintf("linear: %q did not come from ParseNumber", n.Text))
	}
	return r
}

// LooksNumeric reports whether text consists of the characters of a decimal
// number, with a digit or a point first after the sign.
func LooksNumeric(text string) bool {
	rest := text
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	if rest == "" || !isDigit(rest[0]) && rest[0] != '.' {
		return false
	}
	for i := range len(rest) {
		switch c := rest[i]; {
		case isDigit(c), c == '.', c == 'e', c == 'E':
		case (c == '+' || c == '-') && i > 0 && (rest[i-1] == 'e' || rest[i-1] == 'E'):
		default:
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// checkSize refuses numbers whose exact value would be huge.
func checkSize(text string) error {
	if len(text) > maxDigits {
		return fmt.Errorf("%s has %d characters, want at most %d", Quote(text), len(text), maxDigits)
	}
	for i := range len(text) {
		if text[i] != 'e' && text[i] != 'E' {
			continue
		}
		e, err := strconv.Atoi(text[i+1:])
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return fmt.Errorf("%s is not a decimal number", Quote(text))
		}
		if err != nil || e > maxExponent || e < -maxExponent {
			return fmt.Errorf("%s has an exponent beyond ±%d", Quote(text), maxExponent)
		}
		break
	}
	return nil
}

// Quote quotes text for a message, shortened where it is long.
func Quote(text string) string {
	const most = 40
	if len(text) > most {
		return strconv.Quote(text[:most]) + "..."
	}
	return strconv.Quote(text)
}

// Decimal is the exact value as text that [big.Rat.SetString] reads: a decimal
// number where there is one, otherwise a quotient.
func Decimal(r *big.Rat) string {
	if digits, exact := r.FloatPrec(); exact {
		return r.FloatString(digits)
	}
	return r.RatString()
}
