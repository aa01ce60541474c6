package main

import "flag"

// Values of --arithmetic.
const (
	arithmeticExact   = "exact"
	arithmeticFloat64 = "float64"
)

// declareArithmetic declares --arithmetic, which says what decides.
func declareArithmetic(fs *flag.FlagSet, value *string) {
	fs.StringVar(value, "arithmetic", arithmeticExact, "`exact` decides; float64 is faster and proves nothing (exit code 3)")
}
