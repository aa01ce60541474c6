package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/vnnlib"
	"github.com/netmend/netmend/verify"
)

var verifyCommand = &cli.Command{
	Name:    "verify",
	Summary: "decide whether a network meets a property on whole sets of inputs",
	Usage:   "NETWORK PROPERTY.vnnlib | SPEC.json [flags]",
	Detail: `
The property is a VNN-LIB file, which states the violation, or a repair
specification, which states the requirement. Exit code 0: the property holds, and no
input violates it. 1: it is violated, and the answer names such an input. Both answers
have been accepted by the exact checker. 3: unknown, with the reason, or found in
float64, not proven.`,
	Example: `netmend demo demo && netmend verify demo/n1-eq3.onnx demo/eq3.json`,
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var j verifyJob
		j.declare(fs)
		return func(operands []string) (int, error) {
			if err := j.validate(operands); err != nil {
				return 0, err
			}
			return j.run(inv)
		}
	},
}

// verifyJob is one run of verify.
type verifyJob struct {
	nets          networkFlags
	path, against string
	result        string
	arithmetic    string
	workers       int
	certificate   string
}

func (j *verifyJob) declare(fs *pflag.FlagSet) {
	j.nets.declare(fs)
	cli.DeclareArithmetic(fs, &j.arithmetic)
	cli.DeclareOutput(fs, &j.result, "result", "", "also write the answer in the format of VNN-COMP (`file`)")
	cli.DeclareWorkers(fs, &j.workers)
	cli.DeclareOutput(fs, &j.certificate, "certificate", "", "write a proof of the answer that netmend check accepts (`file`; compressed if it ends in .gz)")
}

func (j *verifyJob) validate(operands []string) error {
	if err := cli.WantOperands(operands, "NETWORK", "PROPERTY"); err != nil {
		return err
	}
	j.path, j.against = operands[0], operands[1]
	if j.workers < 0 {
		return cli.Usagef("--workers %d: must not be negative", j.workers)
	}
	if err := cli.CheckArithmetic(j.arithmetic); err != nil {
		return err
	}
	for _, output := range []string{j.result, j.certificate} {
		if err := cli.CheckOutput(output, j.path, j.against); err != nil {
			return err
		}
	}
	if err := cli.CheckDistinct(j.result, j.certificate); err != nil {
		return err
	}
	switch {
	case j.certificate == "":
	case j.arithmetic == cli.ArithmeticFloat64:
		return cli.Usagef("--certificate: nothing is proven with --arithmetic float64")
	case !isVNNLIB(j.against):
		return cli.Usagef("--certificate is for properties in VNN-LIB; for a specification, the answer itself comes from the exact checker")
	}
	return j.nets.validate(j.path)
}

// isVNNLIB tells a property in VNN-LIB by its name.
func isVNNLIB(path string) bool {
	return strings.HasSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".vnnlib")
}

func (j *verifyJob) run(inv *cli.Invocation) (int, error) {
	inv.Progress.Watch(inv.Stderr)
	if j.result != "" {
		inv.AtLimit.Store(&cli.LimitFile{Path: j.result, Text: func(cause error) string {
			return unknownResult(cause == cli.ErrTimeOver)
		}})
	}
	net, err := j.nets.load(inv, j.path)
	if err != nil {
		return 0, err
	}
	opt := verify.Options{Workers: j.workers, MaxBytes: inv.MemoryLeft(), Certificate: j.certificate != "", Progress: func(p verify.Progress) {
		inv.Progress.Report("set %d of %d, %s", p.Case+1, p.Cases, cellsText(j.against, p.Cells))
	}}
	if j.arithmetic == cli.ArithmeticFloat64 {
		opt.Arithmetic = verify.Float64
	}
	o := &verifyOutcome{net: net, job: j}
	if isVNNLIB(j.against) {
		err = o.property(inv, opt)
	} else {
		err = o.specification(inv, opt)
	}
	if cause, ended := inv.Ended(err); err != nil && ended && !cli.Interrupted(cause) {
		o.result, err = &verify.Result{TimedOut: cause == cli.ErrTimeOver, Reason: cause.Error()}, nil
	}
	if err != nil {
		return 0, err
	}
	if err := errors.Join(o.write(inv, j.result), o.certify(inv)); err != nil {
		return 0, err
	}
	if err := inv.Commit(); err != nil {
		return 0, err
	}
	inv.Progress.Clear()
	if inv.JSON {
		return o.exitCode(), o.printJSON(inv)
	}
	o.print(inv)
	return o.exitCode(), nil
}

// cellsText says what the cells of a result are.
func cellsText(against string, cells int) string {
	if isVNNLIB(against) {
		return cli.Count(cells, "cell")
	}
	return cli.Count(cells, "linear region")
}

// verifyOutcome is what a run of verify found.
type verifyOutcome struct {
	job    *verifyJob
	net    *nn.Network
	loaded float64
	result *verify.Result
	place  string // of the witness

	stated      *vnnlib.Property
	certificate treeCertificate
}

// certify writes the certificate that was asked for.
func (o *verifyOutcome) certify(inv *cli.Invocation) error {
	c, j := &o.certificate, o.job
	if c.path = j.certificate; c.path == "" {
		return nil
	}
	if o.result.By != verify.Proof {
		c.missing = "nothing has been proven"
		return nil
	}
	if o.result.Unbounded && o.result.Witness == nil {
		c.missing = "the input set is unbounded, and certificates are only for bounded ones"
		return nil
	}
	if o.result.Closer {
		c.missing = "the answer rests on tangents, which a certificate cannot express"
		return nil
	}
	return c.find(inv, 0, o.net, j.path, j.against, func(_ context.Context, file *cert.Certificate) error {
		file.Kind, file.Holds = cert.Holds, o.result.Proof
		if w := o.result.Witness; w != nil {
			file.Kind, file.Holds, file.Violated = cert.Violated, nil, w.Proof
		} else if file.Holds == nil {
			file.Holds = &cert.PropertyHolds{Trees: []cert.Tree{}} // a contradiction
		}
		return nil
	})
}

func (o *verifyOutcome) property(inv *cli.Invocation, opt verify.Options) error {
	p, err := vnnlib.ReadFileContext(inv.Ctx, inv.Reads(o.job.against))
	if err != nil {
		return cli.Named(o.job.against, err)
	}
	o.stated, o.loaded = p, inv.Total().Total
	opt.MaxTime = inv.Remaining()
	if o.result, err = verify.Property(inv.Whole, o.net, p, opt); err != nil {
		return cli.Named(o.job.against, err)
	}
	return nil
}

func (o *verifyOutcome) specification(inv *cli.Invocation, opt verify.Options) error {
	s, err := readSpec(inv, o.job.against, o.net)
	if err != nil {
		return err
	}
	for i := range s.Items {
		if s.Items[i].Keep {
			return fmt.Errorf("%s: %s must keep its class, which compares two networks; use netmend check", specName(o.job.against), itemName(s, i))
		}
	}
	if s, err = s.Bind(o.net.OutDim(), evaluator(inv, o.net)); err != nil {
		return err
	}
	o.loaded = inv.Total().Total
	opt.MaxTime = inv.Remaining()
	if o.result, err = verify.Spec(inv.Whole, o.net, s, opt); err != nil {
		return err
	}
	if w := o.result.Witness; w != nil {
		o.place = itemName(s, w.Case)
	}
	return nil
}

// itemName names an item of a specification.
func itemName(s *spec.Spec, i int) string {
	if name := s.Items[i].Name; name != "" {
		return name
	}
	return fmt.Sprintf("item %d", i+1)
}

func (o *verifyOutcome) exitCode() int {
	if o.certificate.missing != "" {
		return cli.ExitUnknown
	}
	switch o.result.Verdict {
	case verify.Holds:
		return cli.ExitYes
	case verify.Violated:
		return cli.ExitNo
	}
	return cli.ExitUnknown
}
