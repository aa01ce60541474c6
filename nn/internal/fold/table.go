package fold

import "github.com/netmend/netmend/nn"

// table holds affine functions of one number with exact coefficients, most of them
// once: most elements of a picture share the few of its channels.
type table struct {
	dtype nn.DType
	maps  []affine
	given memo[[2]float64] // by rounded coefficients
	chain memo[[2]int32]   // one after the other
	sums  memo[[2]int32]
	// scales and fills are the exact constants of operations made by merging, which
	// may be merged further.
	scales map[*nn.Scale][]int32
	fills  map[*nn.Take]int32
}

// memo remembers entries of a table; the one asked for last costs no look-up.
type memo[K comparable] struct {
	entries map[K]int32
	key     K
	entry   int32
	valid   bool
}

func (m *memo[K]) get(key K, make func() int32) int32 {
	if m.valid && key == m.key {
		return m.entry
	}
	e, ok := m.entries[key]
	if !ok {
		if e = make(); e != noMap {
			m.entries[key] = e
		}
	}
	m.key, m.entry, m.valid = key, e, true
	return e
}

// affine is x -> factor x + shift. It fits where float64 holds both coefficients
// with a relative error of at most 2^-53.
type affine struct {
	factor, shift number
	fits          bool
}

// Entries that every table has.
const (
	identityMap int32 = iota
	zeroMap
	noMap // of a full table; does not fit
)

// maxMaps bounds a table, to some 300 MB. Chains with more constants stay as they are.
const maxMaps = 1 << 20

func newTable(t nn.DType) *table {
	b := &table{
		dtype: t, given: memo[[2]float64]{entries: map[[2]float64]int32{}},
		chain: memo[[2]int32]{entries: map[[2]int32]int32{}}, sums: memo[[2]int32]{entries: map[[2]int32]int32{}},
		scales: map[*nn.Scale][]int32{}, fills: map[*nn.Take]int32{},
	}
	b.add(number{rounded: 1}, number{}, true)
	b.add(number{}, number{}, true)
	b.add(number{}, number{}, false)
	return b
}

func (b *table) add(factor, shift number, fits bool) int32 {
	if len(b.maps) == maxMaps {
		return noMap
	}
	b.maps = append(b.maps, affine{factor, shift, fits && factor.fits() && shift.fits()})
	return int32(len(b.maps) - 1)
}

// of is the map x -> factor x + shift.
func (b *table) of(factor, shift float64) int32 {
	return b.given.get([2]float64{factor, shift}, func() int32 {
		return b.add(number{rounded: factor}, number{rounded: shift}, true)
	})
}

// ofScale is what a scaling does to element e.
func (b *table) ofScale(op *nn.Scale, e int) int32 {
	if maps := b.scales[op]; maps != nil {
		return maps[e]
	}
	return b.of(op.Factor[e], op.Shift[e])
}

// ofFill is the constant map to a selection's fill.
func (b *table) ofFill(op *nn.Take) int32 {
	if m, ok := b.fills[op]; ok {
		return m
	}
	return b.of(0, op.Fill)
}

// then is map m followed by map k.
func (b *table) then(m, k int32) int32 {
	if m == identityMap {
		return k
	}
	return b.chain.get([2]int32{m, k}, func() int32 {
		p, q := b.maps[m], b.maps[k]
		f, fitsF := p.factor.times(q.factor)
		s, fitsS := p.shift.times(q.factor)
		s, fitsSum := s.plus(q.shift)
		return b.add(f, s, p.fits && q.fits && fitsF && fitsS && fitsSum)
	})
}

// plus is the sum of two maps of the same number.
func (b *table) plus(m, k int32) int32 {
	return b.sums.get([2]int32{m, k}, func() int32 {
		p, q := b.maps[m], b.maps[k]
		f, fitsF := p.factor.plus(q.factor)
		s, fitsS := p.shift.plus(q.shift)
		return b.add(f, s, p.fits && q.fits && fitsF && fitsS)
	})
}

// rounded are the coefficients of a map as float64.
func (b *table) rounded(m int32) (factor, shift float64) {
	return b.maps[m].factor.rounded, b.maps[m].shift.rounded
}

// sameShift reports whether two maps take 0 to one number.
func (b *table) sameShift(m, k int32) bool {
	return m == k || b.maps[m].shift.equals(b.maps[k].shift)
}

// allows reports whether a form may stand for its chain: whether float64 holds its
// constants, and where the chain is not free to round, the type of the file too.
func (b *table) allows(c *form, free bool) bool {
	seen := map[int32]bool{}
	for _, m := range c.maps {
		if seen[m] {
			continue
		}
		seen[m] = true
		a := &b.maps[m]
		if !a.fits || !free && b.dtype != nn.Float64 && !(b.exactly(a.factor) && b.exactly(a.shift)) {
			return false
		}
	}
	return true
}

// exactly reports whether x is a number of the file's type.
func (b *table) exactly(x number) bool {
	return x.exact == nil && b.dtype.Round(x.rounded) == x.rounded
}

// holds reports whether the constants of an operation are numbers of the file's type.
func (b *table) holds(op nn.Op) bool {
	var lists [][]float64
	switch op := op.(type) {
	case *nn.Scale:
		lists = [][]float64{op.Factor, op.Shift}
	case *nn.Take:
		lists = [][]float64{{op.Fill}}
	case *nn.Sum:
		lists = [][]float64{op.Coefficients}
	case *nn.Piecewise:
		lists = [][]float64{op.Slope[:1], op.Offset[:1]}
	}
	for _, xs := range lists {
		for _, x := range xs {
			if !b.exactly(number{rounded: x}) {
				return false
			}
		}
	}
	return true
}
