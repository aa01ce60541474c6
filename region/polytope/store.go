package polytope

import (
	"math"
	"math/bits"
	"slices"

	"github.com/netmend/netmend/nn"
)

// store holds the vertices of the cells under way as a stack: coordinates,
// facets, and from the stage at which they arose on, the blocks and their signs.
// All of this belongs to a vertex and is the same in every cell that has it.
type store struct {
	s      *setting
	height int
	coords table[float64]
	// facets has, for each vertex, the facets it lies on, by their place on the
	// path of the search.
	facets table[int32]
	sums   []uint64 // of facetHash over the facets
	hashes []uint64 // facetHash by facet, as far as needed yet
	ready  []int32  // the last stage with a block
	blocks []table[float64]
	signs  []table[uint64]

	// Scratch of ensure.
	missing []int32
	in, out []float64
}

// table is an array of rows of equal length.
type table[T any] struct {
	width int
	data  []T
}

// row returns row i, which must not be held while the table grows.
func (t *table[T]) row(i int) []T { return t.data[i*t.width : (i+1)*t.width : (i+1)*t.width] }

// reserve makes room for n rows.
func (t *table[T]) reserve(n int) {
	if need := n * t.width; need > len(t.data) {
		t.data = slices.Grow(t.data, need-len(t.data))
		t.data = t.data[:cap(t.data)]
	}
}

func newStore(s *setting) *store {
	st := &store{s: s, blocks: make([]table[float64], len(s.Stages)), signs: make([]table[uint64], len(s.Stages))}
	st.coords.width, st.facets.width = s.dim, s.dim
	for i := range s.Stages {
		st.blocks[i].width, st.signs[i].width = s.Stages[i].Width, 2*s.Stages[i].Words
	}
	return st
}

func (st *store) truncate(height int) { st.height = height }

// push adds a vertex whose coordinates, facets, block and signs are to be
// filled in; ready is the stage of the block, or -1.
func (st *store) push(ready int) int {
	v := st.height
	st.height++
	st.coords.reserve(st.height)
	st.facets.reserve(st.height)
	if v == len(st.sums) {
		st.sums, st.ready = append(st.sums, 0), append(st.ready, 0)
	}
	st.ready[v] = int32(ready)
	if ready >= 0 {
		st.reserve(ready, st.height)
	}
	return v
}

func (st *store) reserve(stage, n int) {
	st.blocks[stage].reserve(n)
	st.signs[stage].reserve(n)
}

// sign returns which thresholds of the stage the vertex lies above, and below,
// by more than the tolerance; one bit a threshold.
func (st *store) sign(stage, v int) (above, below []uint64) {
	w := st.s.Stages[stage].Words
	row := st.signs[stage].row(v)
	return row[:w:w], row[w:]
}

// cut adds the vertex at p + t (q - p) on the edge between two vertices, where
// the given threshold of a stage has its breakpoint; stage is -1 for other cuts.
// The new vertex lies on the facets of from, with facet in place of number slot.
func (st *store) cut(p, q int, t float64, stage, threshold, from, slot int, facet int32) int {
	v := st.push(stage)
	interpolate(st.coords.row(v), st.coords.row(p), st.coords.row(q), t)
	f := st.facets.row(v)
	copy(f, st.facets.row(from))
	st.sums[v] = st.sums[from] - st.hashes[f[slot]] + st.hashes[facet]
	f[slot] = facet
	if stage < 0 {
		return v
	}
	sg := &st.s.Stages[stage]
	z := st.blocks[stage].row(v)
	interpolate(z, st.blocks[stage].row(p), st.blocks[stage].row(q), t)
	z[threshold/sg.Breaks] = sg.Level(threshold)

	// Signs that both ends have remain, whatever the rounding; the others go by
	// the value.
	pa, pb := st.sign(stage, p)
	qa, qb := st.sign(stage, q)
	above, below := st.sign(stage, v)
	eps := st.s.eps[stage]
	for w := range above {
		above[w], below[w] = pa[w]&qa[w], pb[w]&qb[w]
		for open := (pa[w] ^ qa[w]) | (pb[w] ^ qb[w]); open != 0; open &= open - 1 {
			b := bits.TrailingZeros64(open)
			i := w*64 + b
			var x float64
			if sg.Breaks == 1 { // saves a division
				x = z[i] - sg.Op.Breaks[0]
			} else {
				x = z[i/sg.Breaks] - sg.Level(i)
			}
			above[w] |= math.Float64bits(eps[i]-x) >> 63 << b
			below[w] |= math.Float64bits(x+eps[i]) >> 63 << b
		}
	}
	return v
}

// interpolate computes dst = p + t (q - p).
func interpolate(dst, p, q []float64, t float64) {
	p, q = p[:len(dst)], q[:len(dst)]
	for i := range dst {
		dst[i] = p[i] + float64(t*(q[i]-p[i]))
	}
}

// ensure evaluates the vertices that have no block at the stage yet, in one
// batch; they have one at the stage before. A vertex's block does not depend on
// the vertices beside it, to the bit (see package blas).
func (st *store) ensure(stage int, verts []int32) error {
	st.reserve(stage, st.height)
	st.missing = st.missing[:0]
	for _, v := range verts {
		if int(st.ready[v]) < stage {
			st.missing = append(st.missing, v)
		}
	}
	n := len(st.missing)
	if n == 0 {
		return nil
	}
	from, to := &st.s.Stages[stage-1], &st.s.Stages[stage]
	st.in = slices.Grow(st.in[:0], n*from.Width)[:n*from.Width]
	st.out = slices.Grow(st.out[:0], n*to.Width)[:n*to.Width]
	for i, v := range st.missing {
		from.Post(st.in[i*from.Width:(i+1)*from.Width], st.blocks[stage-1].row(int(v)))
	}
	from.Next[nn.ActivationChannel].Into(rowsOf(st.out, n, to.Width), rowsOf(st.in, n, from.Width))
	for i, v := range st.missing {
		copy(st.blocks[stage].row(int(v)), st.out[i*to.Width:])
		st.ready[v] = int32(stage)
		if err := st.classify(stage, int(v)); err != nil {
			return err
		}
	}
	return nil
}

// classify computes the signs of a vertex from its block. It fails where a
// value is not finite.
func (st *store) classify(stage, v int) error {
	sg := &st.s.Stages[stage]
	above, below := st.sign(stage, v)
	z, eps := st.blocks[stage].row(v)[:sg.Units], st.s.eps[stage]
	finite := 0.0 // stays 0 unless a value is NaN or infinite
	if sg.Breaks == 1 {
		b := sg.Op.Breaks[0]
		eps = eps[:len(z)]
		for w := range above {
			var up, down uint64
			for i := w * 64; i < min(len(z), w*64+64); i++ {
				// Comparisons by the sign bit of a difference, because branches on
				// these values cannot be predicted.
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
			finite += x - x
			for k, b := range sg.Op.Breaks {
				t := i*sg.Breaks + k
				above[t/64] |= math.Float64bits(eps[t]-(x-b)) >> 63 << (t & 63)
				below[t/64] |= math.Float64bits(x-b+eps[t]) >> 63 << (t & 63)
			}
		}
	}
	if finite != 0 {
		return st.s.Overflow(stage)
	}
	return nil
}

func rowsOf(x []float64, rows, width int) nn.Matrix {
	return nn.Matrix{Rows: rows, Cols: width, Stride: width, Data: x}
}

// hash makes the hashes of facets known up to the given one, and returns its own.
func (st *store) hash(facet int32) uint64 {
	for int(facet) >= len(st.hashes) {
		st.hashes = append(st.hashes, facetHash(int32(len(st.hashes))))
	}
	return st.hashes[facet]
}

// facetHash spreads the number of a facet over 64 bits (the finaliser of
// SplitMix64), so that sums of different facets differ but by chance.
func facetHash(facet int32) uint64 {
	x := (uint64(uint32(facet)) + 1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
