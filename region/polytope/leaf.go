package polytope

// leafCutter cuts a linear region with the target.
type leafCutter struct {
	parts []body // scratch, two for each level of the recursion
	vals  [][]float64
}

// cut emits the parts of the cell at hand, a linear region, that lie in the
// target. A part belongs to the first term that it lies in.
func (l *leafCutter) cut(r *search) error {
	height, path := r.store.height, len(r.path)
	err := l.term(r, &r.body, 0, 0, 0)
	r.store.truncate(height)
	r.path = r.path[:path]
	return err
}

// term cuts a body with the half-spaces of a term from number h on, and what
// lies outside with the terms after it. The body lies inside the half-spaces
// before.
func (l *leafCutter) term(r *search, b *body, term, h, depth int) error {
	g := r.s.goal
	if term == len(g.first)-1 {
		return nil
	}
	column := g.first[term] + h
	if column == g.first[term+1] {
		return r.out.emit(r, b, r.stage, term, false)
	}
	for 2*depth+1 >= len(l.parts) {
		l.parts = append(l.parts, body{}, body{})
		l.vals = append(l.vals, nil)
	}
	vals := l.vals[depth][:0]
	for _, v := range b.verts {
		vals = append(vals, r.guide.maps.goalAt(r.store.coords.row(int(v)), column))
	}
	l.vals[depth] = vals
	lower, upper := l.parts[2*depth], l.parts[2*depth+1]
	f := Facet{Kind: Goal, Index: int32(h), Break: int32(term)}
	result := r.divide(b, vals, g.eps[column], f, -1, 0, &lower, &upper)
	l.parts[2*depth], l.parts[2*depth+1] = lower, upper
	switch result {
	case allBelow:
		return l.term(r, b, term, h+1, depth+1)
	case allAbove:
		return l.term(r, b, term+1, 0, depth+1)
	}
	at := len(r.path) - 1
	height := r.store.height
	if err := l.term(r, &lower, term, h+1, depth+1); err != nil {
		return err
	}
	r.store.truncate(height)
	r.path = r.path[:at+1]
	if term+1 == len(g.first)-1 {
		return nil
	}
	r.path[at].Above = true
	return l.term(r, &upper, term+1, 0, depth+1)
}

// goalAt is the value of a column of the goal at a point.
func (m *maps) goalAt(x []float64, column int) float64 {
	g := m.goal
	v := g.Data[column]
	for k, c := range x {
		v += c * g.Data[(1+k)*g.Stride+column]
	}
	return v
}
