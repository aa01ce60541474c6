package polytope

import (
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/vertices"
)

const (
	// batchCells and batchBytes limit a batch: enough cells to make its transfer
	// between goroutines cheap, few enough to keep batches in the cache.
	batchCells = 256
	batchBytes = 1 << 20
)

// batch holds finished cells one after the other.
type batch struct {
	cells    []batchCell
	patterns nn.Pattern
	coords   []float64
	on       []int32
	facets   []Facet
	zero     []int32
	nodes    []Node // of the split tree
	count    int    // cells, also where they are only counted
	whole    int    // of them
}

// batchCell says where the parts of a cell end in the batch, and what has no
// parts.
type batchCell struct {
	patterns, coords, on, facets, zero int
	finding
	volume float64
}

// finding is what is known of a cell beside its body.
type finding struct {
	stage           int // the stages before are settled
	term            int
	whole, touching bool
}

func (b *batch) reset() {
	b.cells, b.patterns, b.coords, b.on = b.cells[:0], b.patterns[:0], b.coords[:0], b.on[:0]
	b.facets, b.zero, b.nodes = b.facets[:0], b.zero[:0], b.nodes[:0]
	b.count, b.whole = 0, 0
}

func (b *batch) full() bool {
	return b.count >= batchCells || len(b.patterns)+8*len(b.coords)+4*len(b.on)+24*len(b.nodes) >= batchBytes
}

// fresh returns an empty batch.
func fresh(*batch) *batch { return new(batch) }

// emitter collects the cells that a search finds.
type emitter struct {
	s         *setting
	countOnly bool
	batch     *batch
	count     int              // cells so far
	settled   vertices.Settled // of the current cell
	// flush takes a full batch and returns an empty one.
	flush  func(*batch) (*batch, error)
	volume volumeScratch

	numbers []int32 // by facet number on the path: the facet's index in the cell, or -1
	used    []int32
	on      []int32
}

func newEmitter(s *setting, countOnly bool, flush func(*batch) (*batch, error)) *emitter {
	return &emitter{
		s: s, countOnly: countOnly, batch: new(batch), flush: flush,
		settled: vertices.NewSettled(s.Network),
	}
}

// node notes a node of the split tree.
func (o *emitter) node(n Node) {
	if o.s.opt.Tree {
		o.batch.nodes = append(o.batch.nodes, n)
	}
}

// leaf notes a leaf of the split tree of which all cells but the given number of
// earlier ones were emitted.
func (o *emitter) leaf(kind LeafKind, before int) {
	o.node(Node{Unit: -1, Leaf: kind, Above: int32(o.count - before)})
}

// emit adds a cell: a body in the current cell.
func (o *emitter) emit(r *search, c *body, f finding) error {
	b := o.batch
	b.count++
	o.count++
	if f.whole {
		b.whole++
	}
	if !o.countOnly {
		o.index(r, c)
		start := len(b.coords)
		for _, v := range c.verts {
			b.coords = append(b.coords, r.store.coords.Row(int(v))...)
		}
		volume := 0.0
		if o.s.opt.Volume {
			volume = o.volume.volume(b.coords[start:], o.on, len(o.used), o.s.dim)
		}
		b.on = append(b.on, o.on...)
		for _, i := range o.used {
			b.facets = append(b.facets, r.path[i])
		}
		b.patterns = append(b.patterns, o.s.Prefix(o.settled.Pattern, f.stage)...)
		if !f.whole {
			b.zero = append(b.zero, o.settled.Zero...)
		}
		b.cells = append(b.cells, batchCell{
			patterns: len(b.patterns), coords: len(b.coords), on: len(b.on), facets: len(b.facets), zero: len(b.zero),
			finding: f, volume: volume,
		})
	}
	if !b.full() {
		return nil
	}
	return o.finish()
}

// index numbers the facets of a body, in the order of the path, into o.used and
// says on which the vertices lie, in o.on.
func (o *emitter) index(r *search, c *body) {
	for len(o.numbers) < len(r.path) {
		o.numbers = append(o.numbers, -1)
	}
	const seen = 0
	for _, v := range c.verts {
		for _, f := range r.store.facets.Row(int(v)) {
			o.numbers[f] = seen
		}
	}
	o.used = o.used[:0]
	for f := range r.path {
		if o.numbers[f] == seen {
			o.numbers[f] = int32(len(o.used))
			o.used = append(o.used, int32(f))
		}
	}
	o.on = o.on[:0]
	for _, v := range c.verts {
		for _, f := range r.store.facets.Row(int(v)) {
			o.on = append(o.on, o.numbers[f])
		}
	}
	for _, f := range o.used {
		o.numbers[f] = -1
	}
}

// finish hands over what there is.
func (o *emitter) finish() (err error) {
	if o.batch.count > 0 || len(o.batch.nodes) > 0 {
		o.batch, err = o.flush(o.batch)
	}
	return err
}
