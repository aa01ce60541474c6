package interior

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/repair/internal/row"
)

// Program is a linear program over the rows present. Its methods are not safe
// for concurrent use.
type Program struct {
	out, in int
	bound   float64
	free    []bool // nil: all parameters may change
	workers int

	channels []*channel // with coefficients, in the order met
	slotOf   []int      // of each output channel, -1 for none
	b        []float64  // right-hand sides
	length   []float64  // Euclidean length of each row over the free parameters
	sumAbs   []float64  // sum of its absolute values
	y        []float64  // multipliers of the last solve
	active   []bool

	// Interrupt, if not nil, is asked in every iteration; where it says so, a
	// solve ends as [Stalled].
	Interrupt func() bool

	// Iterations counts those of all solves.
	Iterations int
}

// channel holds the coefficients of one output channel: row rows[i] of the
// program has coef[i*in : (i+1)*in], those of parameters that may not change
// being 0.
type channel struct {
	out  int
	rows []int32
	coef []float64
}

func (c *channel) mat(in int) blas.Mat {
	return blas.Mat{Rows: len(c.rows), Cols: in, Stride: in, Data: c.coef}
}

// New returns a program without rows for a layer with out x in parameters (bias
// column included). |x_i| <= bound. free tells which of them may change; nil
// means all. The result does not depend on workers.
func New(out, in int, bound float64, free []bool, workers int) *Program {
	p := &Program{out: out, in: in, bound: bound, free: free, workers: max(1, workers), slotOf: make([]int, out)}
	for i := range p.slotOf {
		p.slotOf[i] = -1
	}
	return p
}

// Rows is the number of rows present.
func (p *Program) Rows() int { return len(p.b) }

// AddRow adds the row a . x <= b.
func (p *Program) AddRow(a *row.Row, b float64) {
	k := int32(len(p.b))
	squares, sum := 0.0, 0.0
	a.Each(func(out int, scale float64, coef []float64) {
		if p.slotOf[out] < 0 {
			p.slotOf[out] = len(p.channels)
			p.channels = append(p.channels, &channel{out: out})
		}
		c := p.channels[p.slotOf[out]]
		c.rows = append(c.rows, k)
		from := len(c.coef)
		c.coef = append(c.coef, coef...)
		own := c.coef[from:]
		for i := range own {
			own[i] = float64(own[i] * scale)
			if p.free != nil && !p.free[out*p.in+i] {
				own[i] = 0
			}
			squares += float64(own[i] * own[i])
			sum += math.Abs(own[i])
		}
	})
	p.b = append(p.b, b)
	p.length = append(p.length, math.Sqrt(squares))
	p.sumAbs = append(p.sumAbs, sum)
	p.y = append(p.y, 0)
	p.active = append(p.active, true)
}

// RemoveRows removes the marked rows; row indices close up in order.
func (p *Program) RemoveRows(remove []bool) {
	index, left := make([]int32, len(remove)), 0
	for k, gone := range remove {
		index[k] = int32(left)
		if gone {
			continue
		}
		p.b[left], p.length[left], p.sumAbs[left] = p.b[k], p.length[k], p.sumAbs[k]
		p.y[left], p.active[left] = p.y[k], p.active[k]
		left++
	}
	p.b, p.length, p.sumAbs, p.y, p.active = p.b[:left], p.length[:left], p.sumAbs[:left], p.y[:left], p.active[:left]
	for _, c := range p.channels {
		n := 0
		for i, k := range c.rows {
			if remove[k] {
				continue
			}
			c.rows[n] = index[k]
			copy(c.coef[n*p.in:(n+1)*p.in], c.coef[i*p.in:(i+1)*p.in])
			n++
		}
		c.rows, c.coef = c.rows[:n], c.coef[:n*p.in]
	}
}

// Tighten lowers every right-hand side by delta.
func (p *Program) Tighten(delta float64) {
	for k := range p.b {
		p.b[k] -= delta
	}
}

// Active reports whether the last solve found row k tight.
func (p *Program) Active(k int) bool { return p.active[k] }

// full writes numbers by slot into all out x in numbers, those of parameters
// that may not change being 0.
func (p *Program) full(dst, x []float64) {
	clear(dst)
	for s, c := range p.channels {
		d := dst[c.out*p.in : (c.out+1)*p.in]
		copy(d, x[s*p.in:(s+1)*p.in])
		if p.free != nil {
			for i, free := range p.free[c.out*p.in : (c.out+1)*p.in] {
				if !free {
					d[i] = 0
				}
			}
		}
	}
}
