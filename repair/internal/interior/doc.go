// Package interior solves the master program of a repair over the few rows
// present,
//
//	minimise  sum |x_i|  +  winf t
//	subject   a_k . x <= b_k  for the rows k present,  |x_i| <= t <= bound,
//
// where x is the change of a layer with hundreds of thousands of parameters and
// rows are those of a convolution: of any rank, dense or in blocks. It is the
// second master beside package master, whose simplex needs a pass over all
// coefficients for each of its thousands of pivots.
//
// # Algorithm
//
// A primal-dual interior-point method with Mehrotra's corrector. With x = p - n
// and p + n + r = t the changes and the multipliers of their bounds leave the
// Newton system one by one; what stays is one equation per row,
//
//	(A H A^T + S/Y + u u^T / c) dy = rhs,
//
// with H diagonal and u from the bound t. An iteration costs one product of a
// K x N matrix with its transpose, which runs at the speed of the processor's
// fused multiply-adds, and some passes over the coefficients; 20 to 40 iterations
// are enough whatever the size. Channels without coefficients do not count.
//
// The dual iterate is feasible throughout, so every iterate has a lower bound; an
// iterate that proves infeasibility ends the search.
//
// Nothing here is a proof. The caller derives a lower bound from the multipliers,
// or infeasibility, by formulas that hold for any non-negative vector.
package interior
