package polytope

import "github.com/netmend/netmend/region/internal/vertices"

// store holds the vertices of the cells under way as a stack: coordinates and facets, beside what
// the network has at them. All of this belongs to a vertex and is the same in every cell that has
// it.
type store struct {
	*vertices.Table
	coords vertices.Rows[float64]
	// facets has, for each vertex, the facets it lies on, by their place on the
	// path of the search.
	facets vertices.Rows[int32]
	sums   []uint64 // of facetHash over the facets
	hashes []uint64 // facetHash by facet, as far as needed yet
}

func newStore(s *setting) *store {
	st := &store{Table: vertices.NewTable(s.Network, s.eps)}
	st.coords.Width, st.facets.Width = s.dim, s.dim
	return st
}

// push adds a vertex whose coordinates, facets, block and signs are to be
// filled in; stage is that of the block, or -1.
func (st *store) push(stage int) int {
	v := st.Push(stage)
	st.coords.Reserve(v + 1)
	st.facets.Reserve(v + 1)
	if v == len(st.sums) {
		st.sums = append(st.sums, 0)
	}
	return v
}

// cut adds the vertex at p + t (q - p) on the edge between two vertices, where
// the given threshold of a stage has its breakpoint; stage is -1 for other cuts.
// The new vertex lies on the facets of from, with facet in place of number slot.
func (st *store) cut(p, q int, t float64, stage, threshold, from, slot int, facet int32) int {
	v := st.push(stage)
	vertices.Interpolate(st.coords.Row(v), st.coords.Row(p), st.coords.Row(q), t)
	f := st.facets.Row(v)
	copy(f, st.facets.Row(from))
	st.sums[v] = st.sums[from] - st.hashes[f[slot]] + st.hashes[facet]
	f[slot] = facet
	if stage >= 0 {
		st.Between(v, p, q, t, stage, threshold)
	}
	return v
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
