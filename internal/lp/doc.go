// Package lp solves small dense linear programs: up to some tens of variables
// and some hundreds of rows, many times over. It is made for the questions of
// polyhedral computation (is this empty, is this row redundant, how far does it
// reach), where a general solver spends its time on setting up.
//
// # Algorithm
//
// The dual simplex method in the space of the variables. A basis is a set of d
// constraints, rows or bounds, whose normals N are independent; its vertex x is
// where all of them hold with equality, and its multipliers λ, with c = N^T λ,
// are kept nonnegative. The box gives the first basis: the upper bound of every
// variable with c_j >= 0, the lower bound of the others. An iteration takes the
// most violated constraint, a . x <= b, expresses it in the basis, a = N^T μ,
// and exchanges it with the constraint k that minimises λ_k / μ_k over μ_k > 0.
// Without such a k the constraint and those with μ_k < 0 contradict each other:
// a Farkas proof. Only the d x d inverse of N is kept.
//
// A variable without a bound gets the bound M, a number larger than any other,
// as long as the basis needs one: the vertex is then x + M r, compared first by
// r and then by x. If the basis at the end still has M in its objective, the
// problem is unbounded in the direction r.
//
// Ties in the choice of the leaving constraint go to the largest μ_k. After a
// run of iterations that leave the objective as it is, the first violated
// constraint enters and the first of the ties leaves (Bland's rule), which
// cannot cycle. See V. Chvátal, Linear Programming, 1983, chapters 3 and 10, and
// R. Bixby, Solving real-world linear programs, 2002, on the dual simplex
// method with bounds.
//
// # What is proof, and what is not
//
// A [Status] is not a proof: it is computed in float64, with tolerances. Rows
// are taken scaled by powers of two, so that the largest coefficient of each is
// between 1/2 and 1, and a scaled row or bound counts as met if it is violated
// by no more than [DefaultFeasibility]. What can be relied upon is checked with
// what the solver hands out:
//
//   - Any multipliers y >= 0 bound the optimum from above: [Problem.UpperBound]
//     computes that bound rounded upward, whatever y is. Those of an Optimal
//     solve give the optimum up to rounding.
//   - [Problem.Refutes] tells, also rounded the safe way, whether y proves that
//     no point is feasible. Where it fails for the multipliers of an Infeasible
//     solve, the problem is feasible or nearly so, or rounding errors meet
//     variables without bounds; [Problem.RefutesExactly] then decides in
//     rational arithmetic whether the constraints named by y contradict each
//     other.
//   - X of an Optimal or Unbounded solve is feasible within the tolerance; a
//     caller who needs a feasible point evaluates the rows at X.
//   - Ray of an Unbounded solve satisfies Rows . Ray <= 0 within the tolerance.
package lp
