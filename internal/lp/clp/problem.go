//go:build clp

package clp

import (
	"errors"
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/vector"
)

// Problem is the linear program in n variables
//
//	minimise    Cost·x
//	subject to  Row.Lower <= a·x <= Row.Upper  for each row a of Rows
//	            Lower <= x <= Upper.
//
// Bounds may be infinite; a nil Lower or Upper means no bound on any variable.
type Problem struct {
	Cost         []float64 // length n
	Lower, Upper []float64 // length n, or nil
	Rows         []Row
}

// Row is one constraint Lower <= a·x <= Upper.
type Row struct {
	// Index holds the positions of the nonzero coefficients in a, each at
	// most once. A nil Index makes the row dense.
	Index []int
	// Value holds the coefficients at Index, or all n of a dense row.
	Value        []float64
	Lower, Upper float64
}

// Status says how a solve ended.
type Status int

// The ways a solve ends.
const (
	Optimal    Status = iota // an optimum within the tolerances
	Infeasible               // no feasible point, within the tolerances
	Unbounded                // the cost falls without end, or there is no feasible point
	Stopped                  // the iteration limit or a numerical failure
)

func (s Status) String() string {
	switch s {
	case Optimal:
		return "optimal"
	case Infeasible:
		return "infeasible"
	case Unbounded:
		return "unbounded"
	case Stopped:
		return "stopped"
	}
	return fmt.Sprintf("Status(%d)", int(s))
}

// Result is what a solve found.
type Result struct {
	Status     Status
	Objective  float64   // Cost·X
	X          []float64 // length n; meaningful when Optimal
	Iterations int       // simplex iterations

	// Dual holds one multiplier y per row, meaningful when Optimal. With the
	// reduced costs d = Cost - A^T y the cost of every feasible point is at
	// least
	//
	//	Σ min(y·Row.Lower, y·Row.Upper as y > 0 or y < 0)
	//	  + Σ (d·Lower, d·Upper as d > 0 or d < 0),
	//
	// and at the optimum equal to it up to the tolerances.
	Dual []float64

	// Ray is a certificate, or nil where CLP gives none.
	//
	// When Infeasible it holds Farkas multipliers y, one a row: the least
	// that the rows allow y·(A x) to be, y·Row.Lower where y > 0 and
	// y·Row.Upper where y < 0, is more than the most that the bounds of the
	// variables allow it to be.
	//
	// When Unbounded it holds a direction, one element per variable, along
	// which feasible points stay feasible and the cost falls.
	Ray []float64
}

// Options bound the effort and the errors of a solve. The zero value asks for
// the defaults.
type Options struct {
	// PrimalTolerance is how far a row or bound may be violated, absolutely
	// and unscaled. 0 means DefaultTolerance.
	PrimalTolerance float64
	// DualTolerance is how far a reduced cost may have the wrong sign. 0
	// means DefaultTolerance.
	DualTolerance float64
	// MaxIterations ends a solve with the status Stopped. 0 means no limit.
	MaxIterations int
}

// DefaultTolerance is tighter than CLP's own 1e-7, which would leave an optimum
// uncertain in the digits that a cross-check compares.
const DefaultTolerance = 1e-9

// validate reports the first fault of the problem.
func (p *Problem) validate() error {
	n := len(p.Cost)
	for j, c := range p.Cost {
		if !vector.IsFinite(c) {
			return fmt.Errorf("cost %d is %v, want a finite number", j, c)
		}
	}
	if err := p.validateBounds(); err != nil {
		return err
	}
	lastRow := make([]int, n) // the last row, from 1, that has a coefficient at j
	for i, r := range p.Rows {
		if math.IsNaN(r.Lower) || math.IsNaN(r.Upper) {
			return fmt.Errorf("row %d has bounds [%v, %v]", i, r.Lower, r.Upper)
		}
		want := len(r.Index)
		if r.Index == nil {
			want = n
		}
		if len(r.Value) != want {
			return fmt.Errorf("row %d has %d values, want %d", i, len(r.Value), want)
		}
		for k, v := range r.Value {
			if !vector.IsFinite(v) {
				return fmt.Errorf("row %d: coefficient %d is %v, want a finite number", i, k, v)
			}
		}
		for _, j := range r.Index {
			if j < 0 || j >= n {
				return fmt.Errorf("row %d: index %d is outside [0, %d)", i, j, n)
			}
			if lastRow[j] == i+1 {
				return fmt.Errorf("row %d has index %d twice", i, j)
			}
			lastRow[j] = i + 1
		}
	}
	return nil
}

// validateBounds reports the first fault of the variables' bounds.
func (p *Problem) validateBounds() error {
	n := len(p.Cost)
	for _, bound := range [][]float64{p.Lower, p.Upper} {
		if bound == nil {
			continue
		}
		if len(bound) != n {
			return fmt.Errorf("%d bounds for %d variables", len(bound), n)
		}
		for j, b := range bound {
			if math.IsNaN(b) {
				return fmt.Errorf("a bound of variable %d is not a number", j)
			}
		}
	}
	return nil
}

func (o Options) validate() error {
	if !(o.PrimalTolerance >= 0) || !(o.DualTolerance >= 0) || o.MaxIterations < 0 {
		return errors.New("tolerances and iteration limit must not be negative")
	}
	return nil
}
