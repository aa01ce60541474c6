// Package quadratic solves the Euclidean form of the master program of a repair
// over the few rows present,
//
//	minimise  1/2 sum x_i^2   subject   a_k . x <= b_k,  |x_i| <= bound,
//
// where a row of rank one, a_k = g_k h_k^T, has a_k . a_l = (g_k . g_l)(h_k . h_l).
//
// # Algorithm
//
// Its dual is min 1/2 y^T K y + b^T y over y >= 0 with K the matrix of the
// products a_k . a_l and x = -A^T y: a non-negative least-squares problem,
// solved by the active-set method of Lawson and Hanson. Bounds that x violates
// become rows too, unit vectors; where those are many, the coordinates are fixed
// at their bounds instead (see Program.fix).
//
// As in package master nothing here is a proof: the caller evaluates a dual
// bound that holds for any y >= 0.
package quadratic
