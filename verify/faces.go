package verify

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
)

// faces looks at the patterns that execute on faces of linear regions and in none
// of them, which a network that jumps may have (the tie rule: of the units that
// tie on all of a face, the upper pieces). It enumerates all linear regions: where
// the other patterns cannot meet the violation, those of the faces still may.
func (c *checker) faces(j *judge) (w *Witness, err error) {
	t := j.t
	opt := polytope.Options{Workers: c.opt.Workers, MaxBytes: c.opt.MaxBytes}
	if !c.deadline.IsZero() {
		opt.MaxTime = max(time.Until(c.deadline), time.Nanosecond)
	}
	r, err := polytope.Enumerate(c.ctx, c.net, t.widened(), opt, func(cell *polytope.Cell) error {
		c.progress(t)
		if len(c.vanishing(cell)) > maxVanishing {
			c.result.Borderline++
			return nil
		}
		for _, f := range c.facesOf(cell) {
			if !c.suspect(j, f) {
				continue
			}
			c.result.Cells++
			var err error
			if w, err = j.try(t.candidates(f.points)); err != nil {
				return err
			}
			if w != nil {
				return polytope.ErrEnough
			}
			c.result.Borderline++
		}
		return nil
	})
	if err == nil && w == nil && r.Stopped != nil && !errors.Is(r.Stopped, polytope.ErrEnough) {
		c.open(t, "on faces of linear regions: %v", r.Stopped)
	}
	return w, err
}

// cellFace is a face of a cell, by its corners, and a pattern that may execute on
// it.
type cellFace struct {
	points  nn.Matrix
	pattern nn.Pattern
}

// facesOf are the faces of a cell with patterns other than the cell's.
func (c *checker) facesOf(cell *polytope.Cell) []cellFace {
	var all []cellFace
	points := cell.Points()
	zero := c.vanishing(cell)
	for choice := 1; choice < 1<<len(zero); choice++ {
		q := slices.Clone(cell.Pattern)
		for i, u := range zero {
			q[u] -= uint8(choice >> i & 1)
		}
		all = append(all, cellFace{points, q})
	}
	ties := tiesAt(c.net, rowsOf(points))
	n := points.Rows
	if n == 0 {
		return all
	}
	d := len(cell.On) / n
	seen := map[string]bool{}
	for v := range n {
		own := cell.On[v*d : v*d+d]
		if onFacets(cell, v, ties[v]) {
			continue
		}
		// A face that contains v is the intersection of some of v's facets.
		for choice := 1; choice < 1<<d; choice++ {
			var on []int
			for u := range n {
				inside := true
				for i, f := range own {
					if choice>>i&1 != 0 && !slices.Contains(cell.On[u*d:u*d+d], f) {
						inside = false
						break
					}
				}
				if inside {
					on = append(on, u)
				}
			}
			key := fmt.Sprint(on)
			if seen[key] {
				continue
			}
			seen[key] = true
			common := ties[on[0]]
			for _, u := range on[1:] {
				common = slices.DeleteFunc(slices.Clone(common), func(t tie) bool { return !slices.Contains(ties[u], t) })
			}
			if q := upper(cell.Pattern, common); q != nil {
				corners := nn.NewMatrix(len(on), points.Cols)
				for i, u := range on {
					copy(corners.Row(i), points.Row(u))
				}
				all = append(all, cellFace{corners, q})
			}
		}
	}
	return all
}

// onFacets tells whether all units that tie at a vertex are those whose facets it
// lies on, so that every pattern there is that of a cell with an interior.
func onFacets(cell *polytope.Cell, v int, ties []tie) bool {
	return !slices.ContainsFunc(ties, func(t tie) bool { return !cell.OnUnit(v, t.unit, int32(t.piece)-1) })
}

// suspect tells whether the outputs of a face's pattern may meet a term: whether
// every half-space has some corner inside, up to rounding.
func (c *checker) suspect(j *judge, f cellFace) bool {
	lin := c.net.LinearizePatterns([]nn.Pattern{f.pattern}, 0)
	rowOf := make([]int32, f.points.Rows)
	trace := c.net.RunLinear(f.points, lin, rowOf, 1)
	errs := c.net.RoundingOf(trace, nn.ValueChannel, lin, rowOf, true, nil).Total[len(c.net.Nodes)-1]
	y := trace.Output()
	for _, term := range j.t.terms {
		possible := true
		for i := range term {
			inside := false
			for r := range y.Rows {
				if term[i].Slack(y.Row(r)) >= -tieFactor*slackError(term[i:i+1], y.Row(r), errs.Row(r)) {
					inside = true
					break
				}
			}
			if !inside {
				possible = false
				break
			}
		}
		if possible {
			return true
		}
	}
	return false
}

// rowsOf copies the rows of a matrix.
func rowsOf(m nn.Matrix) [][]float64 {
	rows := make([][]float64, m.Rows)
	for i := range rows {
		rows[i] = append([]float64(nil), m.Row(i)...)
	}
	return rows
}
