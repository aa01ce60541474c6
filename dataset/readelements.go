package dataset

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/netmend/netmend/internal/within"
)

// chunkBytes is how much of a stream is read at a time.
const chunkBytes = 1 << 16

// compressed is how many numbers the elements of a compressed stream are taken for,
// for each of its bytes, as images of mostly one colour have: memory for more is taken
// when it arrives.
const compressed = 8

// delivery is what is known of a stream before it is read.
type delivery struct {
	ctx    context.Context
	bytes  int64 // of the contents, or sizeUnknown
	packed int64 // bytes that the contents are compressed to, where they are
}

// unknown is the delivery of a stream of which nothing is known.
func unknown() delivery { return delivery{ctx: context.Background(), bytes: sizeUnknown} }

// check reports a stream too short for that many bytes.
func (d *delivery) check(h *arrayHeader, n int) error {
	want := int64(h.length) + int64(n)*int64(h.elementType.size())
	if d.bytes != sizeUnknown && d.bytes < want {
		return fmt.Errorf("shape %s of %v needs %d bytes, found %d", shapeString(h.shape), h.elementType, want, d.bytes)
	}
	return nil
}

// atOnce is for how many of n elements memory is taken before they arrive: for all that
// the stream is known to deliver, or likely to. Where it grows, a header that declares
// more than the stream delivers costs no more than twice what was delivered.
func (d *delivery) atOnce(n int) int {
	if d.bytes != sizeUnknown || int64(n) <= compressed*d.packed {
		return n
	}
	return min(n, chunkBytes/8)
}

// readElements reads n elements of type t, for which it takes memory once where the
// stream is known to deliver them.
func readElements(r io.Reader, n int, t Type, order binary.ByteOrder, from delivery) ([]float64, error) {
	size := t.size()
	most := n
	if from.atOnce(n) < n {
		most += n / 2 // what is there already, when it grows to all
	}
	if err := from.needs(most, n); err != nil {
		// What is damaged, or refused for its size, is called so whatever memory is allowed.
		if got, failed := io.CopyN(io.Discard, r, int64(n)*int64(size)); failed != nil {
			return nil, ends(failed, int(got)/size, n, t)
		}
		return nil, err
	}
	buffer := make([]byte, min(chunkBytes, n*size))
	data := make([]float64, 0, from.atOnce(n))
	for len(data) < n {
		done := len(data)
		count := min(n-done, len(buffer)/size)
		block := buffer[:count*size]
		got, err := io.ReadFull(r, block)
		if err != nil {
			return nil, ends(err, done+got/size, n, t)
		}
		if cap(data) < done+count {
			capacity := min(n, 2*(done+count))
			if err := from.needs(capacity, n); err != nil {
				return nil, err // other work has taken what there was
			}
			grown := make([]float64, done, capacity)
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

// ends is the error of elements that end too soon.
func ends(err error, found, n int, t Type) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the data ends after %d elements, want %d of type %v", found, n, t)
	}
	return fmt.Errorf("after %d of %d elements: %w", found, n, err)
}

// needs asks for the memory of some of n elements.
func (d *delivery) needs(part, n int) error {
	return within.Need(d.ctx, 8*int64(part), fmt.Sprintf("reading %d numbers at once", n))
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
