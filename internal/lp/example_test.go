package lp_test

import (
	"fmt"

	"github.com/netmend/netmend/internal/lp"
)

func ExampleSolver() {
	// The most of x + 2 y with x + y <= 4, x + 3 y <= 6, 0 <= x, y <= 10.
	p := &lp.Problem{
		Cost:  []float64{1, 2},
		Rows:  []float64{1, 1, 1, 3},
		Right: []float64{4, 6},
		Lower: []float64{0, 0},
		Upper: []float64{10, 10},
	}
	s := lp.New(2)
	status := s.Solve(p)
	y := make([]float64, len(p.Right))
	s.Multipliers(y)
	fmt.Printf("%v %.4g %.4g %.4g\n", status, s.X(), s.Objective(), y)
	fmt.Println(p.UpperBound(y) < s.Objective()+1e-12)

	// With x + y >= 5 there is nothing left, and the multipliers prove it.
	p.Rows = append(p.Rows, -1, -1)
	p.Right = append(p.Right, -5)
	status = s.Resolve(p)
	y = make([]float64, len(p.Right))
	s.Multipliers(y)
	fmt.Printf("%v %.4f %v\n", status, y, p.Refutes(y))
	// Output:
	// optimal [3 1] 5 [0.5 0.5]
	// true
	// infeasible [0.5000 0.0000 0.5000] true
}
