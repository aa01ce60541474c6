// Package bench is netmend bench: the experiments of both papers, timed and measured.
package bench

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/baseline"
	"github.com/netmend/netmend/internal/experiment"
	"github.com/netmend/netmend/repair"
)

// Commands are the benchmarks, in the order of the overview.
var Commands = []*cli.Command{linesCommand, slicesCommand, photographsCommand, figuresCommand}

// problem is a network and what is required of it.
type problem interface {
	declare(fs *pflag.FlagSet)
	validate() error
	// load makes the task. Where nothing but the time of its repair is asked for, sets that
	// are measured may be left out.
	load(inv *cli.Invocation, measured bool, seed uint64, workers int) (*experiment.Task, error)
}

// job is one run of a benchmark.
type job struct {
	problem         problem
	method, layer   string
	batch, last     int
	objective       string
	rate, momentum  float64
	epochs, samples int
	seed            uint64
	margin          cli.OptionalFloat
	bound           float64
	workers         int
	norm            repair.Norm
}

// setup declares the flags, rate and momentum being the default ones of gradient descent, and
// makes the function that runs the benchmark.
func setup(inv *cli.Invocation, fs *pflag.FlagSet, p problem, rate, momentum float64) func([]string) (int, error) {
	j := job{problem: p, rate: rate, momentum: momentum}
	j.declare(fs)
	p.declare(fs)
	return func(operands []string) (int, error) {
		if err := errors.Join(cli.WantOperands(operands), j.validate()); err != nil {
			return 0, err
		}
		if err := p.validate(); err != nil {
			return 0, err
		}
		return j.run(inv)
	}
}

func (j *job) declare(fs *pflag.FlagSet) {
	fs.StringVar(&j.method, "method", "", "pr: provable repair, ft: fine-tuning, mft: modified fine-tuning, measured on the same points (default provable repair, with all its figures)")
	fs.StringVar(&j.layer, "layer", "", "the `layer` to change, from 1 (default the last); without --method also all, one after the other; ft changes all")
	cli.DeclareObjective(fs, &j.objective)
	fs.Var(&j.margin, "margin", "provable repair: the margin `m` (default that of the experiment)")
	fs.Float64Var(&j.bound, "bound", repair.DefaultBound, "provable repair: the largest change of a single parameter")
	fs.Float64Var(&j.rate, "rate", j.rate, "ft, mft: learning rate")
	fs.Float64Var(&j.momentum, "momentum", j.momentum, "ft, mft: momentum")
	fs.IntVar(&j.batch, "batch", 16, "ft, mft: points a step")
	fs.IntVar(&j.epochs, "epochs", baseline.DefaultEpochs, "ft, mft: the largest number of passes over the points")
	fs.IntVar(&j.last, "last", 0, "ft: change this `number` of layers only, the last ones (default all)")
	fs.IntVar(&j.samples, "samples", 10000, "with --method: points drawn from segments and polygons: what ft and mft see, and efficacy is measured on")
	fs.Uint64Var(&j.seed, "seed", 1, "seed of everything that is drawn")
	cli.DeclareWorkers(fs, &j.workers)
}

// validate reports everything that can be known to be wrong before a file is read.
func (j *job) validate() (err error) {
	if j.norm, err = repair.ParseNorm(j.objective); err != nil {
		return cli.Usagef("%w", err)
	}
	layer, err := strconv.Atoi(j.layer)
	all := j.layer == "all" && j.method == ""
	switch kind := experiment.Kind(j.method); {
	case kind != "" && kind != experiment.PR && kind != experiment.FT && kind != experiment.MFT:
		return cli.Usagef("--method %q: want pr, ft or mft", j.method)
	case j.layer != "" && !all && (err != nil || layer < 0):
		return cli.Usagef("--layer %q: want a number from 1, or all without --method", j.layer)
	case j.last < 0 || j.workers < 0 || j.batch < 1 || j.epochs < 1 || j.samples < 1:
		return cli.Usagef("--last and --workers must not be negative, and --batch, --epochs and --samples must be at least 1")
	case j.margin.Value != nil && *j.margin.Value < 0:
		return cli.Usagef("--margin %v: must not be negative", *j.margin.Value)
	case !(j.bound > 0):
		return cli.Usagef("--bound %v: must be above 0", j.bound)
	}
	return nil
}

// layers are the numbers of those to change, the last one first.
func (j *job) layers(n int) []int {
	if j.layer == "all" {
		all := make([]int, n)
		for k := range all {
			all[k] = n - k
		}
		return all
	}
	if k, _ := strconv.Atoi(j.layer); k > 0 {
		return []int{k}
	}
	return []int{n}
}

// run loads the task and runs the method, or a repair with all its figures.
func (j *job) run(inv *cli.Invocation) (int, error) {
	inv.Progress.Watch(inv.Stderr)
	task, err := j.problem.load(inv, j.method != "", j.seed, j.workers)
	if err != nil {
		return 0, err
	}
	if j.margin.Value != nil {
		task.Margin = *j.margin.Value
	}
	if j.method == "" {
		return j.repair(inv, task)
	}
	return j.compare(inv, task)
}

// taskOf is the name of the experiment, that of its command.
func taskOf(inv *cli.Invocation) string { return strings.TrimPrefix(inv.Command.Name, "bench ") }
