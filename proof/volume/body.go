package volume

import "slices"

// body is a simple polytope without its coordinates: for each vertex as many facets as there
// are dimensions, by the number of their half-space, and neighbours. Neighbour number k of
// a vertex is where the edge ends that leaves facet number k and lies in all others.
type body struct {
	dim       int
	facets    []int32
	neighbour []int32
}

func (b *body) len() int { return len(b.facets) / b.dim }

func (b *body) facetsOf(v int) []int32     { return b.facets[v*b.dim : (v+1)*b.dim] }
func (b *body) neighboursOf(v int) []int32 { return b.neighbour[v*b.dim : (v+1)*b.dim] }

func (b *body) set(o *body) {
	b.dim, b.facets, b.neighbour = o.dim, append(b.facets[:0], o.facets...), append(b.neighbour[:0], o.neighbour...)
}

func (b *body) resize(n int) {
	b.facets = slices.Grow(b.facets[:0], n*b.dim)[:n*b.dim]
	b.neighbour = slices.Grow(b.neighbour[:0], n*b.dim)[:n*b.dim]
}

// cube makes b the cube: coordinate k of vertex v is bit k of v, and its facets are numbers
// 2k where that is 0, and 2k+1 where it is 1.
func (b *body) cube(dim int) {
	b.dim = dim
	b.resize(1 << dim)
	for v := range 1 << dim {
		for k := range dim {
			b.facets[v*dim+k] = int32(2*k + v>>k&1)
			b.neighbour[v*dim+k] = int32(v ^ 1<<k)
		}
	}
}

// edge is one that a cut crosses: from vertex kept to vertex lost, leaving facet number slot
// of the first.
type edge struct{ kept, lost, slot int32 }

// knife cuts bodies. It holds scratch space.
type knife struct {
	order []int32 // the vertices that are kept
	local []int32
	cross []edge
	keys  []uint64
	found []edge // of a key: a new vertex in kept, and the number of the facet in slot
}

// cut makes next the part of b without the vertices that are lost, of which there are some
// but not all: the vertices in order first, then one on each edge in cross. It returns false
// where no hyperplane can part these vertices from the others.
func (k *knife) cut(b, next *body, facet int32, lost []bool) bool {
	d := b.dim
	next.dim = d
	k.order, k.cross = k.order[:0], k.cross[:0]
	k.local = slices.Grow(k.local[:0], len(lost))[:len(lost)]
	for v, l := range lost {
		if !l {
			k.local[v] = int32(len(k.order))
			k.order = append(k.order, int32(v))
		}
	}
	for _, v := range k.order {
		for slot, n := range b.neighboursOf(int(v)) {
			if lost[n] {
				k.cross = append(k.cross, edge{v, n, int32(slot)})
			}
		}
	}
	kept := len(k.order)
	next.resize(kept + len(k.cross))
	for i, v := range k.order {
		copy(next.facetsOf(i), b.facetsOf(int(v)))
		to := next.neighboursOf(i)
		for slot, n := range b.neighboursOf(int(v)) {
			to[slot] = k.local[n] // edges that cross are set below
		}
	}
	for j, e := range k.cross {
		w, i := kept+j, k.local[e.kept]
		facets := next.facetsOf(w)
		copy(facets, b.facetsOf(int(e.kept)))
		facets[e.slot] = facet
		next.neighbour[w*d+int(e.slot)] = i
		next.neighbour[int(i)*d+int(e.slot)] = int32(w)
	}
	return k.join(next, kept)
}

// join finds the edges between the new vertices: their ends share all facets but one each,
// the new one among them.
func (k *knife) join(b *body, kept int) bool {
	d := b.dim
	ends := len(k.cross) * (d - 1)
	size := 16
	for size < 2*ends {
		size *= 2
	}
	k.keys, k.found = slices.Grow(k.keys[:0], size)[:size], slices.Grow(k.found[:0], size)[:size]
	clear(k.keys)
	mask := uint64(size - 1)
	joined := 0
	for j, e := range k.cross {
		w := kept + j
		facets := b.facetsOf(w)
		sum := uint64(0)
		for slot, f := range facets {
			if slot != int(e.slot) {
				sum += hash(f)
			}
		}
		for slot, f := range facets {
			if slot == int(e.slot) {
				continue
			}
			key := (sum - hash(f)) | 1
			at := key >> 32 & mask
			for k.keys[at] != 0 && k.keys[at] != key {
				at = (at + 1) & mask
			}
			if k.keys[at] == 0 {
				k.keys[at], k.found[at] = key, edge{kept: int32(w), slot: int32(slot)}
				continue
			}
			o := &k.found[at]
			if o.kept < 0 {
				return false
			}
			b.neighbour[int(o.kept)*d+int(o.slot)] = int32(w)
			b.neighbour[w*d+slot] = o.kept
			o.kept = -1
			joined++
		}
	}
	return 2*joined == ends
}

// hash spreads the numbers of facets (splitmix64).
func hash(f int32) uint64 {
	x := uint64(f+1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// closed reports whether the vertices, each of which is one of a simple polytope on exactly the
// facets named, are all of its vertices: they are distinct, and each edge of each ends at
// another. For the edges of a polytope connect all of its vertices.
func (k *knife) closed(b *body) bool {
	n := b.len()
	size := 16
	for size < 2*n {
		size *= 2
	}
	k.keys = slices.Grow(k.keys[:0], size)[:size]
	clear(k.keys)
	mask := uint64(size - 1)
	for v := range n {
		key := uint64(0)
		for _, f := range b.facetsOf(v) {
			key += hash(f)
		}
		at := key >> 32 & mask
		for ; k.keys[at] != 0; at = (at + 1) & mask {
			if k.keys[at] == key {
				return false // the same facets, or by chance the same sum
			}
		}
		if k.keys[at] = key; key == 0 {
			return false
		}
		for slot, w := range b.neighboursOf(v) {
			if w < 0 || int(w) >= n || !b.meets(v, slot, int(w)) {
				return false
			}
		}
	}
	return true
}

// meets reports whether vertex w lies on all facets of vertex v but number slot, and on
// another one than that.
func (b *body) meets(v, slot, w int) bool {
	theirs := b.facetsOf(w)
	for i, f := range b.facetsOf(v) {
		if slices.Contains(theirs, f) == (i == slot) {
			return false
		}
	}
	return true
}
