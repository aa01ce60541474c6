package dataset

import (
	"fmt"
	"math/bits"
	"strings"
)

// MaxElements is the largest number of elements an array may have: 2 GiB as float64. It
// bounds the memory that a small compressed file can make a reader take. The largest set in
// use, MNIST's training images, has 47 million elements.
const MaxElements = 1 << 28

// ErrTooLarge says that an array is too large to be read at once. A [Stream] has no
// such limit.
var ErrTooLarge = fmt.Errorf("more than %d elements", MaxElements)

// maxAxes is NumPy's own limit on the number of axes (NPY_MAXDIMS of NumPy 2).
const maxAxes = 64

// Array is a dense array of numbers in row-major (C) order.
type Array struct {
	// Shape lists the length of each axis, slowest first. It is empty for a
	// single number.
	Shape []int
	// Data holds the elements; its length is the product of Shape.
	Data []float64
	// Type is the element type in the file. The zero value is [Float64].
	Type Type
}

// elements returns the product of shape, or an error when an axis is negative
// or the product exceeds [MaxElements].
func elements(shape []int) (int, error) {
	if len(shape) > maxAxes {
		return 0, fmt.Errorf("%d axes, want at most %d", len(shape), maxAxes)
	}
	n := uint64(1)
	empty := false
	for _, length := range shape {
		if length < 0 {
			return 0, fmt.Errorf("shape %s has a negative axis", shapeString(shape))
		}
		if length == 0 {
			empty = true
			continue
		}
		high, low := bits.Mul64(n, uint64(length))
		if high != 0 || low > MaxElements {
			// An empty array may have any other axes: they cost nothing.
			n = MaxElements + 1
			continue
		}
		n = low
	}
	switch {
	case empty:
		return 0, nil
	case n > MaxElements:
		return 0, fmt.Errorf("shape %s: %w", shapeString(shape), ErrTooLarge)
	}
	return int(n), nil
}

// check reports a Shape that does not fit Data.
func (a *Array) check() error {
	n, err := elements(a.Shape)
	if err != nil {
		return err
	}
	if n != len(a.Data) {
		return fmt.Errorf("shape %s wants %d elements, found %d", shapeString(a.Shape), n, len(a.Data))
	}
	return nil
}

// shapeString writes a shape as Python does: (), (3,), (3, 4).
func shapeString(shape []int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, length := range shape {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, length)
	}
	if len(shape) == 1 {
		b.WriteByte(',')
	}
	b.WriteByte(')')
	return b.String()
}

// fromColumnMajor reorders data from column-major (Fortran) order to row-major
// order. The length of data is the product of shape.
func fromColumnMajor(data []float64, shape []int) []float64 {
	if len(data) == 0 || len(shape) < 2 {
		return data
	}
	out := make([]float64, len(data))
	stride := make([]int, len(shape)) // of each axis in data
	step := 1
	for axis, length := range shape {
		stride[axis] = step
		step *= length
	}
	index := make([]int, len(shape))
	from := 0
	for to := range out {
		out[to] = data[from]
		for axis := len(shape) - 1; axis >= 0; axis-- {
			index[axis]++
			from += stride[axis]
			if index[axis] < shape[axis] {
				break
			}
			from -= stride[axis] * shape[axis]
			index[axis] = 0
		}
	}
	return out
}
