// Package expr reads the short expressions of the command line: sets of outputs
// and boxes of inputs.
//
// # Output expressions
//
//	y0 <= y1
//	y0 - y1 in [-0.1, 0.1]
//	2*y0 + y3 >= 1.5 and not y1 in [0, 1]
//	argmax == 2 or (argmin != 0 and y0 in [100, 105])
//	-1 <= y0 + y1 <= 1
//
// y0, y1, ... are the outputs (Y_0 and y_0 are read too). Comparisons of linear
// expressions are <=, >=, <, >, ==, = and !=, and "in [a, b]" with constants a <= b;
// comparisons can be chained. "argmax == k" says that output k is largest,
// "argmin == k" that it is smallest; != that it is not. Comparisons are combined
// with not, and, or (binding in this order) and parentheses.
//
// # Strictness and ties
//
// Every result is a union of polyhedra with the half-spaces that the text says,
// strict where it says so; "not" gives the exact complement.
//
//   - < and > are strict, <= and >= are not; "not y0 <= y1" is y0 > y1, and
//     "y0 != 1" is y0 < 1 or y0 > 1.
//   - "argmax == k" is the closed polyhedron y_k >= y_j for all other j: a tie for
//     the largest output counts for each of those that tie.
//   - "argmax != k" is its complement, some y_j > y_k: where k ties for the
//     largest, it does not hold. For both outputs of a tie ask for it alone, such as
//     "y0 == y1".
//
// # Boxes
//
// "lo:hi,lo:hi,..." has one range for each input; a single number fixes it.
// -inf and inf stand for no bound:
//
//	-1:1,0.5,0:inf
//
// Numbers are decimal. Each coefficient is computed exactly and rounded once, to
// the nearest float64.
package expr
