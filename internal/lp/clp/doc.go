// Package clp solves linear programs with COIN-OR's CLP through cgo, as a
// second opinion on what netmend's own solvers find. It exists in builds with
// the tag "clp" only, which need the header and library of Debian's package
// coinor-libclp-dev; without the tag the package exports nothing. netmend
// itself never imports it: tests do, in files that carry the same tag.
//
// CLP's scaling is always off. With its default scaling CLP 1.17 returned
// objectives that are not optimal together with the status "optimal" on the
// master problems of a repair, whose rows differ by orders of magnitude. Even
// so a status is not a proof: check X against the rows, and bound the optimum
// from Dual, before relying on a result.
package clp
