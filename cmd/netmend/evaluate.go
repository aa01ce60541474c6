package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

var evaluateCommand = &cli.Command{
	Name:    "evaluate",
	Summary: "measure a repair: efficacy, drawdown, generalisation, size of the change",
	Usage:   "ORIGINAL REPAIRED [--repair-set FILE] [--drawdown FILE] [--generalisation FILE] [flags]",
	Detail: `
Compares two networks on sets of points with classes: the accuracy of the repaired
one on the repair set (efficacy), the accuracy lost on a set that should stay as it
was (drawdown) and the accuracy gained on a set that should improve (generalisation),
each with a confidence interval, and how much the parameters changed. Sets are files
of points as for eval, read batch by batch. The repair set may be a repair
specification (.json), whose segments and polygons are sampled. To prove something
about whole segments and polygons, use check.`,
	Example: `netmend demo demo && netmend evaluate demo/n1.onnx demo/n1-eq3.onnx --repair-set demo/eq3.json`,
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var e comparison
		e.declare(fs)
		return func(operands []string) (int, error) {
			if err := e.validate(operands); err != nil {
				return 0, err
			}
			return cli.ExitYes, e.run(inv)
		}
	},
}

// comparison is what the flags of evaluate say.
type comparison struct {
	nets                     networkFlags
	original, repaired       string
	scale, column, imageText string
	image                    *dataset.Image
	sets                     [3]pointSet // in the order of the measures
	argmin, csv              bool
	samples, batch, workers  int
	seed                     uint64
	confidence               float64
	multiply, divide         float64
	classifier               spec.Extremum
	originalNet, repairedNet *nn.Network
}

// pointSet is a set of points that a measure is about.
type pointSet struct {
	measure      string // its name in results
	value        func(*metrics.Score) metrics.Interval
	phase        string // its name among the seconds
	flag         string
	path, labels string
	sampled      bool
	score        *metrics.Score
}

func (e *comparison) declare(fs *pflag.FlagSet) {
	e.nets.declare(fs)
	e.sets = [3]pointSet{
		{measure: "efficacy", value: (*metrics.Score).Efficacy, phase: "repair_set", flag: "repair-set"},
		{measure: "drawdown", value: (*metrics.Score).Drawdown, phase: "drawdown", flag: "drawdown"},
		{measure: "generalisation", value: (*metrics.Score).Generalisation, phase: "generalisation", flag: "generalisation"},
	}
	about := []string{
		"what was repaired: a `file` of points with classes, or a repair specification (.json)",
		"points that should stay right: a `file` of points with classes",
		"points that should be right after the repair: a `file` of points with classes",
	}
	for i := range e.sets {
		s := &e.sets[i]
		fs.StringVar(&s.path, s.flag, "", about[i])
		fs.StringVar(&s.labels, s.flag+"-labels", "", "`file` with the classes of --"+s.flag+", counted from 0; not needed for y or label in the same .npz file")
	}
	fs.StringVar(&e.scale, "scale", "", "multiply coordinates of points by this `number`, or 1/255 to divide 8-bit images")
	declareImage(fs, &e.imageText)
	fs.StringVar(&e.column, "label-column", "", "CSV files: `name` or number, from 1, of the column with the classes")
	fs.BoolVar(&e.argmin, "argmin", false, "the smallest output is the class (default the largest)")
	fs.IntVar(&e.samples, "samples", 10000, "how many points to draw from the segments and polygons of a repair specification")
	fs.Uint64Var(&e.seed, "seed", 1, "seed for drawing these points")
	fs.Float64Var(&e.confidence, "confidence", metrics.DefaultConfidence, "level of the confidence intervals")
	fs.IntVar(&e.batch, "batch", 0, "how many points to evaluate at once (default a number that takes little memory); the result does not depend on it")
	cli.DeclareWorkers(fs, &e.workers)
	fs.BoolVar(&e.csv, "csv", false, "print comma-separated values instead of a table")
}

// validate reports everything that can be known to be wrong before a file is read.
func (e *comparison) validate(operands []string) (err error) {
	if err := cli.WantOperands(operands, "ORIGINAL", "REPAIRED"); err != nil {
		return err
	}
	e.original, e.repaired = operands[0], operands[1]
	if e.multiply, e.divide, err = cli.ParseScale(e.scale); err != nil {
		return cli.Usagef("%w", err)
	}
	if e.image, err = parseImage(e.imageText, e.multiply); err != nil {
		return err
	}
	if e.argmin {
		e.classifier = spec.Argmin
	}
	for _, s := range e.sets {
		if s.labels != "" && s.path == "" {
			return cli.Usagef("--%s-labels without --%s", s.flag, s.flag)
		}
	}
	switch {
	case !(e.confidence > 0 && e.confidence < 1):
		return cli.Usagef("--confidence %v: want a number between 0 and 1", e.confidence)
	case e.samples < 1:
		return cli.Usagef("--samples %d: must be at least 1", e.samples)
	case e.batch < 0 || e.workers < 0:
		return cli.Usagef("--batch and --workers must not be negative")
	}
	return e.nets.validate(e.original, e.repaired)
}

func (e *comparison) run(inv *cli.Invocation) (err error) {
	if e.csv && inv.JSON {
		return cli.Usagef("--csv and --json contradict each other")
	}
	inv.Progress.Watch(inv.Stderr)
	if e.originalNet, err = e.nets.load(inv, e.original); err != nil {
		return err
	}
	if e.repairedNet, err = e.nets.load(inv, e.repaired); err != nil {
		return err
	}
	loaded := inv.Total().Total
	seconds := map[string]float64{"load": loaded}
	for i := range e.sets {
		if s := &e.sets[i]; s.path != "" {
			start := time.Now()
			if err := e.measure(inv, s); err != nil {
				return err
			}
			seconds[s.phase] = time.Since(start).Seconds()
		}
	}
	inv.Progress.Clear()
	changes, err := metrics.Changes(e.originalNet, e.repairedNet)
	if err != nil {
		inv.Note("the size of the change is unknown: %v", err)
	}
	seconds["total"] = inv.Total().Total
	return e.print(inv, changes, seconds)
}

// measure evaluates both networks on one set.
func (e *comparison) measure(inv *cli.Invocation, s *pointSet) error {
	source, closeSource, err := e.source(inv, s)
	if err != nil {
		return err
	}
	s.score, err = metrics.Measure(inv.Ctx, e.originalNet, e.repairedNet, source, metrics.Options{
		Confidence: e.confidence, Batch: e.batch, Workers: e.workers,
		Progress: func(points int) { inv.Progress.Report("%s: %s", s.measure, cli.Count(points, "point")) },
	})
	if err := errors.Join(err, closeSource()); err != nil {
		return cli.Named(s.path, err)
	}
	return nil
}

// source opens a set.
func (e *comparison) source(inv *cli.Invocation, s *pointSet) (metrics.Source, func() error, error) {
	if strings.HasSuffix(strings.ToLower(s.path), ".json") {
		if s.flag != "repair-set" || s.labels != "" {
			return nil, nil, cli.Usagef("--%s %s: a repair specification is for --repair-set, without labels", s.flag, s.path)
		}
		required, err := readSpec(inv, s.path, e.originalNet)
		if err != nil {
			return nil, nil, err
		}
		if e.argmin && required.Extremum != spec.Argmin {
			return nil, nil, cli.Usagef("--argmin: %s says that the largest output is the class", s.path)
		}
		bound, err := required.Bind(e.originalNet.OutDim(), func(points [][]float64) ([][]float64, error) {
			return outputsAt(e.originalNet, points)
		})
		if err != nil {
			return nil, nil, cli.Named(s.path, err)
		}
		s.sampled = required.Polytopes()
		return metrics.FromSpec(bound, e.samples, e.seed), func() error { return nil }, nil
	}
	stream, err := dataset.OpenStreamContext(inv.Ctx, s.path, dataset.Options{
		Dim: e.originalNet.InDim(), Shape: e.originalNet.InputShape, DivideBy: e.divide, LabelColumn: e.column, Labels: s.labels, Image: e.image,
	})
	if err != nil {
		return nil, nil, withHint(err)
	}
	return metrics.FromStream(stream, e.multiply, e.originalNet.OutDim(), e.classifier), stream.Close, nil
}

// outputsAt evaluates a network at points.
func outputsAt(net *nn.Network, points [][]float64) ([][]float64, error) {
	x, err := nn.MatrixOf(points)
	if err != nil {
		return nil, err
	}
	y, err := net.Eval(x, 1)
	if err != nil {
		return nil, err
	}
	rows := make([][]float64, y.Rows)
	for i := range rows {
		rows[i] = y.Row(i)
	}
	return rows, nil
}

// percentages is an interval for people.
func percentages(i metrics.Interval) (value, ends string) {
	return fmt.Sprintf("%.2f %%", float64(100*i.Value)+0), fmt.Sprintf("%.2f to %.2f", float64(100*i.Low)+0, float64(100*i.High)+0)
}
