package bench

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/baseline"
	"github.com/netmend/netmend/internal/experiment"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/train"
)

var benchLinesCommand = &cli.Command{
	Name:    "bench lines",
	Summary: "Task 2: repair lines to foggy digits by one of the methods, and measure it",
	Usage:   "--method pr|ft|mft [--data DIR] [flags]",
	Detail: `
Repairs a network for digits so that every point of the lines from clean images
to foggy ones has the image's class (Section 7.2 of the paper), by provable
repair, fine-tuning or modified fine-tuning, and measures efficacy, drawdown (clean
test images) and generalisation (foggy ones). Prints one JSON object.

With --data it uses the paper's MNIST network and the lines of the reference data.
Without --data it uses a network of the same size, trained on the spot on generated
digits. --fog makes different fog over the same images, --first takes other images.`,
	Example: "netmend bench lines --method pr --lines 10 --layer 3",
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var j compareJob
		var l linesJob
		j.declare(fs, 0.05, 0.9)
		l.declare(fs)
		return func(operands []string) (int, error) {
			if err := cli.WantOperands(operands); err != nil {
				return 0, err
			}
			if err := l.check(); err != nil {
				return 0, err
			}
			return j.run(inv, "lines", l.task)
		}
	},
}

var benchSlicesCommand = &cli.Command{
	Name:    "bench slices",
	Summary: "Task 3: repair ACAS Xu slices by one of the methods, and measure it",
	Usage:   "--data DIR --method pr|ft|mft [flags]",
	Detail: `
Repairs network N(2,9) on the slices of property 8 (Section 7.3 of the paper) by
provable repair, fine-tuning or modified fine-tuning, and measures it on sets drawn
as in the paper: the counterexamples among the vertices of the linear regions of
further random slices (generalisation), and the same number of vertices that are right
(drawdown). Prints one JSON object.`,
	Example: "netmend bench slices --data ../shared --method pr",
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var j compareJob
		var s slicesJob
		j.declare(fs, 0.001, 0.9)
		s.declare(fs)
		return func(operands []string) (int, error) {
			if err := cli.WantOperands(operands); err != nil {
				return 0, err
			}
			if s.data == "" {
				return 0, cli.Usagef("--data is missing")
			}
			return j.run(inv, "slices", s.task)
		}
	},
}

// compareJob is one run of a method on a task.
type compareJob struct {
	method             string
	layer, batch, last int
	objective          string
	rate               float64
	momentum           float64
	epochs             int
	samples            int
	seed               uint64
	margin             cli.OptionalFloat
	limit              time.Duration
	workers            int
}

func (j *compareJob) declare(fs *pflag.FlagSet, rate, momentum float64) {
	fs.StringVar(&j.method, "method", "", "pr: provable repair, ft: fine-tuning, mft: modified fine-tuning")
	fs.IntVar(&j.layer, "layer", 0, "the `layer` to change, from 1 (default the last); ft changes all")
	cli.DeclareObjective(fs, &j.objective)
	fs.Var(&j.margin, "margin", "pr: the margin `m` (default that of the experiment)")
	fs.DurationVar(&j.limit, "time-limit", 0, "pr: give up after this `time`")
	fs.Float64Var(&j.rate, "rate", rate, "ft, mft: learning rate")
	fs.Float64Var(&j.momentum, "momentum", momentum, "ft, mft: momentum")
	fs.IntVar(&j.batch, "batch", 16, "ft, mft: points per step")
	fs.IntVar(&j.epochs, "epochs", baseline.DefaultEpochs, "ft, mft: the largest number of passes over the points")
	fs.IntVar(&j.last, "last", 0, "ft: change only this `number` of layers, the last ones (default all)")
	fs.IntVar(&j.samples, "samples", 10000, "how many points to draw from segments and polygons: ft and mft see them, and efficacy is measured on them")
	fs.Uint64Var(&j.seed, "seed", 1, "seed for everything that is drawn")
	cli.DeclareWorkers(fs, &j.workers)
}

// run loads the task, runs the method and prints what it came to.
func (j *compareJob) run(inv *cli.Invocation, name string, load func(ctx context.Context, seed uint64, workers int) (*experiment.Task, error)) (int, error) {
	m, err := j.check(inv)
	if err != nil {
		return 0, err
	}
	inv.Progress.Watch(inv.Stderr)
	task, err := load(inv.Ctx, j.seed, j.workers)
	if err != nil {
		return 0, err
	}
	if j.margin.Value != nil {
		task.Margin = *j.margin.Value
	}
	layers := len(task.Net.Layers())
	if m.Layer == 0 {
		m.Layer = layers
	}
	if j.last > layers {
		return 0, cli.Usagef("--last %d: the network has %s", j.last, cli.Count(layers, "layer"))
	}
	for k := layers - j.last + 1; k <= layers; k++ {
		m.Layers = append(m.Layers, k)
	}
	loaded := inv.Total().Total
	o, err := task.Run(inv.Ctx, m)
	if err != nil {
		return 0, err
	}
	inv.Progress.Clear()
	code := cli.ExitYes
	if m.Kind == experiment.PR {
		code = answer.ExitCode(repair.Status(o.Status))
	}
	info := compareInfo{
		Header: inv.Header(), Task: name, Method: m.Kind, Layer: m.Layer, Status: o.Status, Reason: o.Reason,
		KeyPoints: o.KeyPoints, Samples: o.Samples, Seed: j.seed,
		Efficacy:       answer.ScoreOf(o.Efficacy, (*metrics.Score).Efficacy),
		Drawdown:       answer.ScoreOf(o.Drawdown, (*metrics.Score).Drawdown),
		Generalisation: answer.ScoreOf(o.Generalisation, (*metrics.Score).Generalisation),
		Change:         answer.ChangeOf(o.Change),
		Seconds:        compareSeconds{loaded, o.Repair, o.Measure, inv.Total().Total},
		Peak:           cli.PeakMemory(),
	}
	if m.Kind == experiment.FT {
		info.Layer, info.Last = 0, j.last
	}
	if m.Kind != experiment.PR {
		info.Epochs, info.Steps = &o.Epochs, &stepsInfo{j.rate, j.momentum, j.batch, j.epochs}
	}
	return code, inv.WriteJSON(info)
}

// check turns the flags into a method.
func (j *compareJob) check(inv *cli.Invocation) (experiment.Method, error) {
	m := experiment.Method{
		Kind: experiment.Kind(j.method), Layer: j.layer, TimeLimit: j.limit,
		SGD: train.SGD{Rate: j.rate, Momentum: j.momentum}, BatchSize: j.batch, Epochs: j.epochs,
		Samples: j.samples, Seed: j.seed, Workers: j.workers,
		Repairing: inv.RepairProgress(),
		Tuning: func(p baseline.Progress) {
			inv.Progress.Report("epoch %d: loss %.4g, %s of %s right", p.Epoch, p.Loss, cli.Thousands(p.Correct), cli.Thousands(p.Samples))
		},
	}
	norm, err := repair.ParseNorm(j.objective)
	m.Norm = norm
	switch {
	case err != nil:
		return m, cli.Usagef("%w", err)
	case m.Kind != experiment.PR && m.Kind != experiment.FT && m.Kind != experiment.MFT:
		return m, cli.Usagef("--method %q: want pr, ft or mft", j.method)
	case j.layer < 0 || j.last < 0 || j.workers < 0 || j.batch < 1 || j.epochs < 1 || j.samples < 1:
		return m, cli.Usagef("--layer, --last and --workers must not be negative, and --batch, --epochs and --samples must be at least 1")
	case j.margin.Value != nil && *j.margin.Value < 0:
		return m, cli.Usagef("--margin %v: must not be negative", *j.margin.Value)
	}
	return m, nil
}

// compareInfo is the JSON object of the comparing benchmarks.
type compareInfo struct {
	cli.Header
	Task           string          `json:"task"`
	Method         experiment.Kind `json:"method"`
	Layer          int             `json:"layer,omitempty"`
	Last           int             `json:"last,omitempty"`
	Status         string          `json:"status"`
	Reason         string          `json:"reason,omitempty"`
	KeyPoints      int             `json:"key_points,omitempty"`
	Samples        int             `json:"samples"`
	Epochs         *int            `json:"epochs,omitempty"`
	Steps          *stepsInfo      `json:"descent,omitempty"`
	Seed           uint64          `json:"seed"`
	Efficacy       *answer.Score   `json:"efficacy,omitempty"`
	Drawdown       *answer.Score   `json:"drawdown,omitempty"`
	Generalisation *answer.Score   `json:"generalisation,omitempty"`
	Change         answer.Change   `json:"change"`
	Seconds        compareSeconds  `json:"seconds"`
	Peak           int64           `json:"peak_memory_bytes"`
}

// stepsInfo are the parameters of gradient descent.
type stepsInfo struct {
	Rate     float64 `json:"rate"`
	Momentum float64 `json:"momentum"`
	Batch    int     `json:"batch"`
	Epochs   int     `json:"epoch_limit"`
}

// compareSeconds are the phases of a comparing benchmark.
type compareSeconds struct {
	Load    float64 `json:"load"`
	Repair  float64 `json:"repair"`
	Measure float64 `json:"measure"`
	Total   float64 `json:"total"`
}
