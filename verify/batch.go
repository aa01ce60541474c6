package verify

import (
	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/nn"
)

// batchRows is the number of points from which on a batch is evaluated, or fewer for
// large networks: products of matrices of that many rows are several times as fast as
// those of the few corners of a linear region.
const batchRows = 256

// flush evaluates what waits, in order.
func (c *specRun) flush() error {
	batch := c.waiting
	c.waiting, c.rows = c.waiting[:0], 0
	if len(batch) == 0 {
		return nil
	}
	var points [][]float64
	var patterns []nn.Pattern
	var rowOf []int32
	for i, w := range batch {
		patterns = append(patterns, w.pattern)
		points = append(points, w.points...)
		for range w.points {
			rowOf = append(rowOf, int32(i))
		}
	}
	x, err := nn.MatrixOf(points)
	if err != nil {
		return err
	}
	lin := c.net.LinearizePatterns(patterns, 0)
	trace := c.net.RunLinear(x, lin, rowOf, 1)
	y := trace.Output()
	errs := rounding.Of(c.net, trace, nn.ValueChannel, lin, rowOf, false, nil).Total[len(c.net.Nodes)-1]
	from := 0
	for i := range batch {
		w := &batch[i]
		to := from + len(w.points)
		if err := c.evaluate(w, y.Slice(from, to), columnMaxima(errs.Slice(from, to))); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// bounds are better bounds on the errors of the outputs of an extent.
func (c *specRun) bounds(p *extent) ([]float64, error) {
	x, err := nn.MatrixOf(p.points)
	if err != nil {
		return nil, err
	}
	var lin *nn.Linearization
	var rowOf []int32
	if p.pattern == nil {
		lin = c.net.LinearizeAt(x, 1)
	} else {
		lin, rowOf = c.net.LinearizePatterns([]nn.Pattern{p.pattern}, 0), make([]int32, x.Rows)
	}
	trace := c.net.RunLinear(x, lin, rowOf, 1)
	return columnMaxima(rounding.Of(c.net, trace, nn.ValueChannel, lin, rowOf, true, nil).Total[len(c.net.Nodes)-1]), nil
}
