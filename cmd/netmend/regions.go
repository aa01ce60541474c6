package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/set"
)

var regionsCommand = &cli.Command{
	Name:    "regions",
	Summary: "enumerate a network's linear regions on segments, polygons, boxes and polytopes",
	Usage:   "NETWORK --segment X:X | --polygon X:X:X... | --spec SPEC | --input BOX [flags]",
	Detail: `
On each region the network is one affine map. Regions on a segment are given by
t, which runs from 0 to 1 along it. Regions on a polygon are given by coordinates
(u, v) in its plane: u along its first side, v to the left of it. Segments come
first, then polygons. --input takes any other set instead: a box, or polyhedra in
a file of half-spaces (JSON) or in VNN-LIB, bounded or not. On a set with an
equation the regions are those of its own dimension.`,
	Example: `netmend demo demo && netmend regions demo/n1.onnx --segment -1:2`,
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var nets networkFlags
		var domains domainFlags
		var out regionOutput
		var sets setFlags
		nets.declare(fs)
		domains.declare(fs)
		fs.StringVar(&sets.input, "input", "", "a set of inputs (`box` lo:hi,lo:hi,..., or a file)")
		fs.BoolVar(&out.countOnly, "count", false, "print only the number of regions")
		fs.BoolVar(&out.sets, "sets", false, "also print each region's vertices as inputs, its activation pattern and its affine map")
		fs.IntVar(&out.limit, "limit", 0, "stop with exit code 3 when a segment or polygon has more than `n` regions")
		cli.DeclareWorkers(fs, &out.workers)
		cli.DeclareArithmetic(fs, &out.arithmetic)
		return func(operands []string) (int, error) {
			if err := cli.WantOperands(operands, "NETWORK"); err != nil {
				return 0, err
			}
			switch {
			case out.limit < 0 || out.workers < 0:
				return 0, cli.Usagef("--limit and --workers must not be negative")
			case out.countOnly && out.sets:
				return 0, cli.Usagef("--count and --sets contradict each other")
			case sets.input != "" && domains.given():
				return 0, cli.Usagef("--input does not go with --segment, --polygon or --spec")
			}
			if err := errors.Join(cli.CheckArithmetic(out.arithmetic), nets.validate(operands...)); err != nil {
				return 0, err
			}
			inv.Progress.Watch(inv.Stderr)
			nets.inputs = true
			net, err := nets.load(inv, operands[0])
			if err != nil {
				return 0, err
			}
			out.path, out.net = operands[0], net
			if sets.input != "" {
				return printInputRegions(inv, &out, &sets)
			}
			if out.domains, err = domains.read(inv, net); err != nil {
				return 0, err
			}
			return printRegions(inv, &out)
		}
	},
}

// printRegions enumerates and prints.
func printRegions(inv *cli.Invocation, out *regionOutput) (int, error) {
	if i := out.net.SmoothNode(); i >= 0 {
		return 0, fmt.Errorf("%s: node %q is a %s: only a piecewise-affine network has linear regions",
			out.path, out.net.Nodes[i].Name, out.net.Nodes[i].Op.Kind())
	}
	p := out.printer(inv)
	p.begin()
	counts, missing, err := enumerate(inv, out, p.region)
	inv.Progress.Clear()
	code, status := cli.ExitYes, "complete"
	late, ended := inv.Stopped(errors.Join(err, missing))
	switch {
	case errors.Is(err, region.ErrMaxCells):
		code, status = cli.ExitUnknown, "limit reached"
	case ended:
		code, status = late.Code, late.Status
	case err != nil:
		code, status = cli.ExitBadInput, "failed: "+err.Error()
	case out.arithmetic != cli.ArithmeticExact:
		code, status = cli.ExitUnknown, cli.NotProven
	case missing != nil:
		code, status = cli.ExitUnknown, cli.NotProven+": "+missing.Error()
	}
	if err := p.end(counts, status); err != nil {
		return 0, err
	}
	if code != cli.ExitYes {
		fmt.Fprintf(inv.Stderr, "netmend regions: %s\n", status)
	}
	return code, nil
}

// enumerate visits the regions of all domains in order and counts them. Cells
// are numbered throughout. missing says why they are not proven to be all.
func enumerate(inv *cli.Invocation, out *regionOutput, visit func(*region.Cell) error) (counts []int, missing, err error) {
	var segments []set.Segment
	var polygons []*set.Polygon
	for _, d := range out.domains {
		if d.segment != nil {
			segments = append(segments, *d.segment)
		} else {
			polygons = append(polygons, d.polygon)
		}
	}
	opt := region.Options{MaxCells: out.limit, Workers: out.workers}
	counts = make([]int, len(out.domains))
	number := func(c *region.Cell) error {
		counts[c.Domain]++
		inv.Progress.Report("%s, %d of %s", cli.Count(c.Index+1, "region"), c.Domain+1, cli.Count(len(out.domains), "set"))
		return visit(c)
	}
	if out.arithmetic == cli.ArithmeticExact {
		_, missing, err = region.Proven(inv.Ctx, out.net, segments, polygons, opt, number)
		return counts, missing, err
	}
	first, before := 0, 0
	later := func(c *region.Cell) error {
		c.Domain, c.Index = c.Domain+before, c.Index+first
		return number(c)
	}
	if len(segments) > 0 {
		r, err := region.OnSegments(inv.Ctx, out.net, segments, opt, later)
		if err != nil {
			return counts, nil, err
		}
		first, before = r.Total(), len(segments)
	}
	if len(polygons) > 0 {
		_, err = region.OnPolygons(inv.Ctx, out.net, polygons, opt, later)
	}
	return counts, nil, err
}
