package preimage

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/netmend/netmend/internal/affine"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// maxGenerators is how many numbers the generators of one node's values may be, 0.5
// GiB of them.
const maxGenerators = 1 << 26

// ImageZonotope returns a zonotope that contains {net(x) : x in z}: an
// over-approximation, exact up to rounding where every unit is affine on z, and
// usually far tighter than [ImageBox]. A unit that is not affine gives a new
// generator, after those of z. Rounding errors go into the radius. So do the
// smallest generators where there are more than 2^26 numbers of them for the
// values of the widest node.
//
// It fails as [ImageBox] does, and with the cause of ctx if that is over first.
func ImageZonotope(ctx context.Context, net *nn.Network, z set.Zonotope) (set.Zonotope, error) {
	if err := net.CheckEnd(); err != nil {
		return set.Zonotope{}, err
	}
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return set.Zonotope{}, err
	}
	if z.Dim() != net.InDim() {
		return set.Zonotope{}, fmt.Errorf("zonotope of dimension %d, the network has %d inputs", z.Dim(), net.InDim())
	}
	return imageZonotope(ctx, net, z, mostGenerators(net))
}

// mostGenerators is how many generators the values of every node may have.
func mostGenerators(net *nn.Network) int {
	most := maxGenerators / net.InDim()
	for i := range net.Nodes {
		most = min(most, maxGenerators/net.Dim(i))
	}
	return most
}

// ImageZonotopeOfBox is [ImageZonotope] of [set.BoxZonotope] of a bounded box that is not
// empty, in memory that does not grow with the square of the number of inputs.
func ImageZonotopeOfBox(ctx context.Context, net *nn.Network, box set.Box) (set.Zonotope, error) {
	if err := net.CheckEnd(); err != nil {
		return set.Zonotope{}, err
	}
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return set.Zonotope{}, err
	}
	if err := checkBox(net, box); err != nil {
		return set.Zonotope{}, err
	}
	most := mostGenerators(net)
	width := func(j int) float64 { return box.Hi[j] - box.Lo[j] }
	order := make([]int, 0, box.Dim())
	for j := range box.Lo {
		if width(j) > 0 {
			order = append(order, j)
		}
	}
	if len(order) <= most {
		return imageZonotope(ctx, net, set.BoxZonotope(box), most)
	}
	// Generators for the widest inputs; the others go into the radius.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(width(b), width(a)) })
	wide := box.Clone()
	z := set.Zonotope{Radius: make([]float64, box.Dim())}
	for _, j := range order[most:] {
		wide.Lo[j] += float64(width(j) / 2)
		wide.Hi[j] = wide.Lo[j]
		z.Radius[j] = math.Nextafter(max(box.Hi[j]-wide.Lo[j], wide.Lo[j]-box.Lo[j]), math.Inf(1))
	}
	z.Generators = set.BoxZonotope(wide).Generators
	z.Center = wide.Center()
	return imageZonotope(ctx, net, z, most)
}

// imageZonotope is ImageZonotope with at most that many generators.
func imageZonotope(ctx context.Context, net *nn.Network, z set.Zonotope, most int) (set.Zonotope, error) {
	z = fewer(z, most)
	y, around, err := zonotopes(ctx, net, z, nn.ActivationChannel, nil, most)
	if err == nil && net.Decoupled() {
		y, _, err = zonotopes(ctx, net, z, nn.ValueChannel, around, most)
	}
	return y, err
}

// fewer is a zonotope of at most that many generators that contains z: the smallest go
// into the radius.
func fewer(z set.Zonotope, most int) set.Zonotope {
	n := z.Generators.Rows
	if n <= most {
		return z
	}
	sizes := make([]float64, n)
	for k := range sizes {
		for _, g := range z.Generators.Row(k) {
			sizes[k] += math.Abs(g)
		}
	}
	r := set.Zonotope{Center: z.Center, Generators: nn.NewMatrix(most, z.Dim()), Radius: make([]float64, z.Dim())}
	copy(r.Radius, z.Radius)
	kept, at := largest(sizes, most), 0
	for k := range n {
		if kept[k] {
			copy(r.Generators.Row(at), z.Generators.Row(k))
			at++
			continue
		}
		for j, g := range z.Generators.Row(k) {
			if g != 0 {
				r.Radius[j] = math.Nextafter(r.Radius[j]+math.Abs(g), math.Inf(1))
			}
		}
	}
	return r
}

// largest marks the n largest numbers that are positive, among equal ones the first.
func largest(xs []float64, n int) []bool {
	var order []int
	for i, x := range xs {
		if x > 0 {
			order = append(order, i)
		}
	}
	if len(order) > n {
		sort.SliceStable(order, func(a, b int) bool { return xs[order[a]] > xs[order[b]] })
		order = order[:max(0, n)]
	}
	marked := make([]bool, len(xs))
	for _, i := range order {
		marked[i] = true
	}
	return marked
}

// zonotopes encloses the output of one channel, and bounds the inputs of its
// activation nodes, at around[j+1] those of the node that reads node j. All values
// share their generators, at most so many: row k is the same number everywhere, and
// where there is no row k it does not count. pieces are the bounds of the activation
// channel, for the value channel of a decoupled network.
func zonotopes(ctx context.Context, net *nn.Network, z set.Zonotope, ch nn.Channel, pieces []set.Box, most int) (y set.Zonotope, around []set.Box, err error) {
	last := make([]int, len(net.Nodes)+1) // last[j+1] is the last node that reads node j
	for i, node := range net.Nodes {
		for _, j := range node.Inputs {
			last[j+1] = i
		}
	}
	around = make([]set.Box, len(net.Nodes)+1)
	values := make([]set.Zonotope, len(net.Nodes)+1)
	values[0] = z
	generators := z.Generators.Rows
	for i, node := range net.Nodes {
		if ctx.Err() != nil {
			return y, nil, context.Cause(ctx)
		}
		if f, ok := node.Op.(nn.Activation); ok {
			source := node.Inputs[0] + 1
			var own *set.Box
			if pieces != nil {
				own = &pieces[source]
			}
			around[source] = values[source].BoundingBox()
			if y, err = activate(f, values[source], around[source], own, generators, most); err != nil {
				return y, nil, fmt.Errorf("node %d (%s %q): %w", i, node.Op.Kind(), node.Name, err)
			}
			generators = max(generators, y.Generators.Rows)
		} else {
			in := make([]set.Zonotope, len(node.Inputs))
			for k, j := range node.Inputs {
				in[k] = values[j+1]
			}
			o := affine.Of(net, i, ch)
			y = o.ZonotopeImage(ctx, joined(in))
		}
		values[i+1] = y
		for _, j := range node.Inputs {
			if last[j+1] == i {
				values[j+1] = set.Zonotope{}
			}
		}
	}
	if ctx.Err() != nil {
		return y, nil, context.Cause(ctx)
	}
	return y, around, nil
}

// joined is the zonotope of the values of several, one after the other.
func joined(zs []set.Zonotope) set.Zonotope {
	if len(zs) == 1 {
		return zs[0]
	}
	var j set.Zonotope
	rows := 0
	for _, z := range zs {
		j.Center = append(j.Center, z.Center...)
		rows = max(rows, z.Generators.Rows)
	}
	j.Generators = nn.NewMatrix(rows, len(j.Center))
	j.Radius = make([]float64, len(j.Center))
	at := 0
	for _, z := range zs {
		for k := range z.Generators.Rows {
			copy(j.Generators.Row(k)[at:], z.Generators.Row(k))
		}
		copy(j.Radius[at:], z.Radius)
		at += z.Dim()
	}
	return j
}

// activate encloses f of the values v, which lie in the box. Its new generators come
// after so many, and there are at most so many in all: what the others would add goes
// into the radius. pieces, if not nil, bounds the activation channel's values.
func activate(f nn.Activation, v set.Zonotope, box set.Box, pieces *set.Box, generators, most int) (set.Zonotope, error) {
	n := v.Dim()
	slope, centre, noise := make([]float64, n), make([]float64, n), make([]float64, n)
	for u := range n {
		z, at := box.Interval(u), (*set.Interval)(nil)
		if pieces != nil {
			value := z
			z, at = pieces.Interval(u), &value
		}
		r, err := relax(f, z, at)
		if err != nil {
			return set.Zonotope{}, err
		}
		slope[u] = r.slope
		rest := set.Box{Lo: []float64{r.rest.Lo}, Hi: []float64{r.rest.Hi}}
		centre[u] = rest.Center()[0]
		c := set.Interval{Lo: centre[u], Hi: centre[u]}
		noise[u] = max(r.rest.Sub(c).Hi, c.Sub(r.rest).Hi)
	}
	y := sloped(v, slope, centre)
	own, fresh := largest(noise, most-generators), 0
	for u, e := range noise {
		switch {
		case own[u]:
			fresh++
		case e > 0:
			y.Radius[u] = math.Nextafter(y.Radius[u]+e, math.Inf(1))
		}
	}
	if fresh == 0 {
		return y, nil
	}
	g := nn.NewMatrix(generators+fresh, n)
	for k := range y.Generators.Rows {
		copy(g.Row(k), y.Generators.Row(k))
	}
	for u, e := range noise {
		if own[u] {
			g.Row(generators)[u] = e
			generators++
		}
	}
	y.Generators = g
	return y, nil
}

// sloped is [set.Zonotope.Image] of a diagonal matrix.
func sloped(z set.Zonotope, slope, centre []float64) set.Zonotope {
	n := len(slope)
	r := set.Zonotope{Center: make([]float64, n), Generators: nn.NewMatrix(z.Generators.Rows, n), Radius: make([]float64, n)}
	extent := make([]float64, n)
	for k := range z.Generators.Rows {
		to := r.Generators.Row(k)
		for j, g := range z.Generators.Row(k) {
			to[j] = float64(g * slope[j])
			extent[j] += math.Abs(g)
		}
	}
	unit := float64(float64(3*n+z.Generators.Rows+8) * 0x1p-53)
	up := func(x float64) float64 { return math.Nextafter(x, math.Inf(1)) }
	for j, c := range z.Center {
		extent[j] += math.Abs(c)
		r.Center[j] = centre[j] + float64(slope[j]*c)
		size, carried := math.Abs(centre[j])+float64(math.Abs(slope[j])*extent[j]), 0.0
		if z.Radius != nil {
			carried = float64(math.Abs(slope[j]) * z.Radius[j])
		}
		r.Radius[j] = up(up(float64(carried*(1+unit))) + up(float64(unit*size)) + float64(float64(n)*math.SmallestNonzeroFloat64))
	}
	return r
}
