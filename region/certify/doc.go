// Package certify finds proofs that package proof/tree checks: that no input of a
// set gives an output in a target.
//
// The search divides the set by units, in the order of the network's layers, the one
// with the loosest relaxation first. What a cell is said to be follows from
// multipliers that small linear programs give: bounds of the inputs, on which all
// later bounds rest; values of units that lie on one side of a breakpoint, although
// the box does not show it; the terms of the target that the cell does not meet.
//
// Each step is taken by a [tree.State], which computes all that it rests on itself, and which
// tells at the end whether all of the domain is accounted for. So a proof that was found needs
// no second pass, and what is written of it is accepted by who reads it. The solver's tolerances cannot lose a part of the set: where
// a cell is too thin for it to tell whether it is empty, the cell is divided further,
// and its parts need proofs of their own.
package certify
