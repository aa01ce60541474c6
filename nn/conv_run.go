package nn

import (
	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/internal/parallel"
)

// A convolution is a product of matrices: the weights of a group, outputs x
// depth, times its columns, depth x positions, where column p holds the inputs
// that the window meets at position p. Columns are made for a tile of positions
// at a time; where the window is one element they are the input itself.

// tileNumbers is about how many numbers of columns are made at a time, 1 MiB: it
// stays in the second-level cache while the product reads it.
const tileNumbers = 1 << 17

// tileRows is the number of rows of positions in a tile.
func (c *Conv) tileRows() int {
	return min(c.Out(0), max(1, tileNumbers/(c.Depth()*c.Out(1))))
}

// tiles is the number of tiles of a sample.
func (c *Conv) tiles() int { return (c.Out(0) + c.tileRows() - 1) / c.tileRows() }

// tile is the t-th tile of a sample: rows of positions [top, bottom).
func (c *Conv) tile(t int) (top, bottom int) {
	return t * c.tileRows(), min(c.Out(0), (t+1)*c.tileRows())
}

// scratch is room for the columns of a tile; none where they are the input.
func (c *Conv) scratch() []float64 {
	if c.direct() {
		return nil
	}
	return make([]float64, c.Depth()*c.tileRows()*c.Out(1))
}

// columns returns the columns of group g of a sample for the rows of positions
// [top, bottom), in room or within the sample.
func (c *Conv) columns(room, x []float64, g, top, bottom int) Matrix {
	width, plane := c.Out(1), c.Plane()
	cols, channels := (bottom-top)*width, c.Channels/c.Groups
	x = x[g*channels*plane:]
	if c.direct() {
		return Matrix{Rows: channels, Cols: cols, Stride: plane, Data: x[top*width : (channels-1)*plane+bottom*width]}
	}
	m := Matrix{Rows: c.Depth(), Cols: cols, Stride: cols, Data: room[:c.Depth()*cols]}
	if c.padded() {
		clear(m.Data)
	}
	for ch := range channels {
		in, out := x[ch*plane:(ch+1)*plane], m.Data[ch*c.Elements()*cols:]
		c.Each(top, bottom, func(element, pos, from, step, count int) {
			to := out[element*cols+pos-top*width:][:count]
			if step == 1 {
				copy(to, in[from:])
				return
			}
			for i := range to {
				to[i] = in[from+i*step]
			}
		})
	}
	return m
}

// scatter adds columns made for a tile back to the inputs they come from.
func (c *Conv) scatter(x []float64, m Matrix, g, top, bottom int) {
	plane, channels, width := c.Plane(), c.Channels/c.Groups, c.Out(1)
	x = x[g*channels*plane:]
	for ch := range channels {
		in, out := x[ch*plane:(ch+1)*plane], m.Data[ch*c.Elements()*m.Cols:]
		c.Each(top, bottom, func(element, pos, to, step, count int) {
			for i, v := range out[element*m.Cols+pos-top*width:][:count] {
				in[to+i*step] += v
			}
		})
	}
}

// outputs is the part of a sample y of the output that group g writes for the
// rows of positions [top, bottom).
func (c *Conv) outputs(y []float64, g, top, bottom int) Matrix {
	positions, width, rows := c.Positions(), c.Out(1), c.Weight.Rows/c.Groups
	y = y[g*rows*positions:]
	return Matrix{
		Rows: rows, Cols: (bottom - top) * width, Stride: positions,
		Data: y[top*width : (rows-1)*positions+bottom*width],
	}
}

// group is the part of the weights that belongs to group g.
func (c *Conv) group(p *Params, g int) Matrix {
	rows := c.Weight.Rows / c.Groups
	return p.Weight.Slice(g*rows, (g+1)*rows)
}

// Forward implements [Affine]. A job is a tile of a sample.
func (c *Conv) Forward(dst Matrix, src []Matrix, ch Channel, bias bool, workers int) {
	p, tiles := c.Channel(ch), c.tiles()
	rows := c.Weight.Rows / c.Groups
	rooms := make([][]float64, max(1, workers))
	parallel.Jobs(dst.Rows*tiles, workers, func(w, j int) {
		if rooms[w] == nil {
			rooms[w] = c.scratch()
		}
		x, y := src[0].Row(j/tiles), dst.Row(j/tiles)
		top, bottom := c.tile(j % tiles)
		for g := range c.Groups {
			out := c.outputs(y, g, top, bottom)
			if bias {
				for o := range out.Rows {
					row, b := out.Row(o), p.Bias[g*rows+o]
					for i := range row {
						row[i] = b
					}
				}
			}
			blas.MulNN(out, c.group(p, g), c.columns(rooms[w], x, g, top, bottom), bias, 1)
		}
	})
}

// Backward implements [Affine]. A job is a sample: its tiles overlap.
func (c *Conv) Backward(dsrc []Matrix, grad Matrix, ch Channel, workers int) {
	if dsrc[0].Rows == 0 {
		return
	}
	p, tiles := c.Channel(ch), c.tiles()
	rooms := make([][]float64, max(1, workers))
	inner := max(1, workers/max(1, grad.Rows))
	parallel.Jobs(grad.Rows, workers, func(w, r int) {
		if rooms[w] == nil {
			rooms[w] = c.scratch()
		}
		x, y := dsrc[0].Row(r), grad.Row(r)
		for g := range c.Groups {
			for t := range tiles {
				top, bottom := c.tile(t)
				out := c.outputs(y, g, top, bottom)
				if c.direct() {
					blas.MulTN(c.columns(nil, x, g, top, bottom), c.group(p, g), out, true, inner)
					continue
				}
				cols := Matrix{Rows: c.Depth(), Cols: out.Cols, Stride: out.Cols, Data: rooms[w][:c.Depth()*out.Cols]}
				blas.MulTN(cols, c.group(p, g), out, false, inner)
				c.scatter(x, cols, g, top, bottom)
			}
		}
	})
}

// ParamGradient implements [Layer]: the sum over the positions p of the outer
// product of the output's gradient at p and the inputs that the window meets
// there.
func (c *Conv) ParamGradient(dst *Params, grad, src []float64) {
	room, rows := c.scratch(), c.Weight.Rows/c.Groups
	for t := range c.tiles() {
		top, bottom := c.tile(t)
		for g := range c.Groups {
			out := c.outputs(grad, g, top, bottom)
			blas.MulNT(c.group(dst, g), out, c.columns(room, src, g, top, bottom), true, 1)
			for o := range out.Rows {
				for _, v := range out.Row(o) {
					dst.Bias[g*rows+o] += v
				}
			}
		}
	}
}
