package blas

import "fmt"

// Mat is a row-major view of float64 values: element (i, j) is
// Data[i*Stride+j]. It does not own its data; several views may share them.
// The zero value is the empty 0 x 0 matrix.
//
// A view is valid if Rows, Cols >= 0, Stride >= Cols, and Data reaches at least
// to the last element. The operations of this package panic on an invalid one.
type Mat struct {
	Rows, Cols, Stride int
	Data               []float64
}

// NewMat returns a rows x cols matrix of zeros with Stride = cols. It panics if
// a dimension is negative.
func NewMat(rows, cols int) Mat {
	if rows < 0 || cols < 0 {
		panic(fmt.Sprintf("blas: NewMat: negative dimension in %dx%d", rows, cols))
	}
	return Mat{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
}

// Row returns row i as a slice of length and capacity Cols that shares the
// data of m.
func (m Mat) Row(i int) []float64 {
	if i < 0 || i >= m.Rows {
		panic(fmt.Sprintf("blas: Row: row %d of a %dx%d matrix", i, m.Rows, m.Cols))
	}
	start := i * m.Stride
	return m.Data[start : start+m.Cols : start+m.Cols]
}

// Slice returns the rows from (inclusive) to to (exclusive) as a view that
// shares the data of m.
func (m Mat) Slice(from, to int) Mat {
	if from < 0 || to < from || to > m.Rows {
		panic(fmt.Sprintf("blas: Slice: rows [%d, %d) of a %dx%d matrix", from, to, m.Rows, m.Cols))
	}
	s := Mat{Rows: to - from, Cols: m.Cols, Stride: m.Stride}
	if from < to && m.Cols > 0 {
		s.Data = m.Data[from*m.Stride : (to-1)*m.Stride+m.Cols]
	}
	return s
}

// Columns is the view of n columns, the first of them from.
func (m Mat) Columns(from, n int) Mat {
	v := Mat{Rows: m.Rows, Cols: n, Stride: m.Stride}
	if m.Rows > 0 && n > 0 {
		v.Data = m.Data[from:]
	}
	return v
}

// check panics if m is not a valid view. The kernels in assembly rely on it.
func (m Mat) check(operation, name string) {
	valid := m.Rows >= 0 && m.Cols >= 0 && m.Stride >= m.Cols
	if valid && m.Rows > 0 && m.Cols > 0 {
		// Divided rather than multiplied, so that no product can overflow.
		last := len(m.Data) - m.Cols
		valid = last >= 0 && (m.Rows == 1 || (m.Rows-1) <= last/m.Stride)
	}
	if !valid {
		panic(fmt.Sprintf("blas: %s: %s is not a valid view: %dx%d with stride %d on %d values",
			operation, name, m.Rows, m.Cols, m.Stride, len(m.Data)))
	}
}
