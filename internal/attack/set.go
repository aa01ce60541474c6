package attack

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/netmend/netmend/internal/oracle"
)

// Kinds of input sets. The first are boxes.
const (
	box     = "box"
	flat    = "flat box"
	tiny    = "tiny box"
	huge    = "huge box"
	point   = "point"
	segment = "segment"
	through = "segment through breakpoints"
	polygon = "polygon"
	edge    = "polygon along breakpoints"
	large   = "large segment"
)

// set is a set of inputs in all notations. Corners are the ends of a box, the point, the
// ends of the segment or the corners of the polygon.
type set struct {
	kind    string
	corners [][]float64
	// special is a point of the set where units tie, up to rounding; nil for none.
	special []float64
}

// newSet is a random set.
func newSet(rng *rand.Rand, kind string, dim int) set {
	s := set{kind: kind}
	quarter := func(n int) float64 { return float64(rng.IntN(2*n+1)-n) / 4 }
	switch kind {
	case point:
		s.corners = [][]float64{vector(dim, func(int) float64 { return quarter(8) })}
	case segment:
		for len(s.corners) < 2 || equal(s.corners[0], s.corners[1]) {
			s.corners = append(s.corners[:min(1, len(s.corners))], vector(dim, func(int) float64 { return quarter(12) }))
		}
	case through:
		// A point on which much ties lies at a parameter that is not a float64.
		middle := vector(dim, func(int) float64 { return float64(rng.IntN(3) - 1) })
		step := vector(dim, func(int) float64 { return float64(1 + rng.IntN(3)) })
		unit := []float64{0.1, 0.5, 0.3, 1}[rng.IntN(4)]
		s.corners = [][]float64{
			vector(dim, func(i int) float64 { return middle[i] - float64(unit*step[i]) }),
			nil,
		}
		more := float64(2 + rng.IntN(4))
		s.corners[1] = vector(dim, func(i int) float64 { return middle[i] + float64(more*unit*step[i]) })
		s.special = middle
	case large:
		s.corners = [][]float64{vector(dim, func(int) float64 { return -0x1p20 }), vector(dim, func(int) float64 { return 0x1p20 - float64(rng.IntN(3)) })}
	case polygon:
		s.corners = newPolygon(rng, dim)
	default:
		s.corners = newBox(rng, kind, dim)
	}
	return s
}

// along is a set at the zeros of a linear function with the coefficients w and the
// constant w[dim]: a segment that crosses them, or a polygon with a side on them. They
// are exact or rounded. It is the plain set of the kind where w does not depend on the
// inputs.
func along(rng *rand.Rand, w []float64, kind string) set {
	dim := len(w) - 1
	i := rng.IntN(dim)
	if w[i] == 0 || dim == 1 && kind == edge {
		return newSet(rng, map[string]string{edge: polygon, through: through}[kind], dim)
	}
	unit := []float64{0.1, 0.25, 1}[rng.IntN(3)]
	zero := func() []float64 {
		x := vector(dim, func(int) float64 { return float64(float64(rng.IntN(21)-10) * unit) })
		x[i] = -w[dim] / w[i]
		for k, v := range w[:dim] {
			if k != i {
				x[i] -= v * x[k] / w[i]
			}
		}
		return x
	}
	p, q := zero(), vector(dim, func(int) float64 { return float64(rng.IntN(9) - 4) })
	move := func(x []float64, by float64) []float64 {
		return vector(dim, func(i int) float64 { return x[i] + float64(by*q[i]) })
	}
	if equal(q, make([]float64, dim)) {
		return newSet(rng, through, dim)
	}
	if kind == through {
		return set{through, [][]float64{move(p, float64(-unit*float64(1+rng.IntN(3)))), move(p, float64(unit*float64(1+rng.IntN(7))))}, p}
	}
	other := zero()
	direction := vector(dim, func(i int) float64 { return other[i] - p[i] })
	if parallel(direction, q) {
		return newSet(rng, polygon, dim)
	}
	return set{edge, [][]float64{p, other, move(p, 1)}, p}
}

func vector(dim int, f func(int) float64) []float64 {
	v := make([]float64, dim)
	for i := range v {
		v[i] = f(i)
	}
	return v
}

func equal(x, y []float64) bool {
	for i := range x {
		if x[i] != y[i] {
			return false
		}
	}
	return true
}

func newBox(rng *rand.Rand, kind string, dim int) [][]float64 {
	at := func(int) float64 { return float64(rng.IntN(9)-4) / 2 }
	size := func(int) float64 { return float64(1+rng.IntN(8)) / 2 }
	switch kind {
	case flat:
		fixed := rng.IntN(dim)
		size = func(i int) float64 {
			if i == fixed || rng.IntN(3) == 0 {
				return 0
			}
			return float64(1+rng.IntN(8)) / 2
		}
	case tiny:
		size = func(int) float64 { return 1e-8 }
	case huge:
		at = func(int) float64 { return []float64{-1e9, -1e9, -1e6, 0}[rng.IntN(4)] }
		size = func(int) float64 { return []float64{2e9, 2e9, 1e9 + 1, 1e6}[rng.IntN(4)] }
	}
	lo := vector(dim, at)
	if kind == tiny && rng.IntN(2) == 0 {
		for i := range lo { // a breakpoint in the middle
			lo[i] -= 5e-9
		}
	}
	hi := vector(dim, func(i int) float64 { return lo[i] + size(i) })
	if kind == huge && dim > 1 && rng.IntN(3) == 0 {
		i := rng.IntN(dim)
		lo[i] = float64(rng.IntN(21)-10) / 10
		hi[i] = lo[i]
	}
	return [][]float64{lo, hi}
}

// newPolygon is a triangle or a parallelogram in a plane spanned by two vectors.
func newPolygon(rng *rand.Rand, dim int) [][]float64 {
	for {
		at := vector(dim, func(int) float64 { return float64(rng.IntN(9)-4) / 2 })
		u := vector(dim, func(int) float64 { return float64(rng.IntN(7) - 3) })
		v := vector(dim, func(int) float64 { return float64(rng.IntN(7) - 3) })
		if parallel(u, v) {
			continue
		}
		sum := func(a, b float64) []float64 {
			return vector(dim, func(i int) float64 { return at[i] + float64(a*u[i]) + float64(b*v[i]) })
		}
		if rng.IntN(2) == 0 {
			return [][]float64{at, sum(1, 0), sum(0, 1)}
		}
		return [][]float64{at, sum(1, 0), sum(1, 1), sum(0, 1)}
	}
}

func parallel(u, v []float64) bool {
	for i := range u {
		for j := range u {
			if u[i]*v[j] != u[j]*v[i] {
				return false
			}
		}
	}
	return true
}

// cell is the set with its numbers as float64.
func (s set) cell() *oracle.Cell { return s.cellOf(oracle.Float) }

// decimalCell is the set with its numbers as they are written, the meaning of a file in
// VNN-LIB.
func (s set) decimalCell() *oracle.Cell { return s.cellOf(decimal) }

// decimal is the number that the shortest text of a float64 states.
func decimal(f float64) oracle.Rat {
	r, ok := new(big.Rat).SetString(text(f))
	if !ok {
		panic(text(f))
	}
	return r
}

func text(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func (s set) cellOf(number func(float64) oracle.Rat) *oracle.Cell {
	var corners [][]oracle.Rat
	for _, x := range s.corners {
		c := make([]oracle.Rat, len(x))
		for i := range x {
			c[i] = number(x[i])
		}
		corners = append(corners, c)
	}
	switch s.kind {
	case point:
		return oracle.Point(corners[0])
	case segment, through, large:
		return oracle.Segment(corners[0], corners[1])
	case polygon, edge:
		return oracle.Polygon(corners)
	}
	return oracle.Box(corners[0], corners[1])
}

// free are the coordinates of a box that vary.
func (s set) free() []int {
	var free []int
	for i := range s.corners[0] {
		if s.corners[0][i] != s.corners[1][i] {
			free = append(free, i)
		}
	}
	return free
}

// input is the box as a flag.
func (s set) input() string {
	var sides []string
	for i, lo := range s.corners[0] {
		if hi := s.corners[1][i]; hi != lo {
			sides = append(sides, text(lo)+":"+text(hi))
		} else {
			sides = append(sides, text(lo))
		}
	}
	return "--input=" + strings.Join(sides, ",")
}

// declarations are those of the variables of a property in VNN-LIB.
func declarations(inputs, outputs int) string {
	var b strings.Builder
	for i := range inputs {
		fmt.Fprintf(&b, "(declare-const X_%d Real)\n", i)
	}
	for j := range outputs {
		fmt.Fprintf(&b, "(declare-const Y_%d Real)\n", j)
	}
	return b.String()
}

// bounds are the bounds of a box in VNN-LIB, the lower one of an input strict where it is
// open (-1 for none).
func (s set) bounds(open int) []string {
	var bounds []string
	for i := range s.corners[0] {
		op := ">="
		if i == open {
			op = ">"
		}
		bounds = append(bounds, fmt.Sprintf("(%s X_%d %s)", op, i, plain(s.corners[0][i])), fmt.Sprintf("(<= X_%d %s)", i, plain(s.corners[1][i])))
	}
	return bounds
}

// plain is a number without an exponent.
func plain(f float64) string {
	r := decimal(f)
	return r.FloatString(60)
}

// item is the set as a field of a specification.
func (s set) item() string {
	switch s.kind {
	case point:
		return `"point": ` + list(s.corners[0])
	case segment, through, large:
		return `"segment": {"from": ` + list(s.corners[0]) + `, "to": ` + list(s.corners[1]) + "}"
	}
	var corners []string
	for _, x := range s.corners {
		corners = append(corners, list(x))
	}
	return `"polygon": [` + strings.Join(corners, ", ") + "]"
}

func list(x []float64) string {
	t := make([]string, len(x))
	for i, v := range x {
		t[i] = text(v)
	}
	return "[" + strings.Join(t, ", ") + "]"
}
