// Package portable has the functions of package math whose results there depend
// on the machine: some are written in assembly for some processors, the others
// are compiled with fused operations on some. Here they are Go alone, every
// product converted explicitly, so that the same argument gives the same bits
// everywhere: on every processor, and with any version of Go.
//
// Each is the portable version in Go's package math (whose licence lies beside),
// so that errors are below one unit in the last place, or little above: the tests
// compare with proven enclosures. What is exact by definition (Sqrt, FMA, Floor,
// Ldexp, ...) stays in package math.
package portable
