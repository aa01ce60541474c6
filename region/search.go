package region

import (
	"math/bits"

	"github.com/netmend/netmend/region/internal/ordered"
)

// search explores cells depth first. It belongs to one goroutine. A cell goes
// through the stages in order; what its pattern is in the stages behind it lies
// with the emitter.
type search struct {
	p     *plan
	eval  *evaluator
	store *store
	out   *emitter
	stop  func() bool // give up soon?

	// The cell at hand.
	stage int
	verts []int32
	// Of its stage: the thresholds that may still split it, and those of the
	// others that it lies above.
	open, upper []uint64

	// Cells put off, the next one last, and their vertices and words.
	stack     []frame
	vertArena []int32
	wordArena []uint64

	first, second []int32 // scratch: the parts of the cell at hand
}

// frame is a cell put off at its parent's split, in arenas that grow and shrink
// with the stack: its vertices, and then the words of open and of upper of its
// stage. Everything older is as the search still has it when its turn comes.
type frame struct {
	stage        int
	height       int // of the store
	verts, words int // where they start in the arenas
}

func newSearch(p *plan, out *emitter, stop func() bool) *search {
	return &search{p: p, eval: newEvaluator(p), store: newStore(p), out: out, stop: stop}
}

// begin makes the whole domain the cell at hand.
func (s *search) begin(d *domain) error {
	if d.err != nil {
		return d.err
	}
	s.reset(d)
	for i, id := range d.ids {
		v := s.store.push(id, d.params[i], 0)
		s.verts = append(s.verts, int32(v))
		if len(s.p.stages) > 0 {
			copy(s.store.block(0, v), d.blocks.Row(i))
			if err := s.store.classify(0, v); err != nil {
				return err
			}
		}
	}
	return s.enter(0)
}

// reset forgets all cells.
func (s *search) reset(d *domain) {
	s.store.d = d
	s.store.truncate(0)
	s.stack, s.vertArena, s.wordArena = s.stack[:0], s.vertArena[:0], s.wordArena[:0]
	s.verts = s.verts[:0]
}

// run explores the cell at hand and all that are put off, until pause says to
// leave the rest on the stack.
func (s *search) run(pause func() bool) error {
	for {
		for s.stage < len(s.p.stages) {
			if s.stop() {
				return ordered.ErrStopped
			}
			if t := s.nextThreshold(); t >= 0 {
				s.split(t)
				continue
			}
			s.settle()
			if err := s.enter(s.stage + 1); err != nil {
				return err
			}
		}
		if err := s.out.emit(s); err != nil {
			return err
		}
		if len(s.stack) == 0 || pause() {
			return nil
		}
		s.pop()
	}
}

// enter brings the cell at hand to a stage.
func (s *search) enter(stage int) error {
	s.stage = stage
	if stage == len(s.p.stages) {
		return nil
	}
	if err := s.store.ensure(s.eval, stage, s.verts); err != nil {
		return err
	}
	s.open, s.upper = s.open[:0], s.upper[:0]
	for range s.p.stages[stage].words {
		s.open, s.upper = append(s.open, ^uint64(0)), append(s.upper, 0)
	}
	s.narrow()
	return nil
}

// narrow fixes the thresholds that the vertices of the cell do not straddle.
func (s *search) narrow() {
	for w := range s.open {
		var above, below uint64
		for _, v := range s.verts {
			a, b := s.store.sign(s.stage, int(v))
			above |= a[w]
			below |= b[w]
		}
		fixed := s.open[w] &^ (above & below)
		// The tie rule: above, unless a vertex lies below.
		s.upper[w] = s.upper[w]&^fixed | fixed&^below
		s.open[w] &^= fixed
	}
}

// nextThreshold is the first threshold that splits the cell at hand, or -1.
func (s *search) nextThreshold() int {
	for w, x := range s.open {
		if x != 0 {
			return w*64 + bits.TrailingZeros64(x)
		}
	}
	return -1
}

// settle ends a stage: the pieces of its units are known, and which vanish.
func (s *search) settle() {
	s.out.settle(s.stage, s.upper)
	last := len(s.open) - 1
	for w := range s.open {
		var off uint64
		for _, v := range s.verts {
			above, below := s.store.sign(s.stage, int(v))
			off |= above[w] | below[w]
		}
		if n := s.p.stages[s.stage].thresholds; w == last && n%64 != 0 {
			off |= ^uint64(0) << (n % 64)
		}
		// A part that was cut off below a threshold and then cut down to the
		// tolerance stays what it is.
		if zero := s.upper[w] &^ off; zero != 0 {
			s.out.vanish(s.stage, w, zero)
		}
	}
}

// split cuts the cell at hand along a threshold, goes on with one part and puts
// the other off.
func (s *search) split(threshold int) {
	upperFirst := s.cut(threshold)
	st := &s.p.stages[s.stage]
	s.out.split(st.first+threshold, upperFirst)
	s.push(s.second)
	words := s.wordArena[len(s.wordArena)-2*st.words:]
	st.decide(words[:st.words], words[st.words:], threshold, !upperFirst)
	st.decide(s.open, s.upper, threshold, upperFirst)
	s.verts = append(s.verts[:0], s.first...)
	s.narrow()
}

// decide notes that a cell lies on one side of a threshold. Below, it lies below
// the unit's higher thresholds as well, which rounding errors could deny.
func (st *stage) decide(open, upper []uint64, threshold int, above bool) {
	end := threshold + 1
	if !above {
		end = (threshold/st.breaks + 1) * st.breaks
	}
	for t := threshold; t < end; t++ {
		open[t/64] &^= 1 << (t & 63)
		upper[t/64] &^= 1 << (t & 63)
	}
	if above {
		upper[threshold/64] |= 1 << (threshold & 63)
	}
}

// push puts a cell off that is like the cell at hand but for its vertices.
func (s *search) push(verts []int32) {
	s.stack = append(s.stack, frame{
		stage: s.stage, height: len(s.store.ids), verts: len(s.vertArena), words: len(s.wordArena),
	})
	s.vertArena = append(s.vertArena, verts...)
	s.wordArena = append(s.wordArena, s.open...)
	s.wordArena = append(s.wordArena, s.upper...)
}

// pop makes the cell put off last the cell at hand.
func (s *search) pop() {
	f := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	s.stage = f.stage
	words := s.p.stages[f.stage].words
	s.verts = append(s.verts[:0], s.vertArena[f.verts:]...)
	s.open = append(s.open[:0], s.wordArena[f.words:f.words+words]...)
	s.upper = append(s.upper[:0], s.wordArena[f.words+words:]...)
	s.vertArena, s.wordArena = s.vertArena[:f.verts], s.wordArena[:f.words]
	s.store.truncate(f.height)
	s.narrow()
}
