// Package vertices keeps, for the searches that carry the vertices of their cells along, what the
// network has at them: a value of every unit, and on which side of each breakpoint it lies. Both
// belong to a vertex, and are the same in every cell that has it.
package vertices

import (
	"math"
	"math/bits"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/layers"
)

// Table has the vertices of the cells under way as a stack, each with its blocks and signs from the
// stage on at which it arose. Vertices outlive the cells on top of them only, so that memory is
// reused and never freed. A Table belongs to one goroutine.
type Table struct {
	net *layers.Network
	// Eps has the tolerance of each threshold, by stage; see [layers.Stage.Tolerances].
	Eps [][]float64
	// Blocks, and Signs (first which thresholds the vertex lies above by more than the tolerance, and
	// then which below; one bit a threshold), by stage and vertex.
	Blocks []Rows[float64]
	Signs  []Rows[uint64]

	height int
	ready  []int32 // the last stage with a block

	// Scratch of Ensure.
	missing []int32
	in, out []float64
}

// Rows is an array of rows of equal length.
type Rows[T any] struct {
	Width int
	Data  []T
}

// Row is row i. It must not be held while the array grows.
func (r *Rows[T]) Row(i int) []T { return r.Data[i*r.Width : (i+1)*r.Width : (i+1)*r.Width] }

// Reserve makes room for n rows.
func (r *Rows[T]) Reserve(n int) {
	if need := n * r.Width; need > len(r.Data) {
		r.Data = slices.Grow(r.Data, need-len(r.Data))
		r.Data = r.Data[:cap(r.Data)]
	}
}

// NewTable returns a table without vertices.
func NewTable(net *layers.Network, eps [][]float64) *Table {
	t := &Table{net: net, Eps: eps, Blocks: make([]Rows[float64], len(net.Stages)), Signs: make([]Rows[uint64], len(net.Stages))}
	for i := range net.Stages {
		t.Blocks[i].Width, t.Signs[i].Width = net.Stages[i].Width, 2*net.Stages[i].Words
	}
	return t
}

// Height is the number of vertices.
func (t *Table) Height() int { return t.height }

// Truncate forgets all vertices but the first ones.
func (t *Table) Truncate(height int) { t.height = height }

// Push adds a vertex, whose block and signs at a stage are to be filled in; -1 for none.
func (t *Table) Push(stage int) int {
	v := t.height
	t.height++
	if v == len(t.ready) {
		t.ready = append(t.ready, 0)
	}
	t.ready[v] = int32(stage)
	if stage >= 0 {
		t.reserve(stage)
	}
	return v
}

func (t *Table) reserve(stage int) {
	t.Blocks[stage].Reserve(t.height)
	t.Signs[stage].Reserve(t.height)
}

// Sign returns which thresholds of the stage the vertex lies above, and below.
func (t *Table) Sign(stage, v int) (above, below []uint64) {
	w := t.net.Stages[stage].Words
	row := t.Signs[stage].Row(v)
	return row[:w:w], row[w:]
}

// Set gives a vertex its block at the stage at which it was pushed. It fails if a value is not
// finite.
func (t *Table) Set(stage, v int, block []float64) error {
	copy(t.Blocks[stage].Row(v), block)
	return t.classify(stage, v)
}

// Between fills in the block and the signs of a vertex at p + at (q - p) on the edge between two
// vertices, where the value of the threshold's unit is its breakpoint. Signs that both ends have
// remain, whatever the rounding; the others go by the value.
func (t *Table) Between(v, p, q int, at float64, stage, threshold int) {
	st := &t.net.Stages[stage]
	z := t.Blocks[stage].Row(v)
	Interpolate(z, t.Blocks[stage].Row(p), t.Blocks[stage].Row(q), at)
	z[threshold/st.Breaks] = st.Level(threshold)
	pa, pb := t.Sign(stage, p)
	qa, qb := t.Sign(stage, q)
	above, below := t.Sign(stage, v)
	eps := t.Eps[stage]
	for w := range above {
		above[w], below[w] = pa[w]&qa[w], pb[w]&qb[w]
		for open := (pa[w] ^ qa[w]) | (pb[w] ^ qb[w]); open != 0; open &= open - 1 {
			b := bits.TrailingZeros64(open)
			i := w*64 + b
			var x float64
			if st.Breaks == 1 { // saves a division
				x = z[i] - st.Op.Breaks[0]
			} else {
				x = z[i/st.Breaks] - st.Level(i)
			}
			above[w] |= math.Float64bits(eps[i]-x) >> 63 << b
			below[w] |= math.Float64bits(x+eps[i]) >> 63 << b
		}
	}
}

// Interpolate computes dst = p + t (q - p).
func Interpolate(dst, p, q []float64, t float64) {
	p, q = p[:len(dst)], q[:len(dst)]
	for i := range dst {
		dst[i] = p[i] + float64(t*(q[i]-p[i]))
	}
}

// Ensure evaluates the vertices that have no block at the stage yet, in one
// batch; they have one at the stage before, and all at the first one. A vertex's block does not depend on
// the vertices beside it, to the bit (see package blas). It fails if a value is not finite.
func (t *Table) Ensure(stage int, verts []int32) error {
	if stage == 0 {
		return nil
	}
	t.reserve(stage)
	t.missing = t.missing[:0]
	for _, v := range verts {
		if int(t.ready[v]) < stage {
			t.missing = append(t.missing, v)
		}
	}
	n := len(t.missing)
	if n == 0 {
		return nil
	}
	from, to := &t.net.Stages[stage-1], &t.net.Stages[stage]
	t.in = slices.Grow(t.in[:0], n*from.Width)[:n*from.Width]
	t.out = slices.Grow(t.out[:0], n*to.Width)[:n*to.Width]
	for i, v := range t.missing {
		from.Post(t.in[i*from.Width:(i+1)*from.Width], t.Blocks[stage-1].Row(int(v)))
	}
	from.Next[nn.ActivationChannel].Into(nn.AsMatrix(t.out, n, to.Width), nn.AsMatrix(t.in, n, from.Width))
	for i, v := range t.missing {
		t.ready[v] = int32(stage)
		if err := t.Set(stage, int(v), t.out[i*to.Width:]); err != nil {
			return err
		}
	}
	return nil
}

// classify computes the signs of a vertex from its block.
func (t *Table) classify(stage, v int) error {
	st := &t.net.Stages[stage]
	above, below := t.Sign(stage, v)
	z, eps := t.Blocks[stage].Row(v)[:st.Units], t.Eps[stage]
	finite := 0.0 // stays 0 unless a value is NaN or infinite
	if st.Breaks == 1 {
		b := st.Op.Breaks[0]
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
			for k, b := range st.Op.Breaks {
				j := i*st.Breaks + k
				above[j/64] |= math.Float64bits(eps[j]-(x-b)) >> 63 << (j & 63)
				below[j/64] |= math.Float64bits(x-b+eps[j]) >> 63 << (j & 63)
			}
		}
	}
	if finite != 0 {
		return t.net.Overflow(stage)
	}
	return nil
}

// Bytes is what the blocks and signs occupy.
func (t *Table) Bytes() int64 {
	n := 0
	for i := range t.Blocks {
		n += 8 * (len(t.Blocks[i].Data) + len(t.Signs[i].Data))
	}
	return int64(n)
}
