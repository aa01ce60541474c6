package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// chunkBytes is how much of a stream is read before the memory for the next
// part is taken: a header that declares more than the stream delivers costs no
// more than twice what was delivered.
const chunkBytes = 1 << 16

// readElements reads n elements of type t. With delivered, the caller has
// checked that r holds that many, and the result is allocated at once;
// otherwise it grows with what arrives.
func readElements(r io.Reader, n int, t Type, order binary.ByteOrder, delivered bool) ([]float64, error) {
	size := t.size()
	buffer := make([]byte, min(chunkBytes, n*size))
	capacity := len(buffer) / size
	if delivered {
		capacity = n
	}
	data := make([]float64, 0, capacity)
	for len(data) < n {
		done := len(data)
		count := min(n-done, len(buffer)/size)
		block := buffer[:count*size]
		got, err := io.ReadFull(r, block)
		if err != nil {
			found := done + got/size
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, fmt.Errorf("the data ends after %d elements, want %d of type %v", found, n, t)
			}
			return nil, fmt.Errorf("after %d of %d elements: %w", found, n, err)
		}
		if cap(data) < done+count {
			grown := make([]float64, done, min(n, 2*(done+count)))
			copy(grown, data)
			data = grown
		}
		data = data[:done+count]
		if err := decode(data[done:], block, t, order); err != nil {
			var bad *valueError
			if errors.As(err, &bad) {
				bad.index += done
			}
			return nil, err
		}
	}
	return data, nil
}

// expectEnd returns an error unless r is at its end. Reading past the last
// element also makes gzip and zip readers verify their checksum.
func expectEnd(r io.Reader) error {
	var one [1]byte
	switch n, err := io.ReadFull(r, one[:]); {
	case n > 0:
		return errors.New("data after the array: only one array a file can be read")
	case !errors.Is(err, io.EOF):
		return err
	}
	return nil
}
