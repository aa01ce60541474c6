package region

import (
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// domain is a segment or a polygon on its way through the search.
type domain struct {
	index  int
	points [][]float64  // the vertices in the input space
	params [][2]float64 // and in coordinates
	ids    []ID
	axes   nn.Matrix // origin, and a direction a parameter

	// From the evaluation at the vertices:
	blocks nn.Matrix   // of stage 0, one vertex per row
	eps    [][]float64 // of each stage and threshold: the tolerance
	err    error       // why the domain cannot be searched
}

// span are the domains from (inclusive) to to (exclusive), by index.
type span struct{ from, to int }

func segmentDomain(index int, s set.Segment) *domain {
	d := &domain{index: index, points: [][]float64{s.From, s.To}, params: [][2]float64{{0, 0}, {1, 0}}}
	d.axes = nn.NewMatrix(2, s.Dim())
	copy(d.axes.Row(0), s.From)
	for i, a := range s.From {
		d.axes.Row(1)[i] = s.To[i] - a
	}
	d.ids = []ID{pointID(s.From), pointID(s.To)}
	return d
}

func polygonDomain(index int, p *set.Polygon) *domain {
	d := &domain{index: index, params: p.Plane}
	d.axes = nn.NewMatrix(3, p.Dim())
	copy(d.axes.Row(0), p.Origin)
	copy(d.axes.Row(1), p.U)
	copy(d.axes.Row(2), p.V)
	for i, q := range p.Plane {
		d.points = append(d.points, p.At(q[0], q[1]))
		d.ids = append(d.ids, pointID(p.Vertices[i]))
	}
	return d
}

func (d *domain) checkFinite(p *plan, s int, blocks nn.Matrix) {
	for r := range blocks.Rows {
		for _, v := range blocks.Row(r)[:p.Stages[s].Units] {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				d.err = p.Overflow(s)
			}
		}
	}
}
