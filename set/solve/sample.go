package solve

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
)

// BurnIn is the number of steps, for each dimension of the set's affine hull,
// before the first sample, and Thinning the number between two samples.
const (
	BurnIn   = 200
	Thinning = 10
)

// Sample draws n points of the closure of p that are nearly uniform on it, in
// its affine hull where it is flat. The same seed gives the same points. Samples
// of a full-dimensional set are exact members of p, strict rows included; those
// of a flat one are within rounding of it. It fails with ErrEmpty and
// ErrUnbounded.
//
// Algorithm: hit-and-run from a point in the relative interior (R. L. Smith,
// 1984). Directions are drawn from the normal distribution, spread at first as
// the set's extreme points are (see extent) and then as the points of the first
// half of the burn-in, so that long and thin sets are walked through as quickly
// as round ones. Samples are correlated, the
// less the more steps lie between them: BurnIn and Thinning times the dimension.
func (in Solver) Sample(p set.Polyhedron, n int, seed uint64) ([][]float64, error) {
	if bounded, err := in.Bounded(p); err != nil {
		return nil, err
	} else if !bounded {
		return nil, fmt.Errorf("uniform samples: %w", ErrUnbounded)
	}
	hull, err := in.AffineHullOf(p)
	if err != nil {
		return nil, err
	}
	w, err := in.newWalk(p, hull, seed)
	if err != nil {
		return nil, err
	}
	if err := in.burnIn(w); err != nil {
		return nil, err
	}
	points := make([][]float64, 0, n)
	rejected := 0
	for len(points) < n {
		if err := in.over(); err != nil {
			return nil, err
		}
		for range Thinning * max(1, w.k) {
			w.step()
		}
		x := w.point()
		w.settle()
		if w.k == p.Dim && w.k > 0 && !p.Contains(x) {
			// Rounding on the very boundary; not for long unless the set is as
			// thin as rounding errors are.
			if rejected++; rejected > 1000+n {
				return nil, fmt.Errorf("samples: %w", in.failed())
			}
			continue
		}
		points = append(points, x)
	}
	return points, nil
}

// walk is a hit-and-run walk in coordinates z of the affine hull, x = origin +
// basis^T z.
type walk struct {
	rng    *rand.Rand
	hull   AffineHull
	k      int
	rows   [][]float64 // the inequalities in terms of z
	start  []float64   // their slack at z = 0
	slack  []float64   // and at z
	z      []float64
	spread [][]float64 // a matrix: direction = spread * normal numbers
	// normal, direction and speed (row . direction) are the step's.
	normal, direction, speed []float64
}

func (in Solver) newWalk(p set.Polyhedron, hull AffineHull, seed uint64) (*walk, error) {
	k := len(hull.Basis)
	w := &walk{
		rng: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), hull: hull, k: k,
		z: make([]float64, k), normal: make([]float64, k), direction: make([]float64, k),
	}
	for i, h := range p.Rows {
		if slices.Contains(hull.Equations, i) {
			continue
		}
		row := make([]float64, k)
		for j, b := range hull.Basis {
			row[j] = vector.Dot(h.Normal, b)
		}
		w.rows = append(w.rows, row)
		w.start = append(w.start, max(0, h.Slack(hull.Point)))
	}
	w.slack = slices.Clone(w.start)
	w.speed = make([]float64, len(w.rows))
	var err error
	w.spread, err = in.extent(w)
	return w, err
}

// extent is a matrix whose columns are the set's longest differences of extreme
// points, one after the other: along each of some directions orthogonal to the
// columns so far the two extreme points are found, and those that are farthest
// apart make the next (U. Betke, M. Henk, Approximating the volume of convex
// bodies, 1993).
func (in Solver) extent(w *walk) ([][]float64, error) {
	p := set.Polyhedron{Dim: w.k}
	for r, row := range w.rows {
		p.Rows = append(p.Rows, set.HalfSpace{Normal: row, Offset: w.start[r]})
	}
	q := in.newSupporter(p)
	matrix := make([][]float64, w.k)
	for i := range matrix {
		matrix[i] = make([]float64, w.k)
	}
	var done [][]float64 // an orthonormal basis of the columns
	for column := range w.k {
		var longest []float64
		width := 0.0
		for _, u := range Complement(done, w.k) {
			high, err := q.reach(u)
			if err != nil {
				return nil, err
			}
			low, err := q.reach(scaled(u, -1))
			if err != nil {
				return nil, err
			}
			if v := high.Value + low.Value; v > width && high.At != nil && low.At != nil {
				width = v
				longest = scaled(low.At, -1)
				for j, x := range high.At {
					longest[j] += x
				}
			}
		}
		if longest == nil {
			return nil, ErrNumerical
		}
		for j, v := range longest {
			matrix[j][column] = v
		}
		for range 2 {
			for _, b := range done {
				reject(longest, b)
			}
		}
		done = append(done, scaled(longest, 1/length(longest)))
	}
	return matrix, nil
}

// burnIn walks twice, the second time with directions spread as the points of
// the first half were.
func (in Solver) burnIn(w *walk) error {
	steps := BurnIn * w.k
	mean := make([]float64, w.k)
	second := make([][]float64, w.k)
	for i := range second {
		second[i] = make([]float64, w.k)
	}
	for range steps {
		if err := in.over(); err != nil {
			return err
		}
		w.step()
		for i, a := range w.z {
			mean[i] += a / float64(steps)
			for j, b := range w.z[:i+1] {
				second[i][j] += a * b / float64(steps)
			}
		}
	}
	for i := range second {
		for j := range second[i][:i+1] {
			second[i][j] -= float64(mean[i] * mean[j])
		}
	}
	if factor, ok := cholesky(second); ok {
		w.spread = factor
	}
	for range steps {
		if err := in.over(); err != nil {
			return err
		}
		w.step()
	}
	return nil
}

// step goes to a uniformly drawn point of the chord in a random direction.
func (w *walk) step() {
	for i := range w.normal {
		w.normal[i] = w.rng.NormFloat64()
	}
	for i, row := range w.spread {
		w.direction[i] = vector.Dot(row, w.normal)
	}
	lo, hi := math.Inf(-1), math.Inf(1)
	for r, row := range w.rows {
		v := vector.Dot(row, w.direction)
		w.speed[r] = v
		if v > 0 {
			hi = min(hi, w.slack[r]/v)
		} else if v < 0 {
			lo = max(lo, w.slack[r]/v)
		}
	}
	u := w.rng.Float64()
	if !(hi-lo > 0) || math.IsInf(hi-lo, 0) {
		return
	}
	t := lo + float64(u*(hi-lo))
	for i, d := range w.direction {
		w.z[i] += float64(t * d)
	}
	for r, v := range w.speed {
		w.slack[r] = max(0, w.slack[r]-float64(t*v))
	}
}

// settle recomputes the slack, which the steps only update.
func (w *walk) settle() {
	for r, row := range w.rows {
		w.slack[r] = max(0, w.start[r]-vector.Dot(row, w.z))
	}
}

// point is the present point.
func (w *walk) point() []float64 {
	x := slices.Clone(w.hull.Point)
	for j, b := range w.hull.Basis {
		for i, v := range b {
			x[i] += float64(w.z[j] * v)
		}
	}
	return x
}

// cholesky is the lower triangular factor of a positive definite matrix, of
// which the lower half is read.
func cholesky(a [][]float64) ([][]float64, bool) {
	l := make([][]float64, len(a))
	for i := range a {
		l[i] = make([]float64, len(a))
		for j := range i + 1 {
			s := a[i][j] - vector.Dot(l[i][:j], l[j][:j])
			if i == j {
				if !(s > 0) {
					return nil, false
				}
				l[i][i] = math.Sqrt(s)
			} else {
				l[i][j] = s / l[j][j]
			}
		}
	}
	return l, true
}
