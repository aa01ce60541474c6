package quadratic

import (
	"math"

	"github.com/netmend/netmend/repair/internal/row"
)

// constraint is a . x <= b; one that only states a bound on a
// coordinate is not the caller's.
type constraint struct {
	a     *row.Row
	b     float64
	bound bool
}

// Program is a quadratic program over the rows present.
type Program struct {
	out, in int
	limit   float64
	free    []bool

	rows    []constraint
	gram    [][]float64 // products a_k . a_l, l <= k
	y       []float64
	passive []bool // rows whose multiplier may be positive
	x       []float64

	// Interrupt, if not nil, is asked before every linear system; where it
	// says so, the solve fails.
	Interrupt func() bool
	// MostBounds, where not 0, is how many violated bounds may become rows until
	// the solve fails: each makes the systems larger.
	MostBounds int
	bounds     int
	// Solves counts the linear systems solved.
	Solves int
}

// New returns a program without rows for out x in numbers, row-major, each at
// most bound in size; free tells which may differ from 0, nil means all.
func New(out, in int, bound float64, free []bool) *Program {
	return &Program{out: out, in: in, limit: bound, free: free, x: make([]float64, out*in)}
}

// AddRow adds the row a . x <= b. a must not change afterwards.
func (p *Program) AddRow(a *row.Row, b float64) { p.add(constraint{a: a, b: b}) }

func (p *Program) add(r constraint) {
	products := make([]float64, len(p.rows)+1)
	for k, q := range p.rows {
		products[k] = row.Dot(r.a, q.a, p.free)
	}
	products[len(p.rows)] = row.Dot(r.a, r.a, p.free)
	p.rows, p.gram = append(p.rows, r), append(p.gram, products)
	p.y, p.passive = append(p.y, 0), append(p.passive, false)
}

// RemoveRows removes the marked ones of the rows added by AddRow.
func (p *Program) RemoveRows(remove []bool) {
	var keep []int
	k := 0
	for i, r := range p.rows {
		gone := false
		if !r.bound {
			gone = remove[k]
			k++
		}
		if !gone {
			keep = append(keep, i)
		}
	}
	p.keepRows(keep)
}

// keepRows keeps the rows with the given indices, which ascend.
func (p *Program) keepRows(keep []int) {
	for n, i := range keep {
		p.rows[n], p.y[n], p.passive[n] = p.rows[i], p.y[i], p.passive[i]
		products := make([]float64, n+1)
		for l, j := range keep[:n+1] {
			products[l] = p.gram[i][j]
		}
		p.gram[n] = products
	}
	n := len(keep)
	p.rows, p.gram, p.y, p.passive = p.rows[:n], p.gram[:n], p.y[:n], p.passive[:n]
}

// Tighten lowers the right-hand sides of the rows added by AddRow by delta.
func (p *Program) Tighten(delta float64) {
	for k := range p.rows {
		if !p.rows[k].bound {
			p.rows[k].b -= delta
		}
	}
}

// Multiplier is the multiplier, >= 0, of the k-th row added by AddRow and present.
func (p *Program) Multiplier(k int) float64 {
	for i, r := range p.rows {
		if r.bound {
			continue
		}
		if k == 0 {
			return p.y[i]
		}
		k--
	}
	return 0
}

// X is the solution of the last solve.
func (p *Program) X() []float64 { return p.x }

// computeX sets x = -A^T y.
func (p *Program) computeX() {
	clear(p.x)
	for k, r := range p.rows {
		y := p.y[k]
		if y == 0 {
			continue
		}
		r.a.AddTo(p.x, -y)
	}
	for i := range p.x {
		if p.free != nil && !p.free[i] {
			p.x[i] = 0
		}
	}
}

// LowerBound is the dual bound on 1/2 sum x_i^2 when every row added by AddRow
// is looser by loosen: -b^T y - sum phi(q_i) with q = A^T y over these rows and
// phi(q) = q^2/2 up to the bound B, B|q| - B^2/2 beyond, less a bound on the
// rounding of this formula. The rows marked in skip, which may be nil, do not
// count.
func (p *Program) LowerBound(loosen float64, skip []bool) float64 {
	q := *p
	q.x, q.y = make([]float64, len(p.x)), append([]float64(nil), p.y...)
	value, terms := 0.0, 0.0
	n := 0
	size := make([]float64, len(p.x)) // |A|^T y
	for k, r := range p.rows {
		if r.bound || (skip != nil && skip[n]) {
			q.y[k] = 0
		}
		if !r.bound {
			n++
		}
		y := q.y[k]
		if y == 0 {
			continue
		}
		value -= float64(y * (r.b + loosen))
		terms += math.Abs(y*r.b) + float64(y*loosen)
		r.a.AddSizes(size, y)
	}
	q.computeX()
	relative := float64(float64(len(p.rows)+4) * roundoff) // of each q_i, to its size
	for i, v := range q.x {
		if p.free != nil && !p.free[i] {
			continue
		}
		a := math.Abs(v) + float64(relative*size[i])
		phi := float64(a * a / 2)
		if a > p.limit {
			phi = float64(p.limit*a) - float64(p.limit*p.limit/2)
		}
		value -= phi
		terms += phi
	}
	return value - float64(float64(len(p.rows)+len(p.x))*roundoff*terms)
}

// roundoff is the unit roundoff of float64, doubled for good measure.
const roundoff = 0x1p-52
