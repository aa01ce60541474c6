package certify

import (
	"errors"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/proof/tree"
)

const (
	// maxExactVars and maxExactRows limit the linear programs that are solved in rational
	// arithmetic.
	maxExactVars = 24
	maxExactRows = 256
)

// MetError ends a search: an input of the set gives an output in the target.
type MetError struct {
	// Input is exact, and lies in every half-space of the problem's exact numbers; its
	// output lies in term Term.
	Input []*big.Rat
	Term  int
}

func (e *MetError) Error() string { return "an input of the set gives an output in the target" }

// Is reports whether a MetError is an ErrTarget too.
func (e *MetError) Is(target error) bool { return target == ErrTarget }

// exactly decides, in rational arithmetic, whether the cell meets a term of the target, or,
// for term -1, whether it has a point. It does nothing where that takes too much. The
// pieces of all units that matter must be known.
func (e *explorer) exactly(term int) error {
	q, err := e.exactProgram(term)
	if err != nil || q == nil {
		return err
	}
	x, y := q.Solve(func() bool { return e.ctx.Err() != nil })
	switch {
	case y != nil:
		return e.takeExactly(term, q, y)
	case x == nil:
		return e.ctx.Err()
	case term < 0:
		return nil
	}
	return &MetError{q.input(x), term}
}

// exactProgram is the linear program of a cell in rational arithmetic.
type exactProgram struct {
	lp.System
	exact *tree.Exact
	vars  []int // the inputs that vary
	from  []int // of each half-space: its number among the units, the cuts or the columns
	kind  []rowKind
}

type rowKind uint8

const (
	ofUnit rowKind = iota
	ofCut
	ofColumn
)

// exactProgram makes it; nil if it would be too large or its numbers are not known.
func (e *explorer) exactProgram(term int) (*exactProgram, error) {
	q := &exactProgram{exact: e.state.Exact()}
	if q.exact == nil {
		return nil, nil
	}
	lower, upper := e.state.ExactBox()
	for j, lo := range q.exact.Lo {
		if lo.Cmp(q.exact.Hi[j]) < 0 {
			q.vars = append(q.vars, j)
			q.Lower, q.Upper = append(q.Lower, lower[j]), append(q.Upper, upper[j])
		}
	}
	columns := 0
	if term >= 0 {
		columns = e.state.Columns(term)
	}
	splits := e.state.Splits()
	if len(q.vars) > maxExactVars || len(splits)+len(q.exact.Cuts)+columns > maxExactRows {
		return nil, nil
	}
	seen := map[int]bool{}
	for _, s := range splits {
		row := 2 * s.Unit
		if s.Upper {
			row++
		}
		if !seen[row] {
			seen[row] = true
			q.from, q.kind = append(q.from, row), append(q.kind, ofUnit)
		}
	}
	for i := range q.exact.Cuts {
		q.from, q.kind = append(q.from, i), append(q.kind, ofCut)
	}
	for i := range columns {
		q.from, q.kind = append(q.from, i), append(q.kind, ofColumn)
	}
	one := big.NewInt(1)
	for i := range q.from {
		x := &cert.Combination{}
		q.weigh(x, i, one)
		h, err := e.state.ExactRow(max(term, 0), x)
		if errors.Is(err, tree.ErrUnknown) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		q.add(h)
	}
	return q, nil
}

// weigh gives half-space i a multiplier.
func (q *exactProgram) weigh(x *cert.Combination, i int, v *big.Int) {
	list := [...]*[]cert.Integer{&x.Units, &x.Cuts, &x.Columns}[q.kind[i]]
	*list = append(*list, cert.Integer{Row: q.from[i], Value: v})
}

// add adds a half-space of the inputs.
func (q *exactProgram) add(h *tree.ExactHalfSpace) {
	right := new(big.Rat).Set(h.Offset)
	var row []*big.Rat
	for j, a := range h.Normal {
		if v := len(row); v < len(q.vars) && q.vars[v] == j {
			row = append(row, a)
		} else if a.Sign() != 0 {
			right.Sub(right, new(big.Rat).Mul(a, q.exact.Lo[j]))
		}
	}
	q.Rows, q.Right, q.Strict = append(q.Rows, row), append(q.Right, right), append(q.Strict, h.Strict)
}

// input is the network's input for the variables x.
func (q *exactProgram) input(x []*big.Rat) []*big.Rat {
	full := append([]*big.Rat(nil), q.exact.Lo...)
	for k, j := range q.vars {
		full[j] = x[k]
	}
	return full
}

// takeExactly takes the step that multipliers make.
func (e *explorer) takeExactly(term int, q *exactProgram, y []*big.Rat) error {
	common := new(big.Int) // their greatest common divisor
	for _, v := range y {
		common.GCD(nil, nil, common, v.Num())
	}
	x := &cert.Combination{}
	for i, v := range y {
		if v.Sign() > 0 {
			q.weigh(x, i, new(big.Int).Quo(v.Num(), common))
		}
	}
	step := &cert.Step{Kind: cert.CloseExactly, Index: term, Exact: x}
	if term < 0 {
		step = &cert.Step{Kind: cert.EmptyExactly, Exact: x}
	}
	return e.take(step)
}
