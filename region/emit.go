package region

import (
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/vertices"
)

const (
	// batchCells and batchBytes limit a batch: enough cells to make its transfer
	// between goroutines cheap, few enough to keep batches in the cache.
	batchCells = 256
	batchBytes = 1 << 18
)

// batch holds finished cells one after the other.
type batch struct {
	cells    []batchCell
	patterns nn.Pattern
	verts    []Vertex
	zero     []int32
	splits   []int32
}

// batchCell says where the parts of a cell end in the batch.
type batchCell struct {
	d                   *domain
	verts, zero, splits int
}

func (b *batch) reset() {
	clear(b.cells) // do not keep domains alive
	b.cells, b.patterns, b.verts = b.cells[:0], b.patterns[:0], b.verts[:0]
	b.zero, b.splits = b.zero[:0], b.splits[:0]
}

// empty returns a new batch with room for as much as b holds.
func (b *batch) empty() *batch {
	return &batch{
		cells:    make([]batchCell, 0, len(b.cells)),
		patterns: make(nn.Pattern, 0, len(b.patterns)),
		verts:    make([]Vertex, 0, len(b.verts)+len(b.verts)/8),
		zero:     make([]int32, 0, len(b.zero)),
		splits:   make([]int32, 0, len(b.splits)+len(b.splits)/8),
	}
}

func (b *batch) full() bool { return len(b.cells) >= batchCells || len(b.patterns) >= batchBytes }

// emitter collects the cells that a search finds.
type emitter struct {
	tree    bool
	batch   *batch
	count   int              // cells since the job began
	settled vertices.Settled // of the current cell
	// flush takes a full batch and returns an empty one.
	flush func(*batch) (*batch, error)
}

func newEmitter(p *plan, tree bool, flush func(*batch) (*batch, error)) *emitter {
	return &emitter{
		tree: tree, batch: new(batch), flush: flush, settled: vertices.NewSettled(p.Network),
	}
}

// split notes that the current cell was split by a threshold, in preorder.
func (o *emitter) split(threshold int, upperFirst bool) {
	if o.tree {
		o.batch.splits = append(o.batch.splits, splitCode(threshold, upperFirst))
	}
}

// splitCode packs a split into one number: the threshold, and which part comes
// first.
func splitCode(threshold int, upperFirst bool) int32 {
	if upperFirst {
		return ^int32(threshold)
	}
	return int32(threshold)
}

// emit adds the current cell, all of whose stages are settled.
func (o *emitter) emit(s *search) error {
	b := o.batch
	b.patterns = append(b.patterns, o.settled.Pattern...)
	for _, v := range s.verts {
		b.verts = append(b.verts, Vertex{s.store.ids[v], s.store.params[v]})
	}
	b.zero = append(b.zero, o.settled.Zero...)
	b.cells = append(b.cells, batchCell{s.store.d, len(b.verts), len(b.zero), len(b.splits)})
	o.count++
	if !b.full() {
		return nil
	}
	return o.finish()
}

// finish hands over what there is.
func (o *emitter) finish() (err error) {
	if len(o.batch.cells) > 0 {
		o.batch, err = o.flush(o.batch)
	}
	return err
}
