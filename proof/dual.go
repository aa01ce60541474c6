package proof

import (
	"context"
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

// dual is what the multipliers y of rows A D <= b say: yᵀb and q = Aᵀy.
type dual struct {
	rhs  *big.Rat
	q    exactValues // by parameters
	free []bool      // nil: all
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
	return d, inBlocks(ctx, len(rows), workers, func(i int) (*row, error) { return m.row(&rows[i]) }, func(made []*row) {
		d.add(made, m.meetings)
	})
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

// add adds rows with their multipliers.
func (d *dual) add(made []*row, meetings [][]meeting) {
	multipliers := make([]exactValues, len(made))
	y := new(big.Rat)
	least := d.q.e
	for i, r := range made {
		multipliers[i] = exactOf([]float64{r.multiplier})
		y.SetFloat64(r.multiplier)
		d.rhs.Add(d.rhs, y.Mul(y, r.rhs))
		e := multipliers[i].e + r.g.e
		least = min(least, e, e+r.h.e)
	}
	for i := range d.q.m {
		if v := &d.q.m[i]; v.Sign() != 0 {
			v.Lsh(v, uint(d.q.e-least))
		}
	}
	d.q.e = least
	var scaled, product big.Int
	for i, r := range made {
		for u := range r.g.m {
			if r.g.m[u].Sign() == 0 || r.multiplier == 0 {
				continue
			}
			scaled.Mul(&multipliers[i].m[0], &r.g.m[u])
			e := multipliers[i].e + r.g.e
			for _, t := range meetings[u] {
				to := &d.q.m[t.parameter]
				if t.input < 0 {
					to.Add(to, product.Lsh(&scaled, uint(e-least)))
				} else if v := &r.h.m[t.input]; v.Sign() != 0 {
					product.Mul(&scaled, v)
					to.Add(to, product.Lsh(&product, uint(e+r.h.e-least)))
				}
			}
		}
	}
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

// contradiction is yᵀb + bound |Aᵀy|₁: negative, it proves that no change
// within the bound meets the rows. Without a bound (nil) the rows must cancel.
func (d *dual) contradiction(bound *float64) (*big.Rat, error) {
	size := d.excess(new(big.Rat))
	if bound == nil {
		if size.Sign() != 0 {
			return nil, fmt.Errorf("the rows do not cancel, so that a large enough change may meet them")
		}
		return d.rhs, nil
	}
	v := new(big.Rat).SetFloat64(*bound)
	v.Mul(v, size)
	return v.Add(v, d.rhs), nil
}

// lowerBound is the dual bound on the objective with n parameters in all; for
// "l2" it is half the square of that.
func (d *dual) lowerBound(o *cert.Objective, bound *float64, n int) (*big.Rat, error) {
	value := new(big.Rat).Neg(d.rhs)
	if o.Norm == "l2" {
		return value.Sub(value, d.conjugate(bound)), nil
	}
	w, winf := weights(o, n)
	over := d.excess(w)
	if over.Sub(over, winf).Sign() <= 0 {
		return value, nil
	}
	if bound == nil {
		return nil, fmt.Errorf("the multipliers give no lower bound without a bound on the changes")
	}
	return value.Sub(value, over.Mul(over, new(big.Rat).SetFloat64(*bound))), nil
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

// conjugate is Σ φ(q_i), φ(q) = q²/2 up to the bound B and B|q| - B²/2 beyond.
func (d *dual) conjugate(bound *float64) *big.Rat {
	squares, sizes := new(big.Int), new(big.Int)
	beyond := int64(0)
	var b *big.Rat
	if bound != nil {
		b = new(big.Rat).SetFloat64(*bound)
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
	return sum
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
