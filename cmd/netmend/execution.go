package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
)

// declareRobustTo declares --robust-to of repair and check.
func declareRobustTo(fs *pflag.FlagSet, value *string) {
	fs.StringVar(value, "robust-to", "", "the requirement is to hold as executed in this `type`, float32 or float64, too: with any order of sums, for every input within 1.5 units in the last place of the specification (docs/SOUNDNESS.md)")
}

// robustType is the type of the parameters for a value of --robust-to and one of
// --dtype: an execution is in the type of the file.
func robustType(robustTo, dtype string) (string, error) {
	if robustTo == "" {
		return dtype, nil
	}
	if _, err := nn.ParseDType(robustTo); err != nil {
		return "", cli.Usagef("--robust-to: %w", err)
	}
	if dtype != "" && dtype != robustTo {
		return "", cli.Usagef("--robust-to %s and --dtype %s: a network is executed in the type of its file", robustTo, dtype)
	}
	return robustTo, nil
}

// checkRobustType refuses a network of another type than that of --robust-to.
func (j *checkJob) checkRobustType(net *nn.Network) error {
	if t := net.Meta.DType.String(); j.robustTo != "" && j.robustTo != t {
		return fmt.Errorf("%s: its parameters are %s, so that it is not executed in %s", j.path, t, j.robustTo)
	}
	return nil
}

// executionInfo is what was shown of executions in JSON objects.
type executionInfo struct {
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

func executionOf(e *repair.ExecutionResult) *executionInfo {
	if e == nil {
		return nil
	}
	return &executionInfo{
		e.DType.String(), repair.ExecutionUlps, cli.Finite(e.MarginReached), cli.Finite(e.LargestError), e.Worst,
		e.Cases, e.Beside, e.Added, e.Rounds,
	}
}

// printExecution says what was shown of executions.
func printExecution(inv *cli.Invocation, e *repair.ExecutionResult, margin float64) {
	if e == nil {
		return
	}
	if e.MarginReached >= margin {
		printLine(inv, "executed", "in %v it holds too, in any order of sums, for every input within %s units in the last place: margin %s reached",
			e.DType, cli.Short(repair.ExecutionUlps), cli.Short(e.MarginReached))
	} else {
		printLine(inv, "executed", "in %v only the margin %s was shown", e.DType, cli.Short(e.MarginReached))
	}
	printLine(inv, "", "errors of the outputs up to %.2g; %s may execute, %s beside those of their linear region",
		e.LargestError, cli.Count(e.Cases, "pattern"), cli.Thousands(e.Beside))
}
