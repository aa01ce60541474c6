package preimage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

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

// FlatsOfPolygon gives a polygon, exactly: in the coordinates of two of its sides if those of
// all vertices are float64 numbers, as for triangles and parallelograms, and otherwise as the
// fan of triangles from its first vertex.
func FlatsOfPolygon(p *set.Polygon) []Flat {
	v := p.Vertices
	if at, ok := coordinates(v); ok {
		if sides, ok := sidesOf(at); ok {
			return []Flat{flatOfCorners(sides, v[0], v[1], v[len(v)-1])}
		}
	}
	var fan []Flat
	triangle, _ := sidesOf([][2]*big.Rat{{rational(0), rational(0)}, {rational(1), rational(0)}, {rational(0), rational(1)}})
	for k := 1; k+1 < len(v); k++ {
		fan = append(fan, flatOfCorners(triangle, v[0], v[k], v[k+1]))
	}
	return fan
}

// FlatOfSegment is a segment, exactly, with the parameter t of [set.Segment.At].
func FlatOfSegment(s set.Segment) Flat {
	return flatOfCorners(set.Box{Lo: []float64{0}, Hi: []float64{1}}.Polyhedron(), s.From, s.To)
}

func flatOfCorners(sides set.Polyhedron, corners ...[]float64) Flat {
	f := Flat{Origin: corners[0], Sides: sides, corners: corners}
	for _, c := range corners[1:] {
		axis := make([]float64, len(c))
		for j := range axis {
			axis[j] = c[j] - f.Origin[j]
		}
		f.Axes = append(f.Axes, axis)
	}
	return f
}

func rational(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }

// coordinates are those of vertices in a plane, in which the first is 0, the second (1, 0)
// and the last (0, 1); not ok where the vertices do not lie in one plane exactly.
func coordinates(v [][]float64) (at [][2]*big.Rat, ok bool) {
	side := func(k, j int) *big.Rat { return new(big.Rat).Sub(rational(v[k][j]), rational(v[0][j])) }
	cross := func(k, l, i, j int) *big.Rat {
		c := new(big.Rat).Mul(side(k, i), side(l, j))
		return c.Sub(c, new(big.Rat).Mul(side(k, j), side(l, i)))
	}
	// Two of the inputs tell the points of the plane apart: the one in which the first side
	// is longest, and the one that makes the largest area with it.
	last := len(v) - 1
	i, longest := 0, new(big.Rat)
	for k := range v[0] {
		if c := side(1, k); new(big.Rat).Abs(c).Cmp(longest) > 0 {
			i, longest = k, c.Abs(c)
		}
	}
	j, area := 0, new(big.Rat)
	for k := range v[0] {
		if c := cross(1, last, i, k); new(big.Rat).Abs(c).Cmp(new(big.Rat).Abs(area)) > 0 {
			j, area = k, c
		}
	}
	if area.Sign() == 0 {
		return nil, false
	}
	for k := range v {
		a, b := cross(k, last, i, j), cross(1, k, i, j)
		a.Quo(a, area)
		b.Quo(b, area)
		for l := range v[0] {
			x := new(big.Rat).Mul(a, side(1, l))
			x.Add(x, new(big.Rat).Mul(b, side(last, l)))
			if x.Cmp(side(k, l)) != 0 {
				return nil, false
			}
		}
		at = append(at, [2]*big.Rat{a, b})
	}
	return at, true
}

// sidesOf is the convex polygon with corners that are given counterclockwise; not ok where
// the numbers of its half-spaces are not float64 ones.
func sidesOf(at [][2]*big.Rat) (p set.Polyhedron, ok bool) {
	p = set.Whole(2)
	for i, a := range at {
		b := at[(i+1)%len(at)]
		// The polygon lies to the left of its sides.
		x, y := new(big.Rat).Sub(b[1], a[1]), new(big.Rat).Sub(a[0], b[0])
		c := new(big.Rat).Mul(x, a[0])
		c.Add(c, new(big.Rat).Mul(y, a[1]))
		h := set.HalfSpace{Normal: make([]float64, 2)}
		var exact [3]bool
		h.Normal[0], exact[0] = x.Float64()
		h.Normal[1], exact[1] = y.Float64()
		if h.Offset, exact[2] = c.Float64(); exact != [3]bool{true, true, true} {
			return p, false
		}
		p = p.With(h)
	}
	return p, true
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

// Lift is a set of coordinates as a set of inputs: the half-spaces that say that a point lies
// in the subspace, then those of the set. It takes memory in proportion to the square of the
// number of inputs.
func (f *Flat) Lift(p set.Polyhedron) set.Polyhedron {
	l, err := f.lifter(context.Background())
	if err != nil {
		panic(err) // the context has no end
	}
	return l.lift(p)
}

// lifter lifts sets of coordinates; what says that a point lies in the subspace is shared.
type lifter struct {
	origin []float64
	within set.Polyhedron
	duals  [][]float64 // coordinate k of a point x is duals[k] . (x - origin)
}

// lifter fails with the cause of ctx.
func (f *Flat) lifter(ctx context.Context) (*lifter, error) {
	l := &lifter{origin: f.Origin, within: set.Whole(len(f.Origin)), duals: make([][]float64, len(f.Axes))}
	units, lengths := f.orthonormal()
	if f.within != nil {
		l.within = *f.within
	} else {
		others, err := solve.Within(ctx).Complement(units, len(f.Origin))
		if err != nil {
			return nil, err
		}
		for _, w := range others { // two half-spaces for each direction that is orthogonal to the axes
			c := dot(w, f.Origin)
			l.within.Rows = append(l.within.Rows, set.HalfSpace{Normal: w, Offset: c}, set.HalfSpace{Normal: scaled(w, -1), Offset: -c})
		}
	}
	for k := len(f.Axes) - 1; k >= 0; k-- {
		l.duals[k] = scaled(units[k], 1/lengths[k])
		for m := k + 1; m < len(f.Axes); m++ {
			// Of what the later axes have along this one.
			share := dot(f.Axes[m], units[k]) / lengths[k]
			for j, a := range l.duals[m] {
				l.duals[k][j] -= float64(share * a)
			}
		}
	}
	return l, nil
}

func (l *lifter) lift(p set.Polyhedron) set.Polyhedron {
	lifted := l.within
	for _, h := range p.Rows {
		normal := make([]float64, len(l.origin))
		for k, dual := range l.duals {
			for j, a := range dual {
				normal[j] += float64(h.Normal[k] * a)
			}
		}
		lifted = lifted.With(set.HalfSpace{Normal: normal, Offset: h.Offset + dot(normal, l.origin), Strict: h.Strict})
	}
	return lifted
}

// orthonormal are the axes, each less what it has along those before, of length 1, and the
// lengths that they had.
func (f *Flat) orthonormal() (units [][]float64, lengths []float64) {
	for _, axis := range f.Axes {
		u := append([]float64(nil), axis...)
		for range 2 { // the second time takes away what rounding left
			for _, w := range units {
				along := dot(u, w)
				for j, a := range w {
					u[j] -= float64(along * a)
				}
			}
		}
		length := math.Sqrt(dot(u, u))
		units, lengths = append(units, scaled(u, 1/length)), append(lengths, length)
	}
	return units, lengths
}

// Polyhedron is the set in the input space; see [Flat.Lift].
func (f *Flat) Polyhedron() set.Polyhedron { return f.Lift(f.Sides) }

// unit is the length, area or volume of the figure that the axes span.
func (f *Flat) unit() float64 {
	_, lengths := f.orthonormal()
	size := 1.0
	for _, l := range lengths {
		size = float64(size * l)
	}
	return size
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

// maxLifted is the largest number of inputs in which flat sets are given by half-spaces,
// whose numbers it takes the square of.
const maxLifted = 4096

// checkLift refuses a set in so many inputs that half-spaces do not give it.
func (f *Flat) checkLift() error {
	if n := len(f.Origin); n > maxLifted {
		return fmt.Errorf("a flat set in %d inputs is not given by half-spaces, only in up to %d: its parts are counted and measured, but not kept", n, maxLifted)
	}
	return nil
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
