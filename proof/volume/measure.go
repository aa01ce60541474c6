package volume

import (
	"math"
	"slices"
)

// frame are coordinates y = T (x - centre) in which the polytope is about as wide in all
// directions, T being a lower triangular matrix: bounds of rounding errors count the widest.
type frame struct {
	matrix []float64
	at     []float64 // the vertices
	off    []float64 // how far the exact ones may be, in each coordinate
	square []float64
}

// turn chooses the coordinates and computes the vertices in them: T T' is the inverse of the
// vertices' covariance, about. Any T would do.
func (m *Meter) turn() {
	d, n, f := m.dim, m.body.len(), &m.frame
	s := slices.Grow(f.square[:0], d*d)[:d*d]
	clear(s)
	for v := range n {
		x := m.vertex(v)
		for i := range d {
			a := x[i] - m.centre[i]
			for j := range i + 1 {
				s[i*d+j] += float64(a * (x[j] - m.centre[j]))
			}
		}
	}
	// Its Cholesky factor L, in place.
	for i := range d {
		for j := range i + 1 {
			sum := s[i*d+j] / float64(n)
			least := float64(0x1p-48 * sum)
			for k := range j {
				sum -= float64(s[i*d+k] * s[j*d+k])
			}
			if i == j {
				s[i*d+i] = math.Sqrt(max(sum, least, 0x1p-400))
			} else {
				s[i*d+j] = sum / s[j*d+j]
			}
		}
	}
	// T = 1/L, row by row.
	t := slices.Grow(f.matrix[:0], d*d)[:d*d]
	clear(t)
	for i := range d {
		for j := range i {
			sum := 0.0
			for k := j; k < i; k++ {
				sum -= float64(s[i*d+k] * t[k*d+j])
			}
			t[i*d+j] = sum / s[i*d+i]
		}
		t[i*d+i] = 1 / s[i*d+i]
	}
	f.square, f.matrix = s, t
	f.at, f.off = slices.Grow(f.at[:0], n*d)[:n*d], slices.Grow(f.off[:0], n)[:n]
	for v := range n {
		x, y, off := m.vertex(v), f.at[v*d:v*d+d], 0.0
		for i := range d {
			sum, size, norm := 0.0, 0.0, 0.0
			for j := range i + 1 {
				p := float64(t[i*d+j] * (x[j] - m.centre[j]))
				sum += p
				size += math.Abs(p)
				norm += math.Abs(t[i*d+j])
			}
			y[i] = sum
			off = max(off, float64(float64(d+4)*roundoff*size)+float64(norm*m.off[v]*(1+64*roundoff))+tiny)
		}
		f.off[v] = off
	}
}

// sum adds up the determinants of simplices, in float64.
type sum struct {
	total, bound float64 // of the determinants' absolute values, and of their errors
	count        int
	// By depth: the vectors from the first vertex, reduced by those before, and their
	// pivots; the product of the pivots, and of the vectors' lengths; and by how much of the
	// latter the determinant may be off.
	origin            int
	basis             []float64
	pivot             []int
	det, length, part []float64
}

// measure encloses the volume of the polytope, the vertices of which are verified, but for
// radii.
//
// The determinant of a simplex is computed by elimination, shared by all simplices with the
// same first vertices. Two things are between it and the exact one.
//
// The vectors w_k from the first vertex are off by at most the two vertices' distances: row k
// of the matrix by a vector of a length of at most η_k. By expanding the determinant in its
// rows and by Hadamard's bound |det| <= Π|w_k|, the determinant changes by no more than
// Π (|w_k| + η_k) - Π |w_k|.
//
// Elimination computes the exact determinant, but for d roundings, of a matrix of which row k
// is off by no more than (d+2) u Σ_i |l_ki| |u_i|, entry by entry (N. J. Higham, Accuracy and
// Stability of Numerical Algorithms, section 9.3). As pivots are the largest entries of their
// rows u_i, the entry l_ki u_ij is no larger than that of row k that is eliminated then, and
// the largest entry of a row at most doubles with every step. So the row is off by at most
// (d+2) u 2^d times its largest entry in each entry, which joins η_k.
func (m *Meter) measure() (Interval, bool) {
	m.turn()
	d := m.dim
	s := &m.sum
	s.total, s.bound, s.count = 0, 0, 0
	s.basis = slices.Grow(s.basis[:0], d*d)[:d*d]
	s.pivot = slices.Grow(s.pivot[:0], d)[:d]
	s.det, s.length, s.part = slices.Grow(s.det[:0], d+1)[:d+1], slices.Grow(s.length[:0], d+1)[:d+1], slices.Grow(s.part[:0], d+1)[:d+1]
	if m.simplices.visit == nil {
		m.simplices.visit = m.simplex
	}
	m.simplices.divide(&m.body, len(m.radius))
	// Every determinant was multiplied d times and then added, no more than count times.
	rounding := float64(float64(s.count+2*d+8) * roundoff)
	off := float64(s.bound*(1+rounding)) + float64(s.total*rounding) + tiny
	scale := 1.0
	for k := range d {
		scale = float64(scale * float64(float64(k+1)*m.frame.matrix[k*d+k]))
	}
	relative := float64(float64(4*d) * roundoff)
	i := Interval{float64((s.total - off) / scale * (1 - relative)), float64((s.total + off) / scale * (1 + relative))}
	return Interval{max(0, i.Lo), i.Hi}, i.Hi <= math.MaxFloat64
}

// simplex is [simplices.visit].
func (m *Meter) simplex(depth, v int) bool {
	d, s, f := m.dim, &m.sum, &m.frame
	if depth == 0 {
		s.origin = v
		s.det[0], s.length[0], s.part[0] = 1, 1, 0
		return true
	}
	w := s.basis[(depth-1)*d : depth*d]
	square, largest := 0.0, 0.0
	o := f.at[s.origin*d : s.origin*d+d]
	for k, x := range f.at[v*d : v*d+d] {
		w[k] = x - o[k]
		square += float64(w[k] * w[k])
		largest = max(largest, math.Abs(w[k]))
	}
	length := max(math.Sqrt(square), 0x1p-60) // the bound grows with it
	each := f.off[v] + f.off[s.origin] + float64(float64(float64(float64(d+3)*roundoff*float64(int(1)<<d))+roundoff)*largest)
	eta := float64(float64(math.Sqrt(float64(d))*each) / length * (1 + 8*roundoff))
	s.length[depth] = float64(s.length[depth-1] * length)
	s.part[depth] = s.part[depth-1] + eta + float64(s.part[depth-1]*eta)
	if s.det[depth] = 0; s.det[depth-1] != 0 {
		// Where a pivot is 0, so is the determinant, whatever follows.
		s.det[depth] = float64(s.det[depth-1] * s.eliminate(depth-1, d))
	}
	if depth == d {
		s.count++
		s.total += s.det[d]
		s.bound += float64(s.length[d] * s.part[d] * (1 + 64*roundoff))
	}
	return true
}

// eliminate reduces the vector of a depth by those before it and returns the absolute value
// of its pivot.
func (s *sum) eliminate(row, d int) float64 {
	w := s.basis[row*d : row*d+d]
	for i := range row {
		b, p := s.basis[i*d:i*d+d], s.pivot[i]
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
