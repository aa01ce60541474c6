package repair

import (
	"math"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
)

// cornerMargin is the result at one corner of a case: the smallest slack in real
// arithmetic less the bound on the execution's error.
type cornerMargin struct {
	row    int32 // of the case, the corner
	margin float64
}

// nearBound times its error bound is how close to missing the margin a corner is
// taken along when others miss it: the next repair is a little different.
const nearBound = 0.5

// margins evaluates a network at the corners of all cases under the cases'
// patterns and returns the margins that executions reach there. Where one is
// below the margin wanted, all that are, or nearly, are listed by case.
func (e *execution) margins(net *nn.Network, bounds []float64, margin float64) (r ExecutionResult, short map[int32][]cornerMargin) {
	p := e.p
	type result struct {
		least float64
		at    int32 // case
		row   int32
		near  []cornerMargin
	}
	results := make([]result, len(e.cases))
	batches := e.caseBatches()
	parallel.Each(len(batches)-1, p.workers, func(b int) {
		from, to := batches[b], batches[b+1]
		y := e.evaluate(net, from, to)
		row := 0
		for k := from; k < to; k++ {
			q := &results[k]
			q.least, q.at = math.Inf(1), int32(k)
			c := e.cases[k]
			for v := range c.corners {
				m := p.Needs[e.needs[c.cell]].Slack(y.Row(row)) - bounds[k]
				row++
				if math.IsNaN(m) {
					m = math.Inf(-1)
				}
				if m < q.least {
					q.least, q.row = m, v
				}
				if m < margin+float64(nearBound*bounds[k]) {
					q.near = append(q.near, cornerMargin{v, m})
				}
			}
		}
	})
	r = ExecutionResult{DType: e.dtype, MarginReached: math.Inf(1), Cases: len(e.cases), Beside: len(e.cases) - len(p.Cells), Added: e.added}
	short = map[int32][]cornerMargin{}
	worst := -1
	for k := range results {
		q := &results[k]
		if q.least < r.MarginReached {
			r.MarginReached, worst = q.least, k
		}
		r.LargestError = max(r.LargestError, bounds[k])
	}
	if r.MarginReached < margin {
		for k := range results {
			if near := results[k].near; near != nil {
				short[int32(k)] = near
			}
		}
	}
	if worst >= 0 {
		c := &e.cases[worst]
		x := make([]float64, p.net.InDim())
		e.corner(x, c, int(results[worst].row))
		r.Worst = Place{Item: p.spec.Items[p.Cells[c.cell].Item].Name, Point: x}
	}
	return r, short
}

// caseBatches cuts the cases into ranges of about p.Batch corners.
func (e *execution) caseBatches() []int {
	batches, corners := []int{0}, 0
	for k, c := range e.cases {
		if corners > 0 && corners+int(c.corners) > e.p.Batch {
			batches, corners = append(batches, k), 0
		}
		corners += int(c.corners)
	}
	return append(batches, len(e.cases))
}

// evaluate is a network's output at the corners of the cases from..to, under
// their patterns.
func (e *execution) evaluate(net *nn.Network, from, to int) nn.Matrix {
	p := e.p
	var tails []int32
	for _, c := range e.cases[from:to] {
		for range c.corners {
			tails = append(tails, c.tail)
		}
	}
	x := nn.NewMatrix(len(tails), p.net.InDim())
	row := 0
	for k := from; k < to; k++ {
		for v := range int(e.cases[k].corners) {
			e.corner(x.Row(row), &e.cases[k], v)
			row++
		}
	}
	lin, rowOf := p.Linearization(tails)
	return net.RunLinear(x, lin, rowOf, 1).Output()
}

// corner writes the coordinates of a case's corner to x, which must be 0.
func (e *execution) corner(x []float64, c *executionCase, v int) {
	p := e.p
	if at, ok := e.vertex(c, v); ok {
		copy(x, p.At(at))
		return
	}
	vertices := p.Cells[c.cell].Vertices
	for i, w := range e.weights[c.at+v*len(vertices):][:len(vertices)] {
		if w == 0 {
			continue
		}
		for d, q := range p.At(vertices[i]) {
			x[d] += float64(w * q)
		}
	}
}

// vertex is a corner that is a vertex of the cell.
func (e *execution) vertex(c *executionCase, v int) (vertex int32, ok bool) {
	vertices := e.p.Cells[c.cell].Vertices
	for i, w := range e.weights[c.at+v*len(vertices):][:len(vertices)] {
		if w == 1 {
			return vertices[i], true
		}
	}
	return 0, false
}
