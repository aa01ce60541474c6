package cert

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
)

// Combination are the multipliers of a CloseExactly or an EmptyExactly: integers above 0, of
// half-spaces that the checker computes without rounding.
type Combination struct {
	// Units are of the pieces that units execute: Row is 2 i for "unit i lies below its
	// piece's upper end", and 2 i + 1 for "from its piece's lower end up".
	Units []Integer
	// Cuts are of the half-spaces of the input set, and Columns of those of the term.
	Cuts, Columns []Integer
}

// Integer is an integral multiplier of a half-space with a number.
type Integer struct {
	Row   int
	Value *big.Int
}

// maxIntegerBytes bounds an Integer: those of deep networks have some thousand bytes.
const maxIntegerBytes = 1 << 16

// appendExact appends the three lists, each as its number as uvarint and, for each, the
// row as uvarint, the number of bytes of the integer as uvarint, and these in big-endian
// order.
func appendExact(b []byte, x *Combination) []byte {
	for _, list := range [...][]Integer{x.Units, x.Cuts, x.Columns} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, w := range list {
			b = binary.AppendUvarint(b, uint64(w.Row))
			v := w.Value.Bytes()
			b = binary.AppendUvarint(b, uint64(len(v)))
			b = append(b, v...)
		}
	}
	return b
}

func (r *StepReader) exact() (*Combination, error) {
	x := &Combination{}
	for _, list := range [...]*[]Integer{&x.Units, &x.Cuts, &x.Columns} {
		n, err := r.count()
		if err != nil {
			return nil, err
		}
		if n > len(r.rest)/3 {
			return nil, errCut
		}
		for range n {
			w, err := r.integer()
			if err != nil {
				return nil, err
			}
			*list = append(*list, w)
		}
	}
	return x, nil
}

func (r *StepReader) integer() (Integer, error) {
	row, err := r.count()
	if err != nil {
		return Integer{}, err
	}
	n, err := r.count()
	switch {
	case err != nil:
		return Integer{}, err
	case n > maxIntegerBytes:
		return Integer{}, fmt.Errorf("a multiplier of %d bytes, want at most %d", n, maxIntegerBytes)
	case n > len(r.rest):
		return Integer{}, errCut
	case n == 0 || r.rest[0] == 0:
		return Integer{}, errors.New("a multiplier is 0, or has leading zeros")
	}
	v := new(big.Int).SetBytes(r.rest[:n])
	r.rest = r.rest[n:]
	return Integer{row, v}, nil
}
