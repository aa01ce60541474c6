package repair

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// parameters are those of two points of an item's set, in the triangle of a
// polygon's fan in which the first and what is next to it on the way to the
// second lies.
func parameters(it *spec.Item, x, towards []float64) (triangle int, p, q []float64) {
	if g := it.Segment; g != nil {
		return 0, []float64{along(g, x)}, []float64{along(g, towards)}
	}
	g := it.Polygon
	a, b := plane(g, x), plane(g, towards)
	beside := [2]float64{a[0] + float64(beginning*(b[0]-a[0])), a[1] + float64(beginning*(b[1]-a[1]))}
	best := math.Inf(-1)
	for k := 1; k+1 < len(g.Plane); k++ {
		w := barycentric(g, k, beside)
		if least := min(w[0], w[1], 1-w[0]-w[1]); least > best {
			best, triangle = least, k-1
		}
	}
	return triangle, barycentric(g, triangle+1, a), barycentric(g, triangle+1, b)
}

// beginning of the way from one point to another.
const beginning = 1e-6

// along is the parameter of a point of a segment.
func along(g *set.Segment, x []float64) float64 {
	num, den := 0.0, 0.0
	for i, a := range g.From {
		d := g.To[i] - a
		num += float64((x[i] - a) * d)
		den += float64(d * d)
	}
	return num / den
}

// plane are the plane coordinates of a point of a polygon.
func plane(g *set.Polygon, x []float64) (p [2]float64) {
	for i, o := range g.Origin {
		p[0] += float64((x[i] - o) * g.U[i])
		p[1] += float64((x[i] - o) * g.V[i])
	}
	return p
}

// barycentric are the weights of the corners k and k+1 in the triangle of them
// and the first.
func barycentric(g *set.Polygon, k int, p [2]float64) []float64 {
	o, a, b := g.Plane[0], g.Plane[k], g.Plane[k+1]
	ax, ay, bx, by := a[0]-o[0], a[1]-o[1], b[0]-o[0], b[1]-o[1]
	x, y := p[0]-o[0], p[1]-o[1]
	det := float64(ax*by) - float64(ay*bx)
	return []float64{(float64(x*by) - float64(y*bx)) / det, (float64(ax*y) - float64(ay*x)) / det}
}

// within are weights moved by no more than roundings so that they are not negative
// and sum to 1 at most, exactly.
func within(w []float64) []float64 {
	out := make([]float64, len(w))
	for {
		sum, t := new(big.Rat), new(big.Rat)
		for i, v := range w {
			out[i] = min(max(v, 0), 1)
			sum.Add(sum, t.SetFloat64(out[i]))
		}
		if sum.Cmp(big.NewRat(1, 1)) <= 0 {
			return out
		}
		s, _ := sum.Float64()
		w = out
		for i := range w {
			w[i] = float64(w[i] / s * (1 - 0x1p-52))
		}
	}
}
