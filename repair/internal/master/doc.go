// Package master solves the linear program at the heart of a repair over the
// few rows present:
//
//	minimise  sum |x_i|  +  winf t
//	subject   a_k . x <= b_k  for the rows k present,  |x_i| <= t <= bound,
//
// where x is the change of a dense layer, out x in numbers row-major (the bias
// is the last column), and every row has rank one: a_k = g_k h_k^T. The caller
// generates rows, most of 150,000 never enter.
//
// # Algorithm
//
// A dual simplex for a fixed t ([Master.Solve]). The absolute value makes every
// variable piecewise linear with the breakpoints -t, 0, t, so a variable out of
// the basis rests on one of them, told by its reduced cost D = A^T y: at -t
// where D > 1, at t where D < -1, at 0 between. The basis inverse has one row
// and column for each row present. An iteration takes the basic variable that
// violates its range most, measured by the norm of its row of the inverse
// (exact dual steepest edge), computes that row of the tableau by one product
// of two small matrices, and walks along the dual edge past every breakpoint
// that still leaves it ascending (bound flipping ratio test).
//
// The bound t stays outside the basis. The optimal value f(t) + winf t is
// convex and piecewise linear in t, its slope at t follows from the reduced
// costs, and changing t keeps the basis dual feasible: [Master.Minimise] closes
// in by tangents from the left and the right, each step a warm start.
//
// Nothing here is a proof. The caller derives a lower bound from the dual
// vector, or infeasibility from the ray, by formulas that hold for any
// non-negative vector (package repair).
package master
