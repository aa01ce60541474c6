package answer

import (
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/repair"
)

// Execution is what was shown of executions in JSON objects.
type Execution struct {
	DType         string       `json:"dtype"`
	Ulps          float64      `json:"ulps"`
	MarginReached cli.Finite   `json:"margin_reached"`
	ErrorBound    cli.Finite   `json:"error_bound"`
	Worst         repair.Place `json:"worst"`
	Cases         int          `json:"cases"`
	Beside        int          `json:"cases_beside"`
	Added         int          `json:"added_key_points"`
	Rounds        int          `json:"rounds,omitempty"`
}

// ExecutionOf describes what was shown; nil for nothing.
func ExecutionOf(e *repair.ExecutionResult) *Execution {
	if e == nil {
		return nil
	}
	return &Execution{
		e.DType.String(), repair.ExecutionUlps, cli.Finite(e.MarginReached), cli.Finite(e.LargestError), e.Worst,
		e.Cases, e.Beside, e.Added, e.Rounds,
	}
}

// PrintExecution says what was shown of executions.
func PrintExecution(inv *cli.Invocation, e *repair.ExecutionResult, margin float64) {
	if e == nil {
		return
	}
	if e.MarginReached >= margin {
		inv.PrintLine("executed", "in %v it holds too, in any order of sums, for every input within %s units in the last place: margin %s reached",
			e.DType, cli.Short(repair.ExecutionUlps), cli.Short(e.MarginReached))
	} else {
		inv.PrintLine("executed", "in %v only the margin %s was shown", e.DType, cli.Short(e.MarginReached))
	}
	inv.PrintLine("", "errors of the outputs up to %.2g; %s may execute, %s beside those of their linear region",
		e.LargestError, cli.Count(e.Cases, "pattern"), cli.Thousands(e.Beside))
}
