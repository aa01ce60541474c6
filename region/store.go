package region

import "github.com/netmend/netmend/region/internal/vertices"

// store holds the vertices of the cells under way as a stack.
type store struct {
	*vertices.Table
	p      *plan
	d      *domain
	ids    []ID
	params [][2]float64
}

func newStore(p *plan) *store { return &store{Table: vertices.NewTable(p.Network, nil), p: p} }

// reset forgets all vertices, for those of a domain.
func (s *store) reset(d *domain) {
	s.d, s.Eps = d, d.eps
	s.truncate(0)
}

func (s *store) truncate(height int) {
	s.Truncate(height)
	s.ids, s.params = s.ids[:height], s.params[:height]
}

// push adds a vertex; stage is that of the block, or -1.
func (s *store) push(id ID, param [2]float64, stage int) (v int) {
	s.ids, s.params = append(s.ids, id), append(s.params, param)
	return s.Push(stage)
}

// cut adds the vertex at which a threshold of the stage cuts the edge between p
// and q, which lie on different sides of it. Both cells at the edge get the same
// bits: the edge is always taken in the order of the IDs.
func (s *store) cut(p, q, stage, threshold int) (v int) {
	if !s.ids[p].before(s.ids[q]) {
		p, q = q, p
	}
	st := &s.p.Stages[stage]
	unit := threshold / st.Breaks
	a, b := s.Blocks[stage].Row(p)[unit], s.Blocks[stage].Row(q)[unit]
	t := (st.Level(threshold) - a) / (b - a)
	v = s.push(cutID(s.ids[p], s.ids[q], s.p.first[stage]+threshold), [2]float64{
		s.params[p][0] + float64(t*(s.params[q][0]-s.params[p][0])),
		s.params[p][1] + float64(t*(s.params[q][1]-s.params[p][1])),
	}, stage)
	s.Between(v, p, q, t, stage, threshold)
	return v
}
