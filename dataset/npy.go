package dataset

import (
	"fmt"
	"io"
	"math"

	"github.com/netmend/netmend/internal/atomicfile"
)

// sizeUnknown marks a stream whose length is not known beforehand.
const sizeUnknown = -1

// ReadNPY reads one array in NumPy's .npy format, versions 1.0 to 3.0
// (NumPy Enhancement Proposal 1): float16 to float64, int8 to int64, uint8 to
// uint64 and bool, either byte order, either storage order. The result is in
// row-major order. NaN and infinite values are kept.
//
// It reads no further than the array's last byte. An integer beyond ±2^53, a
// type that is not listed (complex, text, objects, records), more than
// [MaxElements] elements and a stream that ends early are errors.
func ReadNPY(r io.Reader) (*Array, error) { return readNPY(r, unknown()) }

// readNPY is ReadNPY for a stream of which more is known.
func readNPY(r io.Reader, from delivery) (*Array, error) {
	h, err := readNPYHeader(r)
	if err != nil {
		return nil, err
	}
	n, err := elements(h.shape)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	if err := from.check(&h, n); err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	data, err := readElements(r, n, h.elementType, h.order, from)
	if err != nil {
		return nil, fmt.Errorf("npy: shape %s: %w", shapeString(h.shape), err)
	}
	if h.columnMajor {
		if err := from.needs(n, n); err != nil {
			return nil, err
		}
		data = fromColumnMajor(data, h.shape)
	}
	return &Array{Shape: h.shape, Data: data, Type: h.elementType}, nil
}

// WriteNPY writes a as a .npy file, version 1.0, little-endian, in row-major
// order and with elements of a.Type. A value that a.Type cannot hold exactly is
// an error.
//
// The file appears whole or not at all: it is written under a temporary name
// in the same folder and then renamed.
func WriteNPY(path string, a *Array) error {
	return atomicfile.Write(path, func(w io.Writer) error { return EncodeNPY(w, a) })
}

// EncodeNPY writes an array to w, as [WriteNPY] does to a file.
func EncodeNPY(w io.Writer, a *Array) error {
	if err := a.check(); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	if int(a.Type) >= len(typeInfo) {
		return fmt.Errorf("npy: no element type %v", a.Type)
	}
	mark := "<"
	if a.Type.size() == 1 {
		mark = "|"
	}
	text := fmt.Sprintf("{'descr': '%s%s', 'fortran_order': False, 'shape': %s, }",
		mark, typeInfo[a.Type].numpy, shapeString(a.Shape))
	// The elements start at a multiple of 64 bytes and the header ends with a
	// line feed, as the format asks.
	const fixed = len(npyMagic) + 2 + 2
	const alignment = 64
	length := (fixed+len(text)+1+alignment-1)/alignment*alignment - fixed
	if length > math.MaxUint16 {
		return fmt.Errorf("npy: header of %d bytes is too long for version 1.0", length)
	}
	header := append([]byte(npyMagic), 1, 0, byte(length), byte(length>>8))
	header = append(header, text...)
	for len(header) < fixed+length-1 {
		header = append(header, ' ')
	}
	header = append(header, '\n')
	if _, err := w.Write(header); err != nil {
		return err
	}
	buffer := make([]byte, 0, chunkBytes)
	for i, v := range a.Data {
		var err error
		if buffer, err = appendElement(buffer, v, a.Type); err != nil {
			return fmt.Errorf("npy: element %d: %w", i, err)
		}
		if len(buffer) > chunkBytes-8 {
			if _, err := w.Write(buffer); err != nil {
				return err
			}
			buffer = buffer[:0]
		}
	}
	_, err := w.Write(buffer)
	return err
}
