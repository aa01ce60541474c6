package region

// cut divides the vertices of the current cell between s.first and s.second,
// the parts on either side of a threshold of its stage that has vertices above
// and below, and makes the vertices on the cut. It reports whether the first part
// is the upper one: on a polygon it never is, on a segment it is the one with
// the smaller t.
func (s *search) cut(threshold int) (upperFirst bool) {
	if len(s.verts) == 2 {
		p, q := s.verts[0], s.verts[1]
		m := int32(s.store.cut(int(p), int(q), s.stage, threshold))
		s.first, s.second = append(s.first[:0], p, m), append(s.second[:0], m, q)
		return s.side(p, threshold) > 0
	}
	s.cutPolygon(threshold)
	return false
}

// cutPolygon puts into s.second the vertices above the threshold, as the run
// around the highest one, and into s.first the others; both get the two ends of
// the cut. An affine function has only one such run. Where rounding errors exceed
// the tolerance there may be more, and the other runs stay below, so that the
// parts cover the cell all the same.
func (s *search) cutPolygon(threshold int) {
	n := len(s.verts)
	st := &s.p.Stages[s.stage]
	top, best := 0, 0.0
	for i, v := range s.verts {
		if s.side(v, threshold) > 0 {
			z := s.store.Blocks[s.stage].Row(int(v))[threshold/st.Breaks]
			if x := z - st.Level(threshold); x > best {
				top, best = i, x
			}
		}
	}
	at := func(i int) int32 { return s.verts[(i+2*n)%n] }
	left, right := top, top // the run above, in positions from -n to 2n
	for s.side(at(left-1), threshold) > 0 {
		left--
	}
	for s.side(at(right+1), threshold) > 0 {
		right++
	}
	from, to := s.cutEnd(at(left), at(left-1), threshold), s.cutEnd(at(right), at(right+1), threshold)

	s.second = append(s.second[:0], from)
	for i := left; i <= right; i++ {
		s.second = append(s.second, at(i))
	}
	s.second = append(s.second, to)

	s.first = append(s.first[:0], to)
	for i := right + 1; i < left+n; i++ {
		if v := at(i); v != to && v != from {
			s.first = append(s.first, v)
		}
	}
	s.first = append(s.first, from)
}

// cutEnd is where the cut meets the edge from a vertex above the threshold to
// one that is not: there, if that one lies on the threshold, otherwise between them.
func (s *search) cutEnd(above, other int32, threshold int) int32 {
	if s.side(other, threshold) == 0 {
		return other
	}
	return int32(s.store.cut(int(above), int(other), s.stage, threshold))
}

// side is 1 where a vertex lies above a threshold of the present stage by more
// than the tolerance, -1 below, and 0 on it.
func (s *search) side(v int32, threshold int) int {
	above, below := s.store.Sign(s.stage, int(v))
	w, i := threshold/64, threshold&63
	return int(above[w]>>i&1) - int(below[w]>>i&1)
}
