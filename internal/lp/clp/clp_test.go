//go:build clp

package clp

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"

	"github.com/netmend/netmend/internal/vector"
)

var inf = math.Inf(1)

func Example() {
	// The most of 3x + 3y with x + y <= 4, x + 3y <= 5, 0 <= x <= 2, 0 <= y.
	p := &Problem{
		Cost:  []float64{-3, -3},
		Lower: []float64{0, 0},
		Upper: []float64{2, math.Inf(1)},
		Rows: []Row{
			{Value: []float64{1, 1}, Lower: math.Inf(-1), Upper: 4},
			{Value: []float64{1, 3}, Lower: math.Inf(-1), Upper: 5},
		},
	}
	r, err := Solve(p, Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Status, r.Objective, r.X, r.Dual)
	// Output: optimal -9 [2 1] [0 -1]
}

func TestKnown(t *testing.T) {
	for _, c := range []struct {
		name      string
		problem   Problem
		status    Status
		objective float64
	}{
		{
			"equality, free variables",
			Problem{Cost: []float64{1, 1}, Rows: []Row{
				{Value: []float64{1, 2}, Lower: 3, Upper: 3},
				{Value: []float64{2, 1}, Lower: 3, Upper: inf},
			}},
			Optimal, 2,
		},
		{
			"sparse rows, range",
			Problem{Cost: []float64{1, 0, -1}, Rows: []Row{
				{Index: []int{2}, Value: []float64{2}, Lower: -4, Upper: 6},
				{Index: []int{2, 0}, Value: []float64{1, -1}, Lower: -inf, Upper: 5},
			}, Lower: []float64{-10, 0, -10}, Upper: []float64{10, 0, 10}},
			Optimal, -5,
		},
		{"no rows", Problem{Cost: []float64{1, -2}, Lower: []float64{-1, -1}, Upper: []float64{1, 1}}, Optimal, -3},
		{"nothing", Problem{}, Optimal, 0},
		{"crossed bounds", Problem{Cost: []float64{0}, Lower: []float64{1}, Upper: []float64{0}}, Infeasible, 0},
		{
			"empty row out of reach",
			Problem{Rows: []Row{{Lower: 1, Upper: 2}}},
			Infeasible, 0,
		},
		{
			"parallel rows apart",
			Problem{Cost: []float64{0, 0}, Rows: []Row{
				{Value: []float64{1, 1}, Lower: -inf, Upper: 1},
				{Value: []float64{1, 1}, Lower: 2, Upper: inf},
			}},
			Infeasible, 0,
		},
		{
			"unbounded",
			Problem{Cost: []float64{-1, 0}, Lower: []float64{0, 0}, Rows: []Row{
				{Value: []float64{1, -1}, Lower: -inf, Upper: 1},
			}},
			Unbounded, 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Solve(&c.problem, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Status != c.status {
				t.Fatalf("status %v, want %v", r.Status, c.status)
			}
			if r.Status == Optimal && math.Abs(r.Objective-c.objective) > 1e-9 {
				t.Errorf("objective %v, want %v", r.Objective, c.objective)
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	nan := math.NaN()
	one := []float64{1}
	for _, c := range []struct {
		name    string
		problem Problem
		want    string
	}{
		{"infinite cost", Problem{Cost: []float64{inf}}, "cost 0"},
		{"short bounds", Problem{Cost: one, Lower: []float64{}}, "0 bounds for 1 variables"},
		{"bound not a number", Problem{Cost: one, Upper: []float64{nan}}, "variable 0"},
		{"row bound not a number", Problem{Cost: one, Rows: []Row{{Value: one, Upper: nan}}}, "row 0 has bounds"},
		{"short dense row", Problem{Cost: []float64{1, 1}, Rows: []Row{{Value: one}}}, "1 values, want 2"},
		{"value not a number", Problem{Cost: one, Rows: []Row{{Value: []float64{nan}}}}, "coefficient 0"},
		{"index outside", Problem{Cost: one, Rows: []Row{{Index: []int{1}, Value: one}}}, "index 1 is outside"},
		{
			"index twice",
			Problem{Cost: []float64{1, 1}, Rows: []Row{{Index: []int{1, 1}, Value: []float64{1, 1}}}},
			"index 1 twice",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Solve(&c.problem, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := Solve(&Problem{}, Options{PrimalTolerance: nan}); err == nil {
		t.Error("a tolerance that is not a number was accepted")
	}
}

func TestIterationLimit(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	p := random(rng, 30, 30, true)
	full, err := Solve(p, Options{})
	if err != nil || full.Status != Optimal || full.Iterations < 5 {
		t.Fatalf("without a limit: %v, %v; want an optimum after several iterations", full, err)
	}
	r, err := Solve(p, Options{MaxIterations: 2})
	if err != nil || r.Status != Stopped {
		t.Errorf("with a limit: %v, %v; want the status stopped", r, err)
	}
}

// TestAgainstGonum compares random problems with gonum's simplex method, and
// checks each certificate on its own.
func TestAgainstGonum(t *testing.T) {
	seen := map[Status]int{}
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 1))
		p := random(rng, 1+rng.IntN(12), 1+rng.IntN(8), seed%2 == 0)
		r, err := Solve(p, Options{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		seen[r.Status]++
		want, err := gonumOptimum(p)
		switch {
		case errors.Is(err, lp.ErrInfeasible):
			if r.Status != Infeasible {
				t.Errorf("seed %d: %v, gonum says infeasible", seed, r.Status)
			}
		case errors.Is(err, lp.ErrUnbounded):
			if r.Status != Unbounded {
				t.Errorf("seed %d: %v, gonum says unbounded", seed, r.Status)
			}
		case err != nil:
			t.Fatalf("seed %d: gonum: %v", seed, err)
		case r.Status != Optimal || math.Abs(r.Objective-want) > 1e-7*(1+math.Abs(want)):
			t.Errorf("seed %d: %v with %v, gonum's optimum is %v", seed, r.Status, r.Objective, want)
		}
		if err := certified(p, r); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	for _, s := range []Status{Optimal, Infeasible, Unbounded} {
		if seen[s] < 10 {
			t.Errorf("only %d problems are %v", seen[s], s)
		}
	}
}

// random returns a problem with m rows a·x <= b and n variables x >= 0, some
// of them bounded above, that has a feasible point if asked for.
func random(rng *rand.Rand, m, n int, feasible bool) *Problem {
	p := &Problem{Cost: make([]float64, n), Lower: make([]float64, n), Upper: make([]float64, n)}
	inside := make([]float64, n)
	for j := range n {
		p.Cost[j] = rng.NormFloat64()
		p.Upper[j] = inf
		if rng.IntN(3) > 0 {
			p.Upper[j] = 1 + float64(3*rng.Float64())
		}
		inside[j] = rng.Float64()
	}
	for range m {
		r := Row{Value: make([]float64, n), Lower: -inf, Upper: rng.NormFloat64() - 0.5}
		for j := range n {
			r.Value[j] = rng.NormFloat64()
		}
		if feasible {
			r.Upper = rng.Float64() + vector.Dot(r.Value, inside)
		}
		p.Rows = append(p.Rows, r)
	}
	return p
}

// gonumOptimum solves a problem as random makes them, in the standard form
// with a slack for each row and each upper bound.
func gonumOptimum(p *Problem) (float64, error) {
	n, rows := len(p.Cost), append([]Row(nil), p.Rows...)
	for j, u := range p.Upper {
		if !math.IsInf(u, 1) {
			r := Row{Value: make([]float64, n), Upper: u}
			r.Value[j] = 1
			rows = append(rows, r)
		}
	}
	a := mat.NewDense(len(rows), n+len(rows), nil)
	b := make([]float64, len(rows))
	for i, r := range rows {
		copy(a.RawRowView(i), r.Value)
		a.Set(i, n+i, 1)
		b[i] = r.Upper
	}
	cost := append(append([]float64(nil), p.Cost...), make([]float64, len(rows))...)
	optimum, _, err := lp.Simplex(cost, a, b, 1e-10, nil)
	return optimum, err
}

// certified checks a result on dense rows without the solver's word: X and the
// dual bound of an optimum, the Farkas multipliers of infeasibility, the
// direction of unboundedness.
func certified(p *Problem, r *Result) error {
	const eps = 1e-7 // of problems whose numbers are near 1
	lower, upper := p.Lower, p.Upper
	switch r.Status {
	case Optimal:
		for i, row := range p.Rows {
			if y := vector.Dot(row.Value, r.X); y < row.Lower-eps || y > row.Upper+eps {
				return fmt.Errorf("row %d is %v, outside [%v, %v]", i, y, row.Lower, row.Upper)
			}
		}
		least := 0.0
		for i, row := range p.Rows {
			least += leastTerm(r.Dual[i], row.Lower, row.Upper)
		}
		for j, d := range combined(p, r.Dual) {
			least += leastTerm(p.Cost[j]-d, lower[j], upper[j])
		}
		if math.Abs(least-r.Objective) > eps {
			return fmt.Errorf("objective %v, dual bound %v", r.Objective, least)
		}
	case Infeasible:
		if r.Ray == nil {
			return errors.New("infeasible without multipliers")
		}
		least, most := 0.0, 0.0
		for i, row := range p.Rows {
			least += leastTerm(r.Ray[i], row.Lower, row.Upper)
		}
		for j, q := range combined(p, r.Ray) {
			most -= leastTerm(-q, lower[j], upper[j])
		}
		if !(least > most) {
			return fmt.Errorf("the rows allow %v, the bounds reach %v: no contradiction", least, most)
		}
	case Unbounded:
		if r.Ray == nil {
			return errors.New("unbounded without a direction")
		}
		for i, row := range p.Rows {
			if vector.Dot(row.Value, r.Ray) > eps {
				return fmt.Errorf("the direction leaves row %d", i)
			}
		}
		for j, d := range r.Ray {
			if d < -eps || d > eps && !math.IsInf(upper[j], 1) {
				return fmt.Errorf("the direction leaves the bounds of variable %d", j)
			}
		}
		if vector.Dot(p.Cost, r.Ray) >= 0 {
			return errors.New("the cost does not fall along the direction")
		}
	default:
		return fmt.Errorf("status %v", r.Status)
	}
	return nil
}

// leastTerm is the least of y·v over lower <= v <= upper. Multipliers within
// rounding of zero do not count against an infinite bound.
func leastTerm(y, lower, upper float64) float64 {
	const zero = 1e-9
	bound := lower
	if y < 0 {
		bound = upper
	}
	if math.IsInf(bound, 0) && math.Abs(y) <= zero {
		return 0
	}
	return float64(y * bound)
}

// combined returns A^T y of dense rows.
func combined(p *Problem, y []float64) []float64 {
	q := make([]float64, len(p.Cost))
	for i, row := range p.Rows {
		for j, v := range row.Value {
			q[j] += float64(y[i] * v)
		}
	}
	return q
}
