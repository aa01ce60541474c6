package main

import (
	"errors"
	"fmt"
	"math"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
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
	run := inputRegionsRun{Invocation: inv, out: out, complete: true}
	for i, d := range domains {
		if err := run.enumerate(i, d); err != nil {
			return 0, err
		}
		if run.status != "" || run.late != nil {
			break
		}
	}
	code := cli.ExitYes
	switch {
	case run.late != nil:
		code, run.status = run.late.Code, run.late.Status
	case run.status != "":
		code = cli.ExitUnknown
	case run.complete:
		run.status = "complete"
	default:
		code, run.status = cli.ExitUnknown, cli.NotProven
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

// provenRegions is the number of linear regions of a set up to which they are proven to be
// all there are: proofs keep them in memory.
const provenRegions = 1 << 18

// inputRegionsRun is a run of regions on sets of full dimension.
type inputRegionsRun struct {
	*cli.Invocation
	out      *regionOutput
	list     []inputRegion
	total    int
	status   string    // why the run ended early, or nothing
	late     *cli.Stop // where it had to
	engine   preimage.Engine
	complete bool  // proven so
	missing  error // why not
}

// enumerate adds the linear regions of a set.
func (r *inputRegionsRun) enumerate(i int, d set.Polyhedron) error {
	engine, err := preimage.EngineOf(r.Whole, d)
	if err != nil {
		return err
	}
	r.engine = r.engine.And(engine)
	if engine == preimage.Polyhedra {
		return r.polyhedra(i, d)
	}
	var proof preimage.RegionsProof
	out, first, cells := r.out, len(r.list), 0
	prove := out.arithmetic == cli.ArithmeticExact
	visit := func(c *polytope.Cell) error {
		if cells++; prove && cells <= provenRegions {
			proof.Note(c)
		}
		if !out.countOnly {
			r.list = append(r.list, out.inputRegion(i, c))
		}
		return nil
	}
	if out.countOnly && !prove {
		visit = nil
	}
	domain, err := boundedInput(d)
	if err != nil {
		return err
	}
	var found polytope.Tree
	if out.net.DiscontinuousNode() < 0 || !prove {
		result, err := polytope.Enumerate(r.Ctx, out.net, domain, polytope.Options{
			MaxCells: out.limit, Workers: out.workers, Tree: prove,
			Progress: func(n int) { r.Progress.Report("%s", cli.Count(r.total+n, "region")) },
		}, visit)
		if result != nil {
			r.total += result.Cells
			found = result.Tree
		}
		late, ended := r.Stopped(err)
		switch {
		case ended:
			r.late = &late
			return nil
		case err != nil:
			return err
		case result.Stopped != nil:
			r.status = "limit reached"
			return nil
		}
	}
	if !prove || cells > provenRegions {
		r.complete = false
		return nil
	}
	regions, err := proof.Close(r.Ctx, out.net, d, found, out.workers)
	late, ended := r.Stopped(err)
	switch {
	case ended:
		r.late = &late
		return nil
	case err != nil:
		r.complete, r.missing = false, err
		return nil
	}
	r.total += len(regions) - cells
	if out.countOnly {
		return nil
	}
	proven := r.list[:first:first]
	for _, region := range regions {
		if region.Cell >= 0 {
			proven = append(proven, r.list[first+region.Cell])
			continue
		}
		added := inputRegion{Domain: i, Vertices: region.Corners}
		if out.sets {
			added.describe(out, region.Pattern)
		}
		proven = append(proven, added)
	}
	r.list = proven
	return nil
}

// polyhedra is enumerate in half-space form.
func (r *inputRegionsRun) polyhedra(i int, d set.Polyhedron) error {
	out := r.out
	result, err := preimage.Regions(r.Whole, out.net, d, set.Union{set.Whole(out.net.OutDim())}, preimage.RegionsOptions{
		Split: true, Discard: out.countOnly, Prove: out.arithmetic == cli.ArithmeticExact, MaxPieces: out.limit, MaxTime: r.Remaining(), Workers: out.workers,
		Progress: func(n int) { r.Progress.Report("%s", cli.Count(r.total+n, "region")) },
	})
	late, ended := r.Stopped(err)
	switch {
	case ended:
		r.late = &late
		return nil
	case err != nil:
		return err
	}
	r.total += result.Count
	switch {
	case errors.Is(result.Limit, preimage.ErrPolyhedra):
		r.status = "limit reached"
	case result.Limit != nil:
		r.status = result.Limit.Error()
	}
	r.complete = r.complete && result.Proof.Accepted
	if r.missing == nil && result.Limit == nil {
		r.missing = result.Proof.Missing
	}
	for _, p := range result.Pieces {
		found := inputRegion{Domain: i, HalfSpaces: describePolyhedron(p.Set, nil).HalfSpaces}
		if out.sets {
			found.describe(out, p.Pattern)
		}
		r.list = append(r.list, found)
	}
	return nil
}

// describe adds pattern and map.
func (g *inputRegion) describe(out *regionOutput, pattern nn.Pattern) {
	g.Pattern = patternText(pattern)
	if a, b, err := out.net.LowerSelections().AffineMap(pattern); err == nil {
		g.Map = finiteRows(a)
		for _, v := range b {
			g.Offset = append(g.Offset, cli.Finite(v))
		}
	}
}

// inputRegion describes a cell, with pattern and map where they are wanted.
func (o *regionOutput) inputRegion(domain int, c *polytope.Cell) inputRegion {
	r := inputRegion{Domain: domain, Vertices: rowsOf(c.Points())}
	if o.sets {
		a, b := c.Affine()
		r.Pattern, r.Zero, r.Map = patternText(c.Pattern), append([]int32(nil), c.Zero...), finiteRows(a)
		for _, v := range b {
			r.Offset = append(r.Offset, cli.Finite(v))
		}
	}
	return r
}

// rowsOf copies the rows of a matrix.
func rowsOf(m nn.Matrix) [][]float64 {
	rows := make([][]float64, m.Rows)
	for i := range rows {
		rows[i] = append([]float64(nil), m.Row(i)...)
	}
	return rows
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
	c := common{inv.Header(), answer.NetworkOf(o.path, o.net), sets.input, run.total, run.status, cli.ArithmeticOf(run.complete), string(run.engine), inv.Total()}
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

// boundedInput is an input set as a box with cuts. It fails, naming the input,
// where the set is unbounded.
func boundedInput(p set.Polyhedron) (polytope.Domain, error) {
	if b, ok := p.AsBox(); ok && b.Bounded() && !b.Empty() {
		return polytope.Box(b.Lo, b.Hi), nil
	}
	b, err := solve.BoundingBox(p)
	if err != nil {
		return polytope.Domain{}, err
	}
	for k, lo := range b.Lo {
		if !b.Empty() && !(isFinite(lo) && isFinite(b.Hi[k])) {
			return polytope.Domain{}, fmt.Errorf("--input: input %d is unbounded: give a lower and an upper limit for every input", k)
		}
	}
	if b.Empty() {
		// Crossed bounds, which are finite: no region.
		for k := range b.Lo {
			b.Lo[k], b.Hi[k] = 1, 0
		}
	}
	return polytope.Domain{Lo: b.Lo, Hi: b.Hi, Cuts: p.Closure().Rows}, nil
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
