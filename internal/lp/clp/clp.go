//go:build clp

package clp

/*
#cgo CFLAGS: -I/usr/include/coin
#cgo LDFLAGS: -lClp
#include <Clp_C_Interface.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// Solve solves p by CLP's dual simplex method, from the basis of slacks,
// without presolve and without scaling. An error means that p or o is not
// well-formed; how the solve ended is the result's status.
func Solve(p *Problem, o Options) (*Result, error) {
	if err := p.validate(); err != nil {
		return nil, err
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	model := C.Clp_newModel()
	if model == nil {
		return nil, errors.New("CLP could not allocate a model")
	}
	defer C.Clp_deleteModel(model)
	C.Clp_setLogLevel(model, 0)
	C.Clp_scaling(model, scalingOff)
	C.Clp_setPrimalTolerance(model, tolerance(o.PrimalTolerance))
	C.Clp_setDualTolerance(model, tolerance(o.DualTolerance))
	if o.MaxIterations > 0 {
		C.Clp_setMaximumIterations(model, C.int(min(o.MaxIterations, math.MaxInt32)))
	}
	if err := load(model, p); err != nil {
		return nil, err
	}

	C.Clp_dual(model, 0)
	r := result(model)
	if r.Status == Unbounded || r.Status == Stopped && o.MaxIterations == 0 {
		// The dual method met only the artificial bounds that it starts with;
		// the primal method decides and finds a direction.
		before := r.Iterations
		C.Clp_primal(model, 0)
		r = result(model)
		r.Iterations += before
	}
	if r.Status == Infeasible {
		r.Ray = farkas(model)
	}
	return r, nil
}

// farkas returns the Farkas multipliers of a model that CLP found infeasible. The
// ray of the first solve can have the cost mixed in, because the dual method
// gives hard cases to the primal one; with a cost of zero every basis is dual
// feasible and the ray is a true one.
func farkas(model unsafe.Pointer) []float64 {
	zero := make([]C.double, C.Clp_numberColumns(model))
	C.Clp_chgObjCoefficients(model, unsafe.SliceData(zero))
	C.Clp_dual(model, 0)
	y := ray(model, C.Clp_infeasibilityRay(model), int(C.Clp_numberRows(model)))
	for i := range y {
		y[i] = -y[i] // CLP counts the violation as negative
	}
	return y
}

// scalingOff is Clp_scaling's mode without scaling; the package comment says
// why.
const scalingOff = 0

func tolerance(t float64) C.double {
	if t == 0 {
		t = DefaultTolerance
	}
	return C.double(t)
}

// load copies the problem into the model. CLP takes the matrix by columns.
func load(model unsafe.Pointer, p *Problem) error {
	n, m := len(p.Cost), len(p.Rows)
	start := make([]C.CoinBigIndex, n+1)
	count := 0
	for _, r := range p.Rows {
		count += len(r.Value)
		for k := range r.Value {
			start[r.column(k)+1]++
		}
	}
	if max(n, m, count) > math.MaxInt32 {
		return fmt.Errorf("%d rows, %d columns and %d coefficients are more than CLP can index", m, n, count)
	}
	for j := range n {
		start[j+1] += start[j]
	}
	index := make([]C.int, count)
	value := make([]C.double, count)
	next := append([]C.CoinBigIndex(nil), start...)
	for i, r := range p.Rows {
		for k, v := range r.Value {
			at := &next[r.column(k)]
			index[*at], value[*at] = C.int(i), C.double(v)
			*at++
		}
	}
	rowLower, rowUpper := make([]C.double, m), make([]C.double, m)
	for i, r := range p.Rows {
		rowLower[i], rowUpper[i] = bound(r.Lower), bound(r.Upper)
	}
	cost := make([]C.double, n)
	lower, upper := make([]C.double, n), make([]C.double, n)
	for j, c := range p.Cost {
		cost[j], lower[j], upper[j] = C.double(c), bound(math.Inf(-1)), bound(math.Inf(1))
		if p.Lower != nil {
			lower[j] = bound(p.Lower[j])
		}
		if p.Upper != nil {
			upper[j] = bound(p.Upper[j])
		}
	}
	C.Clp_loadProblem(model, C.int(n), C.int(m),
		unsafe.SliceData(start), unsafe.SliceData(index), unsafe.SliceData(value),
		unsafe.SliceData(lower), unsafe.SliceData(upper), unsafe.SliceData(cost),
		unsafe.SliceData(rowLower), unsafe.SliceData(rowUpper))
	return nil
}

// column returns the column of the row's k-th stored coefficient.
func (r *Row) column(k int) int {
	if r.Index == nil {
		return k
	}
	return r.Index[k]
}

// bound writes infinities as CLP does, as the largest finite number.
func bound(x float64) C.double {
	return C.double(max(-math.MaxFloat64, min(x, math.MaxFloat64)))
}

// result copies what the last solve left in the model.
func result(model unsafe.Pointer) *Result {
	n, m := int(C.Clp_numberColumns(model)), int(C.Clp_numberRows(model))
	r := &Result{
		Objective:  float64(C.Clp_objectiveValue(model)),
		X:          copied(C.Clp_primalColumnSolution(model), n),
		Dual:       copied(C.Clp_dualRowSolution(model), m),
		Iterations: int(C.Clp_numberIterations(model)),
	}
	switch C.Clp_status(model) {
	case 0:
		r.Status = Optimal
	case 1:
		r.Status = Infeasible
	case 2:
		r.Status = Unbounded
		r.Ray = ray(model, C.Clp_unboundedRay(model), n)
	default:
		r.Status = Stopped
	}
	return r
}

// ray copies and frees the n numbers at p, which may be nil.
func ray(model unsafe.Pointer, p *C.double, n int) []float64 {
	if p == nil {
		return nil
	}
	defer C.Clp_freeRay(model, p)
	return copied(p, n)
}

// copied returns the n numbers at p.
func copied(p *C.double, n int) []float64 {
	out := make([]float64, n)
	for i, x := range unsafe.Slice(p, n) {
		out[i] = float64(x)
	}
	return out
}
