package exact

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/nn"
)

func never() bool { return false }

const plenty = 1 << 30

// quarters is a type whose numbers are the multiples of a quarter.
type quarters struct{}

func (quarters) Round(x float64) float64 { return float64(math.Round(4*x) / 4) }

func (quarters) Towards(x, y float64) float64 { return x + math.Copysign(0.25, y-x) }

// random is a program in up to 3 parameters with thirds among its numbers, with what it
// was made of.
func random(seed uint64) (p *Program, rows []Row, bound *big.Rat, o Objective) {
	rng := rand.New(rand.NewPCG(seed, 1))
	n := 1 + rng.IntN(3)
	bound = big.NewRat(int64(1+rng.IntN(5)), 4)
	if rng.IntN(3) > 0 {
		o = Objective{Sum: big.NewRat(1, int64(n)), Max: big.NewRat(int64(rng.IntN(2)), 1)}
	}
	p = New(n, bound, o, plenty, never)
	for range 1 + rng.IntN(5) {
		r := Row{RHS: big.NewRat(int64(rng.IntN(13)-8), int64(1+rng.IntN(4))), Strict: rng.IntN(2) == 0}
		for range n {
			r.Coefficients = append(r.Coefficients, big.NewRat(int64(rng.IntN(7)-3), int64(1+rng.IntN(3))))
		}
		rows = append(rows, r)
	}
	for i, r := range rows {
		p.Add(r)
		if i == 0 {
			p.Solve() // on the way
		}
	}
	return p, rows, bound, o
}

// dual is b . y, Σ|q| and Σ max(0, |q| - Sum) of multipliers, or Σφ(q), φ(q) = q²/2 up to the
// bound and bound |q| - bound²/2 beyond, where the objective is a square.
func dual(rows []Row, y []*big.Rat, o Objective, bound *big.Rat) (value, size, over *big.Rat) {
	value, size, over = new(big.Rat), new(big.Rat), new(big.Rat)
	for k := range rows {
		value.Add(value, new(big.Rat).Mul(rows[k].RHS, y[k]))
	}
	for i := range rows[0].Coefficients {
		q := new(big.Rat)
		for k := range rows {
			q.Add(q, new(big.Rat).Mul(rows[k].Coefficients[i], y[k]))
		}
		size.Add(size, q.Abs(q))
		if o.euclidean() {
			r := new(big.Rat).Set(q)
			if q.Cmp(bound) > 0 {
				r.Sub(r.Add(q, q), bound)
				q = bound
			}
			over.Add(over, r.Mul(r, q))
			continue
		}
		if q.Sub(q, o.Sum); q.Sign() > 0 {
			over.Add(over, q)
		}
	}
	return value, size, over
}

// TestSolve: the solution meets closed rows and its multipliers prove that none is better,
// or that there is none.
func TestSolve(t *testing.T) {
	counts := map[lp.Status]int{}
	for seed := range uint64(800) {
		p, rows, bound, o := random(seed)
		status := p.Solve()
		counts[status]++
		value, size, over := dual(rows, p.Multipliers(), o, bound)
		switch status {
		case lp.Optimal:
			d := p.Change()
			for k := range rows {
				if rows[k].excess(d).Sign() > 0 {
					t.Fatalf("seed %d: row %d is violated", seed, k)
				}
			}
			for _, v := range d {
				if new(big.Rat).Abs(v).Cmp(bound) > 0 {
					t.Fatalf("seed %d: a change of %v beyond the bound", seed, v)
				}
			}
			// -b'y + min over t up to the bound of t (Max - over)
			lower := value.Neg(value)
			if o.euclidean() { // of the half
				lower.Add(lower, lower)
				lower.Sub(lower, over)
			} else if over.Sub(over, o.Max); over.Sign() > 0 {
				lower.Sub(lower, over.Mul(over, bound))
			}
			if lower.Cmp(p.Least()) != 0 || o.Of(d).Cmp(p.Least()) != 0 {
				t.Fatalf("seed %d: objective %v, least %v, proven %v", seed, o.Of(d), p.Least(), lower)
			}
		case lp.Infeasible:
			if value.Add(value, size.Mul(size, bound)).Sign() >= 0 {
				t.Fatalf("seed %d: the multipliers prove nothing: %v", seed, value)
			}
		default:
			t.Fatalf("seed %d: %v", seed, status)
		}
	}
	if counts[lp.Optimal] < 200 || counts[lp.Infeasible] < 100 {
		t.Errorf("answers: %v", counts)
	}
}

// TestTied compares with lp.System.
func TestTied(t *testing.T) {
	tied, open := 0, 0
	for seed := range uint64(2000) {
		p, rows, bound, o := random(seed)
		if p.Solve() != lp.Optimal {
			continue
		}
		s := &lp.System{}
		for range p.n {
			s.Lower, s.Upper = append(s.Lower, new(big.Rat).Neg(bound)), append(s.Upper, bound)
		}
		for _, r := range rows {
			s.Rows, s.Right, s.Strict = append(s.Rows, r.Coefficients), append(s.Right, r.RHS), append(s.Strict, r.Strict)
		}
		x, _ := s.Solve(nil)
		y := p.Tied()
		if (x == nil) != (y != nil) {
			t.Fatalf("seed %d: a solution %v and multipliers %v", seed, x, y)
		}
		if y == nil {
			open++
			continue
		}
		tied++
		value, size, _ := dual(rows, y, o, bound)
		strict := false
		for k := range rows {
			strict = strict || rows[k].Strict && y[k].Sign() > 0
		}
		if value.Add(value, size.Mul(size, bound)).Sign() > 0 || !strict {
			t.Fatalf("seed %d: the multipliers prove nothing: %v", seed, value)
		}
	}
	if tied < 10 || open < 100 {
		t.Errorf("%d are tied and %d are not", tied, open)
	}
}

// TestStore finds what trying all numbers of a coarse type finds.
func TestStore(t *testing.T) {
	found, none, rounded := 0, 0, 0
	for seed := range uint64(1000) {
		p, rows, bound, o := random(seed)
		if p.Solve() != lp.Optimal {
			continue
		}
		before := []float64{0.25, -1, 7.5}[:p.n]
		got := p.Store(before, quarters{}, 400)
		want := bruteForce(rows, bound, o, p.n)
		if want == nil {
			none++
			if got != nil {
				t.Fatalf("seed %d: %v where there is none", seed, got)
			}
			continue
		}
		found++
		if got == nil {
			t.Fatalf("seed %d: nothing found, the least is %v", seed, want)
		}
		d := make([]*big.Rat, p.n)
		for i, v := range got {
			d[i] = new(big.Rat).SetFloat64(v - before[i])
		}
		for k := range rows {
			if !rows[k].meets(d) {
				t.Fatalf("seed %d: %v violates row %d", seed, got, k)
			}
		}
		value := o.Of(d)
		if value.Cmp(new(big.Rat).Mul(want, big.NewRat(1000001, 1000000))) > 0 {
			t.Fatalf("seed %d: %v where %v is possible", seed, value, want)
		}
		if value.Cmp(p.Least()) > 0 {
			rounded++
		}
	}
	if found < 100 || none < 5 || rounded < 50 {
		t.Errorf("%d found, %d of them above the least, and %d without", found, rounded, none)
	}
}

// bruteForce is the least objective of changes by quarters that meet the rows; nil for none.
func bruteForce(rows []Row, bound *big.Rat, o Objective, n int) *big.Rat {
	b, _ := bound.Float64()
	steps := int(math.Floor(4 * b))
	d := make([]*big.Rat, n)
	var best *big.Rat
	var try func(i int)
	try = func(i int) {
		if i < n {
			for k := -steps; k <= steps; k++ {
				d[i] = big.NewRat(int64(k), 4)
				try(i + 1)
			}
			return
		}
		for k := range rows {
			if !rows[k].meets(d) {
				return
			}
		}
		if v := o.Of(d); best == nil || v.Cmp(best) < 0 {
			best = v
		}
	}
	try(0)
	return best
}

// TestStoreFloat32 stores equations that no rounding of the solution meets: a weight of a
// third, which a bias must make up for.
func TestStoreFloat32(t *testing.T) {
	equation := func(p *Program, rhs *big.Rat, a ...int64) {
		row := Row{RHS: rhs}
		minus := Row{RHS: new(big.Rat).Neg(rhs)}
		for _, v := range a {
			row.Coefficients = append(row.Coefficients, big.NewRat(v, 1))
			minus.Coefficients = append(minus.Coefficients, big.NewRat(-v, 1))
		}
		p.Add(row)
		p.Add(minus)
	}
	one := big.NewRat(1, 1)
	for _, before := range [][]float64{{0, 0}, {1, 0}, {-2.5, 0.125}, {1 << 10, 0}} {
		p := New(2, big.NewRat(10, 1), Objective{Sum: one, Max: new(big.Rat)}, plenty, never)
		equation(p, one, 3, 1) // 3 w + b = 1: w = 1/3
		if p.Solve() != lp.Optimal {
			t.Fatal("no solution")
		}
		got := p.Store(before, nn.Float32, 160)
		if got == nil {
			t.Errorf("from %v: nothing found", before)
			continue
		}
		if e := float64(3*(got[0]-before[0])) + (got[1] - before[1]); e != 1 || got[0] != nn.Float32.Round(got[0]) || got[1] != nn.Float32.Round(got[1]) {
			t.Errorf("from %v: %v, of which 3 w + b changes by %v", before, got, e)
		}
	}
	// No number of the type is a third.
	p := New(1, one, Objective{Sum: one, Max: one}, plenty, never)
	equation(p, one, 3)
	if p.Solve(); p.Least().Cmp(big.NewRat(2, 3)) != 0 {
		t.Errorf("least %v", p.Least())
	}
	if got := p.Store([]float64{0}, nn.Float32, 160); got != nil {
		t.Errorf("%v for a third", got)
	}
}

// TestStops ends where it is told to, and with numbers beyond the type.
func TestStops(t *testing.T) {
	one := big.NewRat(1, 1)
	p := New(1, one, Objective{Sum: one, Max: one}, plenty, func() bool { return true })
	p.Add(Row{Coefficients: []*big.Rat{big.NewRat(-1, 1)}, RHS: big.NewRat(-1, 2)})
	if s := p.Solve(); s != lp.Stopped {
		t.Errorf("%v", s)
	}
	huge := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 1<<11))
	p = New(1, huge, Objective{Sum: one, Max: one}, plenty, never)
	p.Add(Row{Coefficients: []*big.Rat{big.NewRat(-1, 1)}, RHS: new(big.Rat).Quo(huge, big.NewRat(-2, 1))})
	if s := p.Solve(); s != lp.Optimal {
		t.Errorf("%v", s)
	}
	if got := p.Store([]float64{0}, nn.Float64, 160); got != nil {
		t.Errorf("%v beyond float64", got)
	}
}
