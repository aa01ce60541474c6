package main

import (
	"github.com/spf13/pflag"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// benchJob is one run of a benchmark: a network and a requirement from the
// reference data, repaired in one layer.
type benchJob struct {
	task       string
	data       string
	layer      int
	objective  string
	margin     float64
	bound      float64
	workers    int
	loadInputs func(data string) (*nn.Network, *spec.Spec, error)
}

// declare declares the flags that all benchmarks have.
func (j *benchJob) declare(fs *pflag.FlagSet) {
	fs.StringVar(&j.data, "data", "", "`folder` of the reference data")
	fs.IntVar(&j.layer, "layer", 0, "the `layer` to change, from 1 (default the last)")
	declareObjective(fs, &j.objective)
	fs.Float64Var(&j.margin, "margin", j.margin, "the margin")
	fs.Float64Var(&j.bound, "bound", repair.DefaultBound, "the largest change of a single parameter")
	declareWorkers(fs, &j.workers)
}

// setup makes the function that runs the benchmark.
func (j *benchJob) setup(inv *invocation, fs *pflag.FlagSet) func([]string) (int, error) {
	j.declare(fs)
	return func(operands []string) (int, error) {
		if err := wantOperands(operands); err != nil {
			return 0, err
		}
		norm, err := repair.ParseNorm(j.objective)
		switch {
		case err != nil:
			return 0, usagef("%w", err)
		case j.data == "":
			return 0, usagef("--data is missing")
		case !(j.margin >= 0):
			return 0, usagef("--margin %v: want a number from 0", j.margin)
		case !(j.bound > 0):
			return 0, usagef("--bound %v: want a number above 0", j.bound)
		case j.layer < 0 || j.workers < 0:
			return 0, usagef("--layer and --workers: want numbers from 1")
		}
		return j.run(inv, norm)
	}
}

func (j *benchJob) run(inv *invocation, norm repair.Norm) (int, error) {
	inv.progress.watch(inv.stderr)
	net, s, err := j.loadInputs(j.data)
	if err != nil {
		return 0, err
	}
	loaded := inv.total().Total
	layer := j.layer
	if layer == 0 {
		layer = len(net.Layers())
	}
	r, err := repair.Run(inv.ctx, net, s, repair.Options{
		Layer: layer, Norm: norm, Margin: &j.margin, Bound: j.bound, DType: nn.Float64,
		Workers: j.workers, Progress: repairProgress(inv),
	})
	if err != nil {
		return 0, err
	}
	if err := inv.ctx.Err(); err != nil {
		return 0, err
	}
	inv.progress.clear()
	r.Time.Load, r.Time.Total = loaded, inv.total().Total
	f := figuresOf(net, s, r)
	f.Worst = nil // an image of 784 numbers in the MNIST experiment
	return exitCode(r.Status), inv.writeJSON(struct {
		header
		Task string `json:"task"`
		figures
		Seconds repair.Seconds `json:"seconds"`
		Peak    int64          `json:"peak_memory_bytes"`
	}{inv.header(), j.task, f, r.Time, peakMemory()})
}
