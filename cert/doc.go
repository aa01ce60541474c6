// Package cert is the format of netmend's certificates. A [Certificate] says what is
// claimed about which network and which requirement, and has the numbers from which
// anybody can check the claim without the solver that found it. Package proof checks
// certificates.
//
// A certificate is one JSON document, compressed with gzip if its name ends in .gz;
// docs/CERTIFICATES.md and certificate.schema.json describe it. This package knows only
// the format: it reads ([ReadFile]), bounds and writes ([Write]) certificates, and decides
// nothing about networks.
//
// # Numbers
//
// A JSON number means exactly the float64 nearest to it, which is a dyadic rational.
// Rationals that are not float64 numbers are strings "p/q" (see [Rational]).
package cert
