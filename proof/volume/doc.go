// Package volume encloses volumes of polytopes: of intersections of half-spaces with the unit
// cube, the numbers of which are known up to a radius, from both sides.
//
// [Meter] works in float64. It finds the vertices of the polytope of the half-spaces as they
// are, without their radii, and then proves, by bounds on rounding errors, that these are all:
// the exact point in which the facets named for a vertex meet lies in the interior of all
// other half-spaces, and every edge of every vertex ends at another. So the polytope is
// simple, its faces are known, and they divide it into simplices whose exact vertices are
// known up to a bound; the sum of their determinants has a bound as well. What the radii may
// add or take away is bounded by the factor by which the polytope would have to be enlarged or
// shrunk around an interior point. Nothing rests on how the vertices were found.
//
// [Exactly] computes the volume in integers, for what float64 does not tell.
package volume
