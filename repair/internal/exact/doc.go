// Package exact solves the linear program of a small repair in rational numbers, and
// looks for a change near its solution that a network's file can hold:
//
//	minimise   w Σ|D_i| + winf max|D_i|
//	subject    a_k . D <= b_k for the rows k, < for strict ones,  |D_i| <= bound.
//
// It is for what float64 leaves open: rows whose numbers cancel, bounds that are off by
// a rounding, requirements that leave no room. Rows are added as package proof finds
// them violated.
//
// # Algorithm
//
// [Program.Solve] is the dual simplex of [lp.Minimum] in the positive and the negative
// parts of D and their maximum; bounds enter as rows once they are violated. Strict rows
// count as closed, so the minimum is an infimum; [Program.Tied] reports whether they can be
// met strictly.
//
// [Program.Store] is branch and bound on the numbers of the file's type. Each node solves
// the program with some parameters bounded from one side by a number of the type. Its
// solution rounded is tried, and where that violates a row, the parameter whose next
// numbers move the rows most is bounded by the one below or above. Finer parameters then
// make up for what rounding the coarser ones took, so that equations are met where their
// coefficients allow it.
//
// Where rows are equations, it first solves them in numbers of a grid, the type's own steps
// at the solution or coarser ones: a basis of the integer solutions is made short (LLL), and
// the solution nearest to that of the program is tried. So equations are met wherever a few
// parameters have numbers that meet them.
//
// Everything is exact, and stops after a stated amount of work.
package exact
