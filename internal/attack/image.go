package attack

import (
	"math/big"

	"github.com/netmend/netmend/internal/oracle"
)

type image struct {
	Complete     bool
	Limit        string
	Lower, Upper []*float64
	Sets         []polyhedron
}

// askImage compares the bounds of an exact image and its extent in random directions,
// and looks for outputs close to its vertices.
func (r *run) askImage(s set, regions []oracle.Region) {
	args := []string{"image", r.path("net.onnx"), s.input(), "--exact", "--sets"}
	var a image
	code, trouble := r.ask(&a, args...)
	if trouble != "" || code != 0 || !a.Complete {
		r.record(Unknown, args, "%s %s", a.Limit, trouble)
		return
	}
	scale := r.scale(regions, s)
	for j := range r.exact.Outputs() {
		e := make([]float64, r.exact.Outputs())
		e[j] = 1
		low, high := extent(regions, e)
		// The bounds are rounded outward.
		if a.Lower[j] == nil || a.Upper[j] == nil || low.Cmp(oracle.Float(*a.Lower[j])) < 0 || high.Cmp(oracle.Float(*a.Upper[j])) > 0 ||
			!close(low, *a.Lower[j], float64(1000*scale)) || !close(high, *a.Upper[j], float64(1000*scale)) {
			r.record(False, args, "output %d lies in [%s, %s], said is [%v, %v]", j, low.FloatString(12), high.FloatString(12), *a.Lower[j], *a.Upper[j])
			return
		}
	}
	for range 3 {
		e := linear(r.rng, r.exact.Outputs())
		_, high := extent(regions, e)
		if most := furthest(a.Sets, e); !close(high, most, float64(8*scale)) {
			r.record(False, args, "%v y is at most %s, at the vertices %v", e, high.FloatString(12), most)
			return
		}
	}
	for _, p := range a.Sets {
		for _, v := range p.Vertices {
			if !gives(regions, v, scale) {
				r.record(False, args, "no output is close to the vertex %v", v)
				return
			}
		}
	}
	r.record(Right, args, "")
}

// extent is the infimum and the supremum of a linear function of the outputs.
func extent(regions []oracle.Region, a []float64) (low, high oracle.Rat) {
	minus := make([]float64, len(a))
	for j, v := range a {
		minus[j] = -v
	}
	high, _ = oracle.Sup(regions, oracle.Floats(a))
	low, _ = oracle.Sup(regions, oracle.Floats(minus))
	return new(big.Rat).Neg(low), high
}

// furthest is the largest value of a linear function at the vertices.
func furthest(sets []polyhedron, a []float64) float64 {
	most, first := 0.0, true
	for _, p := range sets {
		for _, v := range p.Vertices {
			sum := 0.0
			for j, x := range v {
				sum += float64(a[j] * x)
			}
			if first || sum > most {
				most, first = sum, false
			}
		}
	}
	return most
}

// gives reports whether some output is close to y.
func gives(regions []oracle.Region, y []float64, scale float64) bool {
	var part []oracle.HalfSpace
	by := float64(1e-11 * scale)
	for j, v := range y {
		up, down := make([]float64, len(y)), make([]float64, len(y))
		up[j], down[j] = 1, -1
		part = append(part, half{up, v + by, false}.exact(), half{down, by - v, false}.exact())
	}
	return oracle.Find(regions, oracle.Union{part}) != nil
}
