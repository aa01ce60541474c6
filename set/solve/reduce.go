package solve

import (
	"math"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/set"
)

// Reduce is p without redundant rows, in their order; [set.Empty] where the
// closure of p is empty. A row goes if the others keep p within Tolerance of it,
// so the result may be larger than p, by no more than that. Strict rows are
// taken as such only against parallel ones; one that touches the closure of the
// others in a face stays.
//
// Algorithm: of parallel rows the tightest is kept; then each row in turn is
// relaxed and the linear program reports whether the rest reaches across it.
func (in Solver) Reduce(p set.Polyhedron) (set.Polyhedron, error) {
	q := in.tightest(p)
	g := &lp.Problem{Cost: make([]float64, q.Dim), Interrupt: in.interrupt()}
	for _, h := range q.Rows {
		g.Rows = append(g.Rows, h.Normal...)
		g.Right = append(g.Right, h.Offset)
	}
	// Bounds on single variables stay rows here, so that they can be relaxed
	// like others, but as wide bounds they also give the solver its start.
	box, err := in.BoundingBox(q)
	if err != nil {
		return set.Polyhedron{}, err
	}
	if box.Empty() {
		return set.Empty(p.Dim), nil
	}
	g.Lower, g.Upper = box.Lo, box.Hi
	for j := range q.Dim {
		room := 1.0
		for _, v := range [2]float64{g.Lower[j], g.Upper[j]} {
			if !math.IsInf(v, 0) {
				room += math.Abs(v)
			}
		}
		g.Lower[j] -= room // infinite bounds stay so
		g.Upper[j] += room
	}
	s := lp.New(q.Dim)
	kept := set.Polyhedron{Dim: q.Dim}
	for i, h := range q.Rows {
		if err := in.over(); err != nil {
			return set.Polyhedron{}, err
		}
		size := length(h.Normal)
		copy(g.Cost, h.Normal)
		g.Right[i] = math.Inf(1)
		reach := h.Offset + float64(Tolerance*size)
		if h.Strict {
			reach = h.Offset - float64(Tolerance*size)
		}
		s.Cutoff = reach
		switch s.Resolve(g) {
		case lp.Below:
			continue
		case lp.Optimal:
			if s.Objective() <= reach {
				continue
			}
		case lp.Unbounded:
		default:
			return set.Polyhedron{}, in.failed()
		}
		g.Right[i] = h.Offset
		kept.Rows = append(kept.Rows, h)
	}
	return kept, nil
}

// parallelTolerance is how far two normalised normals may differ to count as
// the same direction: rounding errors of the normalisation.
const parallelTolerance = 4e-15

// tightest is p without rows that are met everywhere and, of rows with the same
// normal up to a factor, with the tightest only. Empty rows stay.
func (in Solver) tightest(p set.Polyhedron) set.Polyhedron {
	q := set.Polyhedron{Dim: p.Dim}
	type unit struct {
		normal []float64
		offset float64
	}
	var seen []unit
	for _, h := range p.Rows {
		if in.over() != nil {
			return p
		}
		size := length(h.Normal)
		if size == 0 {
			if h.Offset < 0 || h.Strict && h.Offset == 0 {
				q.Rows = append(q.Rows, h)
				seen = append(seen, unit{make([]float64, p.Dim), 0})
			}
			continue
		}
		u := unit{make([]float64, p.Dim), h.Offset / size}
		for j, a := range h.Normal {
			u.normal[j] = a / size
		}
		same := -1
		for k, v := range seen {
			if near(u.normal, v.normal, parallelTolerance) {
				same = k
				break
			}
		}
		if same < 0 {
			q.Rows, seen = append(q.Rows, h), append(seen, u)
		} else if v := seen[same].offset; u.offset < v || u.offset == v && h.Strict {
			q.Rows[same], seen[same] = h, u
		}
	}
	return q
}

func near(a, b []float64, tolerance float64) bool {
	for j, v := range a {
		if math.Abs(v-b[j]) > tolerance {
			return false
		}
	}
	return true
}
