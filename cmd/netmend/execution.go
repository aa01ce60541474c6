package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
)

// declareRobustTo declares --robust-to of repair and check.
func declareRobustTo(fs *pflag.FlagSet, value *string) {
	fs.StringVar(value, "robust-to", "", "the requirement must also hold as executed in this `type`, float32 or float64: for any order of sums, and every input within 1.5 units in the last place of the specification (docs/SOUNDNESS.md)")
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
		return fmt.Errorf("%s: its parameters are %s, so it is not executed in %s", j.path, t, j.robustTo)
	}
	return nil
}
