package region

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/netmend/netmend/nn"
)

// progressEvery is how often [Options.Progress] is called at most: often enough
// for a person, too rarely to cost anything.
const progressEvery = 100 * time.Millisecond

// visitor hands cells out, in order, on one goroutine.
type visitor struct {
	ctx    context.Context
	p      *plan
	opt    Options
	visit  func(*Cell) error
	result *Result
	cell   Cell
	trees  []treeBuilder
	told   time.Time
}

func newVisitor(ctx context.Context, p *plan, domains int, opt Options, visit func(*Cell) error) *visitor {
	v := &visitor{ctx: ctx, p: p, opt: opt, visit: visit, told: time.Now()}
	v.result = &Result{Cells: make([]int, domains)}
	v.cell.net = p.Net
	v.cell.Index = -1
	if opt.Tree {
		v.trees = make([]treeBuilder, domains)
	}
	return v
}

// batch visits the cells of a batch.
func (v *visitor) batch(b *batch) error {
	n := v.p.Net.PatternLen()
	var last batchCell
	for i, c := range b.cells {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		v.cell.Index++
		if v.opt.MaxCells > 0 && v.cell.Index >= v.opt.MaxCells {
			return fmt.Errorf("%w: %d", ErrMaxCells, v.opt.MaxCells)
		}
		v.cell.Domain, v.cell.axes = c.d.index, c.d.axes
		v.cell.Pattern = b.patterns[i*n : (i+1)*n : (i+1)*n]
		v.cell.Vertices = b.verts[last.verts:c.verts:c.verts]
		v.cell.Zero = b.zero[last.zero:c.zero:c.zero]
		if v.opt.Tree {
			if v.cell.Index > math.MaxInt32/2 {
				return errors.New("more linear regions than a split tree can hold")
			}
			v.trees[c.d.index].add(v.p, b.splits[last.splits:c.splits], v.cell.Index)
		}
		v.result.Cells[c.d.index]++
		if err := v.visit(&v.cell); err != nil {
			return err
		}
		last = c
	}
	if v.opt.Progress != nil && time.Since(v.told) >= progressEvery {
		v.opt.Progress(v.cell.Index + 1)
		v.told = time.Now()
	}
	return nil
}

// finish returns what there is to say at the end.
func (v *visitor) finish() *Result {
	for i := range v.trees {
		v.result.Trees = append(v.result.Trees, v.trees[i].tree)
	}
	return v.result
}

// Affine returns the affine map of the network's output (of its value channel)
// on the cell, in the domain's coordinates: OutDim rows of d + 1 numbers, where d
// is 1 on a segment and 2 on a polygon. Output i is row[0] t + row[1] at t, and
// row[0] u + row[1] v + row[2] at (u, v).
func (c *Cell) Affine() nn.Matrix {
	along, err := c.net.AffineMapAlong(c.Pattern, c.axes)
	if err != nil {
		panic(fmt.Sprintf("region: Affine of a cell that was changed: %v", err))
	}
	d := along.Rows - 1
	m := nn.NewMatrix(along.Cols, along.Rows)
	for i := range m.Rows {
		for k := range d {
			m.Row(i)[k] = along.Row(1 + k)[i]
		}
		m.Row(i)[d] = along.Row(0)[i]
	}
	return m
}
