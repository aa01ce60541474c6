package proof

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/spec"
)

const (
	// leastSteps bounds the search for the least sum on a cell.
	leastSteps = 300
	// tangentUnits is what the weights of a tangent add up to, nearly.
	tangentUnits = 1 << 30
	// tangentBits is the precision of a tangent's offset.
	tangentBits = 192
)

// shareMost compares the whole of a cell with a share that is to be at most so large: there
// the sum of exp(d_j), a convex function, is to be at least the odds. On the hull of the
// vertices it is nowhere below its tangents, so that one that is at least the odds at all
// vertices shows that; such as that where the sum is least, which float64 looks for. It is
// nil if that was shown, otherwise the place found, an inner point of the hull, to be looked
// at as a vertex is.
//
// Equality, of a strict share, occurs where all d_j are 0 alone, and is not told here; it is
// left open at the place.
func (j *judge) shareMost(s *spec.Share, forms []*form, c *cell) *vertex {
	d := make([][]*big.Rat, len(c.vertices))
	floats := make([][]float64, len(c.vertices))
	for i, v := range c.vertices {
		d[i] = differencesAt(forms, v)
		floats[i] = make([]float64, len(forms))
		for k, r := range d[i] {
			floats[i][k], _ = r.Float64()
		}
	}
	at, weights := leastSum(floats)
	if tangentShows(s, d, weights, j.need.margin) {
		return nil
	}
	return mixture(c.vertices, at)
}

// leastSum is where, on the hull of points, the sum of exponentials of the coordinates is
// least, in weights of the points, and the shares of the exponentials there. It moves weight
// from the point where the sum rises most to the one if it falls most.
func leastSum(points [][]float64) (at, weights []float64) {
	at = make([]float64, len(points))
	for i := range at {
		at[i] = 1 / float64(len(at))
	}
	slopes := make([]float64, len(points))
	x, y := make([]float64, len(points[0])), make([]float64, len(points[0]))
	for range leastSteps {
		clear(x)
		for i, p := range points {
			for k, v := range p {
				x[k] += float64(at[i] * v)
			}
		}
		weights = exponentialShares(x)
		best, worst := -1, -1
		for i, p := range points {
			slopes[i] = 0
			for k, v := range p {
				slopes[i] += float64(weights[k] * v)
			}
			if best < 0 || slopes[i] < slopes[best] {
				best = i
			}
			if at[i] > 0 && (worst < 0 || slopes[i] > slopes[worst]) {
				worst = i
			}
		}
		if !(slopes[worst]-slopes[best] > 0x1p-48*(1+math.Abs(slopes[best]))) {
			break
		}
		// The slope along the move rises; where it is 0 the sum is least.
		low, high := 0.0, at[worst]
		for range 50 {
			t := low + float64((high-low)/2)
			for k := range y {
				y[k] = x[k] + float64(t*(points[best][k]-points[worst][k]))
			}
			slope := 0.0
			for k, w := range exponentialShares(y) {
				slope += float64(w * (points[best][k] - points[worst][k]))
			}
			if slope < 0 {
				low = t
			} else {
				high = t
			}
		}
		if high == at[worst] && low > float64(0.999999*high) {
			low = high
		}
		at[best] += low
		if at[worst] -= low; at[worst] < 0x1p-60 {
			at[worst] = 0
		}
	}
	return at, weights
}

// exponentialShares are exp(x_k) / sum exp(x_j).
func exponentialShares(x []float64) []float64 {
	top := math.Inf(-1)
	for _, v := range x {
		top = max(top, v)
	}
	e, sum := make([]float64, len(x)), 0.0
	for k, v := range x {
		e[k] = portable.Exp(v - top)
		sum += e[k]
	}
	for k := range e {
		e[k] /= sum
	}
	return e
}

// tangentShows reports whether the tangent of log sum exp(d_j) with given weights shows, at
// all points, that it is at least the logarithm of the odds and the margin, or above it
// where the share is strict:
//
//	sum w_j (d_j - log(w_j odds)) >= margin,   w_j from 0, adding up to 1,
//
// is a lower bound of log sum exp(d_j) - log odds by the concavity of the logarithm, for any
// such weights. They are multiples of one number here, and the logarithm of a product that
// is 1 is 0.
func tangentShows(s *spec.Share, d [][]*big.Rat, weights []float64, margin float64) bool {
	units, sum := make([]int64, len(weights)), int64(0)
	for k, w := range weights {
		if w >= 0 && w <= 1 {
			units[k] = int64(math.Round(float64(w * tangentUnits)))
		}
		sum += units[k]
	}
	if sum <= 0 {
		return false
	}
	f := interval.Field{Bits: tangentBits}
	offset := new(big.Rat).SetFloat64(margin)
	for _, n := range units {
		if n == 0 {
			continue
		}
		w := big.NewRat(n, sum)
		var log float64
		if s.Log == nil {
			log = f.Log64(f.Rat(new(big.Rat).Mul(w, s.Odds)), true)
		} else {
			odds := f.Sub(f.Exp(f.Rat(s.Log)), f.Int(1))
			log = f.Log64(f.Mul(odds, f.Rat(w)), true)
		}
		l := new(big.Rat)
		if l.SetFloat64(log) == nil {
			return false // not finite
		}
		offset.Add(offset, l.Mul(l, w))
	}
	for _, x := range d {
		value := new(big.Rat)
		for k, n := range units {
			w := big.NewRat(n, sum)
			value.Add(value, w.Mul(w, x[k]))
		}
		if o := value.Cmp(offset); o < 0 || o == 0 && s.Strict {
			return false
		}
	}
	return true
}

// mixture is a point of the hull of vertices with nearly the given weights, its numbers no
// longer than theirs.
func mixture(vertices []*vertex, weights []float64) *vertex {
	totals, longest := make([]*big.Int, len(vertices)), 0
	for i, v := range vertices {
		totals[i] = v.sum()
		longest = max(longest, totals[i].BitLen())
	}
	var sum [3]big.Int
	var t big.Int
	for i, v := range vertices {
		// The total is between a half and once the power of two that it is brought to.
		m, _ := new(big.Float).SetMantExp(new(big.Float).SetInt(totals[i]), -totals[i].BitLen()).Float64()
		w := weights[i]
		if !(w >= 0 && w <= 1) {
			w = 1
		}
		n := big.NewInt(int64(math.Round(float64(w / m * (1 << 40)))))
		n.Lsh(n, uint(longest-totals[i].BitLen()))
		for k := range sum {
			sum[k].Add(&sum[k], t.Mul(n, &v.homogeneous()[k]))
		}
	}
	return exactVertex(&sum)
}
