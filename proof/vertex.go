package proof

import (
	"math"
	"math/big"
	"sync/atomic"
)

// vertex is a point of a simplex: in floats by weights of the corners, which
// sum to 1, each with an error bound, and exactly as the point where one or two
// forms vanish.
type vertex struct {
	w, r  [3]float64
	q     [3]float64                 // r and the roundings of products with w: see enclose
	total float64                    // no less than the sum of |w| and r
	lines [2]*line                   // nil: see corner
	exact atomic.Pointer[[3]big.Int] // homogeneous, none negative
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
	x := new([3]big.Int)
	x[k].SetInt64(1)
	v := &vertex{}
	v.exact.Store(x)
	v.w[k] = 1
	return v.seal()
}

// homogeneous are the exact weights, up to a common positive factor.
func (v *vertex) homogeneous() *[3]big.Int {
	if x := v.exact.Load(); x != nil {
		return x
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
	v.exact.Store(x)
	return x
}

// middle is a point in the relative interior of the hull of vertices: a mean of
// them in which none weighs more than about twice another. Its numbers are no longer
// than theirs.
func middle(vertices []*vertex) *vertex {
	totals, longest := make([]*big.Int, len(vertices)), 0
	for i, v := range vertices {
		totals[i] = v.sum()
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

// sum is that of the exact weights as they stand, with their common factor.
func (v *vertex) sum() *big.Int {
	x, total := v.homogeneous(), new(big.Int)
	for k := range x {
		total.Add(total, &x[k])
	}
	return total
}

// exactVertex is the point with the given weights, none of which is negative, up to
// a common factor.
func exactVertex(x *[3]big.Int) *vertex {
	v := &vertex{}
	v.exact.Store(x)
	for k, w := range v.weights(len(x)) {
		v.w[k], _ = w.Float64()
		v.r[k] = float64(2*unit*v.w[k]) + math.SmallestNonzeroFloat64
	}
	return v.seal()
}

// weights are the exact weights of the first corners, which sum to 1.
func (v *vertex) weights(corners int) []*big.Rat {
	x, total := v.homogeneous(), v.sum()
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
	if d := float64(width*(1-4*unit)) - ra - rb; d > 0 {
		ds = min(1, float64((ra+rb)/d*(1+8*unit))+4*unit)
	}
	if !(s >= 0 && s <= 1 && width <= math.MaxFloat64) {
		s, ds = 0.5, 1 // a value or their distance is beyond float64: anywhere on the edge
	}
	for k := range v.w {
		d := b.w[k] - a.w[k]
		v.w[k] = a.w[k] + float64(s*d)
		v.r[k] = float64((max(a.r[k], b.r[k])+float64(math.Abs(d)*ds)+float64((a.r[k]+b.r[k])*ds)+float64(8*unit*(math.Abs(a.w[k])+math.Abs(b.w[k]))))*(1+16*unit)) + 4*math.SmallestNonzeroFloat64
	}
	return v.seal()
}

// seal prepares the floats for enclose.
func (v *vertex) seal() *vertex {
	v.total = 0
	for k, w := range v.w {
		w = math.Abs(w)
		if v.q[k] = float64((v.r[k] + float64(10*unit*w)) * (1 + 4*unit)); w != 0 {
			v.q[k] += 2 * math.SmallestNonzeroFloat64 // what underflows in this line
		}
		v.total += w + v.r[k]
	}
	v.total = float64(v.total * (1 + 8*unit))
	return v
}

// enclose is the form at a vertex, with an error bound: with exact weights w + d,
// |d| <= r, and exact values c + e, |e| <= f.r, it is off by the sum of |c| r and of
// f.r (|w| + r), and of less than 8 roundings of the products c w, in any order, fused
// or not; each rounding is at most a unit of the sum of |c w|.
func (f *form) enclose(v *vertex) (value, r float64) {
	value = float64(f.c[0]*v.w[0]) + float64(f.c[1]*v.w[1]) + float64(f.c[2]*v.w[2])
	r = float64(math.Abs(f.c[0])*v.q[0]) + float64(math.Abs(f.c[1])*v.q[1]) + float64(math.Abs(f.c[2])*v.q[2]) + float64(f.r*v.total)
	r = float64(r*(1+16*unit)) + 16*math.SmallestNonzeroFloat64
	// The gate that every sign decided in float64 passes: an operation that overflowed
	// leaves an infinity or NaN in the sums, and then nothing is known.
	if !isFinite(value) || !isFinite(r) {
		return 0, math.Inf(1)
	}
	return value, r
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

// sign is the sign of the form at a vertex, exactly; decided reports whether the
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
