package nn

import (
	"fmt"
	"math"
)

// MaxPool is the maximum over a window, channel by channel. Padding never counts. Candidate
// ky kw + kx of a unit is element (ky, kx) of its window; among equal ones the first counts.
type MaxPool struct {
	Window
}

// Kind is "MaxPool".
func (m *MaxPool) Kind() string { return "MaxPool" }

// OutDim checks the geometry and that there is one input of its size.
func (m *MaxPool) OutDim(in []int) (int, error) {
	if err := m.check(); err != nil {
		return 0, err
	}
	if err := m.meetsInput(); err != nil {
		return 0, err
	}
	if m.Pieces() > maxCandidates {
		return 0, fmt.Errorf("a %d x %d window has more than %d elements: pool rows, then columns",
			m.Kernel[0], m.Kernel[1], maxCandidates)
	}
	return m.Channels * m.Positions(), wantInput(in, m.size())
}

// Pieces is the number of elements of the window.
func (m *MaxPool) Pieces() int { return m.Elements() }

// Source implements [Selection].
func (m *MaxPool) Source(unit, piece int) int {
	c, p := unit/m.Positions(), unit%m.Positions()
	row := p/m.Out(1)*m.Stride[0] + piece/m.Kernel[1]*m.Dilation[0] - m.Before[0]
	col := p%m.Out(1)*m.Stride[1] + piece%m.Kernel[1]*m.Dilation[1] - m.Before[1]
	if row < 0 || row >= m.In[0] || col < 0 || col >= m.In[1] {
		return -1
	}
	return (c*m.In[0]+row)*m.In[1] + col
}

// Sources implements [Selection].
func (m *MaxPool) Sources(dst []int32, pieces []uint8) {
	type element struct{ row, col int }
	elements := make([]element, m.Elements())
	for k := range elements {
		elements[k] = element{k / m.Kernel[1] * m.Dilation[0], k % m.Kernel[1] * m.Dilation[1]}
	}
	height, width := m.Out(0), m.Out(1)
	u := 0
	for c := range m.Channels {
		for y := range height {
			for x := range width {
				e := elements[pieces[u]]
				row, col := y*m.Stride[0]-m.Before[0]+e.row, x*m.Stride[1]-m.Before[1]+e.col
				dst[u] = -1
				if row >= 0 && row < m.In[0] && col >= 0 && col < m.In[1] {
					dst[u] = int32((c*m.In[0]+row)*m.In[1] + col)
				}
				u++
			}
		}
	}
}

// Apply implements [Selection].
func (m *MaxPool) Apply(dst []float64, src [][]float64) {
	for i := range dst {
		dst[i] = math.Inf(-1)
	}
	positions, plane := m.Positions(), m.Plane()
	for c := range m.Channels {
		in, out := src[0][c*plane:(c+1)*plane], dst[c*positions:(c+1)*positions]
		m.Each(0, m.Out(0), func(_, pos, from, step, count int) {
			to := out[pos : pos+count]
			for i := range to {
				to[i] = max(to[i], in[from+i*step])
			}
		})
	}
}

// Choose implements [Selection].
func (m *MaxPool) Choose(piece []uint8, src [][]float64) {
	positions, plane := m.Positions(), m.Plane()
	best := make([]float64, positions)
	for c := range m.Channels {
		for i := range best {
			best[i] = math.Inf(-1)
		}
		in, out := src[0][c*plane:(c+1)*plane], piece[c*positions:(c+1)*positions]
		m.Each(0, m.Out(0), func(element, pos, from, step, count int) {
			for i := range count {
				// At first anything counts, so that a unit never copies padding.
				if v := in[from+i*step]; v > best[pos+i] || math.IsInf(best[pos+i], -1) {
					best[pos+i], out[pos+i] = v, uint8(element)
				}
			}
		})
	}
}
