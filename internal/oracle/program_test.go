package oracle

import (
	"math/rand/v2"
	"testing"
)

// TestProgram compares with the best of all vertices of random programs, rows added
// some before and some after a solution.
func TestProgram(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	solved := 0
	for range 500 {
		n := 1 + rng.IntN(3)
		number := func() Rat { return Int(rng.Int64N(7) - 3) }
		cost := make([]Rat, n)
		for i := range cost {
			cost[i] = Int(rng.Int64N(4))
		}
		var rows [][]Rat // the last entry is the right-hand side
		for i := range n {
			row := zeros(n + 1)
			row[i] = Int(-1)
			rows = append(rows, row)
			box := zeros(n + 1)
			box[i], box[n] = Int(1), Int(5)
			rows = append(rows, box)
		}
		p := NewProgram(cost)
		for i := range n {
			p.Add(rows[2*i+1][:n], Int(5))
		}
		feasible := true
		for range rng.IntN(5) {
			row := make([]Rat, n+1)
			for i := range row {
				row[i] = number()
			}
			rows = append(rows, row)
			p.Add(row[:n], row[n])
			if rng.IntN(2) == 0 {
				feasible = feasible && p.Solve()
			}
		}
		feasible = feasible && p.Solve()
		best := bestVertex(rows, cost)
		if feasible != (best != nil) {
			t.Fatalf("feasible %v, best vertex %v", feasible, best)
		}
		if !feasible {
			continue
		}
		solved++
		if p.Objective().Cmp(best) != 0 || dot(cost, p.X()).Cmp(best) != 0 {
			t.Fatalf("objective %v, at %v %v, want %v", p.Objective(), p.X(), dot(cost, p.X()), best)
		}
		for _, row := range rows {
			if dot(row[:n], p.X()).Cmp(row[n]) > 0 {
				t.Fatalf("%v violates %v", p.X(), row)
			}
		}
	}
	if solved < 100 {
		t.Errorf("%d programs had a solution", solved)
	}
}

// bestVertex is the least cost over the vertices of a bounded polyhedron, or nil.
func bestVertex(rows [][]Rat, cost []Rat) Rat {
	n := len(cost)
	var best Rat
	var choose func(from int, chosen [][]Rat)
	choose = func(from int, chosen [][]Rat) {
		if len(chosen) < n {
			for i := from; i < len(rows); i++ {
				choose(i+1, append(chosen[:len(chosen):len(chosen)], rows[i]))
			}
			return
		}
		x := intersection(chosen)
		if x == nil {
			return
		}
		for _, row := range rows {
			if dot(row[:n], x).Cmp(row[n]) > 0 {
				return
			}
		}
		if c := dot(cost, x); best == nil || c.Cmp(best) < 0 {
			best = c
		}
	}
	choose(0, nil)
	return best
}

// intersection solves n equations by Cramer's rule, or returns nil.
func intersection(rows [][]Rat) []Rat {
	n := len(rows)
	d := determinant(rows, -1)
	if d.Sign() == 0 {
		return nil
	}
	x := make([]Rat, n)
	for k := range x {
		x[k] = determinant(rows, k)
		x[k].Quo(x[k], d)
	}
	return x
}

// determinant is that of the coefficients, column k replaced by the right-hand sides.
func determinant(rows [][]Rat, k int) Rat {
	n := len(rows)
	at := func(i, j int) Rat {
		if j == k {
			return rows[i][n]
		}
		return rows[i][j]
	}
	var expand func(i int, used int) Rat
	expand = func(i, used int) Rat {
		if i == n {
			return Int(1)
		}
		sum, sign := Int(0), int64(1)
		for j := range n {
			if used>>j&1 == 1 {
				continue
			}
			term := Int(sign)
			sum.Add(sum, term.Mul(term, at(i, j)).Mul(term, expand(i+1, used|1<<j)))
			sign = -sign
		}
		return sum
	}
	return expand(0, 0)
}
