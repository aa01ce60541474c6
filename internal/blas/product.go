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
	// panelVectors is the largest width of a panel of B, in vectors.
	panelVectors = 3
	// panelDepth limits the inner index within a panel, so that a panel and the
	// rows of A that meet it stay in the level-1 cache.
	panelDepth = 200
	// blockRows is the number of rows of C computed before the next rows are
	// turned to. Those of A then come from the level-2 cache for every panel but
	// the first, and those of C for every depth but the first.
	blockRows = 96
	// blockDepth and blockCols limit the block of B that is packed at once, and
	// so the memory that a product uses: 1.5 MB per worker. blockCols is a multiple
	// of every backend's vector length.
	blockDepth = 1000
	blockCols  = 192
	// packRows is the number of rows of C from which copying B into panels pays
	// even where B could be read in place.
	packRows = 256
)

// packBuffer holds a block of B as panels, each stored row by row. First come
// all panels of the first panelDepth rows, then those of the next.
type packBuffer [blockDepth * blockCols]float64

var packBuffers = sync.Pool{New: func() any { return new(packBuffer) }}

// mulSerial computes C = A B, or C += A B, on the calling goroutine, where the
// inner dimension is depth. Splitting the inner index keeps each element's chain
// of operations: a later part continues from the value that the one before
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
	parts := split{depth, blockDepth}
	// Where B is shallow its blocks may be wider.
	width := blockCols * (blockDepth / parts.largest())
	for col := 0; col < c.Cols; col += width {
		for part := range parts.count() {
			from, to := parts.bounds(part)
			block := block{
				cols: min(width, c.Cols-col), depth: split{to - from, panelDepth},
				b: b.at(from, col), accumulate: accumulate || part > 0,
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

// split divides a length into as few nearly equal parts, none above limit, as
// there can be.
type split struct{ length, limit int }

func (s split) count() int { return (s.length + s.limit - 1) / s.limit }

func (s split) bounds(part int) (from, to int) {
	return part * s.length / s.count(), (part + 1) * s.length / s.count()
}

func (s split) largest() int { return (s.length + s.count() - 1) / s.count() }

// block is a block of B with what is to be done with it.
type block struct {
	cols       int
	depth      split
	b          operand
	packed     *packBuffer // nil if b is read in place
	accumulate bool
}

// panel returns the range of columns of panel p. The vectors of the block are
// shared out evenly: four are two panels of two rather than three and one,
// because a narrow panel keeps the arithmetic units less busy.
func (k *block) panel(p int) (from, to int) {
	from, to = split{k.vectors(), panelVectors}.bounds(p)
	return from * lanes, min(k.cols, to*lanes)
}

func (k *block) panels() int { return split{k.vectors(), panelVectors}.count() }

func (k *block) vectors() int { return (k.cols + lanes - 1) / lanes }

// panelWidth is the width at which a panel with the given columns is stored.
func panelWidth(from, to int) int { return (to - from + lanes - 1) / lanes * lanes }

// place returns where the panel that starts at column col is stored for the
// rows from to to.
func (k *block) place(col, from, to int) int { return from*k.vectors()*lanes + (to-from)*col }

// pack copies the block into the buffer. What pads the last vector of a row
// stays as it was: the kernels never let it reach a result.
func (k *block) pack(buffer *packBuffer) {
	k.packed = buffer
	for part := range k.depth.count() {
		top, bottom := k.depth.bounds(part)
		for p := range k.panels() {
			from, to := k.panel(p)
			width := panelWidth(from, to)
			dst := buffer[k.place(from, top, bottom):][:width*(bottom-top)]
			if src := k.b.at(top, from); src.colStep == 1 {
				copyPanel(dst, width, src.data, src.rowStep, bottom-top, to-from)
			} else {
				transposePanel(dst, width, src.data, src.colStep, bottom-top, to-from)
			}
		}
	}
}

// mul computes the given number of rows of C from as many rows of A.
func (k *block) mul(rows int, a operand, c []float64, cStep int) {
	for part := range k.depth.count() {
		top, bottom := k.depth.bounds(part)
		a := a.at(0, top)
		for p := range k.panels() {
			from, to := k.panel(p)
			var b []float64
			var bStep int
			if k.packed != nil {
				b, bStep = k.packed[k.place(from, top, bottom):], panelWidth(from, to)
			} else {
				b, bStep = k.b.at(top, from).data, k.b.rowStep
			}
			mulPanel(rows, to-from, bottom-top, a, b, bStep, c[from:], cStep, k.accumulate || part > 0)
		}
	}
}

// copyPanel copies rows of the given number of columns, step apart in src, to
// rows width apart in dst.
func copyPanel(dst []float64, width int, src []float64, step, rows, cols int) {
	for i := range rows {
		copy(dst[i*width:][:cols], src[i*step:])
	}
}
