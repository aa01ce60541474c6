package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

var checkCommand = &cli.Command{
	Name:    "check",
	Summary: "check a repaired network against the original and the requirement, from the files alone",
	Usage:   "REPAIRED --original ORIGINAL --spec SPEC [flags] | CERTIFICATE.json [flags]",
	Detail: `
Decides whether the requirement holds at every point of its sets, with the pattern
that executes there, in arithmetic without rounding and by code that the repair does
not use to search. Points to keep must have the class that the original gives them.
Exit code 0: the requirement is proven to hold, and the activation channel is the
original network. 1: one of the two is not so. 3: neither was proven. With
--arithmetic float64 the linear regions are enumerated and evaluated in float64, and
the answer is "found in float64, not proven".

A certificate (.json, .json.gz), as written by --certificate, is checked on its own:
it is accepted (exit code 0) or rejected with the reason (1). The files that it is
about are found beside it by their digests, or given by --network and --spec.`,
	Example: `netmend demo demo && netmend check demo/n1-eq2.onnx --original demo/n1.onnx --spec demo/eq2.json`,
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var j checkJob
		j.declare(fs)
		return func(operands []string) (int, error) {
			if err := j.validate(operands); err != nil {
				return 0, err
			}
			return j.run(inv)
		}
	},
}

// checkJob is one run of check.
type checkJob struct {
	nets                          networkFlags
	data                          pointFlags
	path, original, specArg, file string
	robustTo                      string
	margin                        cli.OptionalFloat
	workers                       int
	network                       string
	arithmetic                    string
	exact                         bool
}

func (j *checkJob) declare(fs *pflag.FlagSet) {
	j.nets.declare(fs)
	j.data.declare(fs)
	fs.StringVar(&j.network, "network", "", "for a certificate: the network that it is about (`file`)")
	fs.StringVar(&j.original, "original", "", "the network before its repair (`file`)")
	fs.StringVar(&j.specArg, "spec", "", "the repair specification: a `file`, JSON text, or - for the standard input")
	fs.Var(&j.margin, "margin", "the margin `m` to check (default that of the specification)")
	fs.StringVar(&j.file, "data", "", "points with classes, to measure the accuracy before and after (`file`: .npy, .npz, .csv, IDX)")
	fs.BoolVar(&j.exact, "exact", false, "decide in exact arithmetic (the default)")
	cli.DeclareArithmetic(fs, &j.arithmetic)
	declareRobustTo(fs, &j.robustTo)
	cli.DeclareWorkers(fs, &j.workers)
}

func (j *checkJob) validate(operands []string) error {
	if err := cli.WantOperands(operands, "REPAIRED"); err != nil {
		return err
	}
	j.path = operands[0]
	if _, err := robustType(j.robustTo, ""); err != nil {
		return err
	}
	if isCertificate(j.path) {
		if j.file != "" || j.data.given() || j.arithmetic != cli.ArithmeticExact {
			return cli.Usagef("--data and --arithmetic are for repaired networks, not for certificates")
		}
		return nil
	}
	switch {
	case cli.CheckArithmetic(j.arithmetic) != nil:
		return cli.CheckArithmetic(j.arithmetic)
	case j.arithmetic != cli.ArithmeticExact && j.exact:
		return cli.Usagef("--exact and --arithmetic %s", j.arithmetic)
	case j.arithmetic != cli.ArithmeticExact && j.robustTo != "":
		return cli.Usagef("--robust-to is checked after exact arithmetic has proven the requirement; leave --arithmetic out")
	case j.network != "":
		return cli.Usagef("--network is for certificates")
	case j.original == "":
		return cli.Usagef("--original is missing")
	case j.specArg == "":
		return cli.Usagef("--spec is missing")
	case j.margin.Value != nil && *j.margin.Value < 0:
		return cli.Usagef("--margin %v: must not be negative", *j.margin.Value)
	case j.workers < 0:
		return cli.Usagef("--workers %d: must not be negative", j.workers)
	case j.file == "" && j.data.given():
		return cli.Usagef("--scale, --labels and --label-column are for --data")
	}
	return j.nets.validate(j.path, j.original)
}

// checkOutcome is what a run of check found.
type checkOutcome struct {
	repaired, original *nn.Network
	spec               *spec.Spec
	choice             bool // some item leaves several classes to choose from
	recheck            *repair.Rechecked
	changes            []layerChange // of the value channels
	before, after      *accuracy
}

// exitCode is the exit code of the answer.
func (o *checkOutcome) exitCode() int {
	switch o.recheck.Answer() {
	case repair.RecheckHolds:
		return cli.ExitYes
	case repair.RecheckViolated, repair.RecheckRejected:
		return cli.ExitNo
	}
	return cli.ExitUnknown
}

func (j *checkJob) run(inv *cli.Invocation) (int, error) {
	inv.Progress.Watch(inv.Stderr)
	if isCertificate(j.path) {
		c := &certificateCheck{path: j.path, network: j.network, original: j.original, specification: j.specArg, workers: j.workers, asked: j.margin.Value}
		return c.run(inv, &j.nets)
	}
	o := &checkOutcome{}
	var err error
	if o.repaired, err = j.nets.load(inv, j.path); err != nil {
		return 0, err
	}
	if o.original, err = j.nets.load(inv, j.original); err != nil {
		return 0, err
	}
	if err := j.checkRobustType(o.repaired); err != nil {
		return 0, err
	}
	if err := sameUnits(j.path, o.repaired, j.original, o.original); err != nil {
		return 0, err
	}
	if o.spec, err = readSpec(inv, j.specArg, o.original); err != nil {
		return 0, err
	}
	var points *dataset.Points
	if j.file != "" {
		if points, err = loadLabelled(inv, &j.data, j.file, o.original); err != nil {
			return 0, err
		}
	}
	loaded := inv.Total().Total
	if err := j.compare(inv, o, points); err != nil {
		return 0, err
	}
	return o.exitCode(), j.print(inv, o, loaded)
}

// sameUnits refuses networks for different inputs.
func sameUnits(path string, repaired *nn.Network, originalPath string, original *nn.Network) error {
	if repaired.InDim() != original.InDim() || repaired.OutDim() != original.OutDim() {
		return fmt.Errorf("%s has %d inputs and %d outputs, but the original %s has %d and %d",
			path, repaired.InDim(), repaired.OutDim(), originalPath, original.InDim(), original.OutDim())
	}
	if repaired.Meta.Units != original.Meta.Units {
		return fmt.Errorf("%s takes inputs in %s, but the original %s takes them in %s",
			path, unitsText(repaired), originalPath, unitsText(original))
	}
	return nil
}

func unitsText(net *nn.Network) string {
	if net.Meta.Units == "" {
		return "no stated units"
	}
	return net.Meta.Units + " units"
}

func (j *checkJob) compare(inv *cli.Invocation, o *checkOutcome, points *dataset.Points) error {
	var err error
	o.recheck, err = repair.Recheck(inv.Ctx, o.original, o.repaired, o.spec, repair.RecheckOptions{
		Margin: j.margin.Value, Float64: j.arithmetic == cli.ArithmeticFloat64, Executed: j.robustTo != "", Workers: j.workers,
		ExactProgress:   func(pieces int) { inv.Progress.Report("exact check: %s", cli.Count(pieces, "piece")) },
		Float64Progress: inv.RepairProgress(),
	})
	inv.Progress.Clear()
	switch {
	case inv.Whole.Err() != nil:
		return context.Cause(inv.Whole)
	case err != nil:
		return err
	}
	o.choice = o.spec.Chooses(o.original.OutDim())
	o.changes = valueChanges(o.recheck.Comparison.Original, o.repaired)
	if points == nil {
		return nil
	}
	if o.before, err = accuracyAt(inv, o.original, points, o.spec.Extremum); err != nil {
		return err
	}
	o.after, err = accuracyAt(inv, o.repaired, points, o.spec.Extremum)
	return err
}
