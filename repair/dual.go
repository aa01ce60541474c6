package repair

import (
	"slices"

	"github.com/netmend/netmend/proof"
)

// DualRow is a row with its multiplier in the last master program: half-space
// HalfSpace (those of the item, then the chosen class against each that is not
// allowed, ascending) at a key point. For a repaired network the multipliers
// prove the lower bound, scaled so that the objective counts as it is; for Linf
// any scale serves. For an infeasible one they are Farkas multipliers.
type DualRow struct {
	// Item of the specification.
	Item int
	// Point is the key point, up to rounding.
	Point []float64
	// Inward is a point within the cell whose pattern the key point has, so that
	// points on the way there have the pattern; nil for a point, and for a face.
	Inward []float64
	// Pattern are the pieces of the units from FirstUnit on; those before do not
	// matter. Rows of one pattern share it: it must not be changed.
	Pattern   []uint8
	FirstUnit int
	HalfSpace int
	// Class chosen, where several are allowed; else -1.
	Class      int
	Multiplier float64

	key int32
	// place is the exact place that the key point was made of, nil for none.
	place *proof.Place
}

// multipliersOf are those of a solver's last solution.
func multipliersOf(s solver, rows int) []float64 {
	e, ok := s.(*euclideanSolver)
	if !ok {
		return s.multipliers()
	}
	y := make([]float64, rows)
	for k := range y {
		y[k] = e.q.Multiplier(k)
	}
	return y
}

// dual lists the rows present with positive multipliers, but for those whose
// pattern may not occur, each multiplier times scale.
func (g *generator) dual(y []float64, scale float64) []DualRow {
	var rows []DualRow
	if scale == 0 {
		scale = 1
	}
	patterns := map[int32][]uint8{} // of tails: large, and shared by many rows
	for k, v := range y {
		key := g.p.keys[g.rows[k].key]
		if v <= 0 || key.doubtful {
			continue
		}
		row := g.p.dualRow(g.rows[k].rowID, float64(v*scale))
		row.place = g.p.exact[row.key]
		if g.p.net.SmoothNode() < 0 {
			p, ok := patterns[key.tail]
			if !ok {
				p = []uint8(g.p.patterns[key.tail])
				patterns[key.tail] = p
			}
			row.Pattern = p
		}
		rows = append(rows, row)
	}
	return rows
}

// dualRow describes a row but for its pattern.
func (k *keyPoints) dualRow(id rowID, multiplier float64) DualRow {
	key := k.keys[id.key]
	at := k.points[key.point].place
	r := DualRow{
		Item: int(k.places[at].item), Point: k.at(k.places[at]), FirstUnit: k.unit, key: id.key,
		HalfSpace: int(id.row), Class: -1, Multiplier: multiplier,
	}
	for i := range k.cells {
		c := &k.cells[i]
		o := &k.spec.Items[c.item].Output
		if c.tail != key.tail || !slices.Contains(c.places, at) || k.need(o, int(c.class)) != key.need {
			continue
		}
		r.Item = int(c.item)
		if len(o.Allowed) > 1 {
			r.Class = int(c.class)
		}
		if len(c.places) > 1 {
			r.Inward = k.centre(c)
		}
		break
	}
	return r
}

// centre is the mean of a cell's vertices.
func (k *keyPoints) centre(c *cell) []float64 {
	sum := make([]float64, k.net.InDim())
	for _, p := range c.places {
		for i, v := range k.at(k.places[p]) {
			sum[i] += v / float64(len(c.places))
		}
	}
	return sum
}
