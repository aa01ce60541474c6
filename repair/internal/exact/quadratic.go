package exact

import (
	"math/big"

	"github.com/netmend/netmend/internal/lp"
)

// quadratic minimises ΣD_i²/2 over rows, by the dual method of D. Goldfarb and A. Idnani
// (1983) for the unit matrix: from D = 0 it adds the row that is violated most to the
// active ones, whose multipliers stay positive, and drops those whose multiplier comes down
// to 0 on the way.
type quadratic struct {
	p       *Program
	rows    []Row
	indices []int // of the program's rows

	x      []*big.Rat
	active []int
	y      []*big.Rat // of the active rows
	farkas map[int]*big.Rat
	done   int
}

func newQuadratic(p *Program) *quadratic { return &quadratic{p: p} }

func (q *quadratic) add(a []*big.Rat, b *big.Rat) { q.rows = append(q.rows, Row{a, b, false}) }

func (q *quadratic) addNamed(a []*big.Rat, b *big.Rat) {
	q.indices = append(q.indices, len(q.rows))
	q.add(a, b)
}

func (q *quadratic) change() []*big.Rat { return q.x }
func (q *quadratic) least() *big.Rat    { return q.p.objective.Of(q.x) }
func (q *quadratic) work() int          { return q.done }

func (q *quadratic) clone() relaxer {
	return &quadratic{p: q.p, rows: q.rows[:len(q.rows):len(q.rows)], indices: q.indices[:len(q.indices):len(q.indices)], done: q.done}
}

func (q *quadratic) multipliers() []*big.Rat {
	all := make(map[int]*big.Rat, len(q.active))
	for k, i := range q.active {
		all[i] = q.y[k]
	}
	if q.farkas != nil {
		all = q.farkas
	}
	y := make([]*big.Rat, len(q.indices))
	for k, i := range q.indices {
		if y[k] = all[i]; y[k] == nil {
			y[k] = new(big.Rat)
		}
	}
	return y
}

// perProduct is about how much longer a product of rationals takes than one of words.
const perProduct = 8

func (q *quadratic) solve(limit int) lp.Status {
	q.x, q.active, q.y, q.farkas = zeros(q.p.n), nil, nil, nil
	for !q.p.stop() {
		worst := q.worst()
		if worst < 0 {
			if !q.addBounds() {
				return lp.Optimal
			}
			continue
		}
		for entered := new(big.Rat); ; {
			k := len(q.active) + 1
			words := 1 + q.digits()/8
			if q.done += perProduct * (k*k*(k+q.p.n) + len(q.rows)*q.p.n) * words * words; q.done > limit {
				return lp.Stopped
			}
			in, ok := q.step(worst, entered)
			if !ok {
				return lp.Infeasible
			}
			if in {
				break
			}
		}
	}
	return lp.Stopped
}

// digits is how many words the longest number of the solution has.
func (q *quadratic) digits() int {
	bits := 0
	for _, v := range q.x {
		bits = max(bits, v.Denom().BitLen(), v.Num().BitLen())
	}
	return bits / 64
}

// worst is the row that is violated most; -1 for none.
func (q *quadratic) worst() int {
	best := -1
	var most *big.Rat
	for i := range q.rows {
		if e := q.rows[i].excess(q.x); e.Sign() > 0 && (best < 0 || e.Cmp(most) > 0) {
			best, most = i, e
		}
	}
	return best
}

// addBounds adds the bounds that the solution violates, and reports whether there are any.
func (q *quadratic) addBounds() bool {
	found := false
	for i, v := range q.x {
		if new(big.Rat).Abs(v).Cmp(q.p.bound) <= 0 {
			continue
		}
		found = true
		a := zeros(q.p.n)
		a[i].SetInt64(int64(v.Sign()))
		q.add(a, q.p.bound)
	}
	return found
}

// step moves towards meeting row i, whose multiplier so far is entered: in full, and the
// row is active then, or until the multiplier of an active row is 0, which leaves. It
// fails if the active rows contradict row i.
func (q *quadratic) step(i int, entered *big.Rat) (in, ok bool) {
	a := q.rows[i].Coefficients
	r := q.projection(a)
	z := make([]*big.Rat, len(a))
	for k := range z {
		z[k] = new(big.Rat).Set(a[k])
	}
	var t *big.Rat
	leaving := -1
	for k, v := range r {
		addTimes(z, q.rows[q.active[k]].Coefficients, new(big.Rat).Neg(v))
		if v.Sign() > 0 {
			if s := new(big.Rat).Quo(q.y[k], v); t == nil || s.Cmp(t) < 0 {
				t, leaving = s, k
			}
		}
	}
	size := dot(z, z)
	if size.Sign() > 0 {
		full := q.rows[i].excess(q.x)
		if full.Quo(full, size); t == nil || full.Cmp(t) <= 0 {
			t, leaving = full, -1
		}
	} else if t == nil {
		q.farkas = map[int]*big.Rat{i: big.NewRat(1, 1)}
		for k, v := range r {
			q.farkas[q.active[k]] = v.Neg(v)
		}
		return false, false
	}
	addTimes(q.x, z, new(big.Rat).Neg(t))
	for k, v := range r {
		q.y[k].Sub(q.y[k], new(big.Rat).Mul(t, v))
	}
	entered.Add(entered, t)
	if leaving < 0 {
		q.active, q.y = append(q.active, i), append(q.y, new(big.Rat).Set(entered))
		return true, true
	}
	q.active = append(q.active[:leaving:leaving], q.active[leaving+1:]...)
	q.y = append(q.y[:leaving:leaving], q.y[leaving+1:]...)
	return false, true
}

// projection is the combination of the active rows that is closest to a.
func (q *quadratic) projection(a []*big.Rat) []*big.Rat {
	n := len(q.active)
	m := make([][]*big.Rat, n)
	for k := range m {
		m[k] = make([]*big.Rat, n+1)
		row := q.rows[q.active[k]].Coefficients
		for j := range n {
			if j < k {
				m[k][j] = new(big.Rat).Set(m[j][k])
			} else {
				m[k][j] = dot(row, q.rows[q.active[j]].Coefficients)
			}
		}
		m[k][n] = dot(row, a)
	}
	// Active rows are independent: no pivot is 0.
	for k := range n {
		inverse := new(big.Rat).Inv(m[k][k])
		for j := k + 1; j < n; j++ {
			if m[j][k].Sign() != 0 {
				f := new(big.Rat).Mul(m[j][k], inverse)
				addTimes(m[j][k:], m[k][k:], f.Neg(f))
			}
		}
	}
	r := make([]*big.Rat, n)
	for k := n - 1; k >= 0; k-- {
		sum := m[k][n]
		for j := k + 1; j < n; j++ {
			sum.Sub(sum, new(big.Rat).Mul(m[k][j], r[j]))
		}
		r[k] = sum.Quo(sum, m[k][k])
	}
	return r
}

func zeros(n int) []*big.Rat {
	v := make([]*big.Rat, n)
	for i := range v {
		v[i] = new(big.Rat)
	}
	return v
}

func dot(a, b []*big.Rat) *big.Rat {
	sum, t := new(big.Rat), new(big.Rat)
	for i, v := range a {
		if v.Sign() != 0 && b[i].Sign() != 0 {
			sum.Add(sum, t.Mul(v, b[i]))
		}
	}
	return sum
}

// addTimes adds f b to a.
func addTimes(a, b []*big.Rat, f *big.Rat) {
	var t big.Rat
	for i, v := range b {
		if v.Sign() != 0 && f.Sign() != 0 {
			a[i].Add(a[i], t.Mul(v, f))
		}
	}
}
