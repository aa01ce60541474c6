// Package linear reads decimal numbers and computes with linear expressions in
// exact arithmetic, so that the parsers of requirements round every coefficient
// once, to the nearest float64, however it was written.
package linear
