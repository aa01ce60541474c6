package polytope_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// cases calls f for many random networks and domains, half of them with integer
// weights and coordinates.
func cases(t *testing.T, f func(t *testing.T, r *rand.Rand, net *nn.Network, d polytope.Domain)) {
	n := 120
	if testing.Short() {
		n = 24
	}
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 3))
		integer := i%2 == 0
		net := network(t, r, 1+r.IntN(4), integer)
		d := domain(r, net.InDim(), integer)
		if !t.Run(fmt.Sprint(i), func(t *testing.T) { f(t, r, net, d) }) {
			return
		}
	}
}

func collect(t *testing.T, net *nn.Network, d polytope.Domain, opt polytope.Options) ([]*polytope.Cell, *polytope.Result) {
	t.Helper()
	var cells []*polytope.Cell
	result, err := polytope.Enumerate(context.Background(), net, d, opt, func(c *polytope.Cell) error {
		if c.Index != len(cells) {
			t.Fatalf("cell %d comes after %d others", c.Index, len(cells))
		}
		cells = append(cells, c.Clone())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.Cells != len(cells) || !result.Complete() {
		t.Fatalf("%d cells were visited; %+v", len(cells), result)
	}
	return cells, result
}

// sample is a random point of a cell or of its hull: a random average of its
// vertices.
func sample(r *rand.Rand, points nn.Matrix) []float64 {
	x := make([]float64, points.Cols)
	total := 0.0
	for i := range points.Rows {
		w := r.ExpFloat64()
		total += w
		for k, v := range points.Row(i) {
			x[k] += float64(w * v)
		}
	}
	for k := range x {
		x[k] /= total
	}
	return x
}

// contains tells by how much a point is inside half-spaces: the least slack,
// relative to the normals' lengths.
func contains(hs []set.HalfSpace, x []float64) float64 {
	least := math.Inf(1)
	for _, h := range hs {
		length := 0.0
		for _, a := range h.Normal {
			length += float64(a * a)
		}
		if length > 0 {
			least = min(least, h.Slack(x)/math.Sqrt(length))
		}
	}
	return least
}

func TestCells(t *testing.T) {
	cases(t, func(t *testing.T, r *rand.Rand, net *nn.Network, d polytope.Domain) {
		cells, result := collect(t, net, d, polytope.Options{Volume: true, Tree: true})
		checkTree(t, net, cells, result.Tree)
		if math.Abs(result.Volume-result.DomainVolume) > 1e-9*result.DomainVolume {
			t.Errorf("the cells' volumes add up to %v, the domain has %v", result.Volume, result.DomainVolume)
		}
		if result.Loosened > 0 {
			t.Errorf("%d cuts were loosened", result.Loosened)
		}
		for _, c := range cells {
			if c.Volume <= 0 {
				t.Errorf("cell %d has volume %v", c.Index, c.Volume)
			}
			checkCell(t, r, net, c)
		}
		again, _ := collect(t, net, d, polytope.Options{Volume: true, Workers: 1})
		if !same(cells, again) {
			t.Error("another result with one worker")
		}
	})
}

// same compares cells without what only their methods use.
func same(a, b []*polytope.Cell) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !reflect.DeepEqual(plain(a[i]), plain(b[i])) {
			return false
		}
	}
	return true
}

func plain(c *polytope.Cell) []any {
	return []any{c.Index, c.Term, c.Whole, c.Pattern, append([]int32{}, c.Zero...), c.Coords, c.On, c.Facets, c.Volume}
}

// checkCell holds a cell against evaluation: half-spaces, pattern, affine map.
func checkCell(t *testing.T, r *rand.Rand, net *nn.Network, c *polytope.Cell) {
	t.Helper()
	points, hs := c.Points(), c.HalfSpaces()
	d := c.Coords.Cols
	for v := range points.Rows {
		if s := contains(hs, points.Row(v)); s < -1e-8 {
			t.Errorf("cell %d: vertex %d lies %v outside a half-space", c.Index, v, -s)
		}
		for _, f := range c.On[v*d : v*d+d] {
			if s := contains(hs[f:f+1], points.Row(v)); math.Abs(s) > 1e-8 && !math.IsInf(s, 1) {
				t.Errorf("cell %d: vertex %d lies %v from its facet %+v", c.Index, v, s, c.Facets[f])
			}
		}
	}
	if c.Whole {
		return
	}
	a, b := c.Affine()
	for range 3 {
		x := sample(r, points)
		if contains(hs[:len(c.Facets)], x) < 1e-7 {
			continue // too close to the boundary to have one pattern only
		}
		executed := net.PatternsAt(nn.RowMatrix(x), 1)[0]
		zero := map[int]bool{}
		for _, u := range c.Zero {
			zero[int(u)] = true
		}
		for u, p := range executed {
			if p != c.Pattern[u] && !zero[u] {
				t.Errorf("cell %d: unit %d has piece %d at %v, the pattern has %d", c.Index, u, p, x, c.Pattern[u])
			}
		}
		y, err := net.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		if net.Decoupled() && len(zero) > 0 {
			continue
		}
		for i := range y {
			want := b[i]
			for k, v := range x {
				want += float64(a.Row(i)[k] * v)
			}
			if math.Abs(y[i]-want) > 1e-8*(1+math.Abs(want)) {
				t.Errorf("cell %d: output %d is %v at %v, the affine map says %v", c.Index, i, y[i], x, want)
			}
		}
	}
}

// checkTree follows the tree to its leaves: the cells' patterns agree with the
// splits above them, and the leaves have all cells, in order.
func checkTree(t *testing.T, net *nn.Network, cells []*polytope.Cell, tree polytope.Tree) {
	t.Helper()
	next, nodes := int32(0), 0
	var follow func(i int32, above []polytope.Node, side []bool)
	follow = func(i int32, splits []polytope.Node, side []bool) {
		n := tree[i]
		nodes++
		if n.Leaf == polytope.Inner {
			follow(n.Below, append(splits, n), append(side, false))
			follow(n.Above, append(splits, n), append(side, true))
			return
		}
		if n.Below != next {
			t.Errorf("leaf %d begins with cell %d, want %d", i, n.Below, next)
		}
		next = n.Above
		for _, c := range cells[n.Below:n.Above] {
			if c.Whole != (n.Leaf == polytope.Within) {
				t.Errorf("cell %d, whole: %v, is in a leaf of kind %d", c.Index, c.Whole, n.Leaf)
			}
			for k, s := range splits {
				if !c.Whole && (int(c.Pattern[s.Unit]) > int(s.Break)) != side[k] {
					t.Errorf("cell %d has piece %d of unit %d and lies above breakpoint %d: %v", c.Index, c.Pattern[s.Unit], s.Unit, s.Break, side[k])
				}
			}
		}
	}
	if len(tree) > 0 {
		follow(0, nil, nil)
	}
	if nodes != len(tree) || int(next) != len(cells) {
		t.Errorf("the tree leads to %d nodes of %d, %d cells of %d", nodes, len(tree), next, len(cells))
	}
}

// inTarget is how far y lies inside the target: the largest over the terms of
// the least slack.
func inTarget(target terms, y []float64) float64 {
	best := math.Inf(-1)
	for _, term := range target {
		least := math.Inf(1)
		for _, h := range term {
			least = min(least, h.Slack(y))
		}
		best = max(best, least)
	}
	return best
}

func TestTarget(t *testing.T) {
	cases(t, func(t *testing.T, r *rand.Rand, net *nn.Network, d polytope.Domain) {
		goal := target(r, net, d)
		cells, result := collect(t, net, d, polytope.Options{Volume: true, Target: goal.union(), Tree: true})
		checkTree(t, net, cells, result.Tree)
		split, every := collect(t, net, d, polytope.Options{Volume: true, Target: goal.union(), Split: true, Workers: 1})
		if math.Abs(result.Volume-every.Volume) > 1e-9*result.DomainVolume {
			t.Errorf("volume %v, but %v where all regions are split", result.Volume, every.Volume)
		}
		if len(cells) > len(split) || every.Whole > 0 {
			t.Errorf("%d cells, %d where all regions are split, %d of them whole", len(cells), len(split), every.Whole)
		}
		var all [][]set.HalfSpace
		for _, c := range append(cells, split...) {
			checkCell(t, r, net, c)
			x := sample(r, c.Points())
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			if s := inTarget(goal[c.Term:c.Term+1], y); s < -1e-7 {
				t.Errorf("cell %d (whole: %v): the output at %v lies %v outside its term", c.Index, c.Whole, x, -s)
			}
		}
		for _, c := range cells {
			all = append(all, c.HalfSpaces())
		}
		// Points of the domain are in a cell iff the output is in the target.
		whole, _ := collect(t, net, d, polytope.Options{})
		for range 20 {
			x := sample(r, whole[r.IntN(len(whole))].Points())
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			s := inTarget(goal, y)
			if math.Abs(s) < 1e-7 {
				continue
			}
			in := math.Inf(-1)
			for _, hs := range all {
				in = max(in, contains(hs, x))
			}
			if s > 0 && in < -1e-7 || s < 0 && in > 1e-7 {
				t.Errorf("the output at %v lies %v inside the target, the point %v inside the cells", x, s, in)
			}
		}
	})
}
