package polytope

import (
	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

// maps are the affine maps from the free coordinates to the blocks of the stages
// on a cell, as far as its pattern is known. A map has a column for each number
// of the block: row 0 is the constant, row 1 + k the factor of coordinate k.
type maps struct {
	s    *setting
	at   [2][]nn.Matrix // by channel and stage
	goal nn.Matrix      // of the target's half-spaces, normal . y - offset
	post nn.Matrix      // scratch, as wide as the widest block
}

func newMaps(s *setting) *maps {
	m := &maps{s: s}
	widest := 0
	for i := range s.stages {
		widest = max(widest, s.stages[i].width)
		for ch := range m.at {
			if ch == int(nn.ActivationChannel) || s.decoupled {
				m.at[ch] = append(m.at[ch], nn.NewMatrix(1+s.dim, s.stages[i].width))
			}
		}
	}
	m.post = nn.NewMatrix(1+s.dim, widest)
	if s.goal != nil {
		m.goal = nn.NewMatrix(1+s.dim, s.goal.count)
	}
	return m
}

// of are the maps of a channel.
func (m *maps) of(ch nn.Channel) []nn.Matrix {
	if !m.s.decoupled {
		ch = nn.ActivationChannel
	}
	return m.at[ch]
}

// enter computes the maps to the first stage, or to the goal where there is none.
func (m *maps) enter() {
	put := func(dst nn.Matrix, a *affine) {
		copy(dst.Row(0), a.bias)
		for k := range m.s.dim {
			copy(dst.Row(1+k), a.w.Row(k))
		}
	}
	if len(m.s.stages) > 0 {
		for ch := range m.at {
			if len(m.at[ch]) > 0 {
				put(m.at[ch][0], &m.s.reduced[ch])
			}
		}
	} else if m.s.goal != nil {
		put(m.goal, &m.s.goal.reduced)
	}
}

// advance computes the maps to the stage after one that is settled, or to the
// goal after the last; pattern is that of the network, as far as it is known.
func (m *maps) advance(stage int, pattern nn.Pattern) {
	st := &m.s.stages[stage]
	pieces := pattern[st.unit0 : st.unit0+st.units]
	for ch := range m.at {
		if len(m.at[ch]) == 0 {
			continue
		}
		last := stage+1 == len(m.s.stages)
		if last && (m.s.goal == nil || m.s.decoupled && ch == int(nn.ActivationChannel)) {
			continue
		}
		post := nn.Matrix{Rows: 1 + m.s.dim, Cols: st.width, Stride: st.width, Data: m.post.Data}
		in := m.at[ch][stage]
		for r := range post.Rows {
			dst, src := post.Row(r), in.Row(r)
			for i, p := range pieces {
				dst[i] = st.op.Slope[p] * src[i]
			}
			copy(dst[st.units:], src[st.units:])
		}
		for i, p := range pieces {
			post.Row(0)[i] += st.op.Offset[p]
		}
		if last {
			mulAffine(m.goal, post, &m.s.goal.last)
		} else {
			mulAffine(m.at[ch][stage+1], post, &st.next[ch])
		}
	}
}

// mulAffine is the map a after the map in.
func mulAffine(dst, in nn.Matrix, a *affine) {
	copy(dst.Row(0), a.bias)
	clear(dst.Data[dst.Stride:])
	blas.MulNN(dst, in, a.w, true, 1)
}

// mapsOf are the maps for a pattern, which may be that of the first stages only.
func mapsOf(s *setting, pattern nn.Pattern) *maps {
	m := newMaps(s)
	m.enter()
	for i := range s.stages {
		if end := s.stages[i].unit0 + s.stages[i].units; end > len(pattern) {
			break
		}
		m.advance(i, pattern)
	}
	return m
}
