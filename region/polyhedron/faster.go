package polyhedron

// fasterFrom is the dimension from which half-spaces are faster than corners.
const fasterFrom = 8

// Faster reports whether this package is faster than package polytope on domains of that many
// dimensions, or the one that takes them.
//
// NUMBERS
func Faster(dims int, bounded bool) bool { return !bounded || dims >= fasterFrom }
