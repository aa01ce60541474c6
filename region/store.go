package region

import (
	"math"
	"math/bits"
	"slices"

	"github.com/netmend/netmend/nn"
)

// chunkVertices is the number of vertices whose blocks are allocated together:
// enough to make allocations rare, few enough to waste little.
const chunkVertices = 32

// store holds the vertices of the cells under way as a stack, with their blocks
// and signs at each stage from the one at which they arose. Vertices outlive the
// cells on top of them only, so memory is reused and never freed.
type store struct {
	p      *plan
	d      *domain
	ids    []ID
	params [][2]float64
	ready  []int // the last stage with a block
	blocks []chunks[float64]
	signs  []chunks[uint64]

	// Scratch of ensure.
	missing []int
	in, out []float64
}

// chunks is an array of rows of equal length that grows without moving.
type chunks[T any] struct {
	width int
	data  [][]T
}

func (c *chunks[T]) row(i int) []T {
	for i/chunkVertices >= len(c.data) {
		c.data = append(c.data, make([]T, c.width*chunkVertices))
	}
	from := i % chunkVertices * c.width
	return c.data[i/chunkVertices][from : from+c.width : from+c.width]
}

func newStore(p *plan) *store {
	s := &store{p: p, blocks: make([]chunks[float64], len(p.stages)), signs: make([]chunks[uint64], len(p.stages))}
	for i := range p.stages {
		s.blocks[i].width, s.signs[i].width = p.stages[i].width, 2*p.stages[i].words
	}
	return s
}

func (s *store) truncate(height int) {
	s.ids, s.params, s.ready = s.ids[:height], s.params[:height], s.ready[:height]
}

func (s *store) push(id ID, param [2]float64, stage int) (v int) {
	s.ids, s.params, s.ready = append(s.ids, id), append(s.params, param), append(s.ready, stage)
	return len(s.ids) - 1
}

func (s *store) block(stage, v int) []float64 { return s.blocks[stage].row(v) }

// sign returns which thresholds of the stage the vertex lies above, and below,
// by more than the tolerance; one bit a threshold.
func (s *store) sign(stage, v int) (above, below []uint64) {
	w := s.p.stages[stage].words
	row := s.signs[stage].row(v)
	return row[:w:w], row[w:]
}

// classify computes the signs of a vertex from its block. It fails where a
// value is not finite.
func (s *store) classify(stage, v int) error {
	st := &s.p.stages[stage]
	above, below := s.sign(stage, v)
	z, eps := s.block(stage, v)[:st.units], s.d.eps[stage]
	finite := 0.0 // stays 0 unless a value is NaN or infinite
	if st.breaks == 1 {
		b := st.op.Breaks[0]
		eps = eps[:len(z)]
		for w := range above {
			var up, down uint64
			for i := w * 64; i < min(len(z), w*64+64); i++ {
				// A comparison by the sign bit of a difference, because branches
				// on these values cannot be predicted.
				x := z[i] - b
				up |= math.Float64bits(eps[i]-x) >> 63 << (i & 63)
				down |= math.Float64bits(x+eps[i]) >> 63 << (i & 63)
				finite += z[i] - z[i]
			}
			above[w], below[w] = up, down
		}
	} else {
		clear(above)
		clear(below)
		for i, x := range z {
			for k := range st.breaks {
				s.classifyOne(st, i*st.breaks+k, x, above, below)
			}
			finite += x - x
		}
	}
	if finite != 0 {
		return s.p.overflow(stage)
	}
	return nil
}

// classifyOne sets the sign of one threshold, which must be clear, for the
// unit's value x.
func (s *store) classifyOne(st *stage, threshold int, x float64, above, below []uint64) {
	x -= st.op.Breaks[threshold%st.breaks]
	eps := s.d.eps[st.index][threshold]
	if x > eps {
		above[threshold/64] |= 1 << (threshold & 63)
	} else if x < -eps {
		below[threshold/64] |= 1 << (threshold & 63)
	}
}

// cut adds the vertex at which a threshold of the stage cuts the edge between p
// and q, which lie on different sides of it. Both cells at the edge get the same
// bits: the edge is always taken in the order of the IDs.
func (s *store) cut(p, q, stage, threshold int) (v int) {
	if !s.ids[p].before(s.ids[q]) {
		p, q = q, p
	}
	st := &s.p.stages[stage]
	unit, level := threshold/st.breaks, st.op.Breaks[threshold%st.breaks]
	a, b := s.block(stage, p), s.block(stage, q)
	t := (level - a[unit]) / (b[unit] - a[unit])
	v = s.push(cutID(s.ids[p], s.ids[q], st.first+threshold), [2]float64{
		s.params[p][0] + float64(t*(s.params[q][0]-s.params[p][0])),
		s.params[p][1] + float64(t*(s.params[q][1]-s.params[p][1])),
	}, stage)
	z := s.block(stage, v)
	a, b = a[:len(z)], b[:len(z)]
	for i := range z {
		z[i] = a[i] + float64(t*(b[i]-a[i]))
	}
	z[unit] = level
	s.cutSigns(v, p, q, stage)
	return v
}

// cutSigns sets the signs of a vertex between p and q: those that both have,
// and by the value those in which they differ.
func (s *store) cutSigns(v, p, q, stage int) {
	st := &s.p.stages[stage]
	z := s.block(stage, v)
	pa, pb := s.sign(stage, p)
	qa, qb := s.sign(stage, q)
	above, below := s.sign(stage, v)
	for w := range above {
		above[w], below[w] = pa[w]&qa[w], pb[w]&qb[w]
		for open := (pa[w] ^ qa[w]) | (pb[w] ^ qb[w]); open != 0; open &= open - 1 {
			i := w*64 + bits.TrailingZeros64(open)
			s.classifyOne(st, i, z[i/st.breaks], above, below)
		}
	}
}

// ensure evaluates the vertices that have no block at the stage yet, in one
// batch; they have one at the stage before.
func (s *store) ensure(e *evaluator, stage int, verts []int32) error {
	if stage == 0 {
		return nil
	}
	s.missing, s.in, s.out = s.missing[:0], s.in[:0], s.out[:0]
	from, to := &s.p.stages[stage-1], &s.p.stages[stage]
	for _, v := range verts {
		if s.ready[v] < stage {
			s.missing = append(s.missing, int(v))
			s.in = append(s.in, s.block(stage-1, int(v))...)
		}
	}
	n := len(s.missing)
	if n == 0 {
		return nil
	}
	s.out = slices.Grow(s.out, n*to.width)[:n*to.width]
	e.advance(stage-1, rowsOf(s.out, n, to.width), rowsOf(s.in, n, from.width))
	for i, v := range s.missing {
		copy(s.block(stage, v), s.out[i*to.width:])
		s.ready[v] = stage
		if err := s.classify(stage, v); err != nil {
			return err
		}
	}
	return nil
}

func rowsOf(x []float64, rows, width int) nn.Matrix {
	return nn.Matrix{Rows: rows, Cols: width, Stride: width, Data: x}
}
