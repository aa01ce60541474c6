package polytope

import (
	"context"
	"time"

	"github.com/netmend/netmend/nn"
)

// visitor hands cells out, in order, on one goroutine.
type visitor struct {
	ctx    context.Context
	s      *setting
	visit  func(*Cell) error
	result *Result
	cell   Cell
	told   time.Time
	tree   TreeBuilder
}

// batch visits the cells of a batch and empties it.
func (v *visitor) batch(b *batch) error {
	defer b.reset()
	for _, n := range b.nodes {
		v.tree.Add(n)
	}
	if v.visit == nil {
		v.result.Cells += b.count
		v.result.Whole += b.whole
		if most := v.s.opt.MaxCells; most > 0 && v.result.Cells > most {
			v.result.Cells, v.result.Whole = most, min(v.result.Whole, most)
			return ErrMaxCells
		}
	}
	var last batchCell
	for _, c := range b.cells {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		if v.s.opt.MaxCells > 0 && v.result.Cells >= v.s.opt.MaxCells {
			return ErrMaxCells
		}
		v.result.Cells++
		if c.whole {
			v.result.Whole++
		}
		v.result.Volume += c.volume
		if err := v.visit(v.view(b, &last, &c)); err != nil {
			return err
		}
		last = c
	}
	if v.s.opt.Progress != nil && time.Since(v.told) >= progressEvery {
		v.s.opt.Progress(v.result.Cells)
		v.told = time.Now()
	}
	return nil
}

// view is a cell of a batch, given the one before it.
func (v *visitor) view(b *batch, last, c *batchCell) *Cell {
	cell := &v.cell
	cell.Index++
	cell.Term, cell.Whole, cell.Touching, cell.Volume = c.term, c.whole, c.touching, c.volume
	cell.pattern = b.patterns[last.patterns:c.patterns:c.patterns]
	cell.Pattern = cell.pattern
	if c.whole {
		cell.Pattern = nil
	}
	cell.Zero = b.zero[last.zero:c.zero:c.zero]
	cell.On = b.on[last.on:c.on:c.on]
	cell.Facets = b.facets[last.facets:c.facets:c.facets]
	coords := b.coords[last.coords:c.coords:c.coords]
	rows := 1
	if v.s.dim > 0 {
		rows = len(coords) / v.s.dim
	}
	cell.Coords = nn.Matrix{Rows: rows, Cols: v.s.dim, Stride: v.s.dim, Data: coords}
	return cell
}
