package region

import (
	"math/bits"

	"github.com/netmend/netmend/nn"
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
	p     *plan
	tree  bool
	batch *batch
	count int // cells since the job began
	// Of the cell at hand, as far as its stages are settled: its pattern and the
	// units that vanish, those of a stage from zeroFrom on.
	pattern  nn.Pattern
	zero     []int32
	zeroFrom []int
	// flush takes a full batch and returns an empty one.
	flush func(*batch) (*batch, error)
}

func newEmitter(p *plan, tree bool, flush func(*batch) (*batch, error)) *emitter {
	return &emitter{
		p: p, tree: tree, batch: new(batch), flush: flush,
		pattern: make(nn.Pattern, p.net.PatternLen()), zeroFrom: make([]int, len(p.stages)+1),
	}
}

// split notes that the cell at hand was split by a threshold, in preorder.
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

// settle notes the pieces of a stage: of each unit, how many of its thresholds
// the cell at hand lies above.
func (o *emitter) settle(stage int, upper []uint64) {
	o.zeroFrom[stage+1] = o.zeroFrom[stage]
	o.zero = o.zero[:o.zeroFrom[stage]]
	st := &o.p.stages[stage]
	pieces := o.pattern[st.unit0 : st.unit0+st.units]
	if st.breaks == 1 {
		for _, x := range upper {
			n := min(64, len(pieces))
			for i := range pieces[:n] {
				pieces[i] = uint8(x & 1)
				x >>= 1
			}
			pieces = pieces[n:]
		}
		return
	}
	for i := range pieces {
		pieces[i] = 0
		for t := i * st.breaks; t < (i+1)*st.breaks; t++ {
			pieces[i] += uint8(upper[t/64] >> (t & 63) & 1)
		}
	}
}

// vanish notes thresholds of a settled stage, those of one word, that all
// vertices of the cell at hand lie on.
func (o *emitter) vanish(stage, word int, zero uint64) {
	st := &o.p.stages[stage]
	for ; zero != 0; zero &= zero - 1 {
		u := int32(st.unit0 + (word*64+bits.TrailingZeros64(zero))/st.breaks)
		// A unit may lie on two breakpoints where they are that close.
		if n := len(o.zero); n == o.zeroFrom[stage] || o.zero[n-1] != u {
			o.zero = append(o.zero, u)
		}
	}
	o.zeroFrom[stage+1] = len(o.zero)
}

// emit adds the cell at hand, all of whose stages are settled.
func (o *emitter) emit(s *search) error {
	b := o.batch
	b.patterns = append(b.patterns, o.pattern...)
	for _, v := range s.verts {
		b.verts = append(b.verts, Vertex{s.store.ids[v], s.store.params[v]})
	}
	b.zero = append(b.zero, o.zero...)
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
