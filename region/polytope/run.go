package polytope

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/ordered"
)

const (
	// jobWork is the number of splits and cells after which a job ends and leaves
	// the rest as new jobs. Workers then stay close together in the order of the
	// cells, and what is found too early to be visited stays within a few times
	// this.
	jobWork = 16384
	// hungryWork is the same while another worker has nothing to do: enough to
	// pay for copying the cells that are put off.
	hungryWork = 64
	// batchesPerWorker limits the finished batches that wait to be visited.
	batchesPerWorker = 16
	// lookEvery is how many nodes of the search go by between looks at the clock
	// and at the memory used.
	lookEvery = 256
	// progressEvery is how often [Options.Progress] is called at most: often
	// enough for a person, too rarely to cost anything.
	progressEvery = 100 * time.Millisecond
)

// lane is a worker's side of the queue of jobs.
type lane = ordered.Lane[*job, batch]

// run enumerates.
func (s *setting) run(ctx context.Context, visit func(*Cell) error) (*Result, error) {
	if visit == nil && s.opt.Volume {
		visit = func(*Cell) error { return nil } // so that volumes add up in the order of the cells
	}
	v := &visitor{ctx: ctx, s: s, visit: visit, result: &Result{Free: s.free}, told: time.Now()}
	v.cell.s, v.cell.Index = s, -1
	if err := ctx.Err(); err != nil {
		return v.result, err
	}
	root, err := s.root()
	if err != nil || root == nil {
		return v.result, err
	}
	if s.opt.Volume {
		v.result.DomainVolume = new(volumeScratch).volume(root.coords, root.facets, len(root.path), s.dim)
	}
	workers := s.opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	limit := batchesPerWorker * workers
	if s.opt.MaxBytes > 0 {
		limit = int(min(int64(limit), max(1, s.opt.MaxBytes/(4*batchBytes))))
	}
	p := &pool{s: s, workers: workers}
	start := func(l *lane) func(*job) ([]*job, error) { return p.worker(l, visit == nil) }
	err = ordered.NewQueue[*job, batch]([]*job{root}, limit).Run(ctx, workers, start, v.batch)
	v.result.add(&p.counts)
	v.result.Stopped, v.result.Tree = p.stopped, v.tree.tree
	switch {
	case errors.Is(err, ErrMaxCells), errors.Is(err, ErrEnough):
		v.result.Stopped = err
		err = nil
	case err != nil && v.result.Stopped == nil:
		v.result.Stopped = err
	}
	return v.result, err
}

// add adds what a search counted.
func (r *Result) add(o *Result) {
	r.Splits += o.Splits
	r.Bounds += o.Bounds
	r.Pruned += o.Pruned
	r.Loosened += o.Loosened
	r.Touching += o.Touching
}

// pool is what the workers have in common beside the setting.
type pool struct {
	s       *setting
	workers int

	mu      sync.Mutex
	counts  Result
	stopped error // the limit that was reached
}

// worker returns what does jobs, on the goroutine of a lane.
func (p *pool) worker(l *lane, countOnly bool) func(*job) ([]*job, error) {
	out := newEmitter(p.s, countOnly, func(b *batch) (*batch, error) { return l.Put(b, fresh) })
	var r *search
	nodes := 0
	r = newSearch(p.s, out, func() error {
		if l.Stopped() {
			return ordered.ErrStopped
		}
		if nodes++; nodes%lookEvery != 1 {
			return nil
		}
		if !p.s.deadline.IsZero() && time.Now().After(p.s.deadline) {
			return ErrMaxTime
		}
		if p.s.opt.MaxBytes > 0 && r.bytes() > p.s.opt.MaxBytes/int64(2*p.workers) {
			return ErrMaxBytes
		}
		return nil
	})
	return func(j *job) ([]*job, error) {
		begun := r.work()
		r.resume(j)
		nodes = 0 // look at once
		err := r.run(func() bool {
			done := r.work() - begun
			return done >= jobWork || done >= hungryWork && l.Hungry()
		})
		if e := out.finish(); err == nil {
			err = e
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.counts.add(&r.counts)
		r.counts = Result{}
		if errors.Is(err, ErrMaxTime) || errors.Is(err, ErrMaxBytes) {
			// What the other workers have found counts all the same.
			p.stopped = err
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return r.rest(), nil
	}
}

// root is the domain as a job; nil where it is empty.
func (s *setting) root() (*job, error) {
	if s.empty() {
		return nil, nil
	}
	d := s.dim
	r := newSearch(s, nil, nil)
	for v := range 1 << d {
		i := r.store.push(-1)
		r.body.verts = append(r.body.verts, int32(i))
		x, f := r.store.coords.row(i), r.store.facets.row(i)
		r.store.sums[i] = 0
		for k, j := range s.free {
			x[k], f[k] = s.domain.Lo[j], int32(2*k)
			if v>>k&1 != 0 {
				x[k], f[k] = s.domain.Hi[j], int32(2*k+1)
			}
			r.store.sums[i] += r.store.hash(f[k])
			r.body.edges = append(r.body.edges, int32(v^1<<k))
		}
	}
	for _, j := range s.free {
		r.path = append(r.path, Facet{Kind: Lower, Index: int32(j)}, Facet{Kind: Upper, Index: int32(j)})
	}
	for i, h := range s.domain.Cuts {
		if !r.cutDomain(i, h.Normal, h.Offset) {
			return nil, nil
		}
	}
	j := &job{sinceBound: boundEvery, path: r.path, edges: r.body.edges, zeroFrom: []int{0}}
	for _, v := range r.body.verts {
		j.coords = append(j.coords, r.store.coords.row(int(v))...)
		j.facets = append(j.facets, r.store.facets.row(int(v))...)
	}
	blocks, err := s.probe(rowsOf(j.coords, len(r.body.verts), d))
	if err != nil || len(s.Stages) == 0 {
		return j, err
	}
	j.blocks = blocks.Data[:blocks.Rows*blocks.Stride]
	st := &s.Stages[0]
	for range st.Words {
		j.open, j.upper = append(j.open, ^uint64(0)), append(j.upper, 0)
	}
	for v := range r.body.verts {
		i := r.store.push(0)
		copy(r.store.blocks[0].row(i), blocks.Row(v))
		if err := r.store.classify(0, i); err != nil {
			return nil, err
		}
		j.signs = append(j.signs, r.store.signs[0].row(i)...)
	}
	return j, nil
}

// cutDomain keeps what lies inside a half-space of the cell at hand; false where
// nothing is left.
func (r *search) cutDomain(index int, normal []float64, offset float64) bool {
	s := r.s
	vals := r.vals[:0]
	size, fixed := math.Abs(offset), -offset
	for j, a := range normal {
		size += math.Abs(a) * max(math.Abs(s.domain.Lo[j]), math.Abs(s.domain.Hi[j]))
		if s.domain.Lo[j] == s.domain.Hi[j] {
			fixed += a * s.domain.Lo[j]
		}
	}
	for _, v := range r.body.verts {
		x := fixed
		for k, c := range r.store.coords.row(int(v)) {
			x += normal[s.free[k]] * c
		}
		vals = append(vals, x)
	}
	r.vals = vals
	eps := signTolerance * size
	if low := slices.Min(vals); low > eps {
		return false
	} else if low >= -eps && slices.Max(vals) > eps {
		// Only the boundary is left: a layer that contains it.
		for i := range vals {
			vals[i] -= thickness * eps
		}
	}
	switch r.divide(&r.body, vals, eps, Facet{Kind: Cut, Index: int32(index)}, -1, 0, &r.lower, &r.higher) {
	case allAbove:
		return false
	case divided:
		r.body, r.lower = r.lower, r.body
	}
	return true
}

// visitor hands cells out, in order, on one goroutine.
type visitor struct {
	ctx    context.Context
	s      *setting
	visit  func(*Cell) error
	result *Result
	cell   Cell
	told   time.Time
	tree   treeBuilder
}

// batch visits the cells of a batch and empties it.
func (v *visitor) batch(b *batch) error {
	defer b.reset()
	for _, n := range b.nodes {
		v.tree.add(n)
	}
	if v.visit == nil {
		v.result.Cells += b.count
		v.result.Whole += b.whole
		if most := v.s.opt.MaxCells; most > 0 && v.result.Cells > most {
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
