package dataset

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
)

// ErrColumnMajor is the error of [OpenStream] for arrays that cannot be streamed.
var ErrColumnMajor = errors.New("npy: the array is stored in column-major (Fortran) order, which cannot be streamed: store it in row-major order")

// openArray prepares to stream the array that r holds.
func (s *Stream) openArray(r io.Reader, o Options, header func(io.Reader) (arrayHeader, error)) error {
	h, err := header(r)
	if err != nil {
		return err
	}
	if h.columnMajor && len(h.shape) > 1 {
		return ErrColumnMajor
	}
	if err := countable(h.shape); err != nil {
		return err
	}
	rows, ok := splitShape(h.shape, o.Dim)
	if !ok {
		return fmt.Errorf("shape %s cannot be read as points of dimension %d", shapeString(h.shape), o.Dim)
	}
	if err := checkOrder(h.shape, o.Image.stored(o.Shape)); err != nil {
		return err
	}
	s.axes = h.shape
	s.Rows, s.Dim = rows, product(h.shape)/rows
	left := rows
	s.next = func(n int) (*Points, error) {
		n = min(n, left)
		if n == 0 {
			if err := expectEnd(r); err != nil {
				return nil, err
			}
			return nil, io.EOF
		}
		data, err := readElements(r, n*s.Dim, h.elementType, h.order, delivery{ctx: s.ctx, bytes: 0})
		if err != nil {
			return nil, s.at(err)
		}
		left -= n
		return &Points{Rows: n, Dim: s.Dim, Data: data}, nil
	}
	return nil
}

// countable reports an array without elements and one whose size overflows.
func countable(shape []int) error {
	n := uint64(1)
	for _, length := range shape {
		if length <= 0 {
			return fmt.Errorf("shape %s has no points", shapeString(shape))
		}
		high, low := bits.Mul64(n, uint64(length))
		if high != 0 || low > 1<<62 {
			return fmt.Errorf("shape %s has too many elements", shapeString(shape))
		}
		n = low
	}
	return nil
}

// openCSV prepares to stream a CSV file.
func (s *Stream) openCSV(path string, o Options) error {
	r, err := s.openReader(path)
	if err != nil {
		return err
	}
	c := newCSVReader(r, path, o)
	c.ctx = s.ctx
	p, err := c.begin()
	if err != nil {
		return err
	}
	s.Dim, s.Rows = p.Dim, -1
	first := p.Rows > 0
	s.next = func(n int) (*Points, error) {
		batch := &Points{Dim: p.Dim}
		if p.Labels != nil {
			batch.Labels = []int{}
		}
		if first {
			batch.Rows, batch.Data = p.Rows, slices.Clone(p.Data)
			batch.Labels = slices.Clone(p.Labels)
			first = false
		}
		for batch.Rows < n {
			err := c.add(batch)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
		}
		switch {
		case batch.Rows > 0:
			return batch, nil
		case s.done == 0:
			return nil, fmt.Errorf("%s: no points after the header", path)
		}
		return nil, io.EOF
	}
	return s.readLabels(o.Labels)
}
