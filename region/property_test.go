package region_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/set"
)

// cases calls f for many random networks, half of them with integer weights.
func cases(t *testing.T, f func(t *testing.T, r *rand.Rand, net *nn.Network, integer bool)) {
	for i := range 200 {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		integer := i%2 == 0
		net := network(t, r, 2+r.IntN(3), integer)
		ok := t.Run(fmt.Sprint(i), func(t *testing.T) { f(t, r, net, integer) })
		if !ok {
			return
		}
	}
}

func TestPolygonCells(t *testing.T) {
	cases(t, func(t *testing.T, r *rand.Rand, net *nn.Network, integer bool) {
		p := polygon(t, r, net.InDim(), integer)
		cells, result := collect(t, func(o region.Options, visit func(*region.Cell) error) (*region.Result, error) {
			return region.OnPolygon(context.Background(), net, p, o, visit)
		}, 1)
		sum := 0.0
		for _, c := range cells {
			a := area(c)
			if a <= 0 {
				t.Errorf("cell %d has area %v", c.Index, a)
			}
			sum += a
		}
		if want := planeArea(p.Plane); math.Abs(sum-want) > 1e-9*want {
			t.Errorf("the cells' areas add up to %v, the polygon has %v", sum, want)
		}
		checkCells(t, r, net, cells, func(c *region.Cell) float64 { return math.Sqrt(area(c)) },
			func(q [2]float64) []float64 { return p.At(q[0], q[1]) })
		checkEdges(t, p, cells)
		checkTree(t, net, cells, result.Trees[0])
		checkPatterns(t, net, cells, func() []float64 {
			x := make([]float64, net.InDim())
			total := 0.0
			for _, v := range p.Vertices {
				w := r.ExpFloat64()
				total += w
				for k := range x {
					x[k] += float64(w * v[k])
				}
			}
			for k := range x {
				x[k] /= total
			}
			return x
		})
	})
}

func TestSegmentCells(t *testing.T) {
	cases(t, func(t *testing.T, r *rand.Rand, net *nn.Network, integer bool) {
		s := segment(t, r, net.InDim(), integer)
		cells, result := collect(t, func(o region.Options, visit func(*region.Cell) error) (*region.Result, error) {
			return region.OnSegment(context.Background(), net, s, o, visit)
		}, 1)
		end := region.Vertex{}
		for i, c := range cells {
			from, to := c.Vertices[0], c.Vertices[1]
			if i > 0 && from != end {
				t.Errorf("cell %d begins at %v, the one before ends at %v", i, from, end)
			}
			if from.Param[0] >= to.Param[0] {
				t.Errorf("cell %d goes from t = %v to %v", i, from.Param[0], to.Param[0])
			}
			end = to
		}
		checkCells(t, r, net, cells, func(c *region.Cell) float64 { return c.Vertices[1].Param[0] - c.Vertices[0].Param[0] },
			func(q [2]float64) []float64 { return s.At(q[0]) })
		if first := cells[0].Vertices[0].Param[0]; first != 0 || end.Param[0] != 1 {
			t.Errorf("the cells go from t = %v to %v, want from 0 to 1", first, end.Param[0])
		}
		checkTree(t, net, cells, result.Trees[0])
		checkPatterns(t, net, cells, func() []float64 { return s.At(r.Float64()) })
	})
}

type enumeration func(region.Options, func(*region.Cell) error) (*region.Result, error)

func collect(t *testing.T, run enumeration, workers int) ([]*region.Cell, *region.Result) {
	t.Helper()
	var cells []*region.Cell
	result, err := run(region.Options{Workers: workers, Tree: true}, func(c *region.Cell) error {
		if c.Index != len(cells) {
			t.Fatalf("cell %d comes after %d others", c.Index, len(cells))
		}
		for _, u := range c.Zero {
			if c.Pattern[u] == 0 {
				t.Errorf("cell %d: unit %d vanishes and is on the lowest piece, want the upper one", c.Index, u)
			}
		}
		cells = append(cells, c.Clone())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.Total() != len(cells) {
		t.Fatalf("the result counts %d cells, %d were visited", result.Total(), len(cells))
	}
	return cells, result
}

func planeArea(ps [][2]float64) float64 {
	a := 0.0
	for i, p := range ps {
		q := ps[(i+1)%len(ps)]
		a += float64((p[0]-ps[0][0])*(q[1]-ps[0][1])) - float64((p[1]-ps[0][1])*(q[0]-ps[0][0]))
	}
	return float64(a / 2)
}

func area(c *region.Cell) float64 {
	var ps [][2]float64
	for _, v := range c.Vertices {
		ps = append(ps, v.Param)
	}
	return planeArea(ps)
}

// wide is the size from which a cell is wide enough to look at points inside it.
const wide = 1e-6

const (
	pointsPerCell = 3
	// mapsPerDomain limits the affine maps that are computed, for speed.
	mapsPerDomain = 10
)

// checkCells compares the cells' patterns with the ones that execute at points
// inside, and the affine maps of some cells with the network's output there.
func checkCells(t *testing.T, r *rand.Rand, net *nn.Network, cells []*region.Cell, size func(*region.Cell) float64, at func([2]float64) []float64) {
	t.Helper()
	var params [][2]float64
	var points [][]float64
	for _, c := range cells {
		for range pointsPerCell {
			q := inside(r, c)
			params, points = append(params, q), append(points, at(q))
		}
	}
	x, err := nn.MatrixOf(points)
	if err != nil {
		t.Fatal(err)
	}
	y, err := net.Eval(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	patterns := net.PatternsAt(x, 1)
	maps := map[*region.Cell]bool{}
	for _, i := range r.Perm(len(cells))[:min(mapsPerDomain, len(cells))] {
		maps[cells[i]] = true
	}
	for i, c := range cells {
		if size(c) < wide {
			continue
		}
		for k := i * pointsPerCell; k < (i+1)*pointsPerCell; k++ {
			vanishing := checkPattern(t, c, patterns[k], params[k])
			if vanishing && net.Decoupled() {
				continue // the pieces of units that vanish give different outputs
			}
			if maps[c] {
				checkMap(t, c, params[k], y.Row(k))
			}
		}
	}
}

// checkPattern compares the cell's pattern with the one that executes at q; it
// reports whether they differ, which only units that vanish may.
func checkPattern(t *testing.T, c *region.Cell, pattern nn.Pattern, q [2]float64) (vanishing bool) {
	t.Helper()
	for u := range pattern {
		if pattern[u] == c.Pattern[u] {
			continue
		}
		vanishing = true
		if !slices.Contains(c.Zero, int32(u)) {
			t.Errorf("cell %d: at %v unit %d is on piece %d, in the cell's pattern on %d", c.Index, q, u, pattern[u], c.Pattern[u])
		}
	}
	return vanishing
}

// checkMap compares the cell's affine map at q with the network's output y.
func checkMap(t *testing.T, c *region.Cell, q [2]float64, y []float64) {
	t.Helper()
	m := c.Affine()
	for i, want := range y {
		row := m.Row(i)
		got := row[len(row)-1]
		for k, a := range row[:len(row)-1] {
			got += float64(a * q[k])
		}
		if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
			t.Errorf("cell %d: output %d at %v is %v, by the cell's map %v", c.Index, i, q, want, got)
		}
	}
}

// inside is a random point inside the cell.
func inside(r *rand.Rand, c *region.Cell) [2]float64 {
	var q [2]float64
	total := 0.0
	for _, v := range c.Vertices {
		w := 0.1 + r.Float64()
		total += w
		q[0] += float64(w * v.Param[0])
		q[1] += float64(w * v.Param[1])
	}
	return [2]float64{q[0] / total, q[1] / total}
}

// checkPatterns looks for patterns at random points that no cell has, and for
// two cells with the same pattern.
func checkPatterns(t *testing.T, net *nn.Network, cells []*region.Cell, point func() []float64) {
	t.Helper()
	seen := map[string]bool{}
	zero := map[int32]bool{}
	for _, c := range cells {
		if seen[string(c.Pattern)] {
			t.Errorf("cell %d has the same pattern as another", c.Index)
		}
		seen[string(c.Pattern)] = true
		for _, u := range c.Zero {
			zero[u] = true
		}
	}
	if len(zero) > 0 {
		return // rounding decides on which piece such units are
	}
	const points = 300
	x := nn.NewMatrix(points, net.InDim())
	for i := range points {
		copy(x.Row(i), point())
	}
	for i, p := range net.PatternsAt(x, 1) {
		if !seen[string(p)] {
			t.Errorf("no cell has the pattern at %v", x.Row(i))
		}
	}
}

// checkEdges checks that every edge belongs to two cells, which see it in
// opposite directions, or lies on the boundary, and that an ID stands for one
// point.
func checkEdges(t *testing.T, p *set.Polygon, cells []*region.Cell) {
	t.Helper()
	params := map[region.ID][2]float64{}
	edges := map[[2]region.ID]int{}
	for _, c := range cells {
		for i, a := range c.Vertices {
			if q, ok := params[a.ID]; ok && q != a.Param {
				t.Errorf("one ID for the points %v and %v", q, a.Param)
			}
			params[a.ID] = a.Param
			b := c.Vertices[(i+1)%len(c.Vertices)]
			edges[[2]region.ID{a.ID, b.ID}]++
		}
	}
	rim, perimeter := 0.0, 0.0
	for e, n := range edges {
		if n > 1 {
			t.Errorf("%d cells have an edge on the same side", n)
		}
		if edges[[2]region.ID{e[1], e[0]}] == 0 {
			rim += distance(params[e[0]], params[e[1]])
		}
	}
	for i, a := range p.Plane {
		perimeter += distance(a, p.Plane[(i+1)%len(p.Plane)])
	}
	if math.Abs(rim-perimeter) > 1e-9*perimeter {
		t.Errorf("edges of one cell alone have length %v, the perimeter is %v", rim, perimeter)
	}
}

func distance(a, b [2]float64) float64 { return math.Hypot(a[0]-b[0], a[1]-b[1]) }

// checkTree walks the tree: each leaf is a cell, in order, on the side of each
// split that the tree says.
func checkTree(t *testing.T, net *nn.Network, cells []*region.Cell, tree region.Tree) {
	t.Helper()
	if len(tree) != 2*len(cells)-1 {
		t.Fatalf("a tree of %d nodes for %d cells", len(tree), len(cells))
	}
	leaf := 0
	for _, n := range tree {
		if n.Leaf() {
			if int(n.Below) != leaf || n.Above != n.Below {
				t.Errorf("leaf %d is cell %d, %d", leaf, n.Below, n.Above)
			}
			leaf++
		}
	}
	visited := 0
	var walk func(node int32, check func(*region.Cell))
	walk = func(node int32, check func(*region.Cell)) {
		n := tree[node]
		visited++
		if n.Leaf() {
			check(cells[n.Below])
			return
		}
		side := func(above bool) func(*region.Cell) {
			return func(c *region.Cell) {
				if got := int32(c.Pattern[n.Unit]) > n.Break; got != above {
					t.Errorf("cell %d: %s is on piece %d, against the split at breakpoint %d",
						c.Index, net.UnitName(int(n.Unit)), c.Pattern[n.Unit], n.Break)
				}
				check(c)
			}
		}
		walk(n.Below, side(false))
		walk(n.Above, side(true))
	}
	walk(0, func(*region.Cell) {})
	if visited != len(tree) {
		t.Errorf("%d of %d nodes can be reached", visited, len(tree))
	}
}
