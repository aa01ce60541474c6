package polyhedron

// fasterFrom is the dimension from which half-spaces are faster than corners.
const fasterFrom = 9

// Faster reports whether this package is faster than package polytope on domains of that many
// dimensions, or the one that takes them.
//
// In seconds of one processor, for the preimage of a half-space of outputs under random networks
// on a box (docs/BENCHMARKS.md has all of them), corners and half-spaces take
//
//	units    6 inputs     7            8            10           12
//	8        0.01, 0.01   0.03, 0.02   0.06, 0.02   0.60, 0.04   4.2, 0.03
//	16       0.18, 0.38   0.85, 1.05   2.4, 1.9     over 20, 4
//	8 + 8    0.10, 0.23   0.32, 0.52   1.2, 0.6     over 20, 1.2 over 20, 1.9
//
// With proofs both take the same at 8 inputs. Where most regions miss the target, package polytope
// is faster up to about 10, as its bounds prune more: three layers of 50 ReLUs on a small box take
// 0.1 s against 2 s at 8 inputs, and 0.5 s against 1.4 s at 10.
func Faster(dims int, bounded bool) bool { return !bounded || dims >= fasterFrom }
