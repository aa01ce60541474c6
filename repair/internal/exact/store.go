package exact

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/internal/lp"
)

// Type is a floating-point type, such as nn.DType.
type Type interface {
	// Round is the nearest number of the type.
	Round(x float64) float64
	// Towards is the next number of the type from x, one of it, towards y.
	Towards(x, y float64) float64
}

const (
	// closeEnough: changes that are better by less than this share are not looked for.
	closeEnough = 0x1p-21
	// mostMended is how many coefficients the rows may have where a rounded solution is
	// mended parameter by parameter.
	mostMended = 1 << 11
)

// Store looks for numbers of a type near before, those of the parameters, whose change
// meets the rows, strict ones strictly, with as small an objective as a search of that many
// nodes finds; nil if it finds none. Solve must have been Optimal.
func (p *Program) Store(before []float64, t Type, nodes int) []float64 {
	s := &storing{p: p, before: before, t: t, left: p.limit, nodes: nodes}
	root := p.root.clone()
	s.worth = new(big.Rat).SetFloat64(1 + closeEnough)
	s.tighten(root)
	s.solveEquations(root)
	s.visit(root)
	return s.best
}

// storing is a search on the numbers of a type.
type storing struct {
	p      *Program
	before []float64
	t      Type
	left   int // work
	worth  *big.Rat
	nodes  int // left
	steps  int // of reductions of bases, left

	best  []float64
	value *big.Rat // its objective
}

// tighten asks of strict rows a little more than equality: less than a step of any
// parameter is worth.
func (s *storing) tighten(r relaxer) {
	for i := range s.p.rows {
		row := &s.p.rows[i]
		if !row.Strict {
			continue
		}
		var least *big.Rat
		for k, a := range row.Coefficients {
			if a.Sign() == 0 {
				continue
			}
			x := s.before[k]
			step := new(big.Rat).SetFloat64(s.t.Towards(x, 0) - x)
			if x == 0 {
				step.SetFloat64(s.t.Towards(0, 1))
			}
			step.Abs(step)
			step.Mul(step, new(big.Rat).Abs(a))
			if least == nil || step.Cmp(least) < 0 {
				least = step
			}
		}
		if least == nil {
			continue
		}
		least.Mul(least, big.NewRat(1, 1<<20))
		r.add(row.Coefficients, least.Sub(row.RHS, least))
	}
}

// visit searches the numbers that a relaxation leaves.
func (s *storing) visit(r relaxer) {
	if s.nodes--; s.nodes < 0 || s.left <= 0 || s.p.stop() {
		return
	}
	done := r.work()
	status := r.solve(done + s.left)
	if s.left -= r.work() - done; status != lp.Optimal {
		return
	}
	if s.best != nil && new(big.Rat).Mul(r.least(), s.worth).Cmp(s.value) >= 0 {
		return
	}
	d := r.change()
	low, high := make([]float64, len(d)), make([]float64, len(d))
	nearest := make([]float64, len(d))
	branch, most := -1, 0.0
	for i, v := range d {
		x := new(big.Rat).SetFloat64(s.before[i])
		low[i], high[i], nearest[i] = neighbours(x.Add(x, v), s.t)
		if math.IsInf(high[i]-low[i], 0) || math.IsNaN(high[i]-low[i]) {
			return // beyond the type
		}
		if low[i] == high[i] {
			continue
		}
		if m := float64(s.weight(i) * (high[i] - low[i])); branch < 0 || m > most {
			branch, most = i, m
		}
	}
	s.try(nearest)
	if branch < 0 {
		return
	}
	if len(d)*len(s.p.rows) <= mostMended {
		s.try(s.mended(nearest, low, high))
	}
	// The side of the nearest number first.
	for side := range 2 {
		q, a := r.clone(), zeros(len(d))
		if (side == 0) == (nearest[branch] == low[branch]) {
			a[branch].SetInt64(1)
			q.add(a, s.step(branch, low[branch]))
		} else {
			a[branch].SetInt64(-1)
			below := s.step(branch, high[branch])
			q.add(a, below.Neg(below))
		}
		s.visit(q)
	}
}

// weight is the largest coefficient of a parameter in size.
func (s *storing) weight(i int) float64 {
	w := 0.0
	for k := range s.p.rows {
		a, _ := s.p.rows[k].Coefficients[i].Float64()
		w = max(w, math.Abs(a))
	}
	return w
}

// step is the change of a parameter to a number.
func (s *storing) step(i int, to float64) *big.Rat {
	d := new(big.Rat).SetFloat64(to)
	return d.Sub(d, new(big.Rat).SetFloat64(s.before[i]))
}

// mended moves numbers to the other neighbour of the solution, one after the other, as
// long as that makes the rows' violations less in sum.
func (s *storing) mended(values, low, high []float64) []float64 {
	values = append([]float64(nil), values...)
	left := s.missed(values)
	for range values {
		if left.Sign() == 0 {
			break
		}
		best := -1
		for i := range values {
			if low[i] == high[i] {
				continue
			}
			old := values[i]
			values[i] = other(old, low[i], high[i])
			if m := s.missed(values); m.Cmp(left) < 0 {
				best, left = i, m
			}
			values[i] = old
		}
		if best < 0 {
			break
		}
		values[best] = other(values[best], low[best], high[best])
	}
	return values
}

// other is the one of two numbers that v is not.
func other(v, low, high float64) float64 {
	if v == low {
		return high
	}
	return low
}

// missed is the sum of the rows' violations.
func (s *storing) missed(values []float64) *big.Rat {
	d := s.change(values)
	sum := new(big.Rat)
	for k := range s.p.rows {
		if e := s.p.rows[k].excess(d); e.Sign() > 0 {
			sum.Add(sum, e)
		}
	}
	return sum
}

func (s *storing) change(values []float64) []*big.Rat {
	d := make([]*big.Rat, len(values))
	for i, v := range values {
		d[i] = s.step(i, v)
	}
	return d
}

// try keeps numbers whose change meets everything and is better than the best.
func (s *storing) try(values []float64) {
	d := s.change(values)
	for i := range d {
		if new(big.Rat).Abs(d[i]).Cmp(s.p.bound) > 0 {
			return
		}
	}
	for k := range s.p.rows {
		if !s.p.rows[k].meets(d) {
			return
		}
	}
	if v := s.p.objective.Of(d); s.best == nil || v.Cmp(s.value) < 0 {
		s.best, s.value = append([]float64(nil), values...), v
	}
}

// neighbours are the numbers of a type next to x from below and from above, both x where it
// is one, and the nearer one of them.
func neighbours(x *big.Rat, t Type) (low, high, nearest float64) {
	f, _ := x.Float64()
	nearest = t.Round(f)
	low, high = nearest, nearest
	if math.IsInf(nearest, 0) {
		return low, high, nearest
	}
	switch x.Cmp(new(big.Rat).SetFloat64(nearest)) {
	case -1:
		low = t.Towards(nearest, math.Inf(-1))
	case 1:
		high = t.Towards(nearest, math.Inf(1))
	}
	return low, high, nearest
}
