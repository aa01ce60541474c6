package lp

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestMinimum compares with SolveExactly on random programs whose rows are added in two
// portions, and checks the multipliers.
func TestMinimum(t *testing.T) {
	counts := map[Status]int{}
	for seed := range uint64(600) {
		rng := rand.New(rand.NewPCG(seed, 3))
		n, rows := 1+rng.IntN(5), 1+rng.IntN(8)
		p := &Problem{Cost: make([]float64, n), Lower: make([]float64, n), Upper: make([]float64, n)}
		cost := make([]*big.Rat, n)
		for j := range cost {
			p.Cost[j], p.Upper[j] = float64(-float64(rng.IntN(4))/4), math.Inf(1)
			cost[j] = exactly(-p.Cost[j])
		}
		m := NewMinimum(cost)
		var a [][]*big.Rat
		for i := range rows {
			row := make([]*big.Rat, n)
			for j := range row {
				v := float64(rng.IntN(7)-3) / 2
				p.Rows = append(p.Rows, v)
				row[j] = exactly(v)
			}
			p.Right = append(p.Right, float64(rng.IntN(9)-5)/4)
			a = append(a, row)
			m.AddRow(row, exactly(p.Right[i]))
			if i == rows/2 {
				m.Solve(math.MaxInt)
			}
		}
		copied := m.Clone()
		got, want := m.Solve(math.MaxInt), p.SolveExactly()
		counts[got]++
		if got != want.Status || copied.Solve(math.MaxInt) != got {
			t.Fatalf("seed %d: %v, want %v", seed, got, want.Status)
		}
		checkMultipliers(t, m, cost, a, p.Right, got)
		if got == Optimal {
			if sum := new(big.Rat).Add(m.Objective(), want.Objective); sum.Sign() != 0 || copied.Objective().Cmp(m.Objective()) != 0 {
				t.Fatalf("seed %d: %v, want %v", seed, m.Objective(), want.Objective)
			}
			for i, row := range a {
				if dotRat(row, m.X()).Cmp(exactly(p.Right[i])) > 0 {
					t.Fatalf("seed %d: row %d is violated", seed, i)
				}
			}
		}
	}
	if counts[Optimal] < 100 || counts[Infeasible] < 100 {
		t.Errorf("answers: %v", counts)
	}
}

func checkMultipliers(t *testing.T, m *Minimum, cost []*big.Rat, a [][]*big.Rat, right []float64, status Status) {
	t.Helper()
	y := m.Multipliers()
	value := new(big.Rat)
	for i, v := range y {
		if v.Sign() < 0 {
			t.Fatal("a negative multiplier")
		}
		value.Sub(value, new(big.Rat).Mul(v, exactly(right[i])))
	}
	for j, c := range cost {
		sum := new(big.Rat)
		if status == Optimal {
			sum.Set(c)
		}
		for i, row := range a {
			sum.Add(sum, new(big.Rat).Mul(y[i], row[j]))
		}
		if sum.Sign() < 0 {
			t.Fatal("the multipliers do not bound the cost")
		}
	}
	if status == Optimal && value.Cmp(m.Objective()) != 0 || status == Infeasible && value.Sign() <= 0 {
		t.Fatalf("the multipliers prove %v", value)
	}
}

// TestMinimumLimit ends by the limit on its work.
func TestMinimumLimit(t *testing.T) {
	one := big.NewRat(1, 1)
	m := NewMinimum([]*big.Rat{one})
	m.AddRow([]*big.Rat{big.NewRat(-1, 1)}, big.NewRat(-1, 1))
	if s := m.Solve(0); s != Stopped {
		t.Errorf("%v with no work allowed", s)
	}
	if s := m.Solve(math.MaxInt); s != Optimal || m.Objective().Cmp(one) != 0 {
		t.Errorf("%v, %v", s, m.Objective())
	}
}
