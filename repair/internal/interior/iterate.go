package interior

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
)

// iterate is a point of the method. With weights w1 on sum |x_i| and wt on t, rows
// scaled to length 1 and x = pos - neg, it keeps
//
//	pos + neg + room = t,  t + top = bound                   (primal)
//	zpos = w1 + q + w,  zneg = w1 - q + w,  q = A^T y         (dual)
//	over = sum w - wt - excess
//
// with everything but q, x, t and excess positive; rows are met up to rest, which
// shrinks as excess does.
type iterate struct {
	p      *Program
	w1, wt float64
	unit   float64 // the objective is divided by it
	length []float64
	b      []float64 // scaled right-hand sides
	size   float64   // 1 + the largest of them

	pos, neg, room, zpos, zneg, w, q, x []float64 // by slot
	s, y, rest                          []float64 // by row
	t, top, over, excess                float64
	missing                             float64 // largest violation of a row

	// The Newton system: m, its factor, u and the scalar c of package doc.
	m, factor blas.Mat
	u         []float64
	c         float64

	h, fe, d1       []float64 // by slot: weights, (pos-neg weights)/sum, right-hand side
	mp, mn, mr      []float64 // second-order terms of the corrector
	dp, dn, dw, dq  []float64 // direction
	dx              []float64
	ms, ds, dy, rhs []float64
	mt, dt, dover   float64
	part            []float64 // partial sums by slot
	scratch         []float64 // by row
}

// firstRoom is how much larger than what a single row needs the first t is.
const firstRoom = 30

// firstMultiplier is, times the weight of a change, the first multiplier of its
// bound: well above those of the solution, from where the method finds its way in
// half the iterations.
const firstMultiplier = 30

func newIterate(p *Program, winf float64) *iterate {
	n, k := len(p.channels)*p.in, len(p.b)
	s := &iterate{p: p, unit: max(1, winf), length: make([]float64, k), b: make([]float64, k), size: 1}
	s.w1, s.wt = 1/s.unit, winf/s.unit
	need := 0.0
	for i, l := range p.length {
		if l == 0 {
			l = 1
		}
		s.length[i], s.b[i] = l, p.b[i]/l
		s.size = max(s.size, math.Abs(s.b[i]))
		if p.b[i] < 0 && p.sumAbs[i] > 0 {
			need = max(need, -p.b[i]/p.sumAbs[i])
		}
	}
	for _, v := range []*[]float64{
		&s.pos, &s.neg, &s.room, &s.zpos, &s.zneg, &s.w, &s.q, &s.x, &s.h, &s.fe, &s.d1,
		&s.mp, &s.mn, &s.mr, &s.dp, &s.dn, &s.dw, &s.dq, &s.dx,
	} {
		*v = make([]float64, n)
	}
	for _, v := range []*[]float64{&s.s, &s.y, &s.rest, &s.u, &s.ms, &s.ds, &s.dy, &s.rhs, &s.scratch} {
		*v = make([]float64, k)
	}
	s.m, s.factor = blas.NewMat(k, k), blas.NewMat(k, k)
	s.part = make([]float64, len(p.channels))
	s.start(need)
	return s
}

// start sets the first iterate: x = 0, the bounds and their multipliers met
// exactly, about central.
func (s *iterate) start(need float64) {
	p := s.p
	s.t = p.bound
	if s.wt > 0 {
		s.t = min(p.bound/2, firstRoom*need)
		if s.t == 0 {
			s.t = float64(p.bound / 2)
		}
	}
	w := float64(firstMultiplier * s.w1)
	mu := float64(s.t / 3 * (s.w1 + w))
	for k, b := range s.b {
		s.s[k] = max(b, s.t*p.sumAbs[k]/s.length[k]/2, 1e-3)
		s.y[k] = mu / s.s[k]
	}
	s.products(s.q, s.y)
	largest := 0.0
	for _, q := range s.q {
		largest = max(largest, math.Abs(q))
	}
	if most := float64((s.w1 + w) / 2); largest > most {
		for k := range s.y {
			s.y[k] = float64(s.y[k] * (most / largest))
		}
		for i := range s.q {
			s.q[i] = float64(s.q[i] * (most / largest))
		}
	}
	for i, q := range s.q {
		s.pos[i], s.neg[i], s.room[i] = s.t/3, s.t/3, s.t/3
		s.w[i], s.zpos[i], s.zneg[i] = w, s.w1+q+w, s.w1-q+w
	}
	if s.wt > 0 {
		s.top = p.bound - s.t
		s.over = mu / s.top
		s.excess = float64(w*float64(len(s.w))) - s.wt - s.over
	}
}

// products computes dst = A^T y for the scaled rows.
func (s *iterate) products(dst, y []float64) {
	for k, v := range y {
		s.scratch[k] = v / s.length[k]
	}
	s.p.transposed(dst, s.scratch)
}

// apply computes dst = A x for the scaled rows.
func (s *iterate) apply(dst, x []float64) {
	s.p.times(dst, x)
	for k, l := range s.length {
		dst[k] /= l
	}
}

// evaluate computes x, the rests of the rows, and by how much the worst is
// violated.
func (s *iterate) evaluate() {
	for i, v := range s.pos {
		s.x[i] = v - s.neg[i]
	}
	s.apply(s.rest, s.x)
	s.missing = 0
	for k, ax := range s.rest {
		s.missing = max(s.missing, ax-s.b[k])
		s.rest[k] = s.b[k] - ax - s.s[k]
	}
}

// primal is the objective of x.
func (s *iterate) primal() float64 {
	sum, largest := 0.0, 0.0
	for _, v := range s.x {
		sum += math.Abs(v)
		largest = max(largest, math.Abs(v))
	}
	return float64(s.w1*sum) + float64(s.wt*largest)
}

// dual is the bound that y proves, but for rounding.
func (s *iterate) dual() float64 {
	over := 0.0
	for _, q := range s.q {
		over += max(0, math.Abs(q)-s.w1)
	}
	value := float64(-s.p.bound * max(0, over-s.wt))
	for k, y := range s.y {
		value -= float64(s.b[k] * y)
	}
	return value
}

// farkas reports whether y proves that no x with |x_i| <= bound meets the rows.
func (s *iterate) farkas() bool {
	value, size := 0.0, 0.0
	for k, y := range s.y {
		value += float64(s.b[k] * y)
		size += math.Abs(s.b[k] * y)
	}
	if value >= 0 {
		return false
	}
	for _, q := range s.q {
		value += float64(s.p.bound * math.Abs(q))
	}
	return value < -certain*size
}

// sound reports whether the iterate is still one.
func (s *iterate) sound() bool {
	for _, v := range s.y {
		if !(v > 0) || math.IsInf(v, 1) {
			return false
		}
	}
	return !math.IsNaN(s.t) && s.t > 0
}
