package verify

import (
	"math"

	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// spare is how far sets are moved outward, relative to the size of the numbers
// that are summed up: four times the tolerance of package polytope.
const spare = 0x1p-38

// spareRounding times the largest rounding bound of the outputs seen at the box's
// corners and its middle is how far they may be off elsewhere in it.
const spareRounding = 16

// widened is the domain with its cuts moved outward, so that a cell that touches
// the input set in a face is not lost.
func (t *task) widened() polytope.Domain {
	d := t.domain
	d.Cuts = nil
	for _, h := range t.domain.Cuts {
		size := math.Abs(h.Offset)
		for k, a := range h.Normal {
			size += float64(math.Abs(a) * max(math.Abs(d.Lo[k]), math.Abs(d.Hi[k])))
		}
		h.Offset += float64(spare * size)
		d.Cuts = append(d.Cuts, h)
	}
	return d
}

// widening is how far a half-space of the violation is moved outward: beyond the
// tolerance within which the enumeration may drop a cell, and beyond the rounding
// errors of the outputs.
// It is not ok where the values overflow.
func (c *propertyRun) widening(t *task) (by func(h *set.HalfSpace) float64, ok bool) {
	x := t.boxCorners()
	trace := c.net.Run(x, c.opt.Workers)
	var lin *nn.Linearization
	if c.net.Decoupled() {
		lin = c.net.LinearizeAt(x, c.opt.Workers)
	}
	errs := rounding.Of(c.net, trace, nn.ValueChannel, lin, nil, true, nil)
	total := errs.Total[len(c.net.Nodes)-1]
	sizes := make([]float64, c.net.OutDim())
	for r := range x.Rows {
		for k := range sizes {
			sizes[k] = max(sizes[k], tailError(c.net, errs.Local, r, k)*0x1p14,
				spareRounding*total.Row(r)[k], spare*math.Abs(trace.Output().Row(r)[k]))
		}
	}
	for _, s := range sizes {
		if math.IsNaN(s) || math.IsInf(s, 0) {
			return nil, false
		}
	}
	return func(h *set.HalfSpace) float64 {
		w := float64(spare * math.Abs(h.Offset))
		for k, a := range h.Normal {
			w += float64(math.Abs(a) * sizes[k])
		}
		return w
	}, true
}

// tailError is the rounding error of output k that arises after the last
// activation: some roundings of the sum that it is.
func tailError(net *nn.Network, local []nn.Matrix, r, k int) float64 {
	e, factor := 0.0, 1.0
	for i := len(net.Nodes) - 1; i >= 0; {
		e += float64(factor * local[i].Row(r)[k])
		scale, ok := net.Nodes[i].Op.(*nn.Scale)
		if !ok || net.Nodes[i].Inputs[0] == nn.Input {
			break
		}
		factor = float64(factor * math.Abs(scale.Factor[k]))
		i = net.Nodes[i].Inputs[0]
	}
	return e
}
