package main

import "flag"

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
func declareArithmetic(fs *flag.FlagSet, value *string) {
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
