package nn

import (
	"fmt"

	"github.com/netmend/netmend/internal/blas"
)

// Matrix is a row-major batch: one sample per row, element (i, j) is
// Data[i*Stride+j].
type Matrix = blas.Mat

// NewMatrix returns a zero matrix of the given size with Stride = cols.
func NewMatrix(rows, cols int) Matrix { return blas.NewMat(rows, cols) }

// RowMatrix returns the 1 x len(x) matrix that shares x's storage.
func RowMatrix(x []float64) Matrix {
	return Matrix{Rows: 1, Cols: len(x), Stride: len(x), Data: x}
}

// MatrixOf copies rows of equal length into a new matrix. It fails if the
// lengths differ.
func MatrixOf(rows [][]float64) (Matrix, error) {
	if len(rows) == 0 {
		return Matrix{}, nil
	}
	m := NewMatrix(len(rows), len(rows[0]))
	for i, r := range rows {
		if len(r) != m.Cols {
			return Matrix{}, fmt.Errorf("row %d has %d numbers, row 0 has %d", i, len(r), m.Cols)
		}
		copy(m.Row(i), r)
	}
	return m, nil
}

// RowsOf copies the rows of a matrix; [MatrixOf] is the way back.
func RowsOf(m Matrix) [][]float64 {
	rows := make([][]float64, m.Rows)
	for i := range rows {
		rows[i] = append([]float64(nil), m.Row(i)...)
	}
	return rows
}

// AsMatrix returns the matrix whose rows, one after the other, are the numbers of x, which it
// shares.
func AsMatrix(x []float64, rows, cols int) Matrix {
	return Matrix{Rows: rows, Cols: cols, Stride: cols, Data: x}
}

// Channel names one of the two channels of a decoupled network
// (Definition 4.1).
type Channel uint8

const (
	// ActivationChannel chooses the pieces of the activation functions.
	ActivationChannel Channel = iota
	// ValueChannel gives the output.
	ValueChannel
)

// Op is what a node computes. It is an [Affine], an [Activation] or a [Selection]. There are
// no operations other than those of this package, which [Types] lists: code that handles
// networks, from evaluating to comparing, distinguishes them and must fail for those that it
// does not know.
type Op interface {
	// Kind is the operation's name for people: "Dense", "ReLU", "Tanh".
	Kind() string
	// OutDim is the length of the output for the given lengths of the inputs, or an error that
	// says which length was found and which was expected.
	OutDim(in []int) (int, error)
	// closed keeps the list of operations closed.
	closed()
}

// Affine is an operation y = A x + b with constant A and b. With several
// inputs, x is their concatenation.
type Affine interface {
	Op
	// Forward computes dst = A src, plus b in every row where bias is set.
	// Rows are samples. dst is overwritten and must not overlap src.
	Forward(dst Matrix, src []Matrix, ch Channel, bias bool, workers int)
	// Backward adds A^T grad to dsrc, which has one matrix for each input of the node; a matrix
	// with no rows asks for nothing.
	Backward(dsrc []Matrix, grad Matrix, ch Channel, workers int)
	// Decoupled reports whether the value channel has parameters of its own.
	Decoupled() bool
}

// Activation is an operation that acts on each unit separately.
type Activation interface {
	Op
	// Apply computes dst[i] = f(z[i]); dst may be z.
	Apply(dst, z []float64)
	// Linearize writes slope and offset of the linearisation of f around each
	// z[i], f(z) + f'(z) (v - z) = slope v + offset (Definition 4.2). At a
	// breakpoint the upper piece counts.
	Linearize(slope, offset, z []float64)
}
