package polyhedron

import (
	"math"
	"slices"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
)

// function puts the factors of a column of a map into r.row and returns the
// constant.
func (r *search) function(m nn.Matrix, column int) float64 {
	for k := range r.row {
		r.row[k] = m.Row(1 + k)[column]
	}
	return m.Row(0)[column]
}

// known reports whether the function r.row . x + offset is positive, or negative, all over
// the box around the current cell; neither where it does not show.
func (r *search) known(offset float64) (above, below bool) {
	lo, hi := r.onBox(offset)
	eps := float64(tolerance * (vector.Norm(r.row) + math.Abs(offset)))
	return lo > eps, hi < -eps
}

// onBox is the range of the function r.row . x + offset on the box around the current cell.
func (r *search) onBox(offset float64) (lo, hi float64) {
	lo, hi = offset, offset
	for k, v := range r.row {
		switch {
		case v > 0:
			lo, hi = lo+float64(v*r.at.box.Lo[k]), hi+float64(v*r.at.box.Hi[k])
		case v < 0:
			lo, hi = lo+float64(v*r.at.box.Hi[k]), hi+float64(v*r.at.box.Lo[k])
		}
	}
	return lo, hi
}

// sides reports whether the function r.row . x + offset is positive and negative
// anywhere on the current cell.
func (r *search) sides(offset float64) (above, below bool) {
	length := vector.Norm(r.row)
	eps := float64(tolerance * (length + math.Abs(offset)))
	if length == 0 {
		return offset > 0, offset < 0
	}
	for i := 0; i < len(r.at.points) && !(above && below); i += r.s.Dim {
		v := offset + vector.Dot(r.row, r.at.points[i:i+r.s.Dim])
		above, below = above || v > eps, below || v < -eps
	}
	if !above {
		above = r.reach(1, offset, eps)
	}
	if !below {
		below = r.reach(-1, offset, eps)
	}
	return above, below
}

// reach reports whether sign times the function r.row . x + offset exceeds eps on
// the current cell, and keeps the point that shows it.
func (r *search) reach(sign, offset, eps float64) bool {
	for k, v := range r.row {
		r.cost[k] = float64(sign * v)
	}
	switch r.solve() {
	case lp.Optimal:
		x := r.solver.X()
		r.keep(x)
		return float64(sign*offset)+vector.Dot(r.cost, x) > eps
	case lp.Unbounded:
		// So far along the ray that the value is well above.
		x, ray := slices.Clone(r.solver.X()), r.solver.Ray()
		value := float64(sign*offset) + vector.Dot(r.cost, x)
		step := (float64(2*eps) + math.Abs(value) + vector.Norm(r.cost)) / vector.Dot(r.cost, ray)
		for k := range x {
			x[k] += float64(step * ray[k])
		}
		if vector.IsFinite(step) && step > 0 {
			r.keep(x)
		}
		return true
	case lp.Infeasible:
		return false // thinner than the tolerance
	}
	r.counts.Unsure++
	return true
}

// solve maximises r.cost over the current cell.
func (r *search) solve() lp.Status {
	r.counts.Programs++
	return r.solver.Solve(&lp.Problem{Cost: r.cost, Rows: r.at.rows, Right: r.at.right, Interrupt: r.over})
}

func (r *search) keep(x []float64) {
	if len(r.at.points) < maxWitnesses*r.s.Dim {
		r.at.points = append(r.at.points, x...)
	}
}

// extremes are lower bounds of affine functions on the current cell.
func (r *search) extremes(rows nn.Matrix) []float64 {
	least := make([]float64, rows.Rows)
	for i := range least {
		row := rows.Row(i)
		for k, v := range row[1:] {
			r.cost[k] = -v
		}
		if r.solve() == lp.Optimal {
			least[i] = row[0] - r.solver.Objective()
		} else {
			r.counts.Unsure++
			least[i] = math.Inf(-1)
		}
	}
	return least
}
