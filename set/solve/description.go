package solve

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
)

// description is a polytope by its vertices, as if every offset were enlarged
// by an infinitely small amount: by e_0 for the first row, e_1, infinitely
// smaller, for the second, and so on. So it is simple, and full-dimensional
// unless empty. The coordinates are those without the enlargement.
type description struct {
	dim      int
	rows     []set.HalfSpace // those of the starting box first; normals of length 1
	integral [][]*big.Int    // the rows, normal and offset, times a power of two; nil until needed
	vertices []vertex
	size     float64 // the largest coordinate, at least 1
}

// vertex is where its rows, ascending, hold with equality.
type vertex struct {
	x    []float64
	off  float64 // how far, at most, x is from the exact point
	rows []int
}

// newDescription starts with a box that has all of the given one in its
// interior.
func newDescription(box set.Box) *description {
	n := box.Dim()
	d := &description{dim: n, size: 1}
	for j, lo := range box.Lo {
		d.size = max(d.size, math.Abs(lo), math.Abs(box.Hi[j]))
	}
	wide := box.Clone()
	for j, lo := range box.Lo {
		room := max((box.Hi[j]-lo)/2, d.size*1e-3)
		wide.Lo[j] -= room
		wide.Hi[j] += room
	}
	d.size = float64(d.size * 3)
	d.rows = wide.Polyhedron().Rows // of coordinate j: 2j is the upper bound, 2j+1 the lower
	for corner := range 1 << n {
		v := vertex{x: make([]float64, n), rows: make([]int, n)}
		for j := range n {
			if corner>>j&1 == 1 {
				v.x[j], v.rows[j] = wide.Hi[j], 2*j
			} else {
				v.x[j], v.rows[j] = wide.Lo[j], 2*j+1
			}
		}
		d.vertices = append(d.vertices, v)
	}
	d.integral = make([][]*big.Int, len(d.rows))
	return d
}

// cut cuts the polytope with a half-space whose normal has length 1.
func (in Solver) cut(d *description, h set.HalfSpace) error {
	row := len(d.rows)
	d.rows, d.integral = append(d.rows, h), append(d.integral, nil)
	var inside, outside []vertex
	for i := range d.vertices {
		if err := in.over(); err != nil {
			return err
		}
		if d.beyond(&d.vertices[i], row) {
			outside = append(outside, d.vertices[i])
		} else {
			inside = append(inside, d.vertices[i])
		}
	}
	if len(outside) == 0 {
		return nil
	}
	// Edges are named by the dim-1 rows that their ends share.
	edges := map[string]struct{}{}
	for _, v := range outside {
		for k := range v.rows {
			edges[edgeName(v.rows, k)] = struct{}{}
		}
	}
	for _, v := range slices.Clip(inside) {
		if err := in.over(); err != nil {
			return err
		}
		for k := range v.rows {
			if _, ok := edges[edgeName(v.rows, k)]; !ok {
				continue
			}
			if len(inside) >= MaxVertices {
				return fmt.Errorf("vertices: %w", ErrTooLarge)
			}
			rows := slices.Delete(slices.Clone(v.rows), k, k+1)
			inside = append(inside, d.locate(append(rows, row)))
		}
	}
	d.vertices = inside
	return nil
}

// edgeName names the rows without the k-th.
func edgeName(rows []int, k int) string {
	name := make([]byte, 0, 4*len(rows))
	for i, r := range rows {
		if i != k {
			name = binary.LittleEndian.AppendUint32(name, uint32(r))
		}
	}
	return string(name)
}

// locate computes the point where the rows hold with equality.
func (d *description) locate(rows []int) vertex {
	n := d.dim
	v := vertex{rows: rows, x: make([]float64, n)}
	normals := set.Matrix{Rows: n, Cols: n, Stride: n, Data: make([]float64, n*n)}
	for i, r := range rows {
		copy(normals.Row(i), d.rows[r].Normal)
	}
	inverse, ok := invert(normals)
	if !ok {
		v.x, v.off = d.exactPoint(rows), d.rounding()
		return v
	}
	size := length(inverse.Data)
	residual := make([]float64, n)
	for range 2 { // solve, then refine
		for i, r := range rows {
			residual[i] = d.rows[r].Slack(v.x)
		}
		for j := range v.x {
			v.x[j] += vector.Dot(inverse.Row(j), residual)
		}
	}
	for i, r := range rows {
		residual[i] = d.rows[r].Slack(v.x)
	}
	// The residual, with the rounding errors of its own computation, times the
	// norm of the inverse bounds the distance; 2 is for the inverse's error.
	v.off = float64(2 * size * (length(residual) + float64(math.Sqrt(float64(n))*d.rounding())))
	if v.off > Tolerance/100*d.size {
		v.x, v.off = d.exactPoint(rows), d.rounding()
	}
	return v
}

// rounding bounds the rounding errors of a . x - b and of coordinates.
func (d *description) rounding() float64 {
	return float64(float64(d.dim+2) * float64(d.dim+1) * 0x1p-52 * d.size)
}

// beyond reports whether v lies outside a row that comes after all of its own,
// with the offsets enlarged.
func (d *description) beyond(v *vertex, row int) bool {
	value := -d.rows[row].Slack(v.x)
	if bound := float64(2*v.off) + d.rounding(); value > bound {
		return true
	} else if value < -bound {
		return false
	}
	if d.dim == 0 {
		return value > 0
	}
	m := d.matrix(v.rows)
	det := signOfDeterminant(drop(m))
	if s := -det * signOfDeterminant(append(m, d.integers(row))); s != 0 {
		return s > 0
	}
	// The row goes through the exact point: with the enlarged offsets its value
	// is Σ μ_i e_i less its own enlargement, where μ are the coordinates of its
	// normal in the normals of v.
	for i := range v.rows {
		replaced := slices.Clone(m)
		replaced[i] = d.integers(row)
		if s := det * signOfDeterminant(drop(replaced)); s != 0 {
			return s > 0
		}
	}
	return false
}

// matrix is the rows, normals and offsets, as integers.
func (d *description) matrix(rows []int) [][]*big.Int {
	m := make([][]*big.Int, len(rows), len(rows)+1)
	for i, r := range rows {
		m[i] = d.integers(r)
	}
	return m
}

// integers is a row times a power of two.
func (d *description) integers(row int) []*big.Int {
	if d.integral[row] != nil {
		return d.integral[row]
	}
	h := d.rows[row]
	least := math.MaxInt
	for _, x := range append(slices.Clone(h.Normal), h.Offset) {
		if x != 0 {
			_, e := math.Frexp(x)
			least = min(least, e-53)
		}
	}
	r := make([]*big.Int, 0, len(h.Normal)+1)
	for _, x := range append(slices.Clone(h.Normal), h.Offset) {
		f, e := math.Frexp(x)
		v := big.NewInt(int64(math.Ldexp(f, 53)))
		if x != 0 {
			v.Lsh(v, uint(e-53-least))
		}
		r = append(r, v)
	}
	d.integral[row] = r
	return r
}

// drop is the matrix without its last column.
func drop(m [][]*big.Int) [][]*big.Int {
	r := make([][]*big.Int, len(m))
	for i := range m {
		r[i] = m[i][:len(m)]
	}
	return r
}

// signOfDeterminant is that of a square matrix of integers, by elimination
// without fractions (E. Bareiss, 1968).
func signOfDeterminant(m [][]*big.Int) int {
	n := len(m)
	a := make([][]*big.Int, n)
	for i := range m {
		a[i] = make([]*big.Int, n)
		for j := range a[i] {
			a[i][j] = new(big.Int).Set(m[i][j])
		}
	}
	sign := 1
	previous, product := big.NewInt(1), new(big.Int)
	for k := range n {
		pivot := k
		for pivot < n && a[pivot][k].Sign() == 0 {
			pivot++
		}
		if pivot == n {
			return 0
		}
		if pivot != k {
			a[pivot], a[k] = a[k], a[pivot]
			sign = -sign
		}
		for i := k + 1; i < n; i++ {
			for j := k + 1; j < n; j++ {
				v := a[i][j]
				v.Mul(v, a[k][k])
				v.Sub(v, product.Mul(a[i][k], a[k][j]))
				v.Quo(v, previous)
			}
		}
		previous = a[k][k]
	}
	return sign * a[n-1][n-1].Sign()
}

// exactPoint solves for the point of the rows in rational arithmetic.
func (d *description) exactPoint(rows []int) []float64 {
	n := d.dim
	a := make([][]*big.Rat, n)
	for i, r := range d.matrix(rows) {
		a[i] = make([]*big.Rat, n+1)
		for j, v := range r {
			a[i][j] = new(big.Rat).SetInt(v)
		}
	}
	product := new(big.Rat)
	for k := range n {
		pivot := k
		for a[pivot][k].Sign() == 0 { // the rows are independent
			pivot++
		}
		a[pivot], a[k] = a[k], a[pivot]
		inverse := new(big.Rat).Inv(a[k][k])
		for j := range a[k] {
			a[k][j].Mul(a[k][j], inverse)
		}
		for i := range a {
			if f := new(big.Rat).Set(a[i][k]); i != k && f.Sign() != 0 {
				for j, v := range a[k] {
					a[i][j].Sub(a[i][j], product.Mul(f, v))
				}
			}
		}
	}
	x := make([]float64, n)
	for j := range x {
		x[j], _ = a[j][n].Float64()
	}
	return x
}
