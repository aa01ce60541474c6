package solve

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/set"
)

const (
	// MaxVertexDim is the largest dimension in which vertices are enumerated: the
	// enumeration starts from a box with 2^dim of them.
	MaxVertexDim = 12
	// MaxVertices is the number of vertices after which the enumeration gives up
	// with ErrTooLarge. Its time grows with the third power of the number.
	MaxVertices = 20_000
	// onTolerance is the distance of a vertex from a row, relative to the size
	// of the box and the coordinates, within which it counts as on it.
	onTolerance = 1e-11
)

// Vertices are the vertices of the closure of p, in lexicographic order; none
// if it is empty. Vertices closer to each other than Tolerance are merged. It
// fails with ErrUnbounded, and with ErrTooLarge where there are more than
// MaxVertices or the dimension is above MaxVertexDim.
//
// Algorithm: the double description method. A box around p is cut with one row
// after the other; a vertex carries the set of rows that are tight there, and
// new vertices lie on the edges that a row cuts. Two vertices make an edge iff
// no third one is tight in all rows in which both are (K. Fukuda, A. Prodon,
// Double description method revisited, 1996, proposition 7). At the end each
// vertex is computed anew from its tight rows.
func Vertices(p set.Polyhedron) ([][]float64, error) {
	d, err := describe(p)
	if err != nil {
		return nil, err
	}
	return d.points(), nil
}

// Polytope is the closure of p with its vertices and without redundant rows. It
// fails as Vertices does.
func Polytope(p set.Polyhedron) (set.Polytope, error) {
	q, err := Reduce(p.Closure())
	if err != nil {
		return set.Polytope{}, err
	}
	vertices, err := Vertices(q)
	if err != nil {
		return set.Polytope{}, err
	}
	return set.Polytope{Dim: p.Dim, Vertices: vertices, HalfSpaces: q.Rows}, nil
}

// description is a polytope by its vertices, each with the rows that are tight
// there.
type description struct {
	dim      int
	rows     []set.HalfSpace // those of the starting box first, normals of length 1
	vertices []vertex
	size     float64 // of the starting box and the coordinates
}

type vertex struct {
	x     []float64
	tight bitset
}

func (d *description) points() [][]float64 {
	points := make([][]float64, len(d.vertices))
	for i, v := range d.vertices {
		points[i] = v.x
	}
	return points
}

// describe enumerates the vertices of the closure of p.
func describe(p set.Polyhedron) (*description, error) {
	box, err := BoundingBox(p)
	if err != nil {
		return nil, err
	}
	if box.Empty() {
		return &description{dim: p.Dim}, nil
	}
	if !box.Bounded() {
		return nil, fmt.Errorf("vertices: %w", ErrUnbounded)
	}
	if p.Dim > MaxVertexDim {
		return nil, fmt.Errorf("vertices in %d dimensions, at most %d: %w", p.Dim, MaxVertexDim, ErrTooLarge)
	}
	d := startingBox(box)
	for _, h := range tightest(p.Closure()).Rows {
		size := length(h.Normal)
		if size == 0 {
			return &description{dim: p.Dim}, nil
		}
		if err := d.cut(set.HalfSpace{Normal: scaled(h.Normal, 1/size), Offset: h.Offset / size}); err != nil {
			return nil, err
		}
	}
	for i := range d.vertices {
		d.polish(&d.vertices[i])
	}
	d.merge()
	return d, nil
}

// startingBox is a box with all of the given one in its interior.
func startingBox(box set.Box) *description {
	n := box.Dim()
	d := &description{dim: n, size: 1}
	for j, lo := range box.Lo {
		d.size = max(d.size, math.Abs(lo), math.Abs(box.Hi[j]))
	}
	wide := box.Clone()
	for j, lo := range box.Lo {
		room := max((box.Hi[j]-lo)/2, d.size*math.Sqrt(onTolerance))
		wide.Lo[j] -= room
		wide.Hi[j] += room
	}
	d.rows = wide.Polyhedron().Rows // upper bound of coordinate j first: 2j, then 2j+1
	for corner := range 1 << n {
		v := vertex{x: make([]float64, n)}
		for j := range n {
			if corner>>j&1 == 1 {
				v.x[j] = wide.Hi[j]
				v.tight = v.tight.with(2 * j)
			} else {
				v.x[j] = wide.Lo[j]
				v.tight = v.tight.with(2*j + 1)
			}
		}
		d.vertices = append(d.vertices, v)
	}
	return d
}

// cut cuts the polytope with a half-space whose normal has length 1.
func (d *description) cut(h set.HalfSpace) error {
	row := len(d.rows)
	d.rows = append(d.rows, h)
	on := onTolerance * d.size
	var inside, outside, kept []int
	beyond := make([]float64, len(d.vertices))
	for i := range d.vertices {
		v := &d.vertices[i]
		beyond[i] = -h.Slack(v.x)
		switch {
		case beyond[i] > on:
			outside = append(outside, i)
			continue
		case beyond[i] < -on:
			inside = append(inside, i)
		default:
			v.tight = v.tight.with(row)
		}
		kept = append(kept, i)
	}
	if len(outside) == 0 {
		return nil
	}
	var next []vertex
	for _, i := range kept {
		next = append(next, d.vertices[i])
	}
	for _, i := range inside {
		for _, o := range outside {
			common := d.vertices[i].tight.and(d.vertices[o].tight)
			if common.count() < d.dim-1 || !d.edge(i, o, common) {
				continue
			}
			if len(next) >= MaxVertices {
				return fmt.Errorf("vertices: %w", ErrTooLarge)
			}
			// x_i + t (x_o - x_i) with the weights summed up so that neither end
			// is favoured.
			total := beyond[o] - beyond[i]
			x := make([]float64, d.dim)
			for j := range x {
				x[j] = d.vertices[i].x[j]*(beyond[o]/total) - d.vertices[o].x[j]*(beyond[i]/total)
			}
			next = append(next, vertex{x, common.with(row)})
		}
	}
	d.vertices = next
	return nil
}

// edge tells whether two vertices with these common tight rows make an edge.
func (d *description) edge(i, o int, common bitset) bool {
	for k := range d.vertices {
		if k != i && k != o && common.in(d.vertices[k].tight) {
			return false
		}
	}
	return true
}

// polish computes a vertex anew as the point where its tight rows hold with
// equality, if they determine it well.
func (d *description) polish(v *vertex) {
	n := d.dim
	var a [][]float64
	for i := range d.rows {
		if v.tight.has(i) {
			h := d.rows[i]
			a = append(a, append(slices.Clone(h.Normal), h.Slack(v.x)))
		}
	}
	// Gauss-Jordan elimination for the correction, with full pivoting.
	column := make([]int, 0, n)
	for k := range n {
		bi, bj, best := -1, -1, 0.0
		for i := k; i < len(a); i++ {
			for j := range n {
				if t := math.Abs(a[i][j]); t > best && !slices.Contains(column, j) {
					bi, bj, best = i, j, t
				}
			}
		}
		if best < rankTolerance {
			return
		}
		a[k], a[bi] = a[bi], a[k]
		column = append(column, bj)
		for i := range a {
			if f := a[i][bj] / a[k][bj]; i != k && f != 0 {
				for j, t := range a[k] {
					a[i][j] -= f * t
				}
			}
		}
	}
	correction := make([]float64, n)
	for k, j := range column {
		correction[j] = a[k][n] / a[k][j]
	}
	if length(correction) > Tolerance*d.size {
		return
	}
	for j, t := range correction {
		v.x[j] += t
	}
}

// merge sorts the vertices and merges those closer than Tolerance.
func (d *description) merge() {
	slices.SortFunc(d.vertices, func(a, b vertex) int { return slices.Compare(a.x, b.x) })
	var merged []vertex
	for _, v := range d.vertices {
		same := false
		for k := len(merged) - 1; k >= 0 && d.dim > 0 && merged[k].x[0] >= v.x[0]-Tolerance; k-- {
			if near(merged[k].x, v.x, Tolerance) {
				merged[k].tight = merged[k].tight.or(v.tight)
				same = true
				break
			}
		}
		if !same {
			merged = append(merged, v)
		}
	}
	d.vertices = merged
}

// Polygon is the closure of a bounded polyhedron in the plane as its vertices,
// counterclockwise from the lexicographically smallest; two of a segment, one
// of a point, none of the empty set.
func Polygon(p set.Polyhedron) ([][2]float64, error) {
	if p.Dim != 2 {
		panic("solve: Polygon of a polyhedron that is not in the plane")
	}
	vertices, err := Vertices(p)
	if err != nil {
		return nil, err
	}
	return counterclockwise(vertices), nil
}

// counterclockwise orders the vertices of a convex polygon, given in
// lexicographic order.
func counterclockwise(vertices [][]float64) [][2]float64 {
	polygon := make([][2]float64, len(vertices))
	for i, v := range vertices {
		polygon[i] = [2]float64{v[0], v[1]}
	}
	if len(polygon) < 3 {
		return polygon
	}
	o := polygon[0]
	slices.SortStableFunc(polygon[1:], func(a, b [2]float64) int {
		return cmp.Compare(math.Atan2(a[1]-o[1], a[0]-o[0]), math.Atan2(b[1]-o[1], b[0]-o[0]))
	})
	return polygon
}
