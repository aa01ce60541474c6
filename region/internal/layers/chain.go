package layers

import (
	"sync"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

// chain is an affine map by the operations of the nodes between two blocks, so that
// its room is that of their values. What the network adds up in several steps it
// adds up in as many: the terms of forwardAbs are those of the operations, of which
// there are no fewer than of the product.
type chain struct {
	links []link
	in    []carry // where values that links read, or that go through, lie in x
	out   []carry // where the values of the next block lie in dst
	dims  []int   // dims[j+1] is the length of the values of node j
	total int     // of the values of a row on the way
	rooms sync.Pool
	// The columns of x and of dst.
	width, length int
}

// link is a node of a chain.
type link struct {
	node   int
	inputs []int
	op     nn.Affine
	ch     nn.Channel // of op
	abs    nn.Affine  // x -> |A| x + |b|, in both channels
	dense  *matrix    // if not nil, in place of op and abs: a dense layer, faster on few rows
}

// chainNumbers is about how many values a chain keeps at a time, 8 MiB: longer
// batches go through it in parts.
const chainNumbers = 1 << 20

// room is the scratch of one run of a chain.
type room struct {
	vals []nn.Matrix // vals[j+1]: of node j
	data [][]float64
	src  []nn.Matrix
}

func (c *chain) room() *room {
	if r, ok := c.rooms.Get().(*room); ok {
		return r
	}
	return &room{vals: make([]nn.Matrix, len(c.dims)), data: make([][]float64, len(c.dims))}
}

// matrix is room for the values of node j, not cleared.
func (r *room) matrix(j, rows, cols int) nn.Matrix {
	if len(r.data[j+1]) < rows*cols {
		r.data[j+1] = make([]float64, rows*cols)
	}
	return nn.Matrix{Rows: rows, Cols: cols, Stride: cols, Data: r.data[j+1][:rows*cols]}
}

// batch is how many rows go through the chain at a time.
func (c *chain) batch() int { return max(1, chainNumbers/max(1, c.total)) }

func (c *chain) forward(dst, x nn.Matrix, constants int) {
	c.send(dst, x, constants, false)
}

func (c *chain) forwardAbs(dst, x nn.Matrix, constants int) {
	c.send(dst, x, constants, true)
}

// send sends rows through every link, or through their absolute values.
func (c *chain) send(dst, x nn.Matrix, constants int, abs bool) {
	room := c.room()
	defer c.rooms.Put(room)
	for from := 0; from < dst.Rows; from += c.batch() {
		to := min(dst.Rows, from+c.batch())
		c.part(room, dst.Slice(from, to), x.Slice(from, to), min(max(0, constants-from), to-from), abs)
	}
}

// part sends a few rows through the links.
func (c *chain) part(room *room, dst, x nn.Matrix, constants int, abs bool) {
	for _, p := range c.in {
		room.vals[p.node+1] = x.Columns(p.column, c.dims[p.node+1])
	}
	for i := range c.links {
		l := &c.links[i]
		y := room.matrix(l.node, dst.Rows, c.dims[l.node+1])
		room.vals[l.node+1] = y
		switch {
		case l.dense != nil && abs:
			l.dense.forwardAbs(y, room.vals[l.inputs[0]+1], constants)
			continue
		case l.dense != nil:
			l.dense.forward(y, room.vals[l.inputs[0]+1], constants)
			continue
		}
		op, ch := l.op, l.ch
		if abs {
			op, ch = l.abs, nn.ValueChannel
		}
		for _, part := range [2]struct {
			from, to int
			bias     bool
		}{{0, constants, true}, {constants, dst.Rows, false}} {
			if part.from == part.to {
				continue
			}
			room.src = room.src[:0]
			for _, j := range l.inputs {
				room.src = append(room.src, room.vals[j+1].Slice(part.from, part.to))
			}
			op.Forward(y.Slice(part.from, part.to), room.src, ch, part.bias, 1)
		}
	}
	for _, p := range c.out {
		v := room.vals[p.node+1]
		for r := range dst.Rows {
			copy(dst.Row(r)[p.column:], v.Row(r))
		}
	}
}

func (c *chain) restrict(free []int, x []float64) *matrix {
	fixed := make([]float64, c.width)
	copy(fixed, x)
	for _, j := range free {
		fixed[j] = 0
	}
	w, bias := nn.NewMatrix(len(free), c.length), make([]float64, c.length)
	c.forward(nn.RowMatrix(bias), nn.RowMatrix(fixed), 1)
	// The basis of the free coordinates, a few at a time.
	for from := 0; from < len(free); from += c.batch() {
		to := min(len(free), from+c.batch())
		units := nn.NewMatrix(to-from, c.width)
		for k, j := range free[from:to] {
			units.Row(k)[j] = 1
		}
		c.forward(w.Slice(from, to), units, 0)
	}
	return newMatrix(w, bias)
}

// after pulls the normals back through the links.
func (c *chain) after(normals nn.Matrix, offsets []float64) *matrix {
	w, bias := nn.NewMatrix(c.width, normals.Rows), make([]float64, normals.Rows)
	for from := 0; from < normals.Rows; from += c.batch() {
		to := min(normals.Rows, from+c.batch())
		rows := c.pull(normals.Slice(from, to))
		for r := range rows.Rows {
			for j, v := range rows.Row(r) {
				w.Row(j)[from+r] = v
			}
		}
	}
	constant := make([]float64, c.length)
	c.forward(nn.RowMatrix(constant), nn.NewMatrix(1, c.width), 1)
	blas.MulVec(bias, normals, constant)
	for i, b := range offsets {
		bias[i] -= b
	}
	return newMatrix(w, bias)
}

// pull computes rows Wᵀ: one row of the result each.
func (c *chain) pull(rows nn.Matrix) nn.Matrix {
	grads := make([]nn.Matrix, len(c.dims))
	grad := func(j int) nn.Matrix {
		if grads[j+1].Rows == 0 {
			grads[j+1] = nn.NewMatrix(rows.Rows, c.dims[j+1])
		}
		return grads[j+1]
	}
	for _, p := range c.out {
		g := grad(p.node)
		for r := range g.Rows {
			for k, v := range rows.Row(r)[p.column : p.column+g.Cols] {
				g.Row(r)[k] += v
			}
		}
	}
	for i := len(c.links) - 1; i >= 0; i-- {
		l := &c.links[i]
		into := make([]nn.Matrix, len(l.inputs))
		for k, j := range l.inputs {
			into[k] = grad(j)
		}
		l.op.Backward(into, grad(l.node), l.ch, 1)
		grads[l.node+1] = nn.Matrix{}
	}
	x := nn.NewMatrix(rows.Rows, c.width)
	for _, p := range c.in {
		g := grad(p.node)
		for r := range g.Rows {
			copy(x.Row(r)[p.column:], g.Row(r))
		}
	}
	return x
}
