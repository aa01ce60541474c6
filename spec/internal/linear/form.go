// Package linear reads decimal numbers and computes with linear expressions in
// exact arithmetic, so that the parsers of requirements round every coefficient
// once, to the nearest float64, however it was written.
package linear

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
)

// Form is the linear expression Σ c_v v + constant over variables numbered by
// the caller. The zero value is 0. Operations leave their operands unchanged.
type Form struct {
	coefficients map[int]*big.Rat // never zero
	constant     *big.Rat         // nil is 0
}

// Constant is the form of a number.
func Constant(r *big.Rat) Form { return Form{constant: r} }

// Variable is the form of one variable.
func Variable(v int) Form {
	return Form{coefficients: map[int]*big.Rat{v: big.NewRat(1, 1)}}
}

// ConstantTerm is the form's constant.
func (f Form) ConstantTerm() *big.Rat {
	if f.constant == nil {
		return new(big.Rat)
	}
	return f.constant
}

// Variables lists the variables with a coefficient other than zero, ascending.
func (f Form) Variables() []int { return slices.Sorted(maps.Keys(f.coefficients)) }

// Coefficient is that of a variable.
func (f Form) Coefficient(v int) *big.Rat {
	if c := f.coefficients[v]; c != nil {
		return c
	}
	return new(big.Rat)
}

// IsConstant reports whether no variable is left.
func (f Form) IsConstant() bool { return len(f.coefficients) == 0 }

// Scale is r f.
func (f Form) Scale(r *big.Rat) (Form, error) { return Form{}.AddScaled(f, r) }

// Sum is f + g.
func (f Form) Sum(g Form) (Form, error) { return f.AddScaled(g, big.NewRat(1, 1)) }

// Minus is f - g.
func (f Form) Minus(g Form) (Form, error) { return f.AddScaled(g, big.NewRat(-1, 1)) }

// Times is f g. It fails if both have variables.
func (f Form) Times(g Form) (Form, error) {
	switch {
	case g.IsConstant():
		return f.Scale(g.ConstantTerm())
	case f.IsConstant():
		return g.Scale(f.ConstantTerm())
	}
	return Form{}, errors.New("a product of two variables is not linear")
}

// AddScaled is f + r g. It fails if an exact result has too many digits.
func (f Form) AddScaled(g Form, r *big.Rat) (Form, error) {
	sum := Form{coefficients: maps.Clone(f.coefficients), constant: new(big.Rat)}
	sum.constant.Add(f.ConstantTerm(), new(big.Rat).Mul(r, g.ConstantTerm()))
	if grown(sum.constant) {
		return Form{}, errGrown
	}
	if sum.coefficients == nil {
		sum.coefficients = map[int]*big.Rat{}
	}
	for v, c := range g.coefficients {
		total := new(big.Rat).Add(f.Coefficient(v), new(big.Rat).Mul(r, c))
		if grown(total) {
			return Form{}, errGrown
		}
		if total.Sign() == 0 {
			delete(sum.coefficients, v)
		} else {
			sum.coefficients[v] = total
		}
	}
	return sum, nil
}

func grown(r *big.Rat) bool { return r.Num().BitLen() > maxBits || r.Denom().BitLen() > maxBits }

// Nearest rounds to the nearest float64, ties to even. It fails beyond its
// range.
func Nearest(r *big.Rat) (float64, error) {
	v, _ := r.Float64()
	if math.IsInf(v, 0) {
		return 0, fmt.Errorf("%s is beyond the range of float64", Quote(Decimal(r)))
	}
	return v, nil
}
