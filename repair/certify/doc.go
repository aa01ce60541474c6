// Package certify writes certificates of repairs: it turns the multipliers that a
// repair ends with into rows that package proof can make again exactly, from
// points of the requirement's sets that float64 holds. It also has what checking one needs
// beside package proof.
package certify
