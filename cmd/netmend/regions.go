package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/set"
)

var regionsCommand = &command{
	name:    "regions",
	summary: "enumerate a network's linear regions on segments, polygons, boxes and polytopes",
	usage:   "NETWORK --segment X:X | --polygon X:X:X... | --spec SPEC | --input BOX [flags]",
	detail: `
On each region the network is one affine map. Regions on a segment are given by
t, which runs from 0 to 1 along it, those on a polygon by coordinates (u, v) of
its plane: u along its first side, v to the left of it. Segments come first,
then polygons. --input takes sets of full dimension instead: a box, or polytopes
in a file of half-spaces (JSON) or in VNN-LIB.`,
	example: `netmend demo demo && netmend regions demo/n1.onnx --segment -1:2`,
	setup: func(inv *invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var nets networkFlags
		var domains domainFlags
		var out regionOutput
		var sets setFlags
		nets.declare(fs)
		domains.declare(fs)
		fs.StringVar(&sets.input, "input", "", "a bounded set of inputs (`box` lo:hi,lo:hi,..., or a file)")
		fs.BoolVar(&out.countOnly, "count", false, "print the number of regions only")
		fs.BoolVar(&out.sets, "sets", false, "print each region's vertices as inputs, activation pattern and affine map too")
		fs.IntVar(&out.limit, "limit", 0, "stop with exit code 3 when a segment or polygon has more than `n` regions")
		declareWorkers(fs, &out.workers)
		declareArithmetic(fs, &out.arithmetic)
		return func(operands []string) (int, error) {
			if err := wantOperands(operands, "NETWORK"); err != nil {
				return 0, err
			}
			switch {
			case out.limit < 0 || out.workers < 0:
				return 0, usagef("--limit and --workers: want numbers above 0")
			case out.countOnly && out.sets:
				return 0, usagef("--count and --sets contradict each other")
			case sets.input != "" && domains.given():
				return 0, usagef("--input goes without --segment, --polygon and --spec")
			}
			if err := errors.Join(checkArithmetic(out.arithmetic), nets.check(operands...)); err != nil {
				return 0, err
			}
			inv.progress.watch(inv.stderr)
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
func printRegions(inv *invocation, out *regionOutput) (int, error) {
	if i := out.net.SmoothNode(); i >= 0 {
		return 0, fmt.Errorf("%s: node %q is a %s: only a piecewise-affine network has linear regions",
			out.path, out.net.Nodes[i].Name, out.net.Nodes[i].Op.Kind())
	}
	p := out.printer(inv)
	p.begin()
	counts, missing, err := enumerate(inv, out, p.region)
	inv.progress.clear()
	code, status := exitYes, "complete"
	late, ended := inv.stopped(errors.Join(err, missing))
	switch {
	case errors.Is(err, region.ErrMaxCells):
		code, status = exitUnknown, "limit reached"
	case ended:
		code, status = late.code, late.status
	case err != nil:
		code, status = exitBadInput, "failed: "+err.Error()
	case out.arithmetic != arithmeticExact:
		code, status = exitUnknown, notProven
	case missing != nil:
		code, status = exitUnknown, notProven+": "+missing.Error()
	}
	if err := p.end(counts, status); err != nil {
		return 0, err
	}
	if code != exitYes {
		fmt.Fprintf(inv.stderr, "netmend regions: %s\n", status)
	}
	return code, nil
}

// enumerate visits the regions of all domains in order and counts them. Cells
// are numbered throughout. missing says why they are not proven to be all.
func enumerate(inv *invocation, out *regionOutput, visit func(*region.Cell) error) (counts []int, missing, err error) {
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
		inv.progress.report("%s, %d of %s", count(c.Index+1, "region"), c.Domain+1, count(len(out.domains), "set"))
		return visit(c)
	}
	if out.arithmetic == arithmeticExact {
		_, missing, err = region.Proven(inv.ctx, out.net, segments, polygons, opt, number)
		return counts, missing, err
	}
	first, before := 0, 0
	later := func(c *region.Cell) error {
		c.Domain, c.Index = c.Domain+before, c.Index+first
		return number(c)
	}
	if len(segments) > 0 {
		r, err := region.OnSegments(inv.ctx, out.net, segments, opt, later)
		if err != nil {
			return counts, nil, err
		}
		first, before = r.Total(), len(segments)
	}
	if len(polygons) > 0 {
		_, err = region.OnPolygons(inv.ctx, out.net, polygons, opt, later)
	}
	return counts, nil, err
}
