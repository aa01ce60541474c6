package region

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/layers"
)

// plan is what all workers of an enumeration share: the domains, and the
// network's activation channel, laid out for evaluation from one activation node
// with breakpoints (a stage) to the next.
type plan struct {
	*layers.Network
	domainOf func(i int) *domain
	// first is, by stage, how many thresholds those before it have.
	first []int
}

// newPlan fails if the network is not piecewise affine.
func newPlan(net *nn.Network) (*plan, error) {
	if i := net.SmoothNode(); i >= 0 {
		n := net.Nodes[i]
		return nil, fmt.Errorf("node %d (%s %q) is not piecewise affine, so the network has no linear regions; "+
			"repair at points works for it", i, n.Op.Kind(), n.Name)
	}
	l, err := layers.Patterns(net)
	if err != nil {
		return nil, err
	}
	p := &plan{Network: l}
	n := 0
	for i := range p.Stages {
		p.first = append(p.first, n)
		if n > math.MaxInt32-p.Stages[i].Thresholds {
			return nil, fmt.Errorf("the network has more than 2^31 breakpoints")
		}
		n += p.Stages[i].Thresholds
	}
	return p, nil
}

// probe returns domains ready to be searched: it evaluates the network at their
// vertices and centroids, all in one batch, for the blocks of the vertices and
// the tolerances.
func (p *plan) probe(which span) []*domain {
	rows := 0
	var ds []*domain
	var ends []int
	for i := which.from; i < which.to; i++ {
		d := p.domainOf(i)
		ds = append(ds, d)
		rows += len(d.points) + 1
		ends = append(ends, rows)
	}
	x := nn.NewMatrix(rows, p.Net.InDim())
	for i, d := range ds {
		centre := x.Row(ends[i] - 1)
		for k, pt := range d.points {
			copy(x.Row(ends[i]-1-len(d.points)+k), pt)
			for c, v := range pt {
				centre[c] += v / float64(len(d.points))
			}
		}
	}
	next := &p.Entry[nn.ActivationChannel]
	for s := range p.Stages {
		st := &p.Stages[s]
		size, blocks := next.Magnitudes(largestOf(x, ends)), next.Apply(x)
		for i, d := range ds {
			from, to := ends[i]-1-len(d.points), ends[i]-1
			if s == 0 {
				d.blocks = blocks.Slice(from, to)
			}
			d.checkFinite(p, s, blocks.Slice(from, to+1))
			d.eps = append(d.eps, st.Tolerances(size.Row(i)))
		}
		if s+1 < len(p.Stages) {
			x, next = nn.NewMatrix(rows, st.Width), &st.Next[nn.ActivationChannel]
			for r := range rows {
				st.Post(x.Row(r), blocks.Row(r))
			}
		}
	}
	return ds
}

// largestOf is the largest absolute value in each column of each group of rows, from the end of the
// one before up to its own.
func largestOf(m nn.Matrix, ends []int) nn.Matrix {
	y := nn.NewMatrix(len(ends), m.Cols)
	r := 0
	for g, end := range ends {
		top := y.Row(g)
		for ; r < end; r++ {
			for k, v := range m.Row(r) {
				top[k] = max(top[k], math.Abs(v))
			}
		}
	}
	return y
}
