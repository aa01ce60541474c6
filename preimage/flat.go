package preimage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// Flat is a convex set in a plane of the input space, or another affine subspace:
// the points Origin + Σ t_k Axes[k] for t in Sides. Axes are orthogonal and not 0.
type Flat struct {
	Origin []float64
	Axes   [][]float64
	// Sides has as many dimensions as there are axes.
	Sides set.Polyhedron

	within *set.Polyhedron // where not nil, what says that a point lies in the subspace
}

// flatOf is a set with equations about more than one coordinate, given by pairs of
// opposite half-spaces, in the subspace of its equations; not ok for other sets.
func flatOf(p set.Polyhedron) (f Flat, ok bool) {
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
	a := nn.NewMatrix(p.Dim, len(hull.Basis))
	for k, axis := range hull.Basis {
		for j, v := range axis {
			a.Row(j)[k] = v
		}
	}
	return Flat{
		Origin: hull.Point, Axes: hull.Basis, within: &p,
		Sides: set.Whole(p.Dim).With(rest...).Preimage(a, hull.Point),
	}, true
}

// hasOpposite tells whether row i of p and another one are an equation.
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

// FlatOfPolygon is a polygon in its plane's coordinates, which measure lengths as
// the input space does.
func FlatOfPolygon(p *set.Polygon) Flat {
	f := Flat{Origin: p.Origin, Axes: [][]float64{p.U, p.V}, Sides: set.Whole(2)}
	for i, a := range p.Plane {
		b := p.Plane[(i+1)%len(p.Plane)]
		// The polygon is counterclockwise: it lies to the left of its sides.
		h := set.HalfSpace{Normal: []float64{b[1] - a[1], a[0] - b[0]}}
		h.Offset = max(dot(h.Normal, a[:]), dot(h.Normal, b[:]))
		f.Sides = f.Sides.With(h)
	}
	return f
}

// FlatOfSegment is a segment, with the parameter t of [set.Segment.At].
func FlatOfSegment(s set.Segment) Flat {
	axis := make([]float64, s.Dim())
	for k := range axis {
		axis[k] = s.To[k] - s.From[k]
	}
	return Flat{
		Origin: s.From, Axes: [][]float64{axis},
		Sides: set.Box{Lo: []float64{0}, Hi: []float64{1}}.Polyhedron(),
	}
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

// Lift is a set of coordinates as a set of inputs: the half-spaces that say that a
// point lies in the subspace, then those of the set.
func (f *Flat) Lift(p set.Polyhedron) set.Polyhedron {
	lifted := set.Whole(len(f.Origin))
	if f.within != nil {
		lifted = *f.within
	} else {
		lifted = lifted.With(f.equations()...)
	}
	for _, h := range p.Rows {
		normal := make([]float64, len(f.Origin))
		for k, axis := range f.Axes {
			size := dot(axis, axis)
			for j, a := range axis {
				normal[j] += h.Normal[k] * a / size
			}
		}
		lifted = lifted.With(set.HalfSpace{Normal: normal, Offset: h.Offset + dot(normal, f.Origin), Strict: h.Strict})
	}
	return lifted
}

// equations are two half-spaces for each direction that is orthogonal to the axes.
func (f *Flat) equations() []set.HalfSpace {
	units := make([][]float64, len(f.Axes))
	for k, axis := range f.Axes {
		units[k] = scaled(axis, 1/math.Sqrt(dot(axis, axis)))
	}
	var rows []set.HalfSpace
	for _, w := range solve.Complement(units, len(f.Origin)) {
		c := dot(w, f.Origin)
		rows = append(rows, set.HalfSpace{Normal: w, Offset: c}, set.HalfSpace{Normal: scaled(w, -1), Offset: -c})
	}
	return rows
}

// Polyhedron is the set in the input space.
func (f *Flat) Polyhedron() set.Polyhedron { return f.Lift(f.Sides) }

// unit is the length, area or volume of the figure that the axes span.
func (f *Flat) unit() float64 {
	size := 1.0
	for _, axis := range f.Axes {
		size = float64(size * math.Sqrt(dot(axis, axis)))
	}
	return size
}

// RegionsOnFlat is [Regions] for a set that is flat, such as a polygon in a space
// of five inputs: the linear regions are those on the set itself, of as many
// dimensions as it has. Volumes are lengths or areas in it. The set is its image
// under the coordinates of the subspace, rounded to float64: a point of a piece
// may lie off the subspace by the rounding of its coordinates.
func RegionsOnFlat(ctx context.Context, net *nn.Network, f Flat, target set.Union, opt RegionsOptions) (*Result, error) {
	net = net.LowerSelections()
	if err := f.check(net); err != nil {
		return nil, err
	}
	inner, err := f.restrict(net)
	if err != nil {
		return nil, err
	}
	r, err := Regions(ctx, inner, f.Sides, target, opt)
	if err != nil {
		return nil, err
	}
	unit := f.unit()
	r.Volume = float64(r.Volume * unit)
	r.DomainVolume = float64(r.DomainVolume * unit)
	for k := range r.Shares {
		r.Shares[k].Volume = float64(r.Shares[k].Volume * unit)
	}
	r.free, r.constants = nil, nil
	for i := range r.Pieces {
		p := &r.Pieces[i]
		p.Volume = float64(p.Volume * unit)
		p.Set = f.Lift(p.Set)
		for v, t := range p.Vertices {
			p.Vertices[v] = f.At(t)
		}
	}
	return r, nil
}

// check reports a set that is none in the input space.
func (f *Flat) check(net *nn.Network) error {
	if len(f.Origin) != net.InDim() {
		return fmt.Errorf("flat set: its origin has %d coordinates, the network has %d inputs", len(f.Origin), net.InDim())
	}
	if len(f.Axes) == 0 || f.Sides.Dim != len(f.Axes) {
		return fmt.Errorf("flat set: %d axes and sides in %d dimensions, want as many, and at least one", len(f.Axes), f.Sides.Dim)
	}
	for k, axis := range f.Axes {
		if len(axis) != len(f.Origin) {
			return fmt.Errorf("flat set: axis %d has %d coordinates, want %d", k, len(axis), len(f.Origin))
		}
		if s := dot(axis, axis); !(s > 0) || math.IsInf(s, 1) {
			return fmt.Errorf("flat set: axis %d has the length %v", k, math.Sqrt(s))
		}
		if d := dot(f.Origin, f.Origin); math.IsNaN(d) || math.IsInf(d, 0) {
			return errors.New("flat set: its origin is not finite")
		}
	}
	return nil
}

// restrict is the network on the coordinates of the subspace: one more affine node
// before it.
func (f *Flat) restrict(net *nn.Network) (*nn.Network, error) {
	embed := &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(len(f.Origin), len(f.Axes)), Bias: f.Origin}}
	for k, axis := range f.Axes {
		for j, a := range axis {
			embed.Weight.Row(j)[k] = a
		}
	}
	nodes := []nn.Node{{Name: "embedding", Inputs: []int{nn.Input}, Op: embed}}
	for _, n := range net.Nodes {
		inputs := make([]int, len(n.Inputs))
		for i, j := range n.Inputs {
			inputs[i] = j + 1 // the input is -1, the node put first 0
		}
		n.Inputs = inputs
		nodes = append(nodes, n)
	}
	return nn.New(nodes, []int{len(f.Axes)}, nn.Meta{})
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += float64(v * b[i])
	}
	return s
}

// scaled is f a.
func scaled(a []float64, f float64) []float64 {
	r := make([]float64, len(a))
	for i, v := range a {
		r[i] = float64(f * v)
	}
	return r
}
