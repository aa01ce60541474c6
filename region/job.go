package region

import "slices"

// job is a part of the enumeration for one goroutine: whole domains, or one cell
// of the search with all below it.
type job struct {
	domains span
	cell    *savedCell
}

// savedCell is a cell put off, on its own, with what another search needs to go
// on with it.
type savedCell struct {
	d           *domain
	stage       int
	ids         []ID
	params      [][2]float64
	blocks      []float64 // of the stage, vertex after vertex
	signs       []uint64  // likewise
	open, upper []uint64
	pattern     []uint8 // of the stages before
	zero        []int32
	zeroFrom    []int
}

// save copies frame i of the stack.
func (s *search) save(i int) *savedCell {
	f := s.stack[i]
	words := s.p.stages[f.stage].words
	vertsEnd := len(s.vertArena)
	if i+1 < len(s.stack) {
		vertsEnd = s.stack[i+1].verts
	}
	verts := s.vertArena[f.verts:vertsEnd]
	w := s.wordArena[f.words : f.words+2*words]
	c := &savedCell{
		d: s.store.d, stage: f.stage,
		ids:    make([]ID, 0, len(verts)),
		params: make([][2]float64, 0, len(verts)),
		blocks: make([]float64, 0, len(verts)*s.p.stages[f.stage].width),
		signs:  make([]uint64, 0, len(verts)*2*words),
		open:   slices.Clone(w[:words]), upper: slices.Clone(w[words:]),
		pattern:  slices.Clone(s.out.pattern[:s.p.stages[f.stage].unit0]),
		zero:     slices.Clone(s.out.zero[:s.out.zeroFrom[f.stage]]),
		zeroFrom: slices.Clone(s.out.zeroFrom[:f.stage+1]),
	}
	for _, v := range verts {
		c.ids = append(c.ids, s.store.ids[v])
		c.params = append(c.params, s.store.params[v])
		c.blocks = append(c.blocks, s.store.block(f.stage, int(v))...)
		c.signs = append(c.signs, s.store.signs[f.stage].row(int(v))...)
	}
	return c
}

// resume makes a saved cell the cell at hand.
func (s *search) resume(c *savedCell) {
	s.reset(c.d)
	for i, id := range c.ids {
		v := s.store.push(id, c.params[i], c.stage)
		s.verts = append(s.verts, int32(v))
		block, sign := s.store.block(c.stage, v), s.store.signs[c.stage].row(v)
		copy(block, c.blocks[i*len(block):])
		copy(sign, c.signs[i*len(sign):])
	}
	copy(s.out.pattern, c.pattern)
	s.out.zero = append(s.out.zero[:0], c.zero...)
	copy(s.out.zeroFrom, c.zeroFrom)
	s.stage = c.stage
	s.open, s.upper = append(s.open[:0], c.open...), append(s.upper[:0], c.upper...)
	s.narrow()
}

// rest are the jobs for what run left undone of a job, in order.
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
