package main

import (
	"fmt"

	"github.com/spf13/pflag"
)

// Values of --arithmetic, and of the field arithmetic of answers in JSON: exact is what
// package proof accepted, outward what rounding to the safe side shows, float64 what was
// found in float64 and not proven.
const (
	arithmeticExact   = "exact"
	arithmeticOutward = "outward"
	arithmeticFloat64 = "float64"
)

// notProven is what answers in float64 are called.
const notProven = "found in float64, not proven"

// declareArithmetic declares --arithmetic, which says what decides; [checkArithmetic] says
// whether its value is one.
func declareArithmetic(fs *pflag.FlagSet, value *string) {
	fs.StringVar(value, "arithmetic", arithmeticExact, "`exact` decides; float64 is faster and proves nothing (exit code 3)")
}

func checkArithmetic(value string) error {
	if value != arithmeticExact && value != arithmeticFloat64 {
		return usagef("--arithmetic %q: want exact or float64", value)
	}
	return nil
}

// arithmeticOf is the word for what was proven, or was not.
func arithmeticOf(proven bool) string {
	if proven {
		return arithmeticExact
	}
	return arithmeticFloat64
}

// givenValues limits what was shown to the values that rounding bounds start
// from: those that float64 computes before the layer, where it is not 0.
func givenValues(layer int) string {
	if layer == 0 {
		return ""
	}
	return fmt.Sprintf(", given the values that float64 computes before layer %d", layer)
}
