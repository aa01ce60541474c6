package preimage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// Flat is a convex set in a plane of the input space, or another affine subspace:
// the points Origin + Σ t_k Axes[k] for t in Sides. Axes are linearly independent.
type Flat struct {
	Origin []float64
	Axes   [][]float64
	// Sides has as many dimensions as there are axes.
	Sides set.Polyhedron

	within  *set.Polyhedron // if not nil, what says that a point lies in the subspace
	rounded bool            // the subspace is that of some equations up to rounding
	// corners, if not nil, are the ends of the axes, exactly: axis k leads from the first
	// of them to number k + 1, and is rounded.
	corners [][]float64
}

// flatOf is a set with equations about more than one coordinate, given by pairs of
// opposite half-spaces, in the subspace of its equations; not ok for other sets, and where
// exact is asked for and coordinates would be rounded.
func flatOf(p set.Polyhedron, exact bool) (f Flat, ok bool) {
	equations := false
	for i, h := range p.Rows {
		_, single := onlyCoordinate(h.Normal)
		equations = equations || !single && hasOpposite(p, i)
	}
	if !equations {
		return f, false
	}
	hull, err := solve.AffineHullOf(p)
	if err != nil || len(hull.Basis) == 0 || len(hull.Basis) == p.Dim {
		return f, false
	}
	var rest []set.HalfSpace
	for i, h := range p.Rows {
		if !slices.Contains(hull.Equations, i) {
			rest = append(rest, h)
		} else if !hasOpposite(p, i) {
			return f, false // flat up to a tolerance only
		}
	}
	if exact {
		return exactFlat(p, hull.Equations)
	}
	a := nn.NewMatrix(p.Dim, len(hull.Basis))
	for k, axis := range hull.Basis {
		for j, v := range axis {
			a.Row(j)[k] = v
		}
	}
	return Flat{
		Origin: hull.Point, Axes: hull.Basis, within: &p, rounded: true,
		Sides: set.Whole(p.Dim).With(rest...).Preimage(a, hull.Point),
	}, true
}

// hasOpposite reports whether row i of p and another one are an equation.
func hasOpposite(p set.Polyhedron, i int) bool {
	h := p.Rows[i]
	return !h.Strict && slices.ContainsFunc(p.Rows, func(o set.HalfSpace) bool {
		return !o.Strict && o.Offset == -h.Offset && opposed(o.Normal, h.Normal)
	})
}

func opposed(a, b []float64) bool {
	some := false
	for j, v := range a {
		if v != -b[j] {
			return false
		}
		some = some || v != 0
	}
	return some
}

// At is the point at coordinates t.
func (f *Flat) At(t []float64) []float64 {
	x := append([]float64(nil), f.Origin...)
	for k, axis := range f.Axes {
		for j, a := range axis {
			x[j] += float64(t[k] * a)
		}
	}
	return x
}

// RegionsOnFlat is [Regions] for a set that is flat, such as a polygon in a space of five
// inputs: the linear regions are those on the set itself, of as many dimensions as it has.
// Volumes are lengths or areas in it. Segments and polygons are exactly those with their
// float64 corners. The numbers of pieces are rounded: a point of a piece may lie off the
// subspace by the rounding of its coordinates.
func RegionsOnFlat(ctx context.Context, net *nn.Network, f Flat, target set.Union, opt RegionsOptions) (*Result, error) {
	if err := net.CheckEnd(); err != nil {
		return nil, err
	}
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.check(net); err != nil {
		return nil, err
	}
	if !opt.Discard {
		if err := f.checkLift(); err != nil {
			return nil, err
		}
	}
	inner, err := f.restrict(net)
	if err != nil {
		return nil, err
	}
	r, err := Regions(ctx, inner, f.Sides, target, opt)
	if err != nil {
		return nil, err
	}
	unit, within := f.unit(), unitOf(f.exactAxes())
	r.Volume = float64(r.Volume * unit)
	r.DomainVolume = float64(r.DomainVolume * unit)
	r.Extents.Volume, r.Extents.Domain = r.Extents.Volume.Times(within), r.Extents.Domain.Times(within)
	r.TiedVolume = r.TiedVolume.Times(within)
	if f.rounded {
		r.Extents = Extents{} // of other points
	}
	for k := range r.Shares {
		s := &r.Shares[k]
		s.Volume, s.Within = float64(s.Volume*unit), s.Within.Times(within)
	}
	r.free, r.constants = nil, nil
	if len(r.Pieces) == 0 {
		return r, nil
	}
	l, err := f.lifter(ctx)
	if err != nil {
		return nil, err
	}
	for i := range r.Pieces {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		p := &r.Pieces[i]
		p.Volume = float64(p.Volume * unit)
		p.Set = l.lift(p.Set)
		for v, t := range p.Vertices {
			p.Vertices[v] = f.At(t)
		}
	}
	return r, nil
}

// check reports a set that is not one in the input space.
func (f *Flat) check(net *nn.Network) error {
	if len(f.Origin) != net.InDim() {
		return fmt.Errorf("flat set: its origin has %d coordinates, the network has %d inputs", len(f.Origin), net.InDim())
	}
	if len(f.Axes) == 0 || f.Sides.Dim != len(f.Axes) {
		return fmt.Errorf("flat set: %d axes and sides in %d dimensions: want the same number, at least one", len(f.Axes), f.Sides.Dim)
	}
	for k, axis := range f.Axes {
		if len(axis) != len(f.Origin) {
			return fmt.Errorf("flat set: axis %d has %d coordinates, want %d", k, len(axis), len(f.Origin))
		}
		if s := vector.Dot(axis, axis); !(s > 0) || math.IsInf(s, 1) {
			return fmt.Errorf("flat set: axis %d has the length %v", k, math.Sqrt(s))
		}
		if d := vector.Dot(f.Origin, f.Origin); math.IsNaN(d) || math.IsInf(d, 0) {
			return errors.New("flat set: its origin is not finite")
		}
	}
	return nil
}

// restrict is the network on the coordinates of the subspace: affine nodes come before it.
func (f *Flat) restrict(net *nn.Network) (*nn.Network, error) {
	var nodes []nn.Node
	before := func(name string, columns [][]float64, bias []float64) {
		d := &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(len(bias), len(columns)), Bias: bias}}
		for k, column := range columns {
			for j, a := range column {
				d.Weight.Row(j)[k] = a
			}
		}
		nodes = append(nodes, nn.Node{Name: name, Inputs: []int{len(nodes) - 1}, Op: d})
	}
	if f.corners != nil {
		// Coordinates, the weights of the corners, and the sum of corners with these weights:
		// nothing is rounded.
		weights, bias := make([][]float64, len(f.Axes)), make([]float64, len(f.corners))
		for k := range weights {
			weights[k] = make([]float64, len(f.corners))
			weights[k][0], weights[k][k+1] = -1, 1
		}
		bias[0] = 1
		before("weights", weights, bias)
		before("embedding", f.corners, make([]float64, len(f.Origin)))
	} else {
		before("embedding", f.Axes, f.Origin)
	}
	first := len(nodes)
	for _, n := range net.Nodes {
		inputs := make([]int, len(n.Inputs))
		for i, j := range n.Inputs {
			inputs[i] = j + first // the input is -1, the nodes put first come to lie before
		}
		n.Inputs = inputs
		nodes = append(nodes, n)
	}
	return nn.New(nodes, []int{len(f.Axes)}, nn.Meta{})
}

// scaled is f a.
func scaled(a []float64, f float64) []float64 {
	r := make([]float64, len(a))
	for i, v := range a {
		r[i] = float64(f * v)
	}
	return r
}
