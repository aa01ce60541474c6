package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/report"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
	"github.com/netmend/netmend/spec"
)

// maxDrawn is the largest number of sets in a picture.
const maxDrawn = 100_000

// drawNetwork draws the regions, preimage or classes of a network.
func (j *plotJob) drawNetwork(inv *cli.Invocation, net *nn.Network, f *report.Figure) error {
	box, err := j.sets.inputBox(inv, net)
	if err != nil {
		return err
	}
	if box.Empty() || !box.Bounded() {
		return fmt.Errorf("--input is empty or unbounded: want finite limits for every input")
	}
	at, slice, err := j.axesOf(box)
	if err != nil {
		return err
	}
	p := f.AddPanel(filepath.Base(j.path))
	f.Caption = j.caption(net, slice)
	p.XLabel = fmt.Sprintf("x%d", at.x)
	p.X = report.Range{From: box.Lo[at.x], To: box.Hi[at.x]}
	if at.y < 0 {
		return j.drawLine(inv.Ctx, net, box, at, p)
	}
	p.YLabel = fmt.Sprintf("x%d", at.y)
	p.Y = report.Range{From: box.Lo[at.y], To: box.Hi[at.y]}
	return j.drawPlane(inv.Ctx, net, box, at, p)
}

func (j *plotJob) caption(net *nn.Network, slice string) string {
	text := "Linear regions of " + j.path
	switch smooth := net.SmoothNode() >= 0; {
	case smooth && j.sets.output != "":
		text = "Inputs of " + j.path + " with " + j.sets.output + ", from both sides"
	case smooth:
		text = "Outputs of " + j.path
	case j.sets.output != "":
		text = "Inputs of " + j.path + " with " + j.sets.output
	case j.classes != "":
		text = "Inputs of " + j.path + " by class, the " + j.classes
	}
	if slice != "" {
		text += "; " + slice
	}
	return text + "."
}

// drawPlane draws polygons over two inputs.
func (j *plotJob) drawPlane(ctx context.Context, net *nn.Network, box set.Box, at axes, p *report.Panel) error {
	opt := polytope.Options{MaxCells: maxDrawn, Workers: j.workers}
	label := func(*polytope.Cell) (string, report.Color) { return "", 0 }
	switch {
	case j.sets.output != "":
		target, err := j.sets.outputSet(ctx, net)
		if err != nil {
			return err
		}
		if net.SmoothNode() >= 0 {
			return j.drawBothSides(ctx, net, box, target, at, p)
		}
		r, err := preimage.Regions(ctx, net.BeforeEnd(), box.Polyhedron(), target, preimage.RegionsOptions{MaxPieces: maxDrawn, Workers: j.workers})
		if err != nil {
			return err
		}
		if r.Limit != nil {
			return fmt.Errorf("too much to draw: %w", r.Limit)
		}
		for _, piece := range r.Pieces {
			if err := addSet(p, piece.Set, piece.Vertices, at, j.sets.output, report.Blue); err != nil {
				return err
			}
		}
		return nil
	case j.classes != "":
		extremum := spec.Argmax
		if j.classes == "argmin" {
			extremum = spec.Argmin
		}
		opt.Target = preimage.Classes(extremum, net.OutDim())
		label = func(c *polytope.Cell) (string, report.Color) {
			return fmt.Sprintf("class %d", c.Term), answer.ClassColor(c.Term)
		}
	case at.shadow:
		return cli.Usagef("--project is for --output: the shadows of linear regions cover each other")
	}
	if at.shadow {
		return cli.Usagef("--project is for --output: the shadows of classes cover each other")
	}
	r, err := polytope.OnBox(ctx, net, box.Lo, box.Hi, opt, func(c *polytope.Cell) error {
		name, color := label(c)
		return addSet(p, set.Polyhedron{}, nn.RowsOf(c.Points()), at, name, color)
	})
	if err == nil && r.Stopped != nil {
		err = fmt.Errorf("too much to draw: %w", r.Stopped)
	}
	return err
}

// addSet draws a bounded set, by its vertices where they are known.
func addSet(p *report.Panel, s set.Polyhedron, vertices [][]float64, at axes, label string, color report.Color) error {
	var corners [][2]float64
	var err error
	switch {
	case at.shadow || len(vertices) == 0:
		corners, err = solve.Shadow(s, at.x, at.y)
	default:
		for _, v := range vertices {
			corners = append(corners, [2]float64{v[at.x], v[at.y]})
		}
		corners = around(corners)
	}
	if err != nil || len(corners) == 0 {
		return err
	}
	polygon := report.Polygon{Label: label, Color: color}
	for _, c := range corners {
		polygon.X, polygon.Y = append(polygon.X, c[0]), append(polygon.Y, c[1])
	}
	switch len(corners) {
	case 1:
		p.Add(report.Points{Label: label, X: polygon.X, Y: polygon.Y, Color: color})
	case 2:
		p.Add(report.Line{Label: label, X: polygon.X, Y: polygon.Y, Color: color})
	default:
		p.Add(polygon)
	}
	return nil
}

// around orders the corners of a convex polygon around it.
func around(corners [][2]float64) [][2]float64 {
	mx, my := 0.0, 0.0
	for _, c := range corners {
		mx, my = mx+c[0]/float64(len(corners)), my+c[1]/float64(len(corners))
	}
	angle := func(c [2]float64) float64 { return portable.Atan2(c[1]-my, c[0]-mx) }
	slices.SortStableFunc(corners, func(a, b [2]float64) int { return cmp.Compare(angle(a), angle(b)) })
	return corners
}

// drawLine draws the outputs over one input, and what is asked for on its axis.
func (j *plotJob) drawLine(ctx context.Context, net *nn.Network, box set.Box, at axes, p *report.Panel) error {
	p.YLabel = "y"
	segment, err := set.NewSegment(box.Lo, box.Hi)
	if err != nil {
		return err
	}
	if net.SmoothNode() >= 0 {
		if j.sets.output != "" || j.classes != "" {
			return cli.Usagef("%s is not piecewise affine: its outputs can be drawn, a preimage cannot", j.path)
		}
		return drawCurve(ctx, net, segment, at, p)
	}
	borders := []float64{box.Lo[at.x]}
	if net.Meta.End != nil {
		if err := drawCurve(ctx, net, segment, at, p); err != nil {
			return err
		}
	}
	_, err = region.OnSegments(ctx, net, []set.Segment{segment}, region.Options{MaxCells: maxDrawn, Workers: j.workers}, func(c *region.Cell) error {
		m := c.Affine()
		t0, t1 := c.Vertices[0].Param[0], c.Vertices[1].Param[0]
		x0, x1 := segment.At(t0)[at.x], segment.At(t1)[at.x]
		borders = append(borders, x1)
		if net.Meta.End != nil {
			return nil // the file's outputs are not lines
		}
		for k := range m.Rows {
			row := m.Row(k)
			p.Add(report.Line{
				Label: fmt.Sprintf("y%d", k), Color: answer.ClassColor(k + 4),
				X: []float64{x0, x1}, Y: []float64{float64(row[0]*t0) + row[1], float64(row[0]*t1) + row[1]},
			})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if j.sets.output == "" {
		p.AddIntervals("linear regions", borders...)
		return nil
	}
	target, err := j.sets.outputSet(ctx, net)
	if err != nil {
		return err
	}
	r, err := preimage.Regions(ctx, net.BeforeEnd(), box.Polyhedron(), target, preimage.RegionsOptions{MaxPieces: maxDrawn, Workers: j.workers})
	if err != nil {
		return err
	}
	for _, piece := range r.Pieces {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, v := range piece.Vertices {
			lo, hi = min(lo, v[at.x]), max(hi, v[at.x])
		}
		p.Add(report.Interval{Range: report.Range{From: lo, To: hi}, Label: j.sets.output, Color: report.Orange})
	}
	return nil
}

// drawSets draws a file of sets.
func (j *plotJob) drawSets(ctx context.Context, f *report.Figure) error {
	dim, err := setsDim(ctx, j.path)
	if err != nil {
		return err
	}
	sets, err := readSets(ctx, j.path, dim)
	if err != nil {
		return err
	}
	at := axes{0, 1, false}
	f.Caption = fmt.Sprintf("%s of %s.", answer.Polyhedra(len(sets)), j.path)
	switch {
	case j.project != "":
		if at, err = j.parseAxes(dim); err != nil {
			return err
		}
		f.Caption = fmt.Sprintf("%s of %s; shadow on x%d and x%d.", answer.Polyhedra(len(sets)), j.path, at.x, at.y)
	case dim != 2:
		return cli.Usagef("%s: sets of %d dimensions: give --project i,j", j.path, dim)
	}
	p := f.AddPanel(filepath.Base(j.path))
	p.XLabel, p.YLabel = fmt.Sprintf("x%d", at.x), fmt.Sprintf("x%d", at.y)
	at.shadow = true
	for _, s := range sets {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := addSet(p, s, nil, at, "", 0); err != nil {
			return fmt.Errorf("%s: %w", j.path, err)
		}
	}
	return nil
}

// drawCurve draws the outputs of a file that are not piecewise affine over one input.
func drawCurve(ctx context.Context, net *nn.Network, segment set.Segment, at axes, p *report.Panel) error {
	const steps = 400 // about a pixel each
	x := nn.NewMatrix(steps+1, net.InDim())
	for i := range x.Rows {
		copy(x.Row(i), segment.At(float64(i)/steps))
	}
	y, err := net.EvalContext(ctx, x, 0)
	if err != nil {
		return err
	}
	y = outputsAtEnd(net, y)
	for k := range y.Cols {
		l := report.Line{Label: fmt.Sprintf("y%d", k), Color: answer.ClassColor(k + 4)}
		for i := range x.Rows {
			l.X, l.Y = append(l.X, x.Row(i)[at.x]), append(l.Y, y.Row(i)[k])
		}
		p.Add(l)
	}
	return nil
}

// drawBothSides draws a superset of a preimage that is not a union of polyhedra, and
// a subset on top of it.
func (j *plotJob) drawBothSides(ctx context.Context, net *nn.Network, box set.Box, target set.Union, at axes, p *report.Panel) error {
	const (
		drawnCoverage = 0.98
		drawnBoxes    = 4000
	)
	a, err := preimage.Approximate(ctx, net.BeforeEnd(), box, target, preimage.ApproximateOptions{
		Coverage: drawnCoverage, MaxBoxes: drawnBoxes, Workers: j.workers,
	})
	if err != nil {
		return err
	}
	for _, side := range []struct {
		label  string
		color  report.Color
		pieces []preimage.Piece
	}{
		{"perhaps", report.SkyBlue, a.Over.Pieces},
		{"certainly " + j.sets.output, report.Blue, a.Under.Pieces},
	} {
		for _, piece := range side.pieces {
			if err := addSet(p, piece.Set, piece.Vertices, at, side.label, side.color); err != nil {
				return err
			}
		}
	}
	return nil
}
