package repair

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/netmend/netmend/internal/executor"
	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
)

// ExecutionUlps says for which inputs a network is shown to meet the specification as
// executed: those within this many units in the last place of it, in each coordinate. Every
// way to round a point of the specification is within 1 unit of it, and the neighbours of the
// nearest number are within 1.5.
const ExecutionUlps = 1.5

// ExecutionResult is what was shown about a network as executed in floating point: for every
// input within [ExecutionUlps] of the specification, whatever the order of the sums and
// whichever piece rounding makes a unit take, the output has b - a . y of at least
// MarginReached for every half-space required there.
type ExecutionResult struct {
	// DType is the type of the execution, that of the network's parameters.
	DType nn.DType
	// MarginReached is a lower bound on b - a . y of executions.
	MarginReached float64
	// LargestError bounds |a . y' - a . y|, with y' as executed and y in real arithmetic at the
	// nearest point of the specification.
	LargestError float64
	// Cases are pairs of a cell and a pattern that may execute on a part of it;
	// Beside are those whose pattern is not the cell's own.
	Cases, Beside int
	// Rounds of solving it took, and key points added for patterns beside.
	Rounds, Added int
	// Worst is where MarginReached was found.
	Worst Place
}

// execution holds the pairs of cells and patterns that an execution may meet.
//
// On a cell with pattern p an execution may give a unit another piece only where
// the unit's exact input is within its error bound of a breakpoint. For each set
// of such units, the part of the cell on which all of them may is a polytope, and
// on it the value channel under the pattern so changed is affine: its corners
// with that pattern are key points like others. What an execution's output then
// differs from that affine function is bounded by executor.Execution.
type execution struct {
	p     *problem
	dtype nn.DType
	radii [][]float64 // of each item
	needs []int32     // of each cell
	heads []string    // of each cell, the pieces of the units before the relevant ones
	cases []executionCase
	first []int32 // cases of cell i are first[i] to first[i+1]
	// The corners are convex combinations of the cell's vertices.
	weights []float64

	progress func(cells int) // is told how many cells were treated
	added    int
	refuted  bool // no change was found that meets the rows
}

// executionCase is a cell, a pattern that may execute on a part of it, and the
// corners of that part.
type executionCase struct {
	cell, tail int32
	corners    int32 // how many
	at         int   // where their weights start
}

// maxCases is how many patterns may execute on a cell. Where more may, rounding
// is too coarse for the cells.
const maxCases = 1 << 10

// coverage, relative to the size of an item's coordinates, is how far the cells
// may be from covering the item: cells share whole edges, so that gaps are only
// where vertices on the item's own edges, or cut between classes, are rounded,
// by a few units in the last place of float64.
const coverage = 0x1p-46

// newExecution finds the patterns that may execute.
func newExecution(ctx context.Context, p *problem, opt Options) (*execution, error) {
	e := &execution{p: p, dtype: opt.DType, radii: make([][]float64, len(p.spec.Items))}
	e.progress = func(cells int) { opt.Progress(Progress{Phase: "executions", Layer: opt.Layer, Cells: cells}) }
	for i := range p.Cells {
		c := &p.Cells[i]
		e.needs = append(e.needs, p.NeedOf(c))
		if e.radii[c.Item] == nil {
			e.radii[c.Item] = e.radius(int(c.Item))
		}
	}
	e.heads = make([]string, len(p.Cells))
	ex, err := executor.New(p.net, opt.DType)
	if err != nil {
		return nil, err
	}
	found := make([][]part, len(p.Cells))
	err = e.eachBatch(ctx, func(from, to int) error {
		e.findHeads(from, to)
		if p.Unit == p.net.PatternLen() {
			for i := from; i < to; i++ {
				found[i] = []part{e.whole(i)} // no activation follows: no jumps
			}
			return nil
		}
		run, first, err := e.executed(ex, from, to)
		if err != nil {
			return err
		}
		for i := from; i < to; i++ {
			if found[i], err = e.parts(i, run, i-from, first[i-from]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, parts := range found {
		e.first = append(e.first, int32(len(e.cases)))
		for _, q := range parts {
			n := len(q.weights) / len(p.Cells[i].Vertices)
			e.cases = append(e.cases, executionCase{cell: int32(i), tail: p.Tail([]byte(q.pattern)), corners: int32(n), at: len(e.weights)})
			e.weights = append(e.weights, q.weights...)
		}
		found[i] = nil
	}
	e.first = append(e.first, int32(len(e.cases)))
	return e, p.Extend(ctx)
}

// radius is how far inputs may be from item i, coordinate by coordinate.
func (e *execution) radius(i int) []float64 {
	it := &e.p.spec.Items[i]
	vertices := [][]float64{it.Point}
	switch {
	case it.Segment != nil:
		vertices = [][]float64{it.Segment.From, it.Segment.To}
	case it.Polygon != nil:
		vertices = it.Polygon.Vertices
	}
	r := make([]float64, len(vertices[0]))
	for d := range r {
		size := 0.0
		for _, v := range vertices {
			size = max(size, math.Abs(v[d]))
		}
		r[d] = float64(ExecutionUlps*e.dtype.Ulp(size)) + float64(coverage*size)
	}
	if q := it.Polygon; q != nil {
		// The vertices need not lie in the plane exactly.
		off := make([]float64, len(r))
		for k, v := range q.Vertices {
			for d, x := range q.At(q.Plane[k][0], q.Plane[k][1]) {
				off[d] = max(off[d], math.Abs(x-v[d]))
			}
		}
		for d, o := range off {
			r[d] += float64(2 * o)
		}
	}
	return r
}

// executionBatch is how many cells are treated at once.
const executionBatch = 32

// eachBatch calls f for ranges of cells on several goroutines, until one fails.
func (e *execution) eachBatch(ctx context.Context, f func(from, to int) error) error {
	n := len(e.p.Cells)
	batches := (n + executionBatch - 1) / executionBatch
	errs := make([]error, batches)
	var telling sync.Mutex
	done := 0
	parallel.Each(batches, e.p.workers, func(b int) {
		from, to := b*executionBatch, min((b+1)*executionBatch, n)
		if errs[b] = ctx.Err(); errs[b] == nil {
			errs[b] = f(from, to)
		}
		telling.Lock()
		defer telling.Unlock()
		done += to - from
		e.progress(done)
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// findHeads fills in the heads of cells: the pattern in their middle.
func (e *execution) findHeads(from, to int) {
	p := e.p
	x := nn.NewMatrix(to-from, p.net.InDim())
	for i := from; i < to; i++ {
		copy(x.Row(i-from), p.Centre(&p.Cells[i]))
	}
	for i, pattern := range p.net.PatternsAt(x, 1) {
		e.heads[from+i] = string(pattern[:p.Unit])
	}
}

// executed bounds the execution of the activation channel on the cells from..to;
// first is where each one's vertices start.
func (e *execution) executed(ex *executor.Executor, from, to int) (run *executor.Execution, first []int, err error) {
	p := e.p
	h := executor.Hulls{Radius: nn.NewMatrix(to-from, p.net.InDim()), First: []int{0}}
	rows := 0
	for i := from; i < to; i++ {
		rows += len(p.Cells[i].Vertices)
		h.First = append(h.First, rows)
		h.Patterns = append(h.Patterns, e.pattern(i, p.Pattern(p.Cells[i].Tail)))
		copy(h.Radius.Row(i-from), e.radii[p.Cells[i].Item])
	}
	h.Points = nn.NewMatrix(rows, p.net.InDim())
	for i := from; i < to; i++ {
		for r, v := range p.Cells[i].Vertices {
			copy(h.Points.Row(h.First[i-from]+r), p.At(v))
		}
	}
	run, err = ex.Run(h)
	return run, h.First, err
}

// pattern is cell i's with the relevant pieces given.
func (e *execution) pattern(i int, tail string) nn.Pattern {
	return append(nn.Pattern(e.heads[i]), tail...)
}

// errors bounds the errors of every case's output for a network that differs
// from the problem's in value parameters of nodes from p.From on.
func (e *execution) errors(ctx context.Context, net *nn.Network) ([]float64, error) {
	p := e.p
	ex, err := executor.New(net, e.dtype)
	if err != nil {
		return nil, err
	}
	bounds := make([]float64, len(e.cases))
	normals := make([][][]float64, len(p.Needs))
	for i, n := range p.Needs {
		for j := range n.HalfSpaces {
			a := make([]float64, p.net.OutDim())
			n.HalfSpaces[j].Normal(a)
			normals[i] = append(normals[i], a)
		}
	}
	err = e.eachBatch(ctx, func(from, to int) error {
		run, _, err := e.executed(ex, from, to)
		if err != nil {
			return err
		}
		var cases []executor.Case
		for k := e.first[from]; k < e.first[to]; k++ {
			c := e.cases[k]
			cases = append(cases, executor.Case{Hull: int(c.cell) - from, Pattern: e.pattern(int(c.cell), p.Pattern(c.tail)), Normals: normals[e.needs[c.cell]]})
		}
		b, err := run.OutputErrors(p.From, cases)
		copy(bounds[e.first[from]:], b)
		return err
	})
	return bounds, err
}

// tooManyError says that too many patterns may execute on a cell.
type tooManyError struct{ item string }

func (e *tooManyError) Error() string {
	return fmt.Sprintf("%s: more than %d patterns may execute on one of its linear regions, too many to show anything of", e.item, maxCases)
}
