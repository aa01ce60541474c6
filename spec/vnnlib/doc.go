// Package vnnlib reads properties in VNN-LIB 1.0, the format of the
// verification competitions' benchmarks: a file states the violation, so that a
// network meets the property iff no input satisfies the file.
//
// # Language
//
// A file is a sequence of commands in the syntax of SMT-LIB; a semicolon starts
// a comment, line ends and spaces do not matter:
//
//	(declare-const X_0 Real)        ; inputs X_0, X_1, ...
//	(declare-const Y_0 Real)        ; outputs Y_0, Y_1, ...
//	(assert (<= X_0 0.5))
//	(assert (or (and (>= X_0 -1) (<= Y_0 Y_1)) (>= Y_0 (+ Y_1 0.1))))
//
// Formulas are the comparisons <=, >=, <, >, = (two or more terms), and, or,
// not, true and false, nested freely over inputs and outputs. Terms are decimal
// numbers, variables, +, - and products with constants. One comparison speaks
// of inputs or of outputs, never of both. declare-fun without arguments is read
// like declare-const; set-logic, set-info, set-option, check-sat, get-model and
// exit are accepted and mean nothing.
//
// # Meaning
//
// The conjunction of all asserts, brought to disjunctive normal form, is
// [Property]: cases that have each one input set, and a union of conjunctions of
// half-spaces over the outputs. Disjuncts with the same input set are one case.
//
// A strict comparison (<, >, a negated <=) gives a strict half-space. Only the
// box of an input set is closed; a strict bound is listed beside it as a
// half-space. Taking everything closed covers the violation, so that "no case
// can occur" still proves the property; [Property.Violated] checks a witness
// against the file as it is written.
//
// Every number is rounded once, to the nearest float64, after a comparison was
// simplified exactly to Σ a_i v_i <= b. The exact numbers are kept beside the
// rounded ones as decimal text.
package vnnlib
