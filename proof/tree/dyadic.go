package tree

import (
	"errors"
	"math"
	"math/big"
	"math/bits"
	"slices"

	"github.com/netmend/netmend/nn"
)

// dyadics are exact affine forms of the numbers of a node, in the inputs that vary: row
// i is that of number i, its constant first, in units of 2^e.
type dyadics struct {
	rows [][]big.Int
	e    int
}

func newDyadics(n, terms, e int) *dyadics {
	d := &dyadics{rows: make([][]big.Int, n), e: e}
	all := make([]big.Int, n*terms)
	for i := range d.rows {
		d.rows[i] = all[i*terms : (i+1)*terms : (i+1)*terms]
	}
	return d
}

// split is v = m 2^e with m odd, or 0, 0.
func split(v float64) (m int64, e int) {
	if v == 0 {
		return 0, 0
	}
	f, e := math.Frexp(v)
	m = int64(f * (1 << 53))
	z := bits.TrailingZeros64(uint64(m))
	return m >> z, e - 53 + z
}

// lowest is the least exponent of some numbers, at most 0.
func lowest(vs []float64) int {
	low := 0
	for _, v := range vs {
		if _, e := split(v); e < low {
			low = e
		}
	}
	return low
}

// integer is v in units of 2^e, which divides it.
func integer(v float64, e int) *big.Int { return setInteger(new(big.Int), v, e) }

// setInteger makes i that number.
func setInteger(i *big.Int, v float64, e int) *big.Int {
	m, at := split(v)
	if i.SetInt64(m); m == 0 {
		return i
	}
	return i.Lsh(i, uint(at-e))
}

// lower expresses the forms in units of 2^e, where those that they have are larger.
func (d *dyadics) lower(e int) {
	if e >= d.e {
		return
	}
	for _, row := range d.rows {
		for k := range row {
			row[k].Lsh(&row[k], uint(d.e-e))
		}
	}
	d.e = e
}

// maxBits limits the exponents of exact forms.
const maxBits = 1 << 16

var errExact = errors.New("numbers too long for exact forms, or a mean, whose weights are not float64 numbers")

// forward is the affine map of a matrix w, a row for each output, and a bias.
func (d *dyadics) forward(w nn.Matrix, bias []float64) (*dyadics, error) {
	terms := 1
	if len(d.rows) > 0 {
		terms = len(d.rows[0])
	}
	least := 0
	for i := range w.Rows {
		least = min(least, lowest(w.Row(i)))
	}
	out := newDyadics(w.Rows, terms, d.e+least)
	if out.e < -maxBits {
		return nil, errExact
	}
	none := make([]bool, len(d.rows)) // units that are off
	for j, row := range d.rows {
		none[j] = !slices.ContainsFunc(row, func(v big.Int) bool { return v.Sign() != 0 })
	}
	var product, f big.Int
	for i, row := range out.rows {
		for j, v := range w.Row(i) {
			if v == 0 || none[j] {
				continue
			}
			setInteger(&f, v, least)
			for k := range row {
				if d.rows[j][k].Sign() != 0 {
					row[k].Add(&row[k], product.Mul(&d.rows[j][k], &f))
				}
			}
		}
	}
	out.lower(lowest(bias))
	for i, b := range bias {
		out.rows[i][0].Add(&out.rows[i][0], integer(b, out.e))
	}
	return out, nil
}

// through sends each number through a piece of a function.
func (d *dyadics) through(op *nn.Piecewise, pieces []uint8) (*dyadics, error) {
	least, bias := 0, 0
	for _, p := range pieces {
		least, bias = min(least, lowest(op.Slope[p:p+1])), min(bias, lowest(op.Offset[p:p+1]))
	}
	terms := len(d.rows[0])
	out := newDyadics(len(d.rows), terms, d.e+least)
	if out.e < -maxBits {
		return nil, errExact
	}
	for i, p := range pieces {
		f := integer(op.Slope[p], least)
		for k := range terms {
			out.rows[i][k].Mul(&d.rows[i][k], f)
		}
	}
	out.lower(bias)
	for i, p := range pieces {
		out.rows[i][0].Add(&out.rows[i][0], integer(op.Offset[p], out.e))
	}
	return out, nil
}
