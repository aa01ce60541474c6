package main

import (
	"errors"
	"fmt"
	"math"

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
	Map        [][]finite      `json:"map,omitempty"`
	Offset     []finite        `json:"offset,omitempty"`
}

// printInputRegions enumerates linear regions on sets of full dimension.
func printInputRegions(inv *invocation, out *regionOutput, sets *setFlags) (int, error) {
	if i := out.net.SmoothNode(); i >= 0 {
		return 0, fmt.Errorf("%s: node %q is a %s: only a piecewise-affine network has linear regions",
			out.path, out.net.Nodes[i].Name, out.net.Nodes[i].Op.Kind())
	}
	domains, err := sets.inputSets(inv, out.net)
	if err != nil {
		return 0, err
	}
	run := inputRegionsRun{invocation: inv, out: out, complete: true}
	for i, d := range domains {
		if err := run.enumerate(i, d); err != nil {
			return 0, err
		}
		if run.status != "" || run.late != nil {
			break
		}
	}
	code := exitYes
	switch {
	case run.late != nil:
		code, run.status = run.late.code, run.late.status
	case run.status != "":
		code = exitUnknown
	case run.complete:
		run.status = "complete"
	default:
		code, run.status = exitUnknown, notProven
	}
	if inv.json {
		return code, out.printInputRegions(inv, sets, &run)
	}
	for i, r := range run.list {
		if r.Vertices == nil {
			inv.printf("%6d  %s\n", i+1, count(len(r.HalfSpaces), "half-space"))
			continue
		}
		inv.printf("%6d  %s", i+1, count(len(r.Vertices), "corner"))
		for _, x := range r.Vertices {
			if len(x) <= shortDim {
				inv.printf(" %s", pointText(x))
			}
		}
		inv.printf("\n")
	}
	inv.printf("%s", count(run.total, "region"))
	if code == exitYes {
		inv.printf(", proven to be all")
	} else {
		inv.printf(", %s", run.status)
	}
	inv.printf("\n")
	if run.missing != nil {
		inv.printf("no proof: %v\n", run.missing)
	}
	return code, nil
}

// provenRegions is the number of linear regions of a set up to which they are proven to be
// all there are: proofs keep them in memory.
const provenRegions = 1 << 18

// inputRegionsRun is a run of regions on sets of full dimension.
type inputRegionsRun struct {
	*invocation
	out      *regionOutput
	list     []inputRegion
	total    int
	status   string // why the run ended early, or nothing
	late     *stop  // where it had to
	engine   preimage.Engine
	complete bool  // proven so
	missing  error // why not
}

// enumerate adds the linear regions of a set.
func (r *inputRegionsRun) enumerate(i int, d set.Polyhedron) error {
	engine, err := preimage.EngineOf(r.whole, d)
	if err != nil {
		return err
	}
	r.engine = r.engine.And(engine)
	if engine == preimage.Polyhedra {
		return r.polyhedra(i, d)
	}
	var proof preimage.RegionsProof
	out, first, cells := r.out, len(r.list), 0
	prove := out.arithmetic == arithmeticExact
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
		result, err := polytope.Enumerate(r.ctx, out.net, domain, polytope.Options{
			MaxCells: out.limit, Workers: out.workers, Tree: prove,
			Progress: func(n int) { r.progress.report("%s", count(r.total+n, "region")) },
		}, visit)
		if result != nil {
			r.total += result.Cells
			found = result.Tree
		}
		late, ended := r.stopped(err)
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
	regions, err := proof.Close(r.ctx, out.net, d, found, out.workers)
	late, ended := r.stopped(err)
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
	result, err := preimage.Regions(r.whole, out.net, d, set.Union{set.Whole(out.net.OutDim())}, preimage.RegionsOptions{
		Split: true, Discard: out.countOnly, Prove: out.arithmetic == arithmeticExact, MaxPieces: out.limit, MaxTime: r.remaining(), Workers: out.workers,
		Progress: func(n int) { r.progress.report("%s", count(r.total+n, "region")) },
	})
	late, ended := r.stopped(err)
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
			g.Offset = append(g.Offset, finite(v))
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
			r.Offset = append(r.Offset, finite(v))
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

func (o *regionOutput) printInputRegions(inv *invocation, sets *setFlags, run *inputRegionsRun) error {
	type common struct {
		header
		Network    networkInfo `json:"network"`
		Input      string      `json:"input"`
		Count      int         `json:"count"`
		Status     string      `json:"status"`
		Arithmetic string      `json:"arithmetic"`
		Engine     string      `json:"engine"`
		Seconds    any         `json:"seconds"`
	}
	c := common{inv.header(), describe(o.path, o.net), sets.input, run.total, run.status, arithmeticOf(run.complete), string(run.engine), inv.total()}
	if o.countOnly {
		return inv.writeJSON(struct {
			common
			Regions int `json:"regions"`
		}{c, run.total})
	}
	return inv.writeJSON(struct {
		common
		Regions []inputRegion `json:"regions"`
	}{c, run.list})
}

// boundedInput is an input set as a box with cuts. It fails, naming the input,
// where the set is unbounded.
func boundedInput(p set.Polyhedron) (polytope.Domain, error) {
	if b, ok := boxOf(p); ok {
		return polytope.Box(b.Lo, b.Hi), nil
	}
	b, err := solve.BoundingBox(p)
	if err != nil {
		return polytope.Domain{}, err
	}
	for k, lo := range b.Lo {
		if !b.Empty() && !(isFinite(lo) && isFinite(b.Hi[k])) {
			return polytope.Domain{}, fmt.Errorf("--input: input %d is unbounded: give lower and upper limits of every input", k)
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
