// Package layers brings a piecewise-affine network into one form for the searches
// over its linear regions: dense layers between activation nodes, the affine maps
// to them on a region, and affine bounds of what follows.
package layers
