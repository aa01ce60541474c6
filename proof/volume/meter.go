package volume

import (
	"math"
	"slices"
)

// HalfSpace is the part of the unit cube on which an affine function g is at most 0: on the
// cube g differs from Terms[0] + Σ Terms[1+k] t_k by at most Radius.
type HalfSpace struct {
	Terms  []float64
	Radius float64
}

const (
	// roundoff is twice the unit roundoff of float64. The factor 2 is room for the rounding
	// errors of the error bounds themselves.
	roundoff = 0x1p-52
	// tiny is more than products of numbers of the sizes that occur lose by underflow.
	tiny = 0x1p-900
)

// Meter encloses volumes. It holds scratch space and belongs to one goroutine.
type Meter struct {
	dim    int
	rows   []float64 // the cube's facets and the half-spaces, 1+dim numbers each
	radius []float64
	norm   []float64 // Σ|Terms[1+k]|

	knife   knife
	clipped []float64 // the rows that layers are about
	layers  []layer
	depth   int // how many of them are in use
	value   []float64
	lost    []bool

	body body
	at   []float64 // coordinates of the vertices
	off  []float64 // how far the exact ones may be, in each coordinate

	facet                     []bool // the half-spaces that are facets
	lo, hi, centre            []float64
	inverse, matrix, residual []float64

	simplices simplices
	frame     frame
	sum       sum
}

// Enclose encloses the volume of the part of the unit cube of that many dimensions (at least 1)
// that lies in all half-spaces. It returns false if float64 does not tell: where vertices
// are on more facets than there are dimensions, or too close to another facet, or where there
// is no interior.
//
// What is computed is the volume of the polytope P of the half-spaces without their radii,
// c_i(t) <= 0. Let x be a point of it, and τ the largest of all Radius_i / -c_i(x). By
// convexity the polytope asked about, where |g_i - c_i| <= Radius_i, contains what P becomes
// if it is shrunk towards x by the factor 1 - τ, and lies in what it becomes by the factor
// 1 + τ; the cube's own half-spaces have no radius.
//
// Where shift is not 0, half-spaces are moved outward by about so much, and their radii grow
// by that: what lies on more facets than there are dimensions, or nearly so, then does no
// longer.
func (m *Meter) Enclose(dim int, hs []HalfSpace, shift float64) (Interval, bool) {
	if !m.load(dim, hs, shift) || !m.clip() || !m.verify() {
		return Interval{}, false
	}
	tau, ok := m.tau()
	if !ok {
		return Interval{}, false
	}
	i, ok := m.measure()
	smaller, larger := down(1-tau), up(1+tau)
	for range dim {
		i.Lo, i.Hi = max(0, down(float64(i.Lo*smaller))), up(float64(i.Hi*larger))
	}
	i.Hi = min(i.Hi, 1) // no part of the cube has more than its volume
	return i, ok && i.Lo <= i.Hi
}

// Centre is an interior point, of the polytope that was enclosed last. It must not be changed.
func (m *Meter) Centre() []float64 { return m.centre }

// load takes half-spaces over, after those of the cube, scaled so that their largest
// coefficient is from 1/2 to 1.
func (m *Meter) load(dim int, hs []HalfSpace, shift float64) bool {
	m.dim = dim
	m.rows, m.radius, m.norm = m.rows[:0], m.radius[:0], m.norm[:0]
	for k := range 2 * dim {
		n := len(m.rows)
		m.rows = slices.Grow(m.rows, 1+dim)[:n+1+dim]
		row := m.rows[n:]
		clear(row)
		if k%2 == 0 {
			row[1+k/2] = -1
		} else {
			row[0], row[1+k/2] = -1, 1
		}
		m.radius, m.norm = append(m.radius, 0), append(m.norm, 1)
	}
	for i, h := range hs {
		largest := 0.0
		for _, a := range h.Terms[1:] {
			largest = max(largest, math.Abs(a))
		}
		if largest == 0 {
			if h.Terms[0]+h.Radius < 0 { // a sum has the sign of the exact one
				continue
			}
			return false // perhaps 0, on one side of which a split has nothing
		}
		_, e := math.Frexp(largest)
		norm := 0.0
		for k, a := range h.Terms {
			a = math.Ldexp(a, -e)
			if m.rows = append(m.rows, a); k > 0 {
				norm += math.Abs(a)
			}
		}
		radius := math.Ldexp(h.Radius, -e) + tiny
		if shift > 0 {
			by := float64(shift * spread(i))
			constant := &m.rows[len(m.rows)-1-dim]
			*constant -= by
			radius += by + float64(roundoff*(math.Abs(*constant)+by))
		}
		if !(norm+math.Abs(m.rows[len(m.rows)-1-dim])+radius < math.MaxFloat64/4) {
			return false
		}
		m.radius, m.norm = append(m.radius, radius), append(m.norm, norm)
	}
	return true
}

// spread is from 1 to 2, another for each half-space.
func spread(i int) float64 { return 1 + float64(float64(hash(int32(i))>>12)*0x1p-52) }

// tau bounds Radius_i / -c_i(x) from above, for x the vertices' mean; it returns false if x
// is not shown to be an interior point.
func (m *Meter) tau() (float64, bool) {
	x := m.centre
	n, tau := float64(m.dim+4), 0.0
	for _, t := range x {
		if !(t >= 0 && t <= 1) {
			return 0, false
		}
	}
	for i, radius := range m.radius {
		if radius == 0 {
			continue
		}
		row := m.row(i)
		c := row[0] + float64(n*roundoff*(math.Abs(row[0])+float64(2*m.norm[i])))
		for k, t := range x {
			c += float64(row[1+k] * t)
		}
		if !(c < 0) {
			return 0, false
		}
		tau = max(tau, radius/-c)
	}
	tau = float64(tau * (1 + 4*roundoff))
	return tau, tau < 0.5
}

func (m *Meter) row(i int) []float64 { return m.rows[i*(1+m.dim) : (i+1)*(1+m.dim)] }

func (m *Meter) vertex(v int) []float64 { return m.at[v*m.dim : (v+1)*m.dim] }

// layer is the polytope of the first half-spaces, as many as given.
type layer struct {
	rows int
	body body
	at   []float64 // coordinates of the vertices
}

// clip finds the polytope, as float64 sees it; it returns false if it is empty. It goes on
// from what the half-spaces have in common with those clipped last: cells of a tree, one after
// the other, have all in common but a few.
func (m *Meter) clip() bool {
	d := m.dim
	same := 0
	for same < len(m.rows) && same < len(m.clipped) && m.rows[same] == m.clipped[same] {
		same++
	}
	same /= 1 + d
	m.clipped = append(m.clipped[:0], m.rows...)
	for m.depth > 0 && (m.layers[m.depth-1].rows > same || m.layers[m.depth-1].body.dim != d) {
		m.depth--
	}
	if m.depth == 0 {
		l := m.push(2 * d)
		l.body.cube(d)
		l.at = l.at[:0]
		for v := range l.body.len() {
			for k := range d {
				l.at = append(l.at, float64(v>>k&1))
			}
		}
	}
	bounded := false // lo and hi are the box around the vertices
	for i := m.layers[m.depth-1].rows; i < len(m.radius); i++ {
		l, row := &m.layers[m.depth-1], m.row(i)
		if bounded && m.most(row) < 0 {
			continue
		}
		some, all := m.outside(l, row)
		if all {
			return false
		}
		if !some {
			if !bounded {
				m.bound(l.at)
				bounded = true
			}
			continue
		}
		bounded = false
		next := m.push(i + 1)
		l = &m.layers[m.depth-2]
		if !m.knife.cut(&l.body, &next.body, int32(i), m.lost) {
			m.depth--
			return false
		}
		next.at = next.at[:0]
		for _, v := range m.knife.order {
			next.at = append(next.at, l.at[int(v)*d:int(v)*d+d]...)
		}
		for _, e := range m.knife.cross {
			p, q := l.at[int(e.kept)*d:int(e.kept)*d+d], l.at[int(e.lost)*d:int(e.lost)*d+d]
			share := m.value[e.kept] / (m.value[e.kept] - m.value[e.lost])
			for k, x := range p {
				next.at = append(next.at, x+float64(share*(q[k]-x)))
			}
		}
	}
	l := &m.layers[m.depth-1]
	m.body.set(&l.body)
	m.at = append(m.at[:0], l.at...)
	return true
}

// push adds a layer.
func (m *Meter) push(rows int) *layer {
	if m.depth == len(m.layers) {
		m.layers = append(m.layers, layer{})
	}
	l := &m.layers[m.depth]
	l.rows = rows
	m.depth++
	return l
}

// outside finds the vertices of a layer that lie outside of a half-space.
func (m *Meter) outside(l *layer, row []float64) (some, all bool) {
	d, n := m.dim, l.body.len()
	m.value, m.lost = slices.Grow(m.value[:0], n)[:n], slices.Grow(m.lost[:0], n)[:n]
	all = true
	for v := range n {
		value := row[0]
		for k, x := range l.at[v*d : v*d+d] {
			value += float64(row[1+k] * x)
		}
		lost := value > 0
		m.value[v], m.lost[v] = value, lost
		some, all = some || lost, all && lost
	}
	return some, all
}

// bound sets lo and hi to the box around vertices.
func (m *Meter) bound(at []float64) {
	d := m.dim
	m.lo, m.hi = append(m.lo[:0], at[:d]...), append(m.hi[:0], at[:d]...)
	for v := d; v < len(at); v += d {
		for k, x := range at[v : v+d] {
			if x < m.lo[k] {
				m.lo[k] = x
			} else if x > m.hi[k] {
				m.hi[k] = x
			}
		}
	}
}

// most is the maximum of a function on that box, but for rounding.
func (m *Meter) most(row []float64) float64 {
	value := row[0]
	for k, a := range row[1:] {
		if a > 0 {
			value += float64(a * m.hi[k])
		} else {
			value += float64(a * m.lo[k])
		}
	}
	return value
}
