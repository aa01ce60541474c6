// Package bench is netmend bench: the experiments of both papers, timed and measured.
package bench

import (
	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// Commands are the benchmarks, in the order of the overview.
var Commands = []*cli.Command{
	benchACASCommand, benchMNISTCommand, benchSqueezeNetCommand, benchLinesCommand, benchSlicesCommand, benchPhotographsCommand, benchFiguresCommand,
}

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
	cli.DeclareObjective(fs, &j.objective)
	fs.Float64Var(&j.margin, "margin", j.margin, "the margin")
	fs.Float64Var(&j.bound, "bound", repair.DefaultBound, "the largest change of a single parameter")
	cli.DeclareWorkers(fs, &j.workers)
}

// setup makes the function that runs the benchmark.
func (j *benchJob) setup(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
	j.declare(fs)
	return func(operands []string) (int, error) {
		if err := cli.WantOperands(operands); err != nil {
			return 0, err
		}
		norm, err := repair.ParseNorm(j.objective)
		switch {
		case err != nil:
			return 0, cli.Usagef("%w", err)
		case j.data == "":
			return 0, cli.Usagef("--data is missing")
		case !(j.margin >= 0):
			return 0, cli.Usagef("--margin %v: must not be negative", j.margin)
		case !(j.bound > 0):
			return 0, cli.Usagef("--bound %v: must be above 0", j.bound)
		case j.layer < 0 || j.workers < 0:
			return 0, cli.Usagef("--layer and --workers must not be negative")
		}
		return j.run(inv, norm)
	}
}

func (j *benchJob) run(inv *cli.Invocation, norm repair.Norm) (int, error) {
	inv.Progress.Watch(inv.Stderr)
	net, s, err := j.loadInputs(j.data)
	if err != nil {
		return 0, err
	}
	loaded := inv.Total().Total
	layer := j.layer
	if layer == 0 {
		layer = len(net.Layers())
	}
	r, err := repair.Run(inv.Ctx, net, s, repair.Options{
		Layer: layer, Norm: norm, Margin: &j.margin, Bound: j.bound, DType: nn.Float64,
		Workers: j.workers, Progress: inv.RepairProgress(),
	})
	if err != nil {
		return 0, err
	}
	if err := inv.Ctx.Err(); err != nil {
		return 0, err
	}
	inv.Progress.Clear()
	r.Time.Load, r.Time.Total = loaded, inv.Total().Total
	f := answer.FiguresOf(net, s, r)
	f.Worst = nil // an image of 784 numbers in the MNIST experiment
	return answer.ExitCode(r.Status), inv.WriteJSON(struct {
		cli.Header
		Task string `json:"task"`
		answer.Figures
		Seconds repair.Seconds `json:"seconds"`
		Peak    int64          `json:"peak_memory_bytes"`
	}{inv.Header(), j.task, f, r.Time, cli.PeakMemory()})
}
