package lp

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/vector"
)

// Problem is the linear program in d = len(Cost) variables
//
//	maximise    Cost . x
//	subject to  a_i . x <= Right[i]      for the rows a_i of Rows
//	            Lower[j] <= x_j <= Upper[j]
//
// The solver does not keep or change the slices.
type Problem struct {
	Cost []float64
	// Rows has m = len(Right) rows of d numbers, one after the other.
	Rows []float64
	// Right may hold +Inf: that row is not a constraint.
	Right []float64
	// Lower and Upper may hold infinities, where a variable has no bound; nil
	// means no bounds at all. A lower bound above the upper one is allowed and
	// makes the problem infeasible.
	Lower, Upper []float64
	// Interrupt, if not nil, is asked every few million operations, in rational
	// arithmetic before every step, whether the work is to end; it then does, with the
	// status Stopped.
	Interrupt func() bool
}

// Validate reports the first fault of the problem: slices whose lengths do not
// agree, a NaN, an infinity where a number is needed. Solving does not call it.
func (p *Problem) Validate() error {
	d, m := len(p.Cost), len(p.Right)
	if len(p.Rows) != m*d {
		return fmt.Errorf("lp: %d coefficients for %d rows of %d variables", len(p.Rows), m, d)
	}
	for j, c := range p.Cost {
		if !vector.IsFinite(c) {
			return fmt.Errorf("lp: cost %d is %v, want a finite number", j, c)
		}
	}
	for k, a := range p.Rows {
		if !vector.IsFinite(a) {
			return fmt.Errorf("lp: coefficient %d of row %d is %v, want a finite number", k%d, k/d, a)
		}
	}
	for i, b := range p.Right {
		if math.IsNaN(b) || b == math.Inf(-1) {
			return fmt.Errorf("lp: right-hand side %d is %v", i, b)
		}
	}
	for _, bounds := range []struct {
		name   string
		values []float64
		wrong  float64
	}{{"lower", p.Lower, math.Inf(1)}, {"upper", p.Upper, math.Inf(-1)}} {
		if bounds.values == nil {
			continue
		}
		if len(bounds.values) != d {
			return fmt.Errorf("lp: %d %s bounds for %d variables", len(bounds.values), bounds.name, d)
		}
		for j, b := range bounds.values {
			if math.IsNaN(b) || b == bounds.wrong {
				return fmt.Errorf("lp: %s bound of variable %d is %v", bounds.name, j, b)
			}
		}
	}
	return nil
}

// row is the row of constraint i.
func (p *Problem) row(i int) []float64 {
	d := len(p.Cost)
	return p.Rows[i*d : i*d+d : i*d+d]
}

// lower and upper are the bounds of variable j.
func (p *Problem) lower(j int) float64 {
	if p.Lower == nil {
		return math.Inf(-1)
	}
	return p.Lower[j]
}

func (p *Problem) upper(j int) float64 {
	if p.Upper == nil {
		return math.Inf(1)
	}
	return p.Upper[j]
}
