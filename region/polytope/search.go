package polytope

import (
	"slices"

	"github.com/netmend/netmend/region/internal/layers"
	"github.com/netmend/netmend/region/internal/vertices"
)

// boundEvery is the number of splits after which a cell is bounded again.
const boundEvery = 3

// search explores cells depth first. It belongs to one goroutine. A cell goes
// through the stages in order; what its pattern is in the stages behind it lies
// with the emitter.
type search struct {
	s     *setting
	store *store
	knife knife
	guide *guide // nil without a target
	out   *emitter
	stop  func() error // not nil: give up

	// The current cell.
	stage      int
	body       body
	sides      vertices.Sides // of its stage
	path       []Facet        // the facets cut so far, by number
	sinceBound int            // splits since the cell was bounded

	// Cells put off, the next one last, and their parts in arenas that grow and
	// shrink with the stack.
	stack []frame
	verts []int32
	edges []int32
	words []uint64

	counts Result // what [Result.add] adds

	// Scratch.
	lower, higher body
	above         []bool
	vals          []float64
	leaf          leafCutter
}

// frame is a cell put off at its parent's split. Its vertices, edges and words
// (open, and then upper) start at the given places in the arenas; its path ends
// with the facet of the split. Everything older is as the search still has it when
// the cell's turn comes.
type frame struct {
	stage, sinceBound   int
	height, path        int
	verts, edges, words int
}

func newSearch(s *setting, out *emitter, stop func() error) *search {
	r := &search{s: s, store: newStore(s), out: out, stop: stop, knife: knife{dim: s.dim}}
	if s.Goal != nil {
		r.guide = newGuide(r)
	}
	return r
}

// work is how much has been done so far, for sharing it out.
func (r *search) work() int64 { return r.counts.Splits + int64(r.out.count) }

// explore goes through the current cell and all that are put off, until pause says to
// leave the rest on the stack.
func (r *search) explore(pause func() bool) error {
	for {
		if err := r.descend(); err != nil {
			return err
		}
		if len(r.stack) == 0 || pause() {
			return nil
		}
		r.pop()
	}
}

// descend follows the current cell to a linear region, or to where the target
// decides.
func (r *search) descend() error {
	for r.stage < len(r.s.Stages) {
		if err := r.stop(); err != nil {
			return err
		}
		if r.guide != nil && r.sinceBound >= boundEvery {
			r.sinceBound = 0
			switch verdict, term := r.guide.judge(r); {
			case verdict == layers.Outside:
				r.counts.Pruned++
				r.out.leaf(Beyond, r.out.count)
				return nil
			case verdict == layers.Inside && !r.s.opt.Split:
				err := r.out.emit(r, &r.body, finding{stage: r.stage, term: term, whole: true})
				r.out.leaf(Within, r.out.count-1)
				return err
			}
		}
		if t := r.choose(); t >= 0 {
			r.split(t)
			continue
		}
		r.out.settled.Settle(r.store.Table, r.stage, &r.sides, r.body.verts)
		if err := r.enter(r.stage + 1); err != nil {
			return err
		}
	}
	before := r.out.count
	defer func() { r.out.leaf(Region, before) }()
	if r.guide != nil {
		return r.leaf.cut(r)
	}
	return r.out.emit(r, &r.body, finding{stage: r.stage, term: -1})
}

// enter brings the current cell to a stage.
func (r *search) enter(stage int) error {
	r.stage = stage
	r.sinceBound = boundEvery
	if r.guide != nil && stage > 0 {
		r.guide.maps.Advance(stage-1, r.out.settled.Pattern)
	}
	if stage == len(r.s.Stages) {
		return nil
	}
	if err := r.store.Ensure(stage, r.body.verts); err != nil {
		return err
	}
	r.sides.Reset(r.s.Stages[stage].Words)
	r.narrow()
	return nil
}

// narrow fixes the thresholds that the vertices of the cell do not straddle.
func (r *search) narrow() { r.sides.Narrow(r.store.Table, r.stage, r.body.verts) }

// choose is the threshold that splits the current cell next, or -1: the first
// one; with a target the one whose relaxation is loosest.
func (r *search) choose() int {
	if r.guide != nil {
		return r.guide.choose(r)
	}
	return r.sides.First()
}

// split cuts the current cell along a threshold, goes on with the lower part and
// puts the upper one off.
func (r *search) split(threshold int) {
	st := &r.s.Stages[r.stage]
	blocks := &r.store.Blocks[r.stage]
	unit, level := threshold/st.Breaks, st.Level(threshold)
	r.vals = r.vals[:0]
	for _, v := range r.body.verts {
		r.vals = append(r.vals, blocks.Data[int(v)*st.Width+unit]-level)
	}
	f := Facet{Kind: Unit, Index: int32(st.Unit0 + unit), Break: int32(threshold % st.Breaks)}
	switch r.divide(&r.body, r.vals, r.s.eps[r.stage][threshold], f, r.stage, threshold, &r.lower, &r.higher) {
	case allAbove:
		r.sides.Decide(st, threshold, true)
		return
	case allBelow:
		r.sides.Decide(st, threshold, false)
		return
	}
	r.out.node(Node{Unit: f.Index, Break: f.Break})
	r.push(&r.higher)
	other := vertices.SidesIn(r.words[len(r.words)-2*st.Words:])
	other.Decide(st, threshold, true)
	r.sides.Decide(st, threshold, false)
	r.body, r.lower = r.lower, r.body
	r.sinceBound++
	r.narrow()
}

// outcome says on which sides of a cut the parts of a body lie.
type outcome uint8

const (
	divided outcome = iota
	allAbove
	allBelow
)

// divide cuts a body where vals, at its vertices, is 0, into lower and upper.
// Values within the tolerance of 0 are on the cut. Where the values cannot come
// from an affine function the tolerance is enlarged, if need be until there is
// nothing to cut. The stage, and the threshold in it, say which values to
// interpolate; -1 for none.
func (r *search) divide(b *body, vals []float64, eps float64, f Facet, stage, threshold int, lower, upper *body) outcome {
	first := true
	for {
		r.above = r.above[:0]
		low, high := 0.0, 0.0
		for _, x := range vals {
			r.above = append(r.above, x >= -eps)
			low, high = min(low, x), max(high, x)
		}
		// What lies on the cut altogether is above a breakpoint (the tie rule),
		// and inside a closed half-space.
		switch up, down := low >= -eps, high <= eps; {
		case up && (f.Kind == Unit || !down):
			return allAbove
		case down:
			return allBelow
		}
		height := r.store.Height()
		facet := int32(len(r.path))
		r.counts.Splits++
		ok := r.knife.split(r.store, b, r.above, facet, lower, upper, func(p, q, from, slot int) int {
			x := max(vals[p], 0)
			return r.store.cut(int(b.verts[p]), int(b.verts[q]), x/(x-vals[q]), stage, threshold, int(b.verts[from]), slot, facet)
		})
		if ok {
			r.path = append(r.path, f)
			return divided
		}
		r.store.Truncate(height)
		r.counts.Splits--
		if first {
			r.counts.Loosened++
			first = false
		}
		eps = float64(eps * 4)
	}
}

// push puts a cell off that is like the current cell but for its vertices, and
// lies above the facet cut last.
func (r *search) push(b *body) {
	r.stack = append(r.stack, frame{
		stage: r.stage, sinceBound: r.sinceBound + 1, height: r.store.Height(), path: len(r.path),
		verts: len(r.verts), edges: len(r.edges), words: len(r.words),
	})
	r.verts = append(r.verts, b.verts...)
	r.edges = append(r.edges, b.edges...)
	r.words = r.sides.AppendTo(r.words)
}

// pop makes the cell put off last the current cell.
func (r *search) pop() {
	f := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	r.stage, r.sinceBound = f.stage, f.sinceBound
	r.body.set(body{r.verts[f.verts:], r.edges[f.edges:]})
	r.sides.Set(r.words[f.words:])
	r.verts, r.edges, r.words = r.verts[:f.verts], r.edges[:f.edges], r.words[:f.words]
	r.path = r.path[:f.path]
	r.path[f.path-1].Above = true
	r.store.Truncate(f.height)
	r.narrow()
}

// pieces is the range of pieces that unit i of a stage may have on the cell at
// hand.
func (r *search) pieces(i int) (from, to int) {
	st := &r.s.Stages[r.stage]
	for t := i * st.Breaks; t < (i+1)*st.Breaks; t++ {
		bit := uint64(1) << (t & 63)
		if r.sides.Upper[t/64]&bit != 0 {
			from++
			to++
		} else if r.sides.Open[t/64]&bit != 0 {
			to++
		}
	}
	return from, to
}

// bytes is what the search occupies.
func (r *search) bytes() int64 {
	n := 4*(cap(r.verts)+cap(r.edges)+len(r.store.facets.Data)) + 8*(cap(r.words)+len(r.store.coords.Data))
	return int64(n) + r.store.Bytes()
}

// reset forgets all cells.
func (r *search) reset() {
	r.store.Truncate(0)
	r.stack, r.path = r.stack[:0], r.path[:0]
	r.verts, r.edges, r.words = r.verts[:0], r.edges[:0], r.words[:0]
	r.body.verts, r.body.edges = r.body.verts[:0], r.body.edges[:0]
}

// resized is a scratch slice of n items with any content.
func resized[T any](x []T, n int) []T { return slices.Grow(x[:0], n)[:n] }
