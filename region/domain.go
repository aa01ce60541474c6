package region

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// signTolerance times the sum of the absolute values of the terms that a unit's
// value is summed from (typical for the domain) is the distance from a
// breakpoint up to which the value counts as on it: 2^13 roundings to float64.
// Values at vertices that lie on a breakpoint in truth, for instance where the
// boundaries of three units meet, are off by some tens of roundings; a cell
// narrower than the tolerance is not worth telling from its neighbour.
const signTolerance = 0x1p-40

// domain is a segment or a polygon on its way through the search.
type domain struct {
	index  int
	points [][]float64  // the vertices in the input space
	params [][2]float64 // and in coordinates
	ids    []ID
	axes   nn.Matrix // origin, and a direction a parameter

	// From the evaluation at the vertices:
	blocks nn.Matrix   // of stage 0, one vertex a row
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

// probe returns domains ready to be searched: it evaluates the network at their
// vertices and centroids, all in one batch, for the blocks of the vertices and
// the tolerances.
func (e *evaluator) probe(which span) []*domain {
	rows := 0
	var ds []*domain
	var ends []int
	for i := which.from; i < which.to; i++ {
		d := e.p.domainOf(i)
		ds = append(ds, d)
		rows += len(d.points) + 1
		ends = append(ends, rows)
	}
	x := nn.NewMatrix(rows, e.p.net.InDim())
	for i, d := range ds {
		centre := x.Row(ends[i] - 1)
		for k, pt := range d.points {
			copy(x.Row(ends[i]-1-len(d.points)+k), pt)
			for c, v := range pt {
				centre[c] += v / float64(len(d.points))
			}
		}
	}
	in := x
	for s := range e.p.stages {
		st := &e.p.stages[s]
		out := nn.NewMatrix(rows, st.width)
		if s == 0 {
			e.enter(out, in)
		} else {
			e.advance(s-1, out, in)
		}
		size := e.magnitudes(s-1, ends)
		for i, d := range ds {
			from, to := ends[i]-1-len(d.points), ends[i]-1
			if s == 0 {
				d.blocks = out.Slice(from, to)
			}
			d.checkFinite(e.p, s, out.Slice(from, to+1))
			d.eps = append(d.eps, st.tolerances(size.Row(i)))
		}
		in = out
	}
	return ds
}

// tolerances are those of the stage's thresholds for the units' magnitudes.
func (s *stage) tolerances(size []float64) []float64 {
	eps := make([]float64, 0, s.thresholds)
	for _, m := range size {
		for _, b := range s.op.Breaks {
			eps = append(eps, float64(signTolerance*(m+math.Abs(b))))
		}
	}
	return eps
}

func (d *domain) checkFinite(p *plan, s int, blocks nn.Matrix) {
	for r := range blocks.Rows {
		for _, v := range blocks.Row(r)[:p.stages[s].units] {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				d.err = p.overflow(s)
			}
		}
	}
}

// overflow is the error where values of a stage are not finite.
func (p *plan) overflow(s int) error {
	n := p.net.Nodes[p.stages[s].node]
	return fmt.Errorf("the input of node %d (%s %q) is not finite somewhere on the domain: the network overflows float64",
		p.stages[s].node, n.Op.Kind(), n.Name)
}
