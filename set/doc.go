// Package set holds the sets that requirements and regions are made of, as
// data: half-spaces, segments and convex polygons in any dimension. It needs no
// linear program.
package set
