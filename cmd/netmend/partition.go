package main

import (
	"flag"
	"fmt"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/spec"
)

var partitionCommand = &command{
	name:    "partition",
	summary: "divide a set of inputs into the preimages of all classes",
	usage:   "NETWORK --input BOX | FILE [--argmin] [flags]",
	detail: `
For each class, how many polyhedra of inputs are given it, and how much of the
input set they fill. Ties belong to the first class. netmend preimage prints the
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

// classTarget has a term for each class: where it is preferred to all others.
func classTarget(e spec.Extremum, outputs int) polytope.Target {
	t := make(polytope.Target, outputs)
	for k := range t {
		for j := range outputs {
			if j != k {
				t[k] = append(t[k], e.Beats(k, j, outputs))
			}
		}
	}
	return t
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
	shares, limit, err := j.divide(inv, net)
	if err != nil {
		return 0, err
	}
	code := exitYes
	if limit != nil {
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
		}{inv.header(), describe(path, net), j.sets.input, shares, limit == nil, limitText(limit), inv.total()})
	}
	inv.printf("class  polyhedra       share\n")
	for _, s := range shares {
		inv.printf("%5d  %9s  %8.4f %%\n", s.Class, thousands(s.Count), 100*float64(s.VolumeFraction))
	}
	if limit != nil {
		inv.printf("of a part of the input set: %v\n", limit)
	}
	return code, nil
}

func (j *partitionJob) divide(inv *invocation, net *nn.Network) ([]classShare, error, error) {
	domains, err := j.sets.inputSets(net)
	if err != nil {
		return nil, nil, err
	}
	extremum := spec.Argmax
	if j.argmin {
		extremum = spec.Argmin
	}
	shares := make([]classShare, net.OutDim())
	whole := 0.0
	var limit error
	for _, d := range domains {
		domain, err := boundedInput(d)
		if err != nil {
			return nil, nil, err
		}
		opt := polytope.Options{Target: classTarget(extremum, net.OutDim()), Volume: true, MaxTime: j.timeout, MaxCells: j.limit, Workers: j.workers}
		r, err := polytope.Enumerate(inv.ctx, net, domain, opt, func(c *polytope.Cell) error {
			shares[c.Term].Count++
			shares[c.Term].Volume += finite(c.Volume)
			inv.progress.report("%s", polyhedra(c.Index+1))
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		whole += r.DomainVolume
		if r.Stopped != nil {
			limit = r.Stopped
		}
	}
	for k := range shares {
		shares[k].Class, shares[k].VolumeFraction = k, finite(float64(shares[k].Volume)/whole)
	}
	return shares, limit, nil
}
