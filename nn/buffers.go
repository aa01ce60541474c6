package nn

// buffers are matrices that are of no use any more, to be used again: clearing new
// memory for the values of a large network takes as long as computing some of them.
type buffers [][]float64

// take returns a matrix of any content.
func (b *buffers) take(rows, cols int) Matrix {
	size := rows * cols
	m := Matrix{Rows: rows, Cols: cols, Stride: cols}
	for k, f := range *b {
		if cap(f) >= size && cap(f) <= 2*size {
			last := len(*b) - 1
			(*b)[k] = (*b)[last]
			*b = (*b)[:last]
			m.Data = f[:size]
			return m
		}
	}
	m.Data = make([]float64, size)
	return m
}

// put gives a matrix back.
func (b *buffers) put(m Matrix) { *b = append(*b, m.Data) }
