// Package enclose encloses activation functions of one variable: their images
// and inverse images of intervals, and, between two piecewise-affine functions,
// their graphs.
//
// Every result is rounded outward and holds for the function over the real
// numbers. No assumption is made about the accuracy of package math: values of
// the exponential function are computed here with interval arithmetic, and
// approximate inverses only count once values on both sides confirm them.
//
// [Of] gives the [Function] of a network's activation. A function need not be
// monotone: an inverse image is a list of intervals. [Approximate] gives a
// [Band], which takes the place of a smooth function in algorithms for
// piecewise-affine ones: what they compute for it contains what holds for the
// function.
package enclose
