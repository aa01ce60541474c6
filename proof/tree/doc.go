// Package tree executes the steps of a split-tree certificate: a proof that no
// input of a set gives an output in another set.
//
// A [State] stands for a cell: the inputs of the domain that execute the pieces
// chosen by the splits so far. It starts as the whole domain, and every step
// either divides it, so that the parts cover it by construction, or adds a fact
// that the step's own numbers prove:
//
//   - split: a unit's executed piece lies below a breakpoint, or above it. Both
//     parts follow, each closed on its own.
//   - low, high: a bound on an input, by multipliers.
//   - floor, ceil: a bound on the value that a unit's function is applied to, by
//     multipliers.
//   - close, empty: a term of the target is out of the cell's reach, or the cell has no
//     point, by multipliers.
//   - halve: a variable's range is halved. Both parts follow.
//   - refine: bounds on the values that the functions of all units are applied to, by
//     substitution (substitute.go).
//   - close back: like close, by substitution.
//   - close exactly, empty exactly: the same where the target or the cell is touched, by
//     integral multipliers and without rounding (exact.go).
//
// A cell is done where every term of the target is closed.
//
// # Bounds
//
// Every value of the network is enclosed on the cell by a band, an affine form
// c(x) in the inputs and a second one r(x) with |value - c(x)| <= r(x), sent
// forward node by node: through an affine node y = A v + b as (A c + b, |A| r),
// through a unit's function by its piece where only one can execute, and by two
// lines below and above the function where more can. All numbers are float64; what
// rounding can have done to an operation is bounded from the absolute values of its
// operands, the bound is added to the constant of r, and every comparison is strict
// on the safe side.
//
// A multiplier y_i >= 0 weighs a half-space a_i(x) <= 0 known to contain the cell.
// As y_i a_i(x) <= 0 there, a form g is at least the minimum of g + Σ y_i a_i over
// the box of the inputs. That holds for any nonnegative y: errors in multipliers,
// and of those who computed them, can cost the proof, never its truth.
//
// # Ties
//
// At a breakpoint the upper piece executes. The cell below a split is enclosed by
// the closed half-space all the same, so a proof covers every face, also of
// decoupled networks and of step functions, which jump there. Exact steps use that it
// is open.
package tree
