package exact

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/nn"
)

// Integers that meet equations are found where there are any, near the target.
func TestDiophantine(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	near := 0
	for range 200 {
		n := 2 + r.IntN(8)
		m := 1 + r.IntN(min(n-1, 3))
		a, c := make([][]*big.Int, m), make([]*big.Int, m)
		x, target := make([]int64, n), make([]*big.Rat, n)
		for k := range x {
			x[k] = int64(r.IntN(2001) - 1000)
			target[k] = new(big.Rat).SetInt64(x[k])
		}
		for i := range a {
			c[i] = new(big.Int)
			for k := range n {
				v := big.NewInt(int64(r.IntN(1<<20) - 1<<19))
				a[i] = append(a[i], v)
				c[i].Add(c[i], new(big.Int).Mul(v, big.NewInt(x[k])))
			}
		}
		left := reduceSteps
		got := diophantine(a, c, target, &left)
		if got == nil {
			t.Fatalf("%v n = %v has no solution, but %v is one", a, c, x)
		}
		same := true
		for i := range a {
			if product(a[i], got).Cmp(c[i]) != 0 {
				t.Fatalf("%v is no solution of %v n = %v", got, a, c)
			}
		}
		for k := range x {
			same = same && got[k].Int64() == x[k]
		}
		if same {
			near++
		}
		// Twice the equations, and an odd number on the right.
		for i := range a {
			for k := range a[i] {
				a[i][k].Lsh(a[i][k], 1)
			}
			c[i].Lsh(c[i], 1)
		}
		c[0].Add(c[0], big.NewInt(1))
		if got := diophantine(a, c, target, &left); got != nil {
			t.Fatalf("an odd number is even: %v", got)
		}
	}
	if near < 190 {
		t.Errorf("only %d of 200 targets that are solutions were found", near)
	}
	left := 1
	if diophantine([][]*big.Int{{big.NewInt(1 << 40), big.NewInt(12345), big.NewInt(77)}}, []*big.Int{big.NewInt(1)}, []*big.Rat{new(big.Rat), new(big.Rat), new(big.Rat)}, &left) != nil {
		t.Error("one step was enough")
	}
}

// Equations whose solutions are not numbers of the type, but for few, are met by numbers of it
// wherever some were to begin with, beside half-spaces that leave some room.
func TestStoreMeetsEquations(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	met, far := 0, 0
	for i := range 60 {
		n := 3 + r.IntN(6)
		m := 1 + r.IntN(2)
		objective := Objective{}
		switch i % 3 {
		case 0:
			objective = Objective{Sum: big.NewRat(1, 1), Max: new(big.Rat)}
		case 1:
			objective = Objective{Sum: big.NewRat(1, 1000), Max: big.NewRat(1, 1)}
		}
		p := New(n, big.NewRat(3, 1), objective, 1<<24, func() bool { return false })
		before, change := make([]float64, n), make([]*big.Rat, n)
		for k := range before {
			before[k] = float64(r.IntN(65)-32) / 8
			change[k] = big.NewRat(int64(r.IntN(33)-16), 32)
		}
		for j := range m + 1 {
			row := Row{RHS: new(big.Rat)}
			for k := range n {
				a := big.NewRat(int64(r.IntN(1<<12)-1<<11)*3, 1<<9)
				row.Coefficients = append(row.Coefficients, a)
				row.RHS.Add(row.RHS, new(big.Rat).Mul(a, change[k]))
			}
			if j == m { // a half-space
				row.RHS.Add(row.RHS, big.NewRat(1, 8))
				p.Add(row)
				continue
			}
			opposite := Row{RHS: new(big.Rat).Neg(row.RHS)}
			for _, a := range row.Coefficients {
				opposite.Coefficients = append(opposite.Coefficients, new(big.Rat).Neg(a))
			}
			p.Add(row)
			p.Add(opposite)
		}
		if status := p.Solve(); status != lp.Optimal {
			t.Fatalf("%v", status)
		}
		got := p.Store(before, nn.Float32, 1)
		if got == nil {
			continue
		}
		met++
		for k, v := range got {
			if nn.Float32.Round(v) != v {
				t.Fatalf("%v is no float32", v)
			}
			change[k] = new(big.Rat).Sub(new(big.Rat).SetFloat64(v), new(big.Rat).SetFloat64(before[k]))
		}
		for k := range p.rows {
			if !p.rows[k].meets(change) {
				t.Fatalf("row %d is missed", k)
			}
		}
		least, _ := p.Least().Float64()
		if of, _ := objective.Of(change).Float64(); of > float64(1.01*least)+1e-4 {
			far++ // of few integers that meet equations
		}
	}
	if met < 55 || far > 6 {
		t.Errorf("only %d of 60 were met, %d far from the least", met, far)
	}
}
