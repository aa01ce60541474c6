package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/contract"
	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
	"github.com/netmend/netmend/spec/final"
)

var contractCommand = &cli.Command{
	Name:    "contract",
	Summary: "narrow boxes of inputs and outputs by what is known about both, for any activation",
	Usage:   "NETWORK --input BOX | FILE --output EXPRESSION | FILE [flags]",
	Detail: `
Contracts intervals forwards and backwards, rounded outward, until nothing moves.
Every input of the input set whose output lies in the output set is in the boxes
printed. Exit code 0: boxes remain, which proves nothing more. 1: it is proven that
the two sets are incompatible. 3: the limit on iterations came first. Sets that are
not convex are contracted part by part, and the hull of the boxes is printed.`,
	Example: `netmend demo inverse demo && netmend contract demo/xor.onnx --input 0.8:1,0:1 --output "y0 >= 0.5"`,
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var j contractJob
		j.nets.declare(fs)
		fs.StringVar(&j.sets.input, "input", "", "the set of inputs (`box`, or a file)")
		fs.StringVar(&j.sets.output, "output", "", "the set of outputs (`expression`, or a file)")
		fs.IntVar(&j.iterations, "iterations", 0, "stop after `n` iterations (default 1000)")
		cli.DeclareWorkers(fs, &j.workers)
		return func(operands []string) (int, error) {
			if err := cli.WantOperands(operands, "NETWORK"); err != nil {
				return 0, err
			}
			if j.iterations < 0 || j.workers < 0 {
				return 0, cli.Usagef("--iterations and --workers must not be negative")
			}
			if err := j.nets.validate(operands...); err != nil {
				return 0, err
			}
			return j.run(inv, operands[0])
		}
	},
}

// contractJob is one run of contract.
type contractJob struct {
	nets       networkFlags
	sets       setFlags
	iterations int
	workers    int
}

func (j *contractJob) run(inv *cli.Invocation, path string) (int, error) {
	inv.Progress.Watch(inv.Stderr)
	j.nets.behind = true
	net, err := j.nets.load(inv, path)
	if err != nil {
		return 0, err
	}
	questions, err := j.questions(inv, net)
	if err != nil {
		return 0, err
	}
	o := contractOutcome{input: set.EmptyBox(net.InDim()), output: set.EmptyBox(net.OutDim()), done: true}
	for _, q := range questions {
		if err := o.contract(inv, net, q, j); err != nil {
			return 0, err
		}
	}
	o.output = final.Bounds(net.Meta.End, o.output)
	status, code := "fixed point", cli.ExitYes
	switch {
	case o.input.Empty():
		status, code = "incompatible", cli.ExitNo
	case !o.done:
		status, code = "limit reached", cli.ExitUnknown
	}
	if inv.JSON {
		return code, o.printJSON(inv, j, path, net, status)
	}
	if o.input.Empty() {
		inv.Printf("incompatible, by outward rounding: no input of the input set has its output in the output set\n")
		return code, nil
	}
	inv.Printf("%s after %s, by outward rounding\n", status, cli.Count(o.iterations, "iteration"))
	for k, lo := range o.input.Lo {
		inv.Printf("  x%d in [%s, %s]\n", k, cli.Short(lo), cli.Short(o.input.Hi[k]))
	}
	for k, lo := range o.output.Lo {
		inv.Printf("  y%d in [%s, %s]\n", k, cli.Short(lo), cli.Short(o.output.Hi[k]))
	}
	return code, nil
}

// contractOutcome is the hull of what remains.
type contractOutcome struct {
	input, output set.Box
	iterations    int
	done          bool
}

// contractQuestion is a pair of sets.
type contractQuestion struct {
	in     contract.Set
	target set.Union
}

// questions reads both sets. Boxes stay what they are.
func (j *contractJob) questions(inv *cli.Invocation, net *nn.Network) ([]contractQuestion, error) {
	var all []contractQuestion
	if j.sets.input != j.sets.output {
		boxes, ok, err := j.sets.plainBoxes(inv, net)
		if err != nil {
			return nil, err
		}
		if ok {
			target, err := j.sets.outputSet(inv.Ctx, net)
			for _, b := range boxes {
				all = append(all, contractQuestion{contract.Set{Box: b}, target})
			}
			return all, err
		}
	}
	questions, err := j.sets.questions(inv, net)
	if err != nil {
		return nil, err
	}
	for _, q := range questions {
		domain, err := q.Inputs(inv.Ctx)
		if err != nil {
			return nil, err
		}
		in, err := contractSet(inv, domain)
		if err != nil {
			return nil, fmt.Errorf("--input: %w", err)
		}
		all = append(all, contractQuestion{in, q.Target})
	}
	return all, nil
}

// contract adds what remains of a pair of sets.
func (o *contractOutcome) contract(inv *cli.Invocation, net *nn.Network, q contractQuestion, j *contractJob) error {
	in := q.in
	if in.Box.Empty() {
		return nil
	}
	var outs []contract.Set
	for _, member := range q.target {
		s, err := contractSet(inv, member)
		if err != nil {
			return fmt.Errorf("--output: %w", err)
		}
		if !s.Box.Empty() {
			outs = append(outs, s)
		}
	}
	results, errs := make([]*contract.Result, len(outs)), make([]error, len(outs))
	parallel.Each(len(outs), parallel.Workers(j.workers), func(k int) {
		results[k], errs[k] = contract.Run(inv.Ctx, net.BeforeEnd(), in, outs[k], contract.Options{MaxIterations: j.iterations})
	})
	for k, r := range results {
		if errs[k] != nil {
			return errs[k]
		}
		o.iterations = max(o.iterations, len(r.States)-1)
		switch r.Outcome {
		case contract.Incompatible:
			continue
		case contract.Interrupted:
			if inv.Cause() != cli.ErrTimeOver {
				return inv.Ctx.Err()
			}
			o.done = false // the boxes so far contain what remains
		case contract.LimitReached:
			o.done = false
		}
		last := r.Last()
		o.input, o.output = o.input.Hull(last.Input), o.output.Hull(last.Nodes[len(last.Nodes)-1])
	}
	return nil
}

// contractSet is a polyhedron as a box with half-spaces.
func contractSet(inv *cli.Invocation, p set.Polyhedron) (contract.Set, error) {
	if b, ok := p.AsBox(); ok {
		return contract.Set{Box: b}, nil
	}
	b, err := solve.Within(inv.Ctx).BoundingBox(p)
	return contract.Set{Box: b, HalfSpaces: p.Closure().Rows}, err
}

func (o *contractOutcome) printJSON(inv *cli.Invocation, j *contractJob, path string, net *nn.Network, status string) error {
	ranges := func(b set.Box) []answer.Range {
		if b.Empty() {
			return nil
		}
		list := make([]answer.Range, b.Dim())
		for k := range list {
			list[k] = answer.Range{cli.Finite(b.Lo[k]), cli.Finite(b.Hi[k])}
		}
		return list
	}
	return inv.WriteJSON(struct {
		cli.Header
		Network    answer.Network `json:"network"`
		Input      string         `json:"input"`
		Output     string         `json:"output"`
		Status     string         `json:"status"`
		Arithmetic string         `json:"arithmetic"`
		Iterations int            `json:"iterations"`
		Inputs     []answer.Range `json:"inputs"`
		Outputs    []answer.Range `json:"outputs"`
		Seconds    cli.Total      `json:"seconds"`
	}{
		inv.Header(), answer.NetworkOf(path, net), j.sets.input, j.sets.output, status, "outward", o.iterations,
		ranges(o.input), ranges(o.output), inv.Total(),
	})
}
