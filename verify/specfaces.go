package verify

import (
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/region/face"
)

// frameOf is what points of a cell lie in.
type frameOf func(points ...[]float64) (face.Frame, []face.Facet)

// cell looks at a linear region, and at its faces on which another pattern executes.
func (c *specRun) cell(item int, cell *region.Cell, frame frameOf, at func(region.Vertex) []float64) error {
	c.result.Cells++
	if c.opt.Progress != nil {
		c.opt.Progress(Progress{Case: item, Cases: len(c.spec.Items), Cells: c.result.Cells})
	}
	points := make([][]float64, len(cell.Vertices))
	for i, v := range cell.Vertices {
		points[i] = at(v)
	}
	if err := c.look(&extent{item: item, points: points, pattern: cell.Pattern}); err != nil || !c.jumps {
		return err
	}
	return c.faces(item, cell.Pattern, frame, points)
}

// faces looks at the vertices and edges of a linear region on which another pattern
// executes than the region's.
func (c *specRun) faces(item int, pattern nn.Pattern, frame frameOf, points [][]float64) error {
	x, err := nn.MatrixOf(points)
	if err != nil {
		return err
	}
	rule := c.ties()
	whole, _ := frame(points...)
	reach := make([]float64, len(points))
	for i := range reach {
		reach[i] = face.Reach(whole.Corners...)
	}
	near := rule.Near(x, reach)
	for i := range points {
		if err := c.face(item, pattern, frame, points[i:i+1], near[i]); err != nil {
			return err
		}
		if j := (i + 1) % len(points); len(points) > 2 {
			if err := c.face(item, pattern, frame, [][]float64{points[i], points[j]}, face.Common(nil, near[i], near[j])); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *specRun) face(item int, pattern nn.Pattern, frame frameOf, points [][]float64, near []face.Tie) error {
	if face.IsUpper(pattern, near) {
		return nil
	}
	var f face.Face
	f.Frame, f.Facets = frame(points...)
	f.Codim = len(f.Frame.Corners) - len(points)
	e := c.rule.Executes(pattern, &f, near)
	c.faceDoubts = c.faceDoubts || len(e.Doubt) > 0
	if len(e.Doubt) > 0 || slices.Equal(e.Pattern, pattern) {
		return nil
	}
	return c.look(&extent{item: item, points: points, pattern: e.Pattern})
}
