package solve

import "errors"

// Tolerance is the distance below which two things count as equal: ten times
// what the linear programs allow a row to be violated by.
const Tolerance = 1e-8

var (
	// ErrUnbounded means that the operation needs a bounded set.
	ErrUnbounded = errors.New("the set is unbounded")
	// ErrEmpty means that the operation needs a set with a point.
	ErrEmpty = errors.New("the set is empty")
	// ErrNumerical means that rounding errors were too much for the method.
	ErrNumerical = errors.New("rounding errors too large for a decision")
	// ErrTooLarge means that a limit on the number of pieces or vertices was
	// reached.
	ErrTooLarge = errors.New("too many pieces")
)
