package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// inputRegion is a linear region of an input set in JSON.
type inputRegion struct {
	Domain   int         `json:"domain"`
	Vertices [][]float64 `json:"vertices"`
	Pattern  string      `json:"pattern,omitempty"`
	Zero     []int32     `json:"zero_units,omitempty"`
	Map      [][]finite  `json:"map,omitempty"`
	Offset   []finite    `json:"offset,omitempty"`
}

// inputRegions enumerates linear regions on sets of full dimension.
func (inv *invocation) inputRegions(out *regionOutput, sets *setFlags) (int, error) {
	if i := out.net.SmoothNode(); i >= 0 {
		return 0, fmt.Errorf("%s: node %q is a %s: only a piecewise-affine network has linear regions",
			out.path, out.net.Nodes[i].Name, out.net.Nodes[i].Op.Kind())
	}
	domains, err := sets.inputSets(out.net)
	if err != nil {
		return 0, err
	}
	total, status, code := 0, "complete", exitYes
	var list []inputRegion
	for i, d := range domains {
		visit := func(c *polytope.Cell) error {
			list = append(list, out.inputRegion(i, c))
			return nil
		}
		if out.countOnly {
			visit = nil
		}
		opt := polytope.Options{MaxCells: out.limit, Workers: out.workers, Progress: func(n int) { inv.progress.report("%s", count(total+n, "region")) }}
		domain, err := boundedInput(d)
		if err != nil {
			return 0, err
		}
		r, err := polytope.Enumerate(inv.ctx, out.net, domain, opt, visit)
		if r != nil {
			total += r.Cells
		}
		switch {
		case errors.Is(err, context.Canceled):
			code, status = exitInterrupted, "interrupted"
		case err != nil:
			return 0, err
		case r.Stopped != nil:
			code, status = exitUnknown, "limit reached"
		}
		if code != exitYes {
			break
		}
	}
	if inv.json {
		return code, out.printInputRegions(inv, sets, list, total, status)
	}
	for i, r := range list {
		inv.printf("%6d  %s", i+1, count(len(r.Vertices), "corner"))
		for _, x := range r.Vertices {
			if len(x) <= shortDim {
				inv.printf(" %s", pointText(x))
			}
		}
		inv.printf("\n")
	}
	inv.printf("%s", count(total, "region"))
	if status != "complete" {
		inv.printf(", %s", status)
	}
	inv.printf("\n")
	return code, nil
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

func (o *regionOutput) printInputRegions(inv *invocation, sets *setFlags, list []inputRegion, total int, status string) error {
	type common struct {
		header
		Network networkInfo `json:"network"`
		Input   string      `json:"input"`
		Count   int         `json:"count"`
		Status  string      `json:"status"`
		Seconds any         `json:"seconds"`
	}
	c := common{inv.header(), describe(o.path, o.net), sets.input, total, status, inv.total()}
	if o.countOnly {
		return inv.writeJSON(struct {
			common
			Regions int `json:"regions"`
		}{c, total})
	}
	return inv.writeJSON(struct {
		common
		Regions []inputRegion `json:"regions"`
	}{c, list})
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
