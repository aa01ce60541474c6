package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

var repairCommand = &cli.Command{
	Name:    "repair",
	Summary: "change one layer as little as possible so that a requirement holds, with proof",
	Usage:   "NETWORK --spec SPEC [flags]",
	Detail: `
SPEC is a repair specification (docs/SPEC.md): points, segments and polygons of
inputs, what the output must be there, and points to keep as they are. The result is
the smallest change of the layer that makes the network meet the specification at
every point of these sets, or a proof that the layer has no such change within the
bound. Both are checked in exact arithmetic, on the network as stored. If several
classes are allowed, one is chosen per region, the one that the network prefers now;
"smallest" and "infeasible" are meant for that choice.

The repaired network is decoupled: its activation channel is the original
network. -o writes it in plain ONNX operators, which any runtime executes.`,
	Example: `netmend demo demo && netmend repair demo/n1.onnx --spec demo/eq2.json --layer 1 --objective l1 -o demo/repaired.onnx`,
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var j repairJob
		j.declare(fs)
		return func(operands []string) (int, error) {
			if err := j.validate(fs, operands); err != nil {
				return 0, err
			}
			return j.run(inv)
		}
	},
}

// repairJob is one run of repair.
type repairJob struct {
	nets                   networkFlags
	data                   pointFlags
	path, spec, out, file  string
	layer, objective, free string
	rank                   string
	layers                 []int // none for auto
	dtype, robustTo        string
	arithmetic             string
	margin                 cli.OptionalFloat
	bound                  float64
	sameArchitecture       bool
	listChanges            bool
	workers                int

	options     repair.Options
	certificate treeCertificate
}

func (j *repairJob) declare(fs *pflag.FlagSet) {
	j.nets.declare(fs)
	j.data.declare(fs)
	fs.StringVar(&j.spec, "spec", "", "the repair specification: a `file`, JSON text, or - for the standard input")
	fs.StringVar(&j.layer, "layer", "auto", "the `layer` to change, from 1 (netmend info lists them); or several, such as 7,6, one after the other, each for what the layers before it left; or auto: try all and take the best")
	fs.StringVar(&j.rank, "rank", string(repair.RankNorm), "with --layer auto, `what` makes a layer the best: norm (smallest change), drawdown (smallest loss on --data) or later (the last one that can be repaired)")
	cli.DeclareObjective(fs, &j.objective)
	fs.Var(&j.margin, "margin", "the margin `m`: require every half-space a.y <= b as a.y <= b - m (default that of the specification)")
	fs.Float64Var(&j.bound, "bound", repair.DefaultBound, "the largest change of a single parameter")
	fs.StringVar(&j.free, "free", "all", "`which` parameters may change: all, weights, biases, nonzero, list=FILE, or a list such as \"w(0,2),b(1)\": outputs and inputs of the layer, from 0")
	fs.StringVar(&j.dtype, "dtype", "", "`type` of the repaired network's parameters, float32 or float64 (default that of the source)")
	declareRobustTo(fs, &j.robustTo)
	cli.DeclareArithmetic(fs, &j.arithmetic)
	fs.BoolVar(&j.sameArchitecture, "same-architecture", false, "write an ordinary network; for layers with no activation between them and the output")
	fs.BoolVar(&j.listChanges, "changes", false, "list every changed parameter")
	fs.StringVar(&j.file, "data", "", "points with classes, to measure the accuracy before and after (`file`: .npy, .npz, .csv, IDX)")
	cli.DeclareWorkers(fs, &j.workers)
	cli.DeclareOutput(fs, &j.certificate.path, "certificate", "", "write a proof of the answer that netmend check accepts (`file`, .json or .json.gz)")
	cli.DeclareOutput(fs, &j.out, "out", "o", "write the repaired network to this .onnx `file`")
}

// validate reports everything that can be known to be wrong before the network is
// read.
func (j *repairJob) validate(fs *pflag.FlagSet, operands []string) error {
	if err := cli.WantOperands(operands, "NETWORK"); err != nil {
		return err
	}
	j.path = operands[0]
	if err := j.nets.validate(j.path); err != nil {
		return err
	}
	norm, err := repair.ParseNorm(j.objective)
	if err != nil {
		return cli.Usagef("%w", err)
	}
	if j.layers, err = parseLayers(j.layer); err != nil {
		return err
	}
	layer := 0
	if len(j.layers) > 0 {
		layer = j.layers[0]
	}
	if err := j.checkLayers(); err != nil {
		return err
	}
	if j.dtype, err = robustType(j.robustTo, j.dtype); err != nil {
		return err
	}
	arithmetic, err := repair.ParseArithmetic(j.arithmetic)
	if err != nil {
		return cli.Usagef("--arithmetic: %w", err)
	}
	free, err := readFree(j.free)
	if err != nil {
		return fmt.Errorf("--free: %w", err)
	}
	switch {
	case j.spec == "":
		return cli.Usagef("--spec is missing")
	case !(j.bound > 0):
		return cli.Usagef("--bound %v: must be above 0", j.bound)
	case j.margin.Value != nil && *j.margin.Value < 0:
		return cli.Usagef("--margin %v: must not be negative", *j.margin.Value)
	case j.workers < 0:
		return cli.Usagef("--workers %d: must not be negative", j.workers)
	case j.file == "" && j.data.given():
		return cli.Usagef("--scale, --labels and --label-column are for --data")
	case j.out != "" && kind(j.out) != "onnx" && !cli.IsDevice(j.out):
		return cli.Usagef("-o %s: repaired networks are written as .onnx files", j.out)
	}
	j.options = repair.Options{
		Layer: layer, Rank: repair.Rank(j.rank), Norm: norm, Margin: j.margin.Value, Bound: j.bound, Free: free,
		Workers: j.workers, Executed: j.robustTo != "", Arithmetic: arithmetic,
	}
	if err := j.checkCertificateFlags(); err != nil {
		return err
	}
	if err := cli.CheckDistinct(j.out, j.certificate.path); err != nil {
		return err
	}
	return cli.CheckOutput(j.out, j.inputs()...)
}

// readFree reads --free: a list may be in a file.
func readFree(text string) (repair.Free, error) {
	path, inFile := strings.CutPrefix(text, "list=")
	if !inFile {
		return repair.ParseFree(text)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return repair.Free{}, err
	}
	free, err := repair.ParseFree(string(data))
	if err != nil {
		return free, cli.Named(path, err)
	}
	return free, nil
}

// inputs are the files that are read.
func (j *repairJob) inputs() []string {
	list, _ := strings.CutPrefix(j.free, "list=")
	return []string{j.path, j.spec, j.file, j.data.labels, list}
}

// repairOutcome is what a run of repair found.
type repairOutcome struct {
	net    *nn.Network // before
	spec   *spec.Spec
	best   *repair.Result
	all    []*repair.Result // of every layer, where all were tried
	steps  []repair.Step    // of several layers one after the other
	loaded float64          // seconds

	before, after *accuracy
	written       string
	file          *answer.StoredNetwork
}

func (j *repairJob) run(inv *cli.Invocation) (int, error) {
	inv.Progress.Watch(inv.Stderr)
	net, err := j.nets.load(inv, j.path)
	if err != nil {
		return 0, err
	}
	s, err := readSpec(inv, j.spec, net)
	if err != nil {
		return 0, err
	}
	points, err := j.loadData(inv, net)
	if err != nil {
		return 0, err
	}
	if net, err = j.prepare(inv, net); err != nil {
		return 0, err
	}
	o := &repairOutcome{net: net, spec: s, loaded: inv.Total().Total}
	if err := j.measureDrawdown(inv, o, points); err != nil {
		return 0, err
	}
	if err := j.solve(inv, o); err != nil {
		return 0, err
	}
	if err := j.finish(inv, o, points); err != nil {
		return 0, err
	}
	if err := j.certify(inv, o); err != nil {
		return 0, err
	}
	if err := inv.Commit(); err != nil {
		return 0, err
	}
	code := answer.ExitCode(o.best.Status)
	if j.certificate.missing != "" {
		code = cli.ExitUnknown
	}
	return code, j.print(inv, o)
}

// loadData reads the labelled points, if there are any.
func (j *repairJob) loadData(inv *cli.Invocation, net *nn.Network) (*dataset.Points, error) {
	if j.file == "" {
		return nil, nil
	}
	return loadLabelled(inv, &j.data, j.file, net)
}

// loadLabelled reads points that must have classes.
func loadLabelled(inv *cli.Invocation, flags *pointFlags, path string, net *nn.Network) (*dataset.Points, error) {
	points, err := flags.load(inv, path, net)
	if err == nil && points.Labels == nil {
		err = fmt.Errorf("%s: has no classes; name them with --labels or --label-column", path)
	}
	return points, err
}

// prepare settles the type of the result and checks that the layer can be
// repaired and written as asked.
func (j *repairJob) prepare(inv *cli.Invocation, net *nn.Network) (*nn.Network, error) {
	j.options.DType, j.options.Wider = net.Meta.DType, j.dtype == ""
	if j.dtype != "" {
		var err error
		if j.options.DType, err = nn.ParseDType(j.dtype); err != nil {
			return nil, cli.Usagef("--dtype: %w", err)
		}
	}
	if k := j.options.Layer; k > 0 {
		if _, _, err := net.Layer(k); err != nil {
			return nil, cli.Named(j.path, err)
		}
	}
	if j.sameArchitecture {
		if err := j.requireSameArchitecture(net); err != nil {
			return nil, err
		}
	}
	return asStored(inv, j.path, net, j.options.DType)
}

// requireSameArchitecture refuses layers whose repair makes the network
// discontinuous, before any work.
func (j *repairJob) requireSameArchitecture(net *nn.Network) error {
	if j.options.Layer == 0 {
		return cli.Usagef("--same-architecture needs --layer: with auto, a layer before an activation may be the best")
	}
	node, _, err := net.Layer(j.options.Layer)
	if err != nil {
		return err
	}
	if net.ActivationAfter(node) {
		return fmt.Errorf("--same-architecture: an activation lies between layer %d and the output, so the repaired function jumps where the original's pieces meet, and no network of the same architecture computes it; leave the flag out to write two channels",
			j.options.Layer)
	}
	_, err = onnx.SameArchitecture(net)
	return err
}

// solve repairs the layer asked for, or every layer.
func (j *repairJob) solve(inv *cli.Invocation, o *repairOutcome) (err error) {
	j.options.Progress = inv.RepairProgress()
	inv.GiveMemory(&j.options)
	switch {
	case j.options.Layer == 0:
		o.best, o.all, err = repair.Auto(inv.Ctx, o.net, o.spec, j.options)
	case len(j.layers) > 1:
		if o.steps, err = repair.Sequence(inv.Ctx, o.net, o.spec, j.options, j.layers); err == nil {
			o.best = o.steps[len(o.steps)-1].Result
		}
	default:
		o.best, err = repair.Run(inv.Ctx, o.net, o.spec, j.options)
	}
	inv.Progress.Clear()
	if inv.Whole.Err() != nil {
		return context.Cause(inv.Whole)
	}
	return err
}

// finish measures the accuracy and writes the repaired network.
func (j *repairJob) finish(inv *cli.Invocation, o *repairOutcome, points *dataset.Points) error {
	repaired := o.best.Network
	if points != nil {
		var err error
		if o.before == nil {
			if o.before, err = accuracyAt(inv, o.net, points, o.spec.Extremum); err != nil {
				return err
			}
		}
		if repaired != nil {
			if o.after, err = accuracyAt(inv, repaired, points, o.spec.Extremum); err != nil {
				return err
			}
		}
	}
	if j.out == "" || repaired == nil {
		return nil
	}
	var err error
	if j.sameArchitecture {
		if repaired, err = onnx.SameArchitecture(repaired); err != nil {
			return err
		}
	}
	o.written = j.out
	provenance, err := j.provenance(repaired)
	if err != nil {
		return err
	}
	o.file, err = answer.StageNetwork(inv, j.out, repaired, o.best.DType, provenance...)
	return err
}
