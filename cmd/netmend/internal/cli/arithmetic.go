package cli

import (
	"fmt"

	"github.com/spf13/pflag"
)

// Values of --arithmetic, and of the field arithmetic of answers in JSON: exact is what
// package proof accepted, enclosed the same where it encloses values in intervals that are no
// rational numbers, such as a sigmoid's, outward what rounding to the safe side shows, float64 what
// was found in float64 and not proven.
const (
	ArithmeticExact    = "exact"
	ArithmeticEnclosed = "enclosed"
	ArithmeticOutward  = "outward"
	ArithmeticFloat64  = "float64"
)

// NotProven is what answers in float64 are called.
const NotProven = "found in float64, not proven"

// DeclareArithmetic declares --arithmetic, which says what decides; [CheckArithmetic] says
// whether its value is one.
func DeclareArithmetic(fs *pflag.FlagSet, value *string) {
	fs.StringVar(value, "arithmetic", ArithmeticExact, "`exact` proves the answer; float64 is faster and proves nothing (exit code 3)")
}

func CheckArithmetic(value string) error {
	if value != ArithmeticExact && value != ArithmeticFloat64 {
		return Usagef("--arithmetic %q: want exact or float64", value)
	}
	return nil
}

// ProvenBy is the word for what package proof accepted.
func ProvenBy(enclosed bool) string {
	if enclosed {
		return ArithmeticEnclosed
	}
	return ArithmeticExact
}

// ArithmeticOf is the word for what was proven, or was not.
func ArithmeticOf(proven bool) string {
	if proven {
		return ArithmeticExact
	}
	return ArithmeticFloat64
}

// GivenValues limits what was shown to the values that rounding bounds start
// from: those that float64 computes before the layer, where it is not 0.
func GivenValues(layer int) string {
	if layer == 0 {
		return ""
	}
	return fmt.Sprintf(", given the values that float64 computes before layer %d", layer)
}
