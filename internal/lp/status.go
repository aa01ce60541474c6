package lp

import "fmt"

// Status says how a solve ended.
type Status uint8

// The ways a solve ends.
const (
	// Optimal: X is feasible within the tolerances, and the multipliers bound
	// the optimum from above.
	Optimal Status = iota
	// Infeasible: the multipliers are Farkas multipliers.
	Infeasible
	// Unbounded: X is feasible, and Ray is a direction without end in which the
	// objective grows.
	Unbounded
	// Below: the multipliers show that the optimum is at most the solver's
	// Cutoff.
	Below
	// Stopped: the limit on iterations was met, or numerical trouble, or the solve was
	// interrupted. Nothing is known.
	Stopped
)

func (s Status) String() string {
	switch s {
	case Optimal:
		return "optimal"
	case Infeasible:
		return "infeasible"
	case Unbounded:
		return "unbounded"
	case Below:
		return "below"
	case Stopped:
		return "stopped"
	}
	return fmt.Sprintf("Status(%d)", uint8(s))
}
