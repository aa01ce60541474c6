package blas

import "sync"

// operand is a factor of a matrix product as its kernels see it: element (i, j)
// is data[i*rowStep+j*colStep]. A transposed matrix only has its steps swapped.
type operand struct {
	data             []float64
	rowStep, colStep int
}

// at returns the operand whose element (0, 0) is element (i, j) of o.
func (o operand) at(i, j int) operand {
	return operand{o.data[i*o.rowStep+j*o.colStep:], o.rowStep, o.colStep}
}

const (
	// blockRows is the number of rows of C computed before the next panel of B
	// is used: blockRows x blockDepth values of A then come from the level-2
	// cache for every panel but the first.
	blockRows = 96
	// blockDepth limits the part of the inner index handled at once, so that a
	// panel of B stays in the level-1 cache.
	blockDepth = 200
	// blockCols limits the columns of B packed at once and so, together with
	// blockDepth, the memory that a product uses (1.5 MB a worker). It is a
	// multiple of every backend's vector length.
	blockCols = 960
	// panelVectors is the largest width of a panel, in vectors.
	panelVectors = 3
	// packRows is the number of rows of C from which copying B into panels pays
	// even where B could be read in place.
	packRows = 32
)

// packBuffer holds a block of B as panels. A panel of v vectors is stored row
// by row, each v*lanes wide; the panel that starts at column j of the block
// starts at depth*j.
type packBuffer [blockDepth * blockCols]float64

var packBuffers = sync.Pool{New: func() any { return new(packBuffer) }}

// mulSerial computes C = A B, or C += A B, on the calling goroutine, where the
// inner dimension is depth. Splitting the inner index keeps each element's chain
// of operations: a later block continues from the value that the one before
// stored.
func mulSerial(c Mat, a, b operand, depth int, accumulate bool) {
	if c.Rows == 0 || c.Cols == 0 {
		return
	}
	if depth == 0 {
		if !accumulate {
			for i := range c.Rows {
				clear(c.Row(i))
			}
		}
		return
	}
	var buffer *packBuffer
	if b.colStep != 1 || c.Rows >= packRows {
		buffer = packBuffers.Get().(*packBuffer)
		defer packBuffers.Put(buffer)
	}
	blocks := (depth + blockDepth - 1) / blockDepth
	for col := 0; col < c.Cols; col += blockCols {
		for k := range blocks {
			from, to := k*depth/blocks, (k+1)*depth/blocks
			block := block{
				cols: min(blockCols, c.Cols-col), depth: to - from,
				b: b.at(from, col), accumulate: accumulate || k > 0,
			}
			if buffer != nil {
				block.pack(buffer)
			}
			for row := 0; row < c.Rows; row += blockRows {
				rows := min(blockRows, c.Rows-row)
				block.mul(rows, a.at(row, from), c.Data[row*c.Stride+col:], c.Stride)
			}
		}
	}
}

// block is a block of B with what is to be done with it.
type block struct {
	cols, depth int
	b           operand
	packed      *packBuffer // nil where b is read in place
	accumulate  bool
}

// panel returns the range of columns of panel p. The vectors of the block are
// shared out evenly: four are two panels of two rather than three and one,
// because a narrow panel keeps the arithmetic units less busy.
func (k *block) panel(p int) (from, to int) {
	vectors, panels := k.vectors(), k.panels()
	return p * vectors / panels * lanes, min(k.cols, (p+1)*vectors/panels*lanes)
}

func (k *block) vectors() int { return (k.cols + lanes - 1) / lanes }

func (k *block) panels() int { return (k.vectors() + panelVectors - 1) / panelVectors }

// pack copies the block into the buffer. What pads the last vector of a row
// stays as it was: the kernels never let it reach a result.
func (k *block) pack(buffer *packBuffer) {
	k.packed = buffer
	for p := range k.panels() {
		from, to := k.panel(p)
		width := (to - from + lanes - 1) / lanes * lanes
		dst := buffer[from*k.depth:][:width*k.depth]
		if src := k.b.at(0, from); src.colStep == 1 {
			copyPanel(dst, width, src.data, src.rowStep, k.depth, to-from)
		} else {
			transposePanel(dst, width, src.data, src.colStep, k.depth, to-from)
		}
	}
}

// mul computes the given number of rows of C from as many rows of A.
func (k *block) mul(rows int, a operand, c []float64, cStep int) {
	for p := range k.panels() {
		from, to := k.panel(p)
		b, bStep := k.b.data[from:], k.b.rowStep
		if k.packed != nil {
			b, bStep = k.packed[from*k.depth:], (to-from+lanes-1)/lanes*lanes
		}
		mulPanel(rows, to-from, k.depth, a, b, bStep, c[from:], cStep, k.accumulate)
	}
}

// copyPanel copies rows of the given number of columns, step apart in src, to
// rows width apart in dst.
func copyPanel(dst []float64, width int, src []float64, step, rows, cols int) {
	for i := range rows {
		copy(dst[i*width:][:cols], src[i*step:])
	}
}
