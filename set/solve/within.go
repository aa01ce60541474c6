package solve

import (
	"context"

	"github.com/netmend/netmend/set"
)

// Solver answers questions about polyhedra until a context is over: then its methods
// fail with the context's cause. The zero value has no end, and the functions of the
// package are its methods.
type Solver struct{ ctx context.Context }

// Within is a Solver until ctx is over.
func Within(ctx context.Context) Solver { return Solver{ctx} }

// over is why the work has to end; nil if it has not.
func (in Solver) over() error {
	if in.ctx != nil && in.ctx.Err() != nil {
		return context.Cause(in.ctx)
	}
	return nil
}

// failed is the error of a linear program that did not end well.
func (in Solver) failed() error {
	if err := in.over(); err != nil {
		return err
	}
	return ErrNumerical
}

// interrupt is what linear programs ask whether they are to end.
func (in Solver) interrupt() func() bool {
	if in.ctx == nil || in.ctx.Done() == nil {
		return nil
	}
	return func() bool { return in.ctx.Err() != nil }
}

// Empty is [Solver.Empty] without an end.
func Empty(p set.Polyhedron) (Emptiness, error) { return Solver{}.Empty(p) }

// AffineHullOf is [Solver.AffineHullOf] without an end.
func AffineHullOf(p set.Polyhedron) (AffineHull, error) { return Solver{}.AffineHullOf(p) }

// Support is [Solver.Support] without an end.
func Support(p set.Polyhedron, c []float64) (Reach, error) { return Solver{}.Support(p, c) }

// BoundingBox is [Solver.BoundingBox] without an end.
func BoundingBox(p set.Polyhedron) (set.Box, error) { return Solver{}.BoundingBox(p) }

// Reduce is [Solver.Reduce] without an end.
func Reduce(p set.Polyhedron) (set.Polyhedron, error) { return Solver{}.Reduce(p) }

// Vertices is [Solver.Vertices] without an end.
func Vertices(p set.Polyhedron) ([][]float64, error) { return Solver{}.Vertices(p) }

// ConvexHull is [Solver.ConvexHull] without an end.
func ConvexHull(dim int, points [][]float64) (set.Polyhedron, error) {
	return Solver{}.ConvexHull(dim, points)
}

// Image is [Solver.Image] without an end.
func Image(p set.Polyhedron, a set.Matrix, b []float64) (set.Polyhedron, error) {
	return Solver{}.Image(p, a, b)
}

// Eliminate is [Solver.Eliminate] without an end.
func Eliminate(p set.Polyhedron, keep []int) (set.Polyhedron, error) {
	return Solver{}.Eliminate(p, keep)
}

// Volume is [Solver.Volume] without an end.
func Volume(p set.Polyhedron) (float64, error) { return Solver{}.Volume(p) }

// UnionVolume is [Solver.UnionVolume] without an end.
func UnionVolume(u set.Union) (float64, error) { return Solver{}.UnionVolume(u) }

// Nearest is [Solver.Nearest] without an end.
func Nearest(p set.Polyhedron, x []float64, norm Norm) (point []float64, distance float64, err error) {
	return Solver{}.Nearest(p, x, norm)
}

// Sample is [Solver.Sample] without an end.
func Sample(p set.Polyhedron, n int, seed uint64) ([][]float64, error) {
	return Solver{}.Sample(p, n, seed)
}

// Difference is [Solver.Difference] without an end.
func Difference(p set.Polyhedron, u set.Union) (set.Union, error) {
	return Solver{}.Difference(p, u)
}
