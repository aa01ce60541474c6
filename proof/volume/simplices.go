package volume

import (
	"math/bits"
	"slices"
)

// simplices divides a simple polytope into simplices.
type simplices struct {
	dim, words int
	used       []int32  // the facets
	vertices   []uint64 // of each facet, as bits
	faces      []uint64 // for each depth of the recursion the vertices of the face
	number     []int32  // by facet its index in used, or -1
	// visit is told the vertex that the face of the given depth is a pyramid from, after
	// those of the depths before. It returns false to leave these pyramids out.
	visit func(depth, vertex int) bool
}

// divide calls visit for all simplices of a body.
//
// Every face is the union of the pyramids from its first vertex over its own facets that do
// not contain this vertex. Down to the vertices, this cuts the polytope into simplices (Cohen
// and Hickey, "Two algorithms for determining volumes of convex polyhedra", J. ACM 26, 1979).
// In a simple polytope the facets of a face are its intersections with other facets.
func (s *simplices) divide(b *body, facets int) {
	n := b.len()
	s.dim, s.words = b.dim, (n+63)/64
	for len(s.number) < facets {
		s.number = append(s.number, -1)
	}
	s.used = s.used[:0]
	for _, f := range b.facets {
		if s.number[f] < 0 {
			s.number[f] = 0
			s.used = append(s.used, f)
		}
	}
	slices.Sort(s.used)
	for i, f := range s.used {
		s.number[f] = int32(i)
	}
	s.vertices = zeroed(s.vertices, len(s.used)*s.words)
	s.faces = zeroed(s.faces, (s.dim+1)*s.words)
	for v := range n {
		s.faces[v/64] |= 1 << (v & 63)
		for _, f := range b.facetsOf(v) {
			s.vertices[int(s.number[f])*s.words+v/64] |= 1 << (v & 63)
		}
	}
	for _, f := range s.used {
		s.number[f] = -1
	}
	s.pyramids(0)
}

func (s *simplices) pyramids(depth int) {
	words := s.words
	face := s.faces[depth*words : (depth+1)*words]
	apex := 0
	for face[apex] == 0 {
		apex++
	}
	apex = apex*64 + bits.TrailingZeros64(face[apex])
	if !s.visit(depth, apex) || depth == s.dim {
		return
	}
	sub := s.faces[(depth+1)*words : (depth+2)*words]
	for f := 0; f < len(s.vertices); f += words {
		some := uint64(0)
		for w, x := range face {
			sub[w] = x & s.vertices[f+w]
			some |= sub[w]
		}
		if some != 0 && sub[apex/64]>>(apex&63)&1 == 0 {
			s.pyramids(depth + 1)
		}
	}
}

func zeroed(s []uint64, n int) []uint64 {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}
