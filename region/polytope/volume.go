package polytope

import (
	"math"
	"math/bits"
)

// volumeScratch computes volumes of simple polytopes.
type volumeScratch struct {
	dim    int
	words  int
	coords []float64
	origin []float64 // the first vertex
	facets []uint64  // for each facet the vertices on it, as bits
	faces  []uint64  // for each depth of the recursion the vertices of the face
	basis  []float64 // for each depth a vector, reduced by those before it
	pivot  []int     // for each depth the coordinate that the vector eliminates
}

// volume of a polytope with the given vertices, each of which lies on the facets
// listed in on, d for each.
//
// Algorithm: every face is the union of the pyramids from its first vertex over
// its own facets that do not contain this vertex. Down to the vertices, this cuts
// the polytope into simplices (Cohen and Hickey, "Two algorithms for determining
// volumes of convex polyhedra", J. ACM 26, 1979). Their determinants are
// eliminated on the way, so that simplices share the work.
func (s *volumeScratch) volume(coords []float64, on []int32, facets, d int) float64 {
	if d == 0 {
		return 1
	}
	n := len(coords) / d
	s.dim, s.words, s.coords = d, (n+63)/64, coords
	s.facets = resized(s.facets, facets*s.words)
	clear(s.facets)
	for v := range n {
		for _, f := range on[v*d : v*d+d] {
			s.facets[int(f)*s.words+v/64] |= 1 << (v & 63)
		}
	}
	s.faces = resized(s.faces, (d+1)*s.words)
	clear(s.faces[:s.words])
	for v := range n {
		s.faces[v/64] |= 1 << (v & 63)
	}
	s.basis = resized(s.basis, d*d)
	s.pivot = resized(s.pivot, d)
	total := s.pyramids(0, 1)
	for k := 2; k <= d; k++ {
		total /= float64(k)
	}
	return total
}

// pyramids is d! times the volume of all simplices that have, as their further
// vertices, the first vertex of the face at the given depth and of its faces
// below; product is the determinant so far.
func (s *volumeScratch) pyramids(depth int, product float64) float64 {
	d, words := s.dim, s.words
	face := s.faces[depth*words : (depth+1)*words]
	apex := 0
	for face[apex] == 0 {
		apex++
	}
	apex = apex*64 + bits.TrailingZeros64(face[apex])
	if depth == 0 {
		s.origin = s.coords[apex*d : apex*d+d]
	} else {
		product = float64(product * s.eliminate(depth-1, s.coords[apex*d:apex*d+d]))
	}
	if depth == d || product == 0 {
		return product
	}
	sub := s.faces[(depth+1)*words : (depth+2)*words]
	total := 0.0
	for f := 0; f < len(s.facets); f += words {
		any := uint64(0)
		for w, x := range face {
			sub[w] = x & s.facets[f+w]
			any |= sub[w]
		}
		if any != 0 && sub[apex/64]>>(apex&63)&1 == 0 {
			total += s.pyramids(depth+1, product)
		}
	}
	return total
}

// eliminate reduces the vector from the origin to x by the vectors before it,
// stores it and returns the absolute value of its pivot.
func (s *volumeScratch) eliminate(row int, x []float64) float64 {
	d := s.dim
	w := s.basis[row*d : row*d+d]
	for k, o := range s.origin {
		w[k] = x[k] - o
	}
	for i := range row {
		b := s.basis[i*d : i*d+d]
		p := s.pivot[i]
		if c := w[p] / b[p]; c != 0 {
			for k, v := range b {
				w[k] -= float64(c * v)
			}
			w[p] = 0
		}
	}
	best := 0
	for k, v := range w {
		if math.Abs(v) > math.Abs(w[best]) {
			best = k
		}
	}
	s.pivot[row] = best
	return math.Abs(w[best])
}
