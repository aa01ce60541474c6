package volume

import (
	"math"
	"slices"
)

// verify proves that the exact polytope is simple, with the vertices found, each on the
// facets found and on no others; off tells how far each may be from where it was found, in
// any coordinate.
func (m *Meter) verify() bool {
	n := m.body.len()
	m.off = slices.Grow(m.off[:0], n)[:n]
	m.facet = slices.Grow(m.facet[:0], len(m.radius))[:len(m.radius)]
	clear(m.facet)
	for _, f := range m.body.facets {
		m.facet[f] = true
	}
	for v := range n {
		off, ok := m.locate(v)
		if !ok {
			return false
		}
		m.off[v] = off
	}
	return m.inside() && m.knife.closed(&m.body)
}

// farthest is how far from the cube a vertex may be found.
const farthest = 0.5

// locate improves a vertex, and bounds by how much the exact one may differ: where the
// functions c_i of its facets vanish. With R near the inverse of the matrix C of the c_i, and
// x the point, the difference z solves
//
//	C z = -c(x),  so  z = (I - R C) z - R c(x),
//
// and where all rows of |I - R C| have a sum of at most a < 1, there is exactly one solution,
// and its largest coordinate is at most that of |R c(x)| / (1 - a).
func (m *Meter) locate(v int) (off float64, ok bool) {
	d := m.dim
	facets, x := m.body.facetsOf(v), m.vertex(v)
	if !m.invert(facets) {
		return 0, false
	}
	r := m.inverse
	m.residuals(facets, x)
	for k := range x {
		step := 0.0
		for j := range d {
			step += float64(r[k*d+j] * m.residual[j])
		}
		x[k] -= step
		if !(x[k] >= -farthest && x[k] <= 1+farthest) {
			return 0, false
		}
	}
	m.residuals(facets, x)
	n := float64(d + 4)
	contraction := 0.0
	for k := range d {
		sum, shift := 0.0, 0.0
		for j, f := range facets {
			// What rounding did to c(x): the coordinates are at most twice the cube's.
			size := math.Abs(m.rows[int(f)*(1+d)]) + float64(2*m.norm[f])
			c := math.Abs(m.residual[j])
			shift += float64(math.Abs(r[k*d+j]) * (c + float64(2*roundoff*c) + float64(n*n*roundoff*roundoff*size) + tiny))
		}
		for i := range d {
			g, size := 0.0, 0.0
			if i == k {
				g = 1
			}
			for j := range d {
				p := float64(r[k*d+j] * m.matrix[j*d+i])
				g -= p
				size += math.Abs(p)
			}
			sum += math.Abs(g) + float64(n*roundoff*(size+1))
		}
		contraction, off = max(contraction, sum), max(off, shift)
	}
	if !(contraction <= 0.5) {
		return 0, false
	}
	off = float64(off/(1-contraction)*(1+float64(n*roundoff))) + tiny
	return off, off <= farthest
}

// residuals are the values of facets at a point, computed with twice the precision and then
// rounded: the sum of all terms, and of what rounding takes from each product and each sum
// (T. Ogita, S. M. Rump, S. Oishi, Accurate sum and dot product, 2005, Dot2). With n terms of
// size S the result is off by no more than u times itself, and n² u² S.
func (m *Meter) residuals(facets []int32, x []float64) {
	m.residual = m.residual[:0]
	for _, f := range facets {
		row := m.row(int(f))
		value, rest := row[0], 0.0
		for k, t := range x {
			p := float64(row[1+k] * t)
			rest += math.FMA(row[1+k], t, -p)
			sum := value + p
			back := sum - value
			rest += (value - (sum - back)) + (p - back)
			value = sum
		}
		m.residual = append(m.residual, value+rest)
	}
}

// invert sets matrix to the coefficients of facets and inverse to about its inverse, by
// elimination with partial pivoting.
func (m *Meter) invert(facets []int32) bool {
	d := m.dim
	m.matrix = m.matrix[:0]
	for _, f := range facets {
		m.matrix = append(m.matrix, m.row(int(f))[1:]...)
	}
	m.inverse = slices.Grow(m.inverse[:0], 2*d*d)[:2*d*d]
	r, a := m.inverse[:d*d], m.inverse[d*d:]
	copy(a, m.matrix)
	clear(r)
	for k := range d {
		r[k*d+k] = 1
	}
	for k := range d {
		p := k
		for i := k + 1; i < d; i++ {
			if math.Abs(a[i*d+k]) > math.Abs(a[p*d+k]) {
				p = i
			}
		}
		pivot := a[p*d+k]
		if pivot == 0 {
			return false
		}
		for j := range d {
			a[k*d+j], a[p*d+j] = a[p*d+j], a[k*d+j]
			r[k*d+j], r[p*d+j] = r[p*d+j], r[k*d+j]
			a[k*d+j] /= pivot
			r[k*d+j] /= pivot
		}
		for i := range d {
			c := a[i*d+k]
			if i == k || c == 0 {
				continue
			}
			for j := range d {
				a[i*d+j] -= float64(c * a[k*d+j])
				r[i*d+j] -= float64(c * r[k*d+j])
			}
		}
	}
	return true
}

// inside proves that every exact vertex lies in the interior of all half-spaces but those of
// its own facets.
func (m *Meter) inside() bool {
	d, n := m.dim, m.body.len()
	m.bound(m.at)
	m.centre = slices.Grow(m.centre[:0], d)[:d]
	clear(m.centre)
	most := 0.0
	for v := range n {
		for k, x := range m.vertex(v) {
			m.centre[k] += x
		}
		most = max(most, m.off[v])
	}
	for k := range m.centre {
		m.centre[k] /= float64(n)
	}
	terms := float64(d + 4)
	for i := range m.radius {
		row := m.row(i)
		// What is not the value at the point found: rounding, and the distance.
		slack := float64(terms * roundoff * (math.Abs(row[0]) + float64(2*m.norm[i])))
		norm := float64(m.norm[i] * (1 + float64(terms*roundoff)))
		if !m.facet[i] && m.most(row)+slack+float64(norm*most) < 0 {
			continue
		}
		for v := range n {
			if m.facet[i] && slices.Contains(m.body.facetsOf(v), int32(i)) {
				continue
			}
			value := row[0]
			for k, x := range m.vertex(v) {
				value += float64(row[1+k] * x)
			}
			if !(value+slack+float64(norm*m.off[v]) < 0) {
				return false
			}
		}
	}
	return true
}
