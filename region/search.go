package region

import (
	"github.com/netmend/netmend/region/internal/ordered"
	"github.com/netmend/netmend/region/internal/vertices"
)

// search explores cells depth first. It belongs to one goroutine. A cell goes
// through the stages in order; what its pattern is in the stages behind it lies
// with the emitter.
type search struct {
	p     *plan
	store *store
	out   *emitter
	stop  func() bool // give up soon?

	// The current cell.
	stage int
	verts []int32
	sides vertices.Sides // of its stage

	// Cells put off, the next one last, and their vertices and words.
	stack     []frame
	vertArena []int32
	wordArena []uint64

	first, second []int32 // scratch: the parts of the current cell
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
	return &search{p: p, store: newStore(p), out: out, stop: stop}
}

// begin makes the whole domain the current cell.
func (s *search) begin(d *domain) error {
	if d.err != nil {
		return d.err
	}
	s.reset(d)
	first := min(0, len(s.p.Stages)-1) // -1 where there is none
	for i, id := range d.ids {
		v := s.store.push(id, d.params[i], first)
		s.verts = append(s.verts, int32(v))
		if len(s.p.Stages) > 0 {
			if err := s.store.Set(0, v, d.blocks.Row(i)); err != nil {
				return err
			}
		}
	}
	return s.enter(0)
}

// reset forgets all cells.
func (s *search) reset(d *domain) {
	s.store.reset(d)
	s.stack, s.vertArena, s.wordArena = s.stack[:0], s.vertArena[:0], s.wordArena[:0]
	s.verts = s.verts[:0]
}

// explore goes through the current cell and all that are put off, until pause says to
// leave the rest on the stack.
func (s *search) explore(pause func() bool) error {
	for {
		for s.stage < len(s.p.Stages) {
			if s.stop() {
				return ordered.ErrStopped
			}
			if t := s.sides.First(); t >= 0 {
				s.split(t)
				continue
			}
			s.out.settled.Settle(s.store.Table, s.stage, &s.sides, s.verts)
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

// enter brings the current cell to a stage.
func (s *search) enter(stage int) error {
	s.stage = stage
	if stage == len(s.p.Stages) {
		return nil
	}
	if err := s.store.Ensure(stage, s.verts); err != nil {
		return err
	}
	s.sides.Reset(s.p.Stages[stage].Words)
	s.narrow()
	return nil
}

// narrow fixes the thresholds that the vertices of the cell do not straddle.
func (s *search) narrow() { s.sides.Narrow(s.store.Table, s.stage, s.verts) }

// split cuts the current cell along a threshold, goes on with one part and puts
// the other off.
func (s *search) split(threshold int) {
	upperFirst := s.cut(threshold)
	st := &s.p.Stages[s.stage]
	s.out.split(s.p.first[s.stage]+threshold, upperFirst)
	s.push(s.second)
	other := vertices.SidesIn(s.wordArena[len(s.wordArena)-2*st.Words:])
	other.Decide(st, threshold, !upperFirst)
	s.sides.Decide(st, threshold, upperFirst)
	s.verts = append(s.verts[:0], s.first...)
	s.narrow()
}

// push puts a cell off that is like the current cell but for its vertices.
func (s *search) push(verts []int32) {
	s.stack = append(s.stack, frame{
		stage: s.stage, height: len(s.store.ids), verts: len(s.vertArena), words: len(s.wordArena),
	})
	s.vertArena = append(s.vertArena, verts...)
	s.wordArena = s.sides.AppendTo(s.wordArena)
}

// pop makes the cell put off last the current cell.
func (s *search) pop() {
	f := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	s.stage = f.stage
	s.verts = append(s.verts[:0], s.vertArena[f.verts:]...)
	s.sides.Set(s.wordArena[f.words:])
	s.vertArena, s.wordArena = s.vertArena[:f.verts], s.wordArena[:f.words]
	s.store.truncate(f.height)
	s.narrow()
}
