package main

import (
	"errors"
	"fmt"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"

	"github.com/netmend/netmend/preimage"

	"github.com/netmend/netmend/set"
)

// inputRegion is a linear region of an input set in JSON.
type inputRegion struct {
	Domain     int             `json:"domain"`
	Vertices   [][]float64     `json:"vertices"`
	HalfSpaces []halfSpaceInfo `json:"halfspaces,omitempty"`
	Pattern    string          `json:"pattern,omitempty"`
	Zero       []int32         `json:"zero_units,omitempty"`
	Map        [][]cli.Finite  `json:"map,omitempty"`
	Offset     []cli.Finite    `json:"offset,omitempty"`
}

// printInputRegions enumerates linear regions on sets of full dimension.
func printInputRegions(inv *cli.Invocation, out *regionOutput, sets *setFlags) (int, error) {
	if i := out.net.SmoothNode(); i >= 0 {
		return 0, fmt.Errorf("%s: node %q is a %s: only a piecewise-affine network has linear regions",
			out.path, out.net.Nodes[i].Name, out.net.Nodes[i].Op.Kind())
	}
	domains, err := sets.inputSets(inv, out.net)
	if err != nil {
		return 0, err
	}
	run := inputRegionsRun{}
	code, err := run.enumerate(inv, out, domains)
	if err != nil {
		return 0, err
	}
	if inv.JSON {
		return code, out.printInputRegions(inv, sets, &run)
	}
	for i, r := range run.list {
		if r.Vertices == nil {
			inv.Printf("%6d  %s\n", i+1, cli.Count(len(r.HalfSpaces), "half-space"))
			continue
		}
		inv.Printf("%6d  %s", i+1, cli.Count(len(r.Vertices), "corner"))
		for _, x := range r.Vertices {
			if len(x) <= shortDim {
				inv.Printf(" %s", pointText(x))
			}
		}
		inv.Printf("\n")
	}
	inv.Printf("%s", cli.Count(run.total, "region"))
	if code == cli.ExitYes {
		inv.Printf(", proven to be all")
	} else {
		inv.Printf(", %s", run.status)
	}
	inv.Printf("\n")
	if run.missing != nil {
		inv.Printf("no proof: %v\n", run.missing)
	}
	return code, nil
}

// inputRegionsRun is a run of regions on sets of inputs.
type inputRegionsRun struct {
	list    []inputRegion
	total   int
	status  string
	engine  preimage.Engine
	missing error // why there is no proof
}

// enumerate finds the linear regions of all sets, and says how the run ended.
func (r *inputRegionsRun) enumerate(inv *cli.Invocation, out *regionOutput, domains []set.Polyhedron) (code int, err error) {
	proven := true
	for i, d := range domains {
		found, err := preimage.LinearRegions(inv.Whole, out.net, d, preimage.LinearRegionsOptions{
			Prove: out.arithmetic == cli.ArithmeticExact, Discard: out.countOnly, Workers: out.workers,
			MaxRegions: out.limit, MaxTime: inv.Remaining(),
			Progress: func(n int) { inv.Progress.Report("%s", cli.Count(r.total+n, "region")) },
		})
		late, ended := inv.Stopped(err)
		if err != nil && !ended {
			return 0, ofInput(err)
		}
		if found != nil {
			r.add(out, i, found)
			proven = proven && found.Proven
		}
		switch {
		case ended:
			r.status = late.Status
			return late.Code, nil
		case errors.Is(found.Limit, preimage.ErrPolyhedra):
			r.status = "limit reached"
			return cli.ExitUnknown, nil
		case found.Limit != nil:
			r.status = "limit reached: " + found.Limit.Error()
			return cli.ExitUnknown, nil
		}
	}
	if !proven {
		r.status = cli.NotProven
		return cli.ExitUnknown, nil
	}
	r.status = "complete"
	return cli.ExitYes, nil
}

// add adds the linear regions of a set.
func (r *inputRegionsRun) add(out *regionOutput, domain int, found *preimage.LinearRegionsFound) {
	r.total += found.Count
	r.engine = r.engine.And(found.Engine)
	if r.missing == nil {
		r.missing = found.Missing
	}
	for _, region := range found.Regions {
		g := inputRegion{Domain: domain, Vertices: region.Vertices}
		if region.HalfSpaces != nil {
			g.HalfSpaces = describePolyhedron(set.Polyhedron{Dim: out.net.InDim(), Rows: region.HalfSpaces}, nil).HalfSpaces
		}
		if out.sets {
			g.describe(out, region)
		}
		r.list = append(r.list, g)
	}
}

// describe adds pattern and map.
func (g *inputRegion) describe(out *regionOutput, region preimage.LinearRegion) {
	g.Pattern, g.Zero = patternText(region.Pattern), region.Zero
	if a, b, err := out.net.LowerSelections().AffineMap(region.Pattern); err == nil {
		g.Map = finiteRows(a)
		for _, v := range b {
			g.Offset = append(g.Offset, cli.Finite(v))
		}
	}
}

func (o *regionOutput) printInputRegions(inv *cli.Invocation, sets *setFlags, run *inputRegionsRun) error {
	type common struct {
		cli.Header
		Network    answer.Network `json:"network"`
		Input      string         `json:"input"`
		Count      int            `json:"count"`
		Status     string         `json:"status"`
		Arithmetic string         `json:"arithmetic"`
		Engine     string         `json:"engine"`
		Seconds    any            `json:"seconds"`
	}
	c := common{inv.Header(), answer.NetworkOf(o.path, o.net), sets.input, run.total, run.status, cli.ArithmeticOf(run.status == "complete"), string(run.engine), inv.Total()}
	if o.countOnly {
		return inv.WriteJSON(struct {
			common
			Regions int `json:"regions"`
		}{c, run.total})
	}
	return inv.WriteJSON(struct {
		common
		Regions []inputRegion `json:"regions"`
	}{c, run.list})
}
