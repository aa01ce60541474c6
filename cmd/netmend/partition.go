package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/proof/volume"
	"github.com/netmend/netmend/spec"
)

var partitionCommand = &cli.Command{
	Name:    "partition",
	Summary: "divide a set of inputs into the preimages of all classes",
	Usage:   "NETWORK --input BOX | FILE [--argmin] [flags]",
	Detail: `
Prints, for each class, how many polyhedra of inputs have it, and how much of the
input set they fill. A class is the one output that is larger (with --argmin smaller)
than every other: where several outputs tie, there is no class. --input may also be a
repair specification: its points, segments or polygons. netmend preimage prints the
polyhedra of one class, and netmend plot draws them all.`,
	Example: `netmend demo inverse demo && netmend partition demo/example4.onnx --input 0:1,0:1`,
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var j partitionJob
		j.nets.declare(fs)
		fs.StringVar(&j.sets.input, "input", "", "the bounded set of inputs (`box`, or a file)")
		fs.BoolVar(&j.argmin, "argmin", false, "the class is the smallest output (default the largest)")
		fs.IntVar(&j.limit, "limit", 0, "stop with a part of the input set after `n` polyhedra")
		cli.DeclareWorkers(fs, &j.workers)
		cli.DeclareArithmetic(fs, &j.arithmetic)
		return func(operands []string) (int, error) {
			if err := cli.WantOperands(operands, "NETWORK"); err != nil {
				return 0, err
			}
			if j.limit < 0 || j.workers < 0 {
				return 0, cli.Usagef("--limit and --workers must not be negative")
			}
			if err := errors.Join(cli.CheckArithmetic(j.arithmetic), j.nets.validate(operands...)); err != nil {
				return 0, err
			}
			return j.run(inv, operands[0])
		}
	},
}

// partitionJob is one run of partition.
type partitionJob struct {
	nets   networkFlags
	sets   setFlags
	argmin bool

	limit, workers int
	arithmetic     string
}

// share is a part of the input set.
type share struct {
	Count int `json:"count"`
	volumeInfo
}

// classShare is the part of the input set that one class has.
type classShare struct {
	Class int `json:"class"`
	share
}

func (j *partitionJob) run(inv *cli.Invocation, path string) (int, error) {
	inv.Progress.Watch(inv.Stderr)
	j.nets.inputs = true
	net, err := j.nets.load(inv, path)
	if err != nil {
		return 0, err
	}
	if net.OutDim() < 2 && (net.Meta.End == nil || net.Meta.End.Kind != nn.EndSigmoid) {
		return 0, fmt.Errorf("%s: has %s, so it has no classes", path, cli.Count(net.OutDim(), "output"))
	}
	if err := onlyPiecewise(path, net, "only a piecewise-affine network divides the inputs into polyhedra", "netmend preimage --approximate encloses the preimage of one class"); err != nil {
		return 0, err
	}
	o, err := j.divide(inv, net)
	if err != nil {
		return 0, err
	}
	code, arithmetic := cli.ExitYes, cli.ArithmeticExact
	if !o.Proof.Accepted {
		arithmetic = cli.ArithmeticFloat64
	}
	complete := o.Limit == nil && o.Proof.Accepted
	if !complete {
		code = cli.ExitUnknown
	}
	if inv.JSON {
		v := struct {
			cli.Header
			Network    answer.Network `json:"network"`
			Input      string         `json:"input"`
			Classes    []classShare   `json:"classes"`
			NoClass    share          `json:"no_class"`
			Complete   bool           `json:"complete"`
			Arithmetic string         `json:"arithmetic"`
			Engine     string         `json:"engine,omitempty"`
			Unproven   string         `json:"unproven,omitempty"`
			Limit      string         `json:"limit,omitempty"`
			Seconds    cli.Total      `json:"seconds"`
		}{
			Header: inv.Header(), Network: answer.NetworkOf(path, net), Input: j.sets.input, NoClass: shareOf(o, o.NoClass), Complete: complete,
			Arithmetic: arithmetic, Engine: string(o.Engine), Unproven: limitText(o.Proof.Missing), Limit: limitText(o.Limit), Seconds: inv.Total(),
		}
		for k, s := range o.Classes {
			v.Classes = append(v.Classes, classShare{k, shareOf(o, s)})
		}
		return code, inv.WriteJSON(v)
	}
	inv.Printf("   class  polyhedra       share\n")
	for k, s := range o.Classes {
		shareOf(o, s).text(inv, strconv.Itoa(k))
	}
	if o.NoClass.Count > 0 {
		shareOf(o, o.NoClass).text(inv, "no class")
	}
	switch {
	case o.Limit != nil:
		inv.Printf("of a part of the input set: %v\n", o.Limit)
	case complete:
		inv.Printf("proven complete\n")
	default:
		inv.Printf("%s\n", cli.NotProven)
		if o.Proof.Missing != nil {
			inv.Printf("no proof: %v\n", o.Proof.Missing)
		}
	}
	return code, nil
}

func (j *partitionJob) divide(inv *cli.Invocation, net *nn.Network) (*preimage.Division, error) {
	extremum := spec.Argmax
	if j.argmin {
		extremum = spec.Argmin
	}
	questions, err := j.sets.questionsAbout(inv, net, nil)
	if err != nil {
		return nil, err
	}
	d, err := preimage.Divide(inv.Whole, net, questions, extremum, preimage.RegionsOptions{
		Prove: j.arithmetic == cli.ArithmeticExact, MaxTime: inv.Remaining(), MaxPieces: j.limit, Workers: j.workers,
		Progress: func(cells int) { inv.Progress.Report("%s", answer.Polyhedra(cells)) },
	})
	if err == nil && d.Overlap != nil {
		inv.Note("%v: shared parts are counted for each, and no volumes are given", d.Overlap)
	}
	return d, ofInput(err)
}

// shareOf is a share of a division.
func shareOf(d *preimage.Division, s preimage.Share) share {
	m := measured{volume: s.Volume, whole: d.Volume, in: s.Within, wholeIn: d.Within, basis: d.Basis}
	if !d.Measured {
		m.basis = preimage.Unbounded
	}
	return share{s.Count, m.describe()}
}

// text is a row of the table.
func (s share) text(inv *cli.Invocation, class string) {
	part := "-"
	if f := float64(*s.VolumeFraction); !math.IsNaN(f) {
		in, basis := volume.Interval{}, preimage.Unbounded
		if b := s.VolumeBounds; b != nil {
			in, basis = volume.Interval{Lo: float64(b.FractionLower), Hi: float64(b.FractionUpper)}, b.Basis
		}
		part = between(f, in, basis, func(v float64) string { return fmt.Sprintf("%.4f %%", 100*v) })
	}
	inv.Printf("%8s  %9s  %10s\n", class, cli.Thousands(s.Count), part)
}
