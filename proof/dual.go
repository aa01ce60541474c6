package proof

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
)

// maxProducts bounds the work of adding up a certificate's rows, in products of
// integers, a minute or two, and by an eighth of its products that of making
// them.
const maxProducts = 1 << 28

// products is how many an evaluation of the network takes.
func (n *network) products() int {
	sum := 0
	for i := range n.nodes {
		if a := n.nodes[i].value; a != nil {
			sum += len(a.w)
		}
	}
	return sum
}

// dual is what the multipliers y of rows A D <= b say: yᵀb and q = Aᵀy, both times
// the common denominator of the multipliers, powers of 2 apart.
type dual struct {
	rhs    *big.Rat
	q      exactValues // by parameters
	free   []bool      // nil: all
	den    *big.Int    // positive
	strict bool        // some row with y > 0 is strict
}

// newDual adds up the rows of a certificate. It fails for a row that is not
// implied by the requirement.
func newDual(ctx context.Context, m *rowMaker, rows []cert.Row, free []bool, workers int) (*dual, error) {
	pairs := 0
	for _, t := range m.meetings {
		pairs += len(t)
	}
	if n := max(pairs, m.net.products()/8); len(rows) > 0 && n > maxProducts/len(rows) {
		return nil, fmt.Errorf("%w: %d rows of this network are beyond the limit of the checker", ErrUnknown, len(rows))
	}
	d := &dual{rhs: new(big.Rat), free: free, q: exactValues{m: make([]big.Int, m.parameters), e: noExponent}}
	y, err := multipliers(rows)
	if err != nil {
		return nil, err
	}
	d.den = y.den
	var failed error
	err = inBlocks(ctx, len(rows), workers, func(i int) (*row, error) {
		r, err := m.row(&rows[i])
		if err == nil {
			r.multiplier = y.dyadic(i)
		}
		return r, err
	}, func(made []*row) {
		if failed == nil {
			failed = d.add(made, m.meetings)
		}
	})
	return d, errors.Join(err, failed)
}

// maxDenominator bounds the common denominator of a certificate's multipliers, in
// bits, powers of 2 apart.
const maxDenominator = 1 << 12

// multiplierList are the multipliers of rows, and the common denominator with which
// they are dyadic.
type multiplierList struct {
	y   []*big.Rat
	den *big.Int
}

func multipliers(rows []cert.Row) (*multiplierList, error) {
	l := &multiplierList{y: make([]*big.Rat, len(rows)), den: big.NewInt(1)}
	var t big.Int
	for i := range rows {
		y, err := rows[i].Multiplier.Rat()
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		l.y[i] = y
		odd := new(big.Int).Rsh(y.Denom(), y.Denom().TrailingZeroBits())
		if odd.IsInt64() && odd.Int64() == 1 {
			continue
		}
		t.GCD(nil, nil, l.den, odd)
		l.den.Mul(l.den, t.Quo(odd, &t))
		if l.den.BitLen() > maxDenominator {
			return nil, fmt.Errorf("the multipliers have a common denominator of more than %d bits", maxDenominator)
		}
	}
	return l, nil
}

// dyadic is multiplier i times the common denominator.
func (l *multiplierList) dyadic(i int) exactValues {
	v := new(big.Rat).SetInt(l.den)
	v.Mul(v, l.y[i])
	return exactValues{m: []big.Int{*v.Num()}, e: -int(v.Denom().TrailingZeroBits())}
}

// rowBlock is how many rows are at hand at a time: each takes memory for a layer's
// inputs and outputs.
const rowBlock = 1 << 8

// inBlocks makes rows 0 to n-1 in parallel and adds them up block by block.
func inBlocks[R any](ctx context.Context, n, workers int, row func(int) (R, error), add func([]R)) error {
	for from := 0; from < n; from += rowBlock {
		made := make([]R, min(rowBlock, n-from))
		err := parallel(len(made), workers, func(i int) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			if made[i], err = row(from + i); err != nil {
				return fmt.Errorf("row %d: %w", from+i, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		add(made)
	}
	return nil
}

// maxSum bounds the room for the sums of a certificate's rows, in bytes.
const maxSum = 1 << 28

// ends are the exponents of the smallest and the largest power of 2 in numbers that
// are not all 0.
func (v *exactValues) ends() (least, most int, any bool) {
	for i := range v.m {
		if n := v.m[i].BitLen(); n > 0 {
			most, any = max(most, n), true
		}
	}
	return v.e, v.e + most, any
}

// add adds rows with their multipliers.
func (d *dual) add(made []*row, meetings [][]meeting) error {
	least, most := d.q.e, d.q.e
	if lo, hi, any := d.q.ends(); any {
		least, most = lo, hi
	}
	term := new(big.Rat)
	for _, r := range made {
		y := &r.multiplier
		d.rhs.Add(d.rhs, term.Mul(rational(&y.m[0], y.e), r.rhs))
		d.strict = d.strict || r.strict && y.m[0].Sign() > 0
		for _, h := range []*exactValues{&r.h, &r.scale} {
			yl, ym, ok := y.ends()
			gl, gm, also := r.g.ends()
			if hl, hm, any := h.ends(); ok && also && any {
				if least == noExponent {
					most = yl + gl + hl
				}
				least, most = min(least, yl+gl+hl), max(most, ym+gm+hm)
			}
		}
	}
	if n := most - least; n/8 > maxSum/max(len(d.q.m), 1) {
		return fmt.Errorf("%w: sums of %d numbers of %d bits are beyond the limit of the checker", ErrUnknown, len(d.q.m), n)
	}
	for i := range d.q.m {
		if v := &d.q.m[i]; v.Sign() != 0 {
			v.Lsh(v, uint(d.q.e-least))
		}
	}
	d.q.e = least
	var scaled, product big.Int
	for _, r := range made {
		if r.multiplier.m[0].Sign() == 0 {
			continue
		}
		for u := range r.g.m {
			if r.g.m[u].Sign() == 0 {
				continue
			}
			scaled.Mul(&r.multiplier.m[0], &r.g.m[u])
			e := r.multiplier.e + r.g.e
			for _, t := range meetings[u] {
				v, by := &r.scale.m[0], r.scale.e
				if t.input >= 0 {
					if v, by = &r.h.m[t.input], r.h.e; v.Sign() == 0 {
						continue
					}
				}
				product.Mul(&scaled, v)
				d.q.m[t.parameter].Add(&d.q.m[t.parameter], product.Lsh(&product, uint(e+by-least)))
			}
		}
	}
	return nil
}

// excess is Σ max(0, |q_i| - w) over the free parameters.
func (d *dual) excess(w *big.Rat) *big.Rat {
	// In units of 2^e/den, so that all is integer.
	sum, v, least := new(big.Int), new(big.Int), new(big.Int)
	den := big.NewInt(1)
	if w.Sign() > 0 {
		least.Set(w.Num())
		den.Set(w.Denom())
		if d.q.e < 0 {
			least.Lsh(least, uint(-d.q.e))
		} else {
			den.Lsh(den, uint(d.q.e))
		}
	}
	for i := range d.q.m {
		if d.free != nil && !d.free[i] || d.q.m[i].Sign() == 0 {
			continue
		}
		v.Abs(&d.q.m[i])
		v.Mul(v, den)
		if v.Sub(v, least); v.Sign() > 0 {
			sum.Add(sum, v)
		}
	}
	if w.Sign() > 0 && d.q.e >= 0 {
		return new(big.Rat).SetFrac(sum, w.Denom())
	}
	r := rational(sum, d.q.e)
	return r.Quo(r, new(big.Rat).SetInt(den))
}

// contradiction is yᵀb + bound |Aᵀy|₁: negative, or 0 if a row is strict, it
// proves that no change within the bound meets the rows. Without a bound (nil) the
// rows must cancel.
func (d *dual) contradiction(bound *float64) (*big.Rat, error) {
	size := d.excess(new(big.Rat))
	v := new(big.Rat)
	if bound != nil {
		v.SetFloat64(*bound)
		v.Mul(v, size)
	} else if size.Sign() != 0 {
		return nil, fmt.Errorf("the rows do not cancel, so that a large enough change may meet them")
	}
	v.Add(v, d.rhs)
	return v.Quo(v, new(big.Rat).SetInt(d.den)), nil
}

// infeasible is the contradiction; an error where it proves nothing.
func (d *dual) infeasible(bound *float64) (*big.Rat, error) {
	v, err := d.contradiction(bound)
	switch {
	case err != nil:
		return nil, err
	case v.Sign() == 0 && !d.strict:
		return nil, errors.New("the multipliers prove nothing: they leave 0, and no row is strict")
	case v.Sign() > 0:
		return nil, fmt.Errorf("the multipliers prove nothing: they leave %.6g, not a negative number", float(v))
	}
	return v, nil
}

// lowerBound is the dual bound on the objective with n parameters in all; for
// "l2" it is half the square of that. Where rows are strict, no change need attain it.
func (d *dual) lowerBound(o *cert.Objective, bound *float64, n int) (*big.Rat, error) {
	den := new(big.Rat).SetInt(d.den)
	value := new(big.Rat).Neg(d.rhs)
	if o.Norm == "l2" {
		value.Quo(value, den)
		return value.Sub(value, d.conjugate(bound)), nil
	}
	// The formula times the denominator.
	w, winf := weights(o, n)
	over := d.excess(w.Mul(w, den))
	if over.Sub(over, winf.Mul(winf, den)).Sign() > 0 {
		if bound == nil {
			return nil, fmt.Errorf("the multipliers give no lower bound without a bound on the changes")
		}
		value.Sub(value, over.Mul(over, new(big.Rat).SetFloat64(*bound)))
	}
	return value.Quo(value, den), nil
}

// weights of Σ|D_i| and max|D_i| in an objective.
func weights(o *cert.Objective, n int) (w, winf *big.Rat) {
	w, winf = new(big.Rat), new(big.Rat)
	switch o.Norm {
	case "l1":
		w.SetInt64(1)
	case "linf":
		winf.SetInt64(1)
	default:
		w.SetFloat64(o.L1Weight)
		w.Quo(w, new(big.Rat).SetInt64(int64(n)))
		winf.SetFloat64(o.LinfWeight)
	}
	return w, winf
}

// conjugate is Σ φ(q_i), φ(q) = q²/2 up to the bound B and B|q| - B²/2 beyond. It is
// computed times the square of the denominator.
func (d *dual) conjugate(bound *float64) *big.Rat {
	squares, sizes := new(big.Int), new(big.Int)
	beyond := int64(0)
	den := new(big.Rat).SetInt(d.den)
	var b *big.Rat
	if bound != nil {
		b = new(big.Rat).SetFloat64(*bound)
		b.Mul(b, den)
	}
	var v big.Int
	for i := range d.q.m {
		if d.free != nil && !d.free[i] || d.q.m[i].Sign() == 0 {
			continue
		}
		v.Abs(&d.q.m[i])
		if b != nil && rational(&v, d.q.e).Cmp(b) > 0 {
			sizes.Add(sizes, &v)
			beyond++
			continue
		}
		squares.Add(squares, v.Mul(&v, &v))
	}
	sum := rational(squares, 2*d.q.e)
	sum.Quo(sum, big.NewRat(2, 1))
	if beyond > 0 {
		t := rational(sizes, d.q.e)
		sum.Add(sum, t.Mul(t, b))
		t.Mul(b, b)
		sum.Sub(sum, t.Mul(t, big.NewRat(beyond, 2)))
	}
	return sum.Quo(sum, den.Mul(den, den))
}

// change is the exact change of a layer's value parameters, out x in numbers,
// the bias last.
func change(from, to *nn.Params) exactValues {
	in := from.Weight.Cols + 1
	v := make([]float64, 0, 2*from.Weight.Rows*in)
	for _, p := range []*nn.Params{from, to} {
		for j := range p.Weight.Rows {
			v = append(v, p.Weight.Row(j)...)
			v = append(v, p.Bias[j])
		}
	}
	all := exactOf(v)
	n := from.Weight.Rows * in
	d := exactValues{m: all.m[n:], e: all.e}
	for i := range d.m {
		d.m[i].Sub(&d.m[i], &all.m[i])
	}
	return d
}

// objective of a change: for "l2" half the square of it.
func objective(o *cert.Objective, d exactValues) *big.Rat {
	sum, largest, squares := new(big.Int), new(big.Int), new(big.Int)
	var v big.Int
	for i := range d.m {
		v.Abs(&d.m[i])
		sum.Add(sum, &v)
		if v.Cmp(largest) > 0 {
			largest.Set(&v)
		}
		squares.Add(squares, v.Mul(&v, &v))
	}
	if o.Norm == "l2" {
		r := rational(squares, 2*d.e)
		return r.Quo(r, big.NewRat(2, 1))
	}
	w, winf := weights(o, len(d.m))
	r := w.Mul(w, rational(sum, d.e))
	return r.Add(r, winf.Mul(winf, rational(largest, d.e)))
}

// claimed is a number claimed of an objective, as objective and lowerBound count.
func claimed(o *cert.Objective, v float64) *big.Rat {
	r := new(big.Rat).SetFloat64(v)
	if o.Norm == "l2" {
		r.Mul(r, r)
		r.Quo(r, big.NewRat(2, 1))
	}
	return r
}
