package proof

import (
	"math"
	"math/big"
)

// vertex is a point of a simplex: in floats by weights of the corners, which
// sum to 1, each with an error bound, and exactly as the point where one or two
// forms vanish.
type vertex struct {
	w, r  [3]float64
	lines [2]*line    // nil: see corner
	exact *[3]big.Int // homogeneous, none negative
}

// line is where a form vanishes on the simplex; without a form it is the side
// opposite a corner.
type line struct {
	form *form
	side int
}

// coefficients of the line's form at the corners.
func (l *line) coefficients() []big.Int {
	if l.form != nil {
		return l.form.exactly().m
	}
	m := make([]big.Int, 3)
	m[l.side].SetInt64(1)
	return m
}

// corner is corner k of a simplex.
func corner(k int) *vertex {
	v := &vertex{exact: new([3]big.Int)}
	v.w[k] = 1
	v.exact[k].SetInt64(1)
	return v
}

// homogeneous are the exact weights, up to a common positive factor.
func (v *vertex) homogeneous() *[3]big.Int {
	if v.exact != nil {
		return v.exact
	}
	x := new([3]big.Int)
	f := v.lines[0].coefficients()
	if v.lines[1] == nil { // on a segment: f vanishes
		x[0].Set(&f[1])
		x[1].Neg(&f[0])
	} else {
		g := v.lines[1].coefficients()
		var t big.Int
		for k := range 3 {
			i, j := (k+1)%3, (k+2)%3
			x[k].Mul(&f[i], &g[j])
			x[k].Sub(&x[k], t.Mul(&f[j], &g[i]))
		}
	}
	for k := range x {
		if x[k].Sign() < 0 { // all signs are alike
			for j := range x {
				x[j].Neg(&x[j])
			}
			break
		}
	}
	v.exact = x
	return x
}

// middle is a point in the relative interior of the hull of vertices: a mean of
// them in which none weighs more than about twice another. Its numbers are no longer
// than theirs.
func middle(vertices []*vertex) *vertex {
	totals, longest := make([]*big.Int, len(vertices)), 0
	for i, v := range vertices {
		x := v.homogeneous()
		totals[i] = new(big.Int)
		for k := range x {
			totals[i].Add(totals[i], &x[k])
		}
		longest = max(longest, totals[i].BitLen())
	}
	var sum [3]big.Int
	var t big.Int
	for i, v := range vertices {
		for k := range sum {
			sum[k].Add(&sum[k], t.Lsh(&v.homogeneous()[k], uint(longest-totals[i].BitLen())))
		}
	}
	return exactVertex(&sum)
}

// exactVertex is the point with the given weights, none of which is negative, up to
// a common factor.
func exactVertex(x *[3]big.Int) *vertex {
	v := &vertex{exact: x}
	for k, w := range v.weights(len(x)) {
		v.w[k], _ = w.Float64()
		v.r[k] = 2*unit*v.w[k] + math.SmallestNonzeroFloat64
	}
	return v
}

// weights are the exact weights of the first corners, which sum to 1.
func (v *vertex) weights(corners int) []*big.Rat {
	x := v.homogeneous()
	total := new(big.Int)
	for k := range x {
		total.Add(total, &x[k])
	}
	w := make([]*big.Rat, corners)
	for k := range w {
		w[k] = new(big.Rat).SetFrac(&x[k], total)
	}
	return w
}

// between is the point of the edge from a to b where the form, of value fa < 0 or
// > 0 at a and of the other sign at b, vanishes. ra and rb bound the errors of fa
// and fb. on is the line that the edge lies on, nil on a segment.
func between(a, b *vertex, fa, fb, ra, rb float64, on, cut *line) *vertex {
	v := &vertex{}
	if on != nil {
		v.lines = [2]*line{on, cut}
	} else {
		v.lines = [2]*line{cut, nil}
	}
	fa, fb = math.Abs(fa), math.Abs(fb)
	width := fa + fb
	s := fa / width
	// The exact parameter differs from fa/(fa+fb) by at most (ra+rb)/(exact
	// width), and lies in [0, 1] anyway, as s does.
	ds := 1.0
	if d := width*(1-4*unit) - ra - rb; d > 0 {
		ds = min(1, (ra+rb)/d*(1+8*unit)+4*unit)
	}
	if !(s >= 0 && s <= 1 && width <= math.MaxFloat64) {
		s, ds = 0.5, 1 // a value or their distance is beyond float64: anywhere on the edge
	}
	for k := range v.w {
		d := b.w[k] - a.w[k]
		v.w[k] = a.w[k] + s*d
		v.r[k] = (max(a.r[k], b.r[k])+math.Abs(d)*ds+(a.r[k]+b.r[k])*ds+8*unit*(math.Abs(a.w[k])+math.Abs(b.w[k])))*(1+16*unit) + 4*math.SmallestNonzeroFloat64
	}
	return v
}

// enclose is the form at a vertex, with an error bound.
func (f *form) enclose(v *vertex) (value, r float64) {
	var size float64
	for k := range f.c {
		p := f.c[k] * v.w[k]
		value += p
		size += math.Abs(p)
		r += math.Abs(f.c[k])*v.r[k] + f.r[k]*(math.Abs(v.w[k])+v.r[k])
	}
	return value, (r+8*unit*size)*(1+16*unit) + 16*math.SmallestNonzeroFloat64
}

// exactAt is the form at a vertex times a positive factor.
func (f *form) exactAt(v *vertex) *big.Int {
	x, m := v.homogeneous(), f.exactly().m
	sum, p := new(big.Int), new(big.Int)
	for k := range m {
		sum.Add(sum, p.Mul(&m[k], &x[k]))
	}
	return sum
}

// rationalAt is the form at a vertex.
func (f *form) rationalAt(v *vertex) *big.Rat {
	weight := new(big.Int)
	x := v.homogeneous()
	for k := range x {
		weight.Add(weight, &x[k])
	}
	r := rational(f.exactAt(v), f.exactly().e)
	return r.Quo(r, new(big.Rat).SetInt(weight))
}

// sign is the sign of the form at a vertex, exactly; decided tells whether the
// floats sufficed. value and r are the float enclosure.
func (f *form) sign(v *vertex) (sign int, value, r float64, decided bool) {
	value, r = f.enclose(v)
	switch {
	case value > r:
		return 1, value, r, true
	case value < -r:
		return -1, value, r, true
	}
	return f.exactAt(v).Sign(), value, r, false
}
