package main

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/spec"
)

var partitionCommand = &command{
	name:    "partition",
	summary: "divide a set of inputs into the preimages of all classes",
	usage:   "NETWORK --input BOX | FILE [--argmin] [flags]",
	detail: `
For each class, how many polyhedra of inputs are given it, and how much of the
input set they fill. Ties belong to the first class. --input may also be a repair
specification: its points, segments or polygons. netmend preimage prints the
polyhedra of one class, netmend plot draws all of them.`,
	example: `netmend demo inverse demo && netmend partition demo/example4.onnx --input 0:1,0:1`,
	setup: func(inv *invocation, fs *flag.FlagSet) func([]string) (int, error) {
		var j partitionJob
		j.nets.declare(fs)
		fs.StringVar(&j.sets.input, "input", "", "the bounded set of inputs (`box`, or a file)")
		fs.BoolVar(&j.argmin, "argmin", false, "the class is the smallest output (default the largest)")
		fs.DurationVar(&j.timeout, "timeout", 0, "stop after this `time`, such as 30s")
		fs.IntVar(&j.limit, "limit", 0, "stop with a part of the input set after `n` polyhedra")
		declareWorkers(fs, &j.workers)
		return func(operands []string) (int, error) {
			if err := wantOperands(operands, "NETWORK"); err != nil {
				return 0, err
			}
			if j.timeout < 0 || j.limit < 0 || j.workers < 0 {
				return 0, usagef("--timeout, --limit and --workers: want numbers above 0")
			}
			if err := j.nets.check(operands...); err != nil {
				return 0, err
			}
			return j.run(inv, operands[0])
		}
	},
}

// partitionJob is one run of partition.
type partitionJob struct {
	nets    networkFlags
	sets    setFlags
	argmin  bool
	timeout time.Duration

	limit, workers int
}

// classShare is the part of the input set that one class has.
type classShare struct {
	Class          int    `json:"class"`
	Count          int    `json:"count"`
	Volume         finite `json:"volume"`
	VolumeFraction finite `json:"volume_fraction"`
}

func (j *partitionJob) run(inv *invocation, path string) (int, error) {
	inv.progress.watch(inv.stderr)
	net, err := j.nets.load(inv, path)
	if err != nil {
		return 0, err
	}
	if net.OutDim() < 2 {
		return 0, fmt.Errorf("%s: has %s, so it has no classes", path, count(net.OutDim(), "output"))
	}
	if err := onlyPiecewise(path, net, "a piecewise-affine network divides the inputs into polyhedra", "netmend preimage --approximate encloses the preimage of one class"); err != nil {
		return 0, err
	}
	o, err := j.divide(inv, net)
	if err != nil {
		return 0, err
	}
	code := exitYes
	if o.limit != nil {
		code = exitUnknown
	}
	if inv.json {
		return code, inv.writeJSON(struct {
			header
			Network  networkInfo  `json:"network"`
			Input    string       `json:"input"`
			Classes  []classShare `json:"classes"`
			Complete bool         `json:"complete"`
			Limit    string       `json:"limit,omitempty"`
			Seconds  total        `json:"seconds"`
		}{inv.header(), describe(path, net), j.sets.input, o.shares, o.limit == nil, limitText(o.limit), inv.total()})
	}
	inv.printf("class  polyhedra       share\n")
	for _, s := range o.shares {
		share := "-"
		if f := float64(s.VolumeFraction); !math.IsNaN(f) {
			share = fmt.Sprintf("%.4f %%", 100*f)
		}
		inv.printf("%5d  %9s  %10s\n", s.Class, thousands(s.Count), share)
	}
	if o.limit != nil {
		inv.printf("of a part of the input set: %v\n", o.limit)
	}
	return code, nil
}

// partitionOutcome is what a run of partition found.
type partitionOutcome struct {
	shares   []classShare
	measured bool // volumes are known
	limit    error
}

func (j *partitionJob) divide(inv *invocation, net *nn.Network) (*partitionOutcome, error) {
	extremum := spec.Argmax
	if j.argmin {
		extremum = spec.Argmin
	}
	questions, err := j.sets.questionsAbout(inv, net, preimage.Classes(extremum, net.OutDim()))
	if err != nil {
		return nil, err
	}
	o := &partitionOutcome{shares: make([]classShare, net.OutDim()), measured: sameDimension(questions)}
	apart, err := disjoint(questions)
	switch {
	case errors.Is(err, preimage.ErrOverlap):
		o.measured = false
		inv.note("%v: what they share is counted for each, and volumes are not given", err)
	case err != nil:
		return nil, err
	default:
		questions = apart
	}
	whole, found := 0.0, 0
	for i := range questions {
		opt := preimage.RegionsOptions{
			Shares: true, Volume: o.measured, Discard: true, MaxTime: inv.remaining(j.timeout), MaxPieces: j.limit - found, Workers: j.workers,
			Progress: func(cells int) { inv.progress.report("%s", polyhedra(found+cells)) },
		}
		if j.limit == 0 {
			opt.MaxPieces = 0
		} else if found == j.limit {
			o.limit = preimage.ErrPolyhedra
			break
		}
		r, err := questions[i].regions(inv.ctx, net, opt)
		if err != nil {
			return nil, err
		}
		found += r.Count
		whole += r.DomainVolume
		for k, s := range r.Shares {
			o.shares[k].Count += s.Count
			o.shares[k].Volume += finite(s.Volume)
		}
		if r.Limit != nil {
			if o.limit = r.Limit; !errors.Is(r.Limit, preimage.ErrResolution) {
				break
			}
		}
	}
	for k := range o.shares {
		s := &o.shares[k]
		if s.Class = k; !o.measured {
			s.Volume = finite(math.NaN())
		}
		s.VolumeFraction = s.Volume / finite(whole)
	}
	return o, nil
}
