package main

import (
	"flag"
	"fmt"
	"time"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

var checkCommand = &command{
	name:    "check",
	summary: "check a repaired network against the original and the requirement, from the files alone",
	usage:   "REPAIRED --original ORIGINAL --spec SPEC [flags] | CERTIFICATE.json [flags]",
	detail: `
Enumerates the linear regions again and evaluates the repaired network on every
vertex of every region, faces included, each with the pattern that executes
there. Points to keep get the class that the original gives them. Exit code 0:
the requirement holds and the activation channel is the original network; 1: one
of them is not so; 3: float64 cannot tell. With --exact, arithmetic without
rounding decides, by another program path that shares nothing with the repair.

A certificate (.json, .json.gz), as --certificate writes it, is checked by itself:
accepted (exit code 0) or rejected, with the reason (1). The files that it is about
are looked for beside it, by their digests, or given by --network and --spec.`,
	example: `netmend demo demo && netmend check demo/n1-eq2.onnx --original demo/n1.onnx --spec demo/eq2.json`,
	setup: func(inv *invocation, fs *flag.FlagSet) func([]string) (int, error) {
		var j checkJob
		j.declare(fs)
		return func(operands []string) (int, error) {
			if err := j.check(operands); err != nil {
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
	margin                        optionalFloat
	workers                       int
	network                       string
	timeout                       time.Duration
	exact                         bool
}

func (j *checkJob) declare(fs *flag.FlagSet) {
	j.nets.declare(fs)
	j.data.declare(fs)
	fs.StringVar(&j.network, "network", "", "of a certificate: the network that it is about (`file`)")
	fs.DurationVar(&j.timeout, "timeout", 0, "of a certificate: end as unknown after this `time`, such as 30s")
	fs.StringVar(&j.original, "original", "", "the network before its repair (`file`)")
	fs.StringVar(&j.specArg, "spec", "", "the repair specification: a `file`, JSON text, or - for the standard input")
	fs.Var(&j.margin, "margin", "the margin `m` to check (default that of the specification)")
	fs.StringVar(&j.file, "data", "", "points with classes, to tell the accuracy before and after (`file`: .npy, .npz, .csv, IDX)")
	fs.BoolVar(&j.exact, "exact", false, "decide in exact arithmetic, without rounding errors")
	declareRobustTo(fs, &j.robustTo)
	declareWorkers(fs, &j.workers)
}

func (j *checkJob) check(operands []string) error {
	if err := wantOperands(operands, "REPAIRED"); err != nil {
		return err
	}
	j.path = operands[0]
	if _, err := robustType(j.robustTo, ""); err != nil {
		return err
	}
	if isCertificate(j.path) {
		if j.margin.value != nil || j.file != "" || j.data.given() {
			return usagef("--margin and --data are for repaired networks, not for certificates")
		}
		return nil
	}
	switch {
	case j.network != "" || j.timeout != 0:
		return usagef("--network and --timeout are for certificates")
	case j.original == "":
		return usagef("--original is missing")
	case j.specArg == "":
		return usagef("--spec is missing")
	case j.margin.value != nil && *j.margin.value < 0:
		return usagef("--margin %v: want a number from 0", *j.margin.value)
	case j.workers < 0:
		return usagef("--workers %d: want a number above 0", j.workers)
	case j.file == "" && j.data.given():
		return usagef("--scale, --labels and --label-column are for --data")
	}
	return j.nets.check(j.path, j.original)
}

// Answers of check.
const (
	checkHolds    = "holds"
	checkViolated = "violated"
	checkRejected = "rejected"
	checkUnknown  = "unknown"
)

// checkOutcome is what a run of check found.
type checkOutcome struct {
	repaired, original *nn.Network
	spec               *spec.Spec
	margin             float64
	choice             bool // some item leaves several classes to choose from
	result             *repair.CheckResult
	verdict            verdict
	rounded            string        // the type that the original is rounded to, to be compared
	differences        []string      // of the activation channels
	changes            []layerChange // of the value channels
	before, after      *accuracy
	exact              *proof.Result // with --exact
	executions         string        // why what --robust-to asks for was not shown
}

// status is the answer: whether the requirement holds and the network is a
// repair of the original's value channel.
func (o *checkOutcome) status() string {
	violated, unknown := o.verdict == missed, o.verdict == undecided
	if o.exact != nil { // exact arithmetic has the last word
		violated, unknown = o.exact.Status == proof.StatusViolated, o.exact.Status == proof.StatusUnknown
	}
	unknown = unknown || o.executions != ""
	switch {
	case violated:
		return checkViolated
	case len(o.differences) > 0:
		return checkRejected
	case unknown:
		return checkUnknown
	}
	return checkHolds
}

// exitCode is the exit code of the answer.
func (o *checkOutcome) exitCode() int {
	switch o.status() {
	case checkHolds:
		return exitYes
	case checkUnknown:
		return exitUnknown
	}
	return exitNo
}

func (j *checkJob) run(inv *invocation) (int, error) {
	inv.progress.watch(inv.stderr)
	if isCertificate(j.path) {
		c := &certificateCheck{path: j.path, network: j.network, original: j.original, specification: j.specArg, workers: j.workers, timeout: j.timeout}
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
	if o.spec, err = inv.readSpec(j.specArg, o.original); err != nil {
		return 0, err
	}
	var points *dataset.Points
	if j.file != "" {
		if points, err = loadLabelled(inv, &j.data, j.file, o.original); err != nil {
			return 0, err
		}
	}
	loaded := inv.total().Total
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
		return fmt.Errorf("%s takes inputs in %s, but the original %s in %s",
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

func (j *checkJob) compare(inv *invocation, o *checkOutcome, points *dataset.Points) error {
	bound, err := o.spec.Bind(o.original.OutDim(), evaluator(inv, o.original))
	if err != nil {
		return err
	}
	// Bound to the original; the repaired network is not to say what to keep.
	for i := range bound.Items {
		bound.Items[i].Keep = false
	}
	o.margin = o.spec.Margin
	if j.margin.value != nil {
		o.margin = *j.margin.value
	}
	opt := repair.Options{Margin: j.margin.value, Workers: j.workers, Progress: inv.repairProgress}
	if j.robustTo != "" {
		opt.DType, opt.Executed = o.repaired.Meta.DType, true
	}
	o.result, err = repair.Check(inv.ctx, o.repaired, bound, opt)
	if opt.Executed && repair.Undecided(err) {
		o.executions, opt.Executed = "nothing was shown of executions: "+err.Error(), false
		o.result, err = repair.Check(inv.ctx, o.repaired, bound, opt)
	}
	if err != nil {
		return err
	}
	if x := o.result.Execution; x != nil && !(x.MarginReached >= o.margin) {
		o.executions = fmt.Sprintf("of executions in %v only the margin %s was shown", x.DType, short(x.MarginReached))
	}
	o.verdict, o.choice = judgeExecuted(o.result, o.margin), choiceOfClasses(o.spec, o.original.OutDim())
	if j.exact {
		if err := j.checkExactly(inv, o); err != nil {
			return err
		}
	}
	o.compareNetworks()
	if points == nil {
		return nil
	}
	if o.before, err = inv.accuracy(o.original, points, o.spec.Extremum); err != nil {
		return err
	}
	o.after, err = inv.accuracy(o.repaired, points, o.spec.Extremum)
	return err
}

// compareNetworks finds how the networks differ. A repair starts from the original
// as a file of the repaired network's type holds it, so one that agrees with that
// is a repair.
func (o *checkOutcome) compareNetworks() {
	original, dtype := o.original, o.repaired.Meta.DType
	o.differences = activationDifferences(original, o.repaired)
	if len(o.differences) > 0 {
		if copied, err := stored(original, dtype); err == nil && len(activationDifferences(copied, o.repaired)) == 0 {
			original, o.rounded, o.differences = copied, dtype.String(), nil
		}
	}
	o.changes = valueChanges(original, o.repaired)
}

// reason says why the answer is unknown.
func (o *checkOutcome) reason() string {
	if r := o.verdict.reason(o.result, o.margin); r != "" {
		return r
	}
	return o.executions
}

// evaluator evaluates a network at a list of points, for [spec.Spec.Bind].
func evaluator(inv *invocation, net *nn.Network) func([][]float64) ([][]float64, error) {
	return func(points [][]float64) ([][]float64, error) {
		p := &dataset.Points{Rows: len(points), Dim: net.InDim()}
		for _, x := range points {
			p.Data = append(p.Data, x...)
		}
		y, err := inv.evaluate(net, p)
		if err != nil {
			return nil, err
		}
		rows := make([][]float64, y.Rows)
		for i := range rows {
			rows[i] = y.Row(i)
		}
		return rows, nil
	}
}
