package polytope

import "slices"

// body is a simple polytope: its vertices, by their number in the store, and for
// each as many neighbours as it has facets. Neighbour number k of a vertex is
// its index in the body; the edge to it leaves facet number k of the vertex and
// lies in all its others.
type body struct {
	verts []int32
	edges []int32
}

func (b *body) set(o body) {
	b.verts, b.edges = append(b.verts[:0], o.verts...), append(b.edges[:0], o.edges...)
}

// resize makes room for n vertices of d edges each, with any content.
func (b *body) resize(n, d int) {
	b.verts = slices.Grow(b.verts[:0], n)[:n]
	b.edges = slices.Grow(b.edges[:0], n*d)[:n*d]
}

// knife divides bodies. It holds scratch space.
type knife struct {
	dim   int
	local []int32 // index of a vertex in its part
	cross []half  // edges that cross the cut, from the side with fewer vertices
	keys  []uint64
	found []half // vertices are numbers in cross; -1 where both ends are found
}

// half is an edge seen from one end: a vertex and the number of the edge there.
type half struct{ vertex, slot int32 }

// split divides a body into the part below a hyperplane and the part above;
// above tells for each vertex on which side it lies, and there are some on both.
// The hyperplane becomes the given facet of both parts. cut makes the new vertex
// on the edge from vertex p above to vertex q below (both as indices in the
// body), on the facets of vertex from but for its number slot.
//
// It returns false if the sides cannot come from a hyperplane: where the
// boundary of a two-dimensional face crosses from one side to the other more
// than twice. The parts are of no use then.
func (k *knife) split(st *store, b *body, above []bool, facet int32, lower, upper *body, cut func(p, q, from, slot int) int) bool {
	d := k.dim
	st.hash(facet)
	k.local = slices.Grow(k.local[:0], len(above))[:len(above)]
	var count [2]int
	for i, a := range above {
		s := side(a)
		k.local[i] = int32(count[s])
		count[s]++
	}
	few := count[1] <= count[0]
	k.cross = k.cross[:0]
	for i, a := range above {
		if a != few {
			continue
		}
		for c, n := range b.edges[i*d : i*d+d] {
			if above[n] != few {
				k.cross = append(k.cross, half{int32(i), int32(c)})
			}
		}
	}
	parts := [2]*body{lower, upper}
	for s, p := range parts {
		p.resize(count[s]+len(k.cross), d)
	}
	for i, a := range above {
		p, r := parts[side(a)], int(k.local[i])
		p.verts[r] = b.verts[i]
		row := p.edges[r*d : r*d+d]
		for c, n := range b.edges[i*d : i*d+d] {
			row[c] = k.local[n] // edges that cross are set below
		}
	}
	for j, e := range k.cross {
		i, c := int(e.vertex), int(e.slot)
		n := int(b.edges[i*d+c])
		back := 0
		for b.edges[n*d+back] != int32(i) {
			back++
		}
		top, bottom := i, n
		if !few {
			top, bottom = n, i
		}
		w := int32(cut(top, bottom, i, c))
		here, there := parts[side(few)], parts[side(!few)]
		hw, tw := count[side(few)]+j, count[side(!few)]+j
		here.verts[hw], there.verts[tw] = w, w
		here.edges[int(k.local[i])*d+c], here.edges[hw*d+c] = int32(hw), k.local[i]
		there.edges[int(k.local[n])*d+back], there.edges[tw*d+c] = int32(tw), k.local[n]
	}
	return k.join(st, facet, parts, count)
}

func side(above bool) int {
	if above {
		return 1
	}
	return 0
}

// join finds the edges between the new vertices, which are the last of both
// parts. Such an edge lies in a two-dimensional face of the old body: its ends
// share all facets but one each, the new one among them.
func (k *knife) join(st *store, facet int32, parts [2]*body, count [2]int) bool {
	d := k.dim
	ends := len(k.cross) * (d - 1)
	size := 16
	for size < 2*ends {
		size *= 2
	}
	k.keys, k.found = slices.Grow(k.keys[:0], size)[:size], slices.Grow(k.found[:0], size)[:size]
	clear(k.keys)
	mask := uint64(size - 1)
	hash := st.hashes[facet]
	joined := 0
	for j, e := range k.cross {
		w := int(parts[0].verts[count[0]+j])
		sum := st.sums[w] - hash
		for c, f := range st.facets.Row(w) {
			if c == int(e.slot) {
				continue
			}
			key := (sum - st.hashes[f]) | 1
			at := key >> 32 & mask
			for k.keys[at] != 0 && k.keys[at] != key {
				at = (at + 1) & mask
			}
			if k.keys[at] == 0 {
				k.keys[at], k.found[at] = key, half{int32(j), int32(c)}
				continue
			}
			o, slot := int(k.found[at].vertex), int(k.found[at].slot)
			if o < 0 {
				return false
			}
			k.found[at].vertex = -1
			joined++
			for s, p := range parts {
				p.edges[(count[s]+o)*d+slot] = int32(count[s] + j)
				p.edges[(count[s]+j)*d+c] = int32(count[s] + o)
			}
		}
	}
	return 2*joined == ends
}
