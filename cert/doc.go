// Package cert is the format of netmend's certificates: what was claimed of
// which network and which requirement, and the numbers from which anybody can
// check the claim without the solver that found it. Package proof checks them.
//
// A certificate is one JSON document, gzip-compressed where its name ends in
// .gz; docs/CERTIFICATES.md and certificate.schema.json describe it. This
// package knows the form alone: it reads, bounds and writes, and decides
// nothing about networks.
//
// # Numbers
//
// A JSON number is the float64 nearest to it, which is a dyadic rational, and
// is meant exactly. Rationals that are no float64 are strings "p/q" (see
// [Rational]).
package cert
