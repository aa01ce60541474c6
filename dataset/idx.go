package dataset

import (
	"encoding/binary"
	"fmt"
	"io"
)

// ReadIDX reads one array in the IDX format of the MNIST files: two zero
// bytes, a type code, the number of axes, their lengths as big-endian 32-bit
// integers, then the elements, big-endian and in row-major order (Yann LeCun,
// "The MNIST database of handwritten digits", section "File formats"). Types:
// uint8, int8, int16, int32, float32, float64.
//
// It reads no further than the array's last byte. More than [MaxElements]
// elements and a stream that ends early are errors.
func ReadIDX(r io.Reader) (*Array, error) { return readIDX(r, unknown()) }

// readIDX is ReadIDX for a stream of which more is known.
func readIDX(r io.Reader, from delivery) (*Array, error) {
	h, err := readIDXHeader(r)
	if err != nil {
		return nil, err
	}
	n, err := elements(h.shape)
	if err != nil {
		return nil, fmt.Errorf("idx: %w", err)
	}
	if err := from.check(&h, n); err != nil {
		return nil, fmt.Errorf("idx: %w", err)
	}
	data, err := readElements(r, n, h.elementType, h.order, from)
	if err != nil {
		return nil, fmt.Errorf("idx: shape %s: %w", shapeString(h.shape), err)
	}
	return &Array{Shape: h.shape, Data: data, Type: h.elementType}, nil
}

// readIDXHeader reads what precedes the elements.
func readIDXHeader(r io.Reader) (arrayHeader, error) {
	h := arrayHeader{order: binary.BigEndian}
	var start [4]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return h, fmt.Errorf("idx: no header: %w", err)
	}
	if start[0] != 0 || start[1] != 0 {
		return h, fmt.Errorf("idx: starts with bytes %#02x %#02x, want two zeros", start[0], start[1])
	}
	var ok bool
	if h.elementType, ok = typeOfIDX(start[2]); !ok {
		return h, fmt.Errorf("idx: type code %#02x, want 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e", start[2])
	}
	axes := int(start[3])
	if axes > maxAxes {
		return h, fmt.Errorf("idx: %d axes, want at most %d", axes, maxAxes)
	}
	lengths := make([]byte, 4*axes)
	if _, err := io.ReadFull(r, lengths); err != nil {
		return h, fmt.Errorf("idx: header of %d axes: %w", axes, err)
	}
	h.shape = make([]int, axes)
	for i := range h.shape {
		h.shape[i] = int(binary.BigEndian.Uint32(lengths[4*i:]))
	}
	h.length = len(start) + len(lengths)
	return h, nil
}
