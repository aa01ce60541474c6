// Package conflict proves that no repair exists, and says of which requirements the
// proof consists.
//
// A search in float64 ends with multipliers y of rows A D <= b that about cancel.
// [Prove] turns them into a proof that package proof accepts: as they are, where the
// bound on the change leaves them room to be inexact, and else as rational numbers for
// which the rows cancel exactly, which contradictions with nothing to spare need, such
// as two labels of one point. It searches, and proves nothing by itself.
package conflict
