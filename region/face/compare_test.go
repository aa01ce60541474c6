package face_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/region/face"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// kind of the numbers that a random network has.
type kind int

const (
	integers kind = iota // from -2 to 2: many units vanish together
	decimals             // tenths, which are not float64 numbers: ties are not seen in float64
	normal
)

func (k kind) draw(r *rand.Rand) float64 {
	switch k {
	case integers:
		return float64(r.IntN(5) - 2)
	case decimals:
		return float64(r.IntN(21)-10) / 10
	}
	return r.NormFloat64()
}

// layer is a random dense layer; some of its units are dead, and some are another, or a
// multiple of it, which may be negative.
func layer(r *rand.Rand, k kind, out, in int) *nn.Dense {
	p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
	for u := range out {
		w := p.Weight.Row(u)
		for i := range w {
			w[i] = k.draw(r)
		}
		p.Bias[u] = k.draw(r)
		switch of := r.IntN(max(u, 1)); r.IntN(5) {
		case 0:
			clear(w)
			p.Bias[u] = float64(r.IntN(2) * -1)
		case 1, 2:
			by := []float64{1, -1, -2, 0.5}[r.IntN(4)]
			for i, v := range p.Weight.Row(of) {
				w[i] = float64(by * v)
			}
			p.Bias[u] = float64(by * p.Bias[of])
		}
	}
	return &nn.Dense{Params: p}
}

// random is a network with a piecewise-affine function after every layer but the last, or a
// maximum.
func random(t testing.TB, r *rand.Rand, k kind, in int) *nn.Network {
	t.Helper()
	bent := &nn.Piecewise{Breaks: []float64{-1, 0, 1}, Slope: []float64{-0.5, 0, 1, 2}, Offset: []float64{-0.5, 0, 0, -1}}
	var nodes []nn.Node
	add := func(op nn.Op, inputs ...int) int {
		nodes = append(nodes, nn.Node{Name: fmt.Sprintf("n%d", len(nodes)), Inputs: inputs, Op: op})
		return len(nodes) - 1
	}
	last, dim := nn.Input, in
	for range 1 + r.IntN(2) {
		n := 2 + r.IntN(4)
		last = add(layer(r, k, n, dim), last)
		switch r.IntN(6) {
		case 0:
			other := add(layer(r, k, n, dim), nodes[last].Inputs[0])
			last = add(&nn.Max{Inputs: 2, Dim: n}, last, other)
		case 1:
			last = add(nn.HardTanh(), last)
		case 2:
			last = add(bent, last)
		case 3:
			last = add(nn.LeakyReLU(0.25), last)
		default:
			last = add(nn.ReLU(), last)
		}
		dim = n
	}
	add(layer(r, k, 2, dim), last)
	net, err := nn.New(nodes, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net.LowerSelections()
}

// corner is a vertex of a linear region on a triangle of an item, or on a segment, exactly,
// and what package proof says executes there.
type corner struct {
	triangle int
	weights  []*big.Rat // of the second and third corner
	x        []float64
}

// checker asks package proof about one item.
type checker struct {
	t       *testing.T
	rows    *proof.Rows
	simplex [][][]float64
}

func newChecker(t *testing.T, net *nn.Network, item spec.Item) *checker {
	t.Helper()
	item.Output = spec.Output{HalfSpaces: []set.HalfSpace{{Normal: make([]float64, net.OutDim()), Offset: 1}}}
	rows, err := proof.NewRows(net, &spec.Spec{Items: []spec.Item{item}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{t: t, rows: rows}
	switch {
	case item.Segment != nil:
		c.simplex = append(c.simplex, [][]float64{item.Segment.From, item.Segment.To})
	case item.Polygon != nil:
		v := item.Polygon.Vertices
		for i := 1; i+1 < len(v); i++ {
			c.simplex = append(c.simplex, [][]float64{v[0], v[i], v[i+1]})
		}
	default:
		c.simplex = append(c.simplex, [][]float64{item.Point})
	}
	return c
}

// executes is the pattern that package proof says executes at a point.
func (c *checker) executes(triangle int, weights []*big.Rat) nn.Pattern {
	c.t.Helper()
	p, err := c.rows.Pattern(&cert.Row{Triangle: triangle, At: cert.Exacts(weights)})
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

// corners are those of the linear regions with a pattern.
func (c *checker) corners(pattern nn.Pattern) []corner {
	c.t.Helper()
	var found []corner
	for k, simplex := range c.simplex {
		near := make([]*big.Rat, len(simplex)-1)
		for i := range near {
			near[i] = new(big.Rat)
		}
		rows, err := c.rows.Vertices(0, k, cert.Exacts(near), pattern, 0)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, row := range rows {
			v := corner{triangle: k, x: slices.Clone(simplex[0])}
			for j, number := range row.At {
				w, err := number.Rat()
				if err != nil {
					c.t.Fatal(err)
				}
				v.weights = append(v.weights, w)
				f, _ := w.Float64()
				for i := range v.x {
					v.x[i] += float64(f * (simplex[j+1][i] - simplex[0][i]))
				}
			}
			found = append(found, v)
		}
	}
	return found
}

// ends are the corners of the item.
func (c *checker) ends() []corner {
	var found []corner
	for k, simplex := range c.simplex {
		for j, x := range simplex {
			v := corner{triangle: k, x: x}
			for i := range len(simplex) - 1 {
				v.weights = append(v.weights, new(big.Rat))
				if i+1 == j {
					v.weights[i].SetInt64(1)
				}
			}
			found = append(found, v)
		}
	}
	return found
}

// at are the corners at a place, of a triangle (-1 for any): more than one where float64
// takes several for one.
func at(corners []corner, x []float64, triangle int) []*corner {
	var found []*corner
	for i := range corners {
		c := &corners[i]
		same := triangle < 0 || c.triangle == triangle
		for j, v := range x {
			same = same && math.Abs(v-c.x[j]) < 1e-9
		}
		if same {
			found = append(found, c)
		}
	}
	return found
}

// halfway is the middle of two points.
func halfway(a, b []*big.Rat) []*big.Rat {
	var w []*big.Rat
	for i := range a {
		s := new(big.Rat).Add(a[i], b[i])
		w = append(w, s.Quo(s, big.NewRat(2, 1)))
	}
	return w
}

// tally counts comparisons.
type tally struct{ faces, other, doubt, several, missing int }

// compare looks at one face of a cell: wanted is what package proof says executes there, on
// each of the faces that float64 takes for one.
func (n *tally) compare(t *testing.T, rule *face.Rule, pattern nn.Pattern, f *face.Face, near []face.Tie, wanted []nn.Pattern, where string) {
	t.Helper()
	if len(wanted) == 0 {
		n.missing++ // the cell is none in exact arithmetic
		return
	}
	n.faces++
	if len(wanted) > 1 {
		n.several++
	}
	e := rule.Executes(pattern, f, near)
	if len(e.Doubt) > 0 {
		n.doubt++
	}
	if !slices.Equal(wanted[0], pattern) {
		n.other++
	}
	for _, want := range wanted {
		got := slices.Clone(e.Pattern)
		for _, d := range e.Doubt {
			if want[d.Unit] == d.Piece {
				got[d.Unit] = d.Piece
			}
		}
		if slices.Equal(got, want) {
			return
		}
	}
	t.Fatalf("%s: on a face of the cell of %v executes %v, in doubt %v; package proof says %v", where, pattern, e.Pattern, e.Doubt, wanted)
}

// TestAgainstProof: on vertices and edges of the linear regions on segments and polygons the
// patterns that execute are those that package proof, with its own rule, says do.
func TestAgainstProof(t *testing.T) {
	trials := 2000
	if testing.Short() {
		trials = 200
	}
	r := rand.New(rand.NewPCG(3, 1))
	counts := map[kind]*tally{integers: {}, decimals: {}, normal: {}}
	for trial := range trials {
		k := kind(trial % 3)
		n := counts[k]
		in := 1 + r.IntN(3)
		net := random(t, r, k, in)
		rule := face.New(net, 0)
		draw := func() []float64 {
			x := make([]float64, in)
			for i := range x {
				if x[i] = float64(r.IntN(9) - 4); k != integers {
					x[i] = x[i]/10 + float64(r.IntN(3)-1)
				}
			}
			return x
		}
		var item spec.Item
		if in > 1 && r.IntN(3) > 0 {
			var vertices [][]float64
			a, b, c := draw(), draw(), draw()
			vertices = append(vertices, a, b, c)
			if r.IntN(2) == 0 { // a parallelogram, which may not be planar exactly
				d := make([]float64, in)
				for i := range d {
					d[i] = a[i] + c[i] - b[i]
				}
				vertices = append(vertices, d)
			}
			p, err := set.NewPolygon(vertices)
			if err != nil {
				continue
			}
			item.Polygon = p
		} else {
			s, err := set.NewSegment(draw(), draw())
			if err != nil {
				continue
			}
			item.Segment = &s
		}
		check := newChecker(t, net, item)
		where := fmt.Sprintf("trial %d", trial)
		visit := func(c *region.Cell) error {
			n.cell(t, rule, check, &item, c, where)
			return nil
		}
		var err error
		if item.Segment != nil {
			_, err = region.OnSegment(t.Context(), net, *item.Segment, region.Options{Workers: 1}, visit)
		} else {
			_, err = region.OnPolygon(t.Context(), net, item.Polygon, region.Options{Workers: 1}, visit)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for k, n := range counts {
		t.Logf("kind %d: %+v", k, *n)
		if n.other < trials/10 {
			t.Errorf("kind %d: on %d faces another pattern executes: too few", k, n.other)
		}
		if most := n.faces / 200; n.doubt > most || n.missing > n.faces/20 {
			t.Errorf("kind %d: of %d faces %d are in doubt, and %d not found in exact arithmetic", k, n.faces, n.doubt, n.missing)
		}
	}
}

// cell compares the vertices and edges of a cell, and the cell itself.
func (n *tally) cell(t *testing.T, rule *face.Rule, check *checker, item *spec.Item, c *region.Cell, where string) {
	t.Helper()
	points := make([][]float64, len(c.Vertices))
	for i, v := range c.Vertices {
		if points[i] = nil; item.Segment != nil {
			points[i] = item.Segment.At(v.Param[0])
		} else {
			points[i] = item.Polygon.At(v.Param[0], v.Param[1])
		}
	}
	x, err := nn.MatrixOf(points)
	if err != nil {
		t.Fatal(err)
	}
	reach := make([]float64, len(points))
	for i := range reach {
		if reach[i] = 0; item.Segment != nil {
			reach[i] = face.Reach(item.Segment.From, item.Segment.To)
		} else {
			reach[i] = face.Reach(item.Polygon.Vertices...)
		}
	}
	near := rule.Near(x, reach)
	frame := func(places ...[]float64) face.Face {
		var f face.Face
		if item.Segment != nil {
			f.Frame, f.Facets = face.OfSegment(*item.Segment, places...)
		} else {
			f.Frame, f.Facets = face.OfPolygon(item.Polygon, places...)
		}
		f.Codim = len(f.Frame.Corners) - len(places)
		return f
	}
	corners := check.corners(c.Pattern)
	for i, p := range points {
		f := frame(p)
		var wanted []nn.Pattern
		for _, v := range at(corners, p, -1) {
			wanted = append(wanted, check.executes(v.triangle, v.weights))
		}
		if len(wanted) > 0 {
			for _, v := range at(check.ends(), p, -1) { // which is none of the cell's, exactly
				wanted = append(wanted, check.executes(v.triangle, v.weights))
			}
		}
		n.compare(t, rule, c.Pattern, &f, near[i], distinct(wanted), where)
		if len(points) == 2 {
			continue
		}
		j := (i + 1) % len(points)
		f = frame(p, points[j])
		wanted = nil
		for _, v := range at(corners, p, -1) {
			for _, w := range at(corners, points[j], v.triangle) {
				wanted = append(wanted, check.executes(v.triangle, halfway(v.weights, w.weights)))
			}
		}
		n.compare(t, rule, c.Pattern, &f, face.Common(nil, near[i], near[j]), distinct(wanted), where)
	}
}

// distinct are the patterns without repetitions.
func distinct(patterns []nn.Pattern) []nn.Pattern {
	slices.SortFunc(patterns, slices.Compare)
	return slices.CompactFunc(patterns, slices.Equal)
}

// TestPointsAgainstProof: the pattern at a point, most of which lie on breakpoints, is what
// package proof says it is.
func TestPointsAgainstProof(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 2))
	known, ties := 0, 0
	for trial := range 400 {
		k := kind(trial % 3)
		in := 1 + r.IntN(3)
		net := random(t, r, k, in)
		rule := face.New(net, 0)
		for range 4 {
			x := make([]float64, in)
			for i := range x {
				x[i] = float64(r.IntN(9)-4) / 2
			}
			row := nn.RowMatrix(x)
			trace := net.RunActivation(row, 1)
			got, ok := rule.At(trace, rounding.Of(net, trace, nn.ActivationChannel, nil, nil, true, nil).Total)
			if !ok {
				continue
			}
			known++
			want := newChecker(t, net, spec.Item{Point: x}).executes(0, nil)
			if !slices.Equal(got, want) {
				t.Fatalf("trial %d: at %v executes %v, package proof says %v", trial, x, got, want)
			}
			if len(rule.Near(row, nil)[0]) > 0 {
				ties++
			}
		}
	}
	if known < 1600 || ties < 400 {
		t.Errorf("%d of 1600 points known, %d near ties", known, ties)
	}
}
