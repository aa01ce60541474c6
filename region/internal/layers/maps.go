package layers

import (
	"github.com/netmend/netmend/nn"
)

// Maps are the affine maps from the free coordinates to the blocks of the stages
// on a cell, as far as its pattern is known. A map has a column for each number
// of the block: row 0 is the constant, row 1 + k the factor of coordinate k.
type Maps struct {
	n *Network
	// At is by channel and stage; only a decoupled network has maps of its value
	// channel.
	At   [2][]nn.Matrix
	Goal nn.Matrix // to the columns of the goal
	post nn.Matrix // scratch, as wide as the widest block
}

// NewMaps returns maps with any content.
func NewMaps(n *Network) *Maps {
	m := &Maps{n: n}
	widest := 0
	for i := range n.Stages {
		widest = max(widest, n.Stages[i].Width)
		for ch := range m.At {
			if nn.Channel(ch) == nn.ActivationChannel || n.Decoupled {
				m.At[ch] = append(m.At[ch], nn.NewMatrix(1+n.Dim, n.Stages[i].Width))
			}
		}
	}
	m.post = nn.NewMatrix(1+n.Dim, widest)
	if n.Goal != nil {
		m.Goal = nn.NewMatrix(1+n.Dim, n.Goal.Count)
	}
	return m
}

// MapsOf are the maps for a pattern, which may be that of the first stages only.
func MapsOf(n *Network, pattern nn.Pattern) *Maps {
	m := NewMaps(n)
	m.Enter()
	for i := range n.Stages {
		if n.Stages[i].Unit0+n.Stages[i].Units > len(pattern) {
			break
		}
		m.Advance(i, pattern)
	}
	return m
}

// Enter computes the maps to the first stage, or to the goal where there is none.
func (m *Maps) Enter() {
	put := func(dst nn.Matrix, a *matrix) {
		copy(dst.Row(0), a.bias)
		for k := range m.n.Dim {
			copy(dst.Row(1+k), a.w.Row(k))
		}
	}
	if len(m.n.Stages) > 0 {
		for ch := range m.At {
			if len(m.At[ch]) > 0 {
				put(m.At[ch][0], m.n.reduced[ch])
			}
		}
	} else if m.n.Goal != nil {
		put(m.Goal, m.n.Goal.reduced)
	}
}

// Advance computes the maps to the stage after one, or to the goal after the
// last; pattern is that of the network, known up to the stage.
func (m *Maps) Advance(stage int, pattern nn.Pattern) {
	st := &m.n.Stages[stage]
	pieces := pattern[st.Unit0 : st.Unit0+st.Units]
	last := stage+1 == len(m.n.Stages)
	for ch := range m.At {
		if len(m.At[ch]) == 0 || last && (m.n.Goal == nil || m.n.Decoupled && nn.Channel(ch) == nn.ActivationChannel) {
			continue
		}
		post := nn.Matrix{Rows: 1 + m.n.Dim, Cols: st.Width, Stride: st.Width, Data: m.post.Data}
		in := m.At[ch][stage]
		for r := range post.Rows {
			dst, src := post.Row(r), in.Row(r)
			for i, p := range pieces {
				dst[i] = float64(st.Op.Slope[p] * src[i])
			}
			copy(dst[st.Units:], src[st.Units:])
		}
		for i, p := range pieces {
			post.Row(0)[i] += st.Op.Offset[p]
		}
		if last {
			m.n.Goal.last.forward(m.Goal, post, 1)
		} else {
			st.Next[ch].forward(m.At[ch][stage+1], post, 1)
		}
	}
}

// GoalAt is the value of a column of the goal at a point.
func (m *Maps) GoalAt(x []float64, column int) float64 {
	g := m.Goal
	v := g.Data[column]
	for k, c := range x {
		v += float64(c * g.Data[(1+k)*g.Stride+column])
	}
	return v
}
