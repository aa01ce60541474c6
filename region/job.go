package region

import (
	"slices"

	"github.com/netmend/netmend/region/internal/vertices"
)

// job is a part of the enumeration for one goroutine: whole domains, or one cell
// of the search with all below it.
type job struct {
	domains span
	cell    *savedCell
}

// savedCell is a cell put off, on its own, with what another search needs to go
// on with it.
type savedCell struct {
	d       *domain
	stage   int
	ids     []ID
	params  [][2]float64
	blocks  []float64        // of the stage, vertex after vertex
	signs   []uint64         // likewise
	sides   []uint64         // see [vertices.Sides.AppendTo]
	settled vertices.Settled // the stages before
}

// save copies frame i of the stack.
func (s *search) save(i int) *savedCell {
	f := s.stack[i]
	words := 2 * s.p.Stages[f.stage].Words
	vertsEnd := len(s.vertArena)
	if i+1 < len(s.stack) {
		vertsEnd = s.stack[i+1].verts
	}
	verts := s.vertArena[f.verts:vertsEnd]
	c := &savedCell{
		d: s.store.d, stage: f.stage,
		ids:     make([]ID, 0, len(verts)),
		params:  make([][2]float64, 0, len(verts)),
		blocks:  make([]float64, 0, len(verts)*s.p.Stages[f.stage].Width),
		signs:   make([]uint64, 0, len(verts)*words),
		sides:   slices.Clone(s.wordArena[f.words : f.words+words]),
		settled: s.out.settled.Until(s.p.Network, f.stage),
	}
	for _, v := range verts {
		c.ids = append(c.ids, s.store.ids[v])
		c.params = append(c.params, s.store.params[v])
		c.blocks = append(c.blocks, s.store.Blocks[f.stage].Row(int(v))...)
		c.signs = append(c.signs, s.store.Signs[f.stage].Row(int(v))...)
	}
	return c
}

// resume makes a saved cell the current cell.
func (s *search) resume(c *savedCell) {
	s.reset(c.d)
	for i, id := range c.ids {
		v := s.store.push(id, c.params[i], c.stage)
		s.verts = append(s.verts, int32(v))
		block, sign := s.store.Blocks[c.stage].Row(v), s.store.Signs[c.stage].Row(v)
		copy(block, c.blocks[i*len(block):])
		copy(sign, c.signs[i*len(sign):])
	}
	s.out.settled.Set(c.settled)
	s.stage = c.stage
	s.sides.Set(c.sides)
	s.narrow()
}

// rest are the jobs for what explore left undone of a job, in order.
func (s *search) rest(domains span) []*job {
	var js []*job
	for i := len(s.stack) - 1; i >= 0; i-- {
		js = append(js, &job{cell: s.save(i)})
	}
	if domains.from < domains.to {
		js = append(js, &job{domains: domains})
	}
	return js
}
