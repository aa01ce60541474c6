package verify

import "github.com/netmend/netmend/nn"

// corner is a point of a convex set: weights of the set's corners, and the output
// there.
type corner struct {
	weight []float64
	y      []float64
}

// of is the point for the set's corners in the input space.
func (c corner) of(points [][]float64) []float64 {
	x := make([]float64, len(points[0]))
	for i, w := range c.weight {
		if w == 1 {
			return append([]float64(nil), points[i]...)
		}
		for k, v := range points[i] {
			x[k] += float64(w * v)
		}
	}
	return x
}

// outward is the term with its half-spaces moved outward by the errors that the outputs
// at the corners y may have, so that nothing of the exact term is lost.
func (t term) outward(y nn.Matrix, errs []float64) term {
	moved := make(term, len(t))
	for i, h := range t {
		e := 0.0
		for q := range y.Rows {
			e = max(e, t[i:i+1].error(y.Row(q), errs))
		}
		h.Offset += e
		moved[i] = h
	}
	return moved
}

// columnMaxima are the largest numbers of the columns.
func columnMaxima(m nn.Matrix) []float64 {
	largest := make([]float64, m.Cols)
	for r := range m.Rows {
		for j, v := range m.Row(r) {
			largest[j] = max(largest[j], v)
		}
	}
	return largest
}

// clip is the part of a convex set of one or two dimensions, with the outputs of
// its corners in order around it as rows of y, that lies in
// the interior of a term: the corners of its closure.
func (t term) clip(y nn.Matrix) []corner {
	// Most sets lie beyond some half-space altogether.
	for _, h := range t {
		outside := true
		for i := range y.Rows {
			if h.Slack(y.Row(i)) > 0 {
				outside = false
				break
			}
		}
		if outside {
			return nil
		}
	}
	n := y.Rows
	corners := make([]corner, n)
	for i := range corners {
		corners[i] = corner{make([]float64, n), y.Row(i)}
		corners[i].weight[i] = 1
	}
	for _, h := range t {
		var kept []corner
		for i, a := range corners {
			b := corners[(i+1)%len(corners)]
			u, v := h.Slack(a.y), h.Slack(b.y)
			if u > 0 {
				kept = append(kept, a)
			}
			if len(corners) > 1 && (u > 0) != (v > 0) {
				kept = append(kept, between(a, b, u/(u-v)))
			}
		}
		if corners = kept; len(corners) == 0 {
			return nil
		}
	}
	return corners
}

// between is a + t (b - a).
func between(a, b corner, t float64) corner {
	mix := func(p, q []float64) []float64 {
		m := make([]float64, len(p))
		for i := range m {
			m[i] = float64((1-t)*p[i]) + float64(t*q[i])
		}
		return m
	}
	return corner{mix(a.weight, b.weight), mix(a.y, b.y)}
}

// middleOf is the mean of corners.
func middleOf(corners []corner) corner {
	m := corner{make([]float64, len(corners[0].weight)), make([]float64, len(corners[0].y))}
	for _, c := range corners {
		for i, w := range c.weight {
			m.weight[i] += w / float64(len(corners))
		}
		for i, v := range c.y {
			m.y[i] += v / float64(len(corners))
		}
	}
	return m
}
