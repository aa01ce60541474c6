package repair

import (
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
	// Class chosen, if several are allowed; otherwise -1.
	Class      int
	Multiplier float64

	key int32
	// exact is the violation that the key point was made of, nil for none.
	exact *proof.Place
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
		key := g.p.Keys[g.rows[k].key]
		if v <= 0 || key.Doubtful {
			continue
		}
		row := g.p.dualRow(g.rows[k].rowID, float64(v*scale))
		if g.p.net.SmoothNode() < 0 {
			p, ok := patterns[key.Tail]
			if !ok {
				p = []uint8(g.p.Pattern(key.Tail))
				patterns[key.Tail] = p
			}
			row.Pattern = p
		}
		rows = append(rows, row)
	}
	return rows
}

// dualRow describes a row but for its pattern.
func (p *problem) dualRow(id rowID, multiplier float64) DualRow {
	key := &p.Keys[id.key]
	at := p.VertexOf(key)
	r := DualRow{
		Item: p.ItemOf(at), Point: p.At(at), FirstUnit: p.Unit, key: id.key, exact: p.Exact(id.key),
		HalfSpace: int(id.row), Class: -1, Multiplier: multiplier,
	}
	if c := p.CellOf(key); c != nil {
		r.Item = int(c.Item)
		if len(p.spec.Items[c.Item].Output.Allowed) > 1 {
			r.Class = int(c.Class)
		}
		if len(c.Vertices) > 1 {
			r.Inward = p.Centre(c)
		}
	}
	return r
}
