package face_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/face"
	"github.com/netmend/netmend/set"
)

// relus is a network on a line with a ReLU of w x + b for each pair.
func relus(t *testing.T, pairs ...[2]float64) *nn.Network {
	t.Helper()
	p := nn.Params{Weight: nn.NewMatrix(len(pairs), 1)}
	for u, v := range pairs {
		p.Weight.Row(u)[0] = v[0]
		p.Bias = append(p.Bias, v[1])
	}
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: p}}, {Inputs: []int{0}, Op: nn.ReLU()}}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestVertices of segments: what ties, what does not, and what float64 alone cannot tell.
func TestVertices(t *testing.T) {
	tenth := [2]float64{0.3, -0.1} // its breakpoint, 1/3 about, is not a float64 number
	for _, c := range []struct {
		name    string
		pairs   [][2]float64
		x       float64
		pattern nn.Pattern
		want    nn.Pattern
		doubt   []face.Tie
	}{
		{"one of each sign", [][2]float64{{1, 0}, {-1, 0}}, 0, nn.Pattern{1, 0}, nn.Pattern{1, 1}, nil},
		{"rounded", [][2]float64{tenth, {-0.6, 0.2}}, 1.0 / 3, nn.Pattern{1, 0}, nn.Pattern{1, 1}, nil},
		{"almost", [][2]float64{{1, 0}, {-1, 0x1p-60}}, 0, nn.Pattern{1, 0}, nn.Pattern{1, 0}, []face.Tie{{Unit: 1, Piece: 1}}},
		{"dead, and constant", [][2]float64{{1, 0}, {0, 0}, {0, -0x1p-60}}, 0, nn.Pattern{0, 1, 0}, nn.Pattern{1, 1, 0}, nil},
		{"three, two of which tie", [][2]float64{{1, 0}, {-1, 0}, {1, -0x1p-60}}, 0, nn.Pattern{1, 0, 0}, nn.Pattern{1, 0, 0}, []face.Tie{{Unit: 1, Piece: 1}, {Unit: 2, Piece: 1}}},
		{"at an end, which is exact", [][2]float64{{1, 1}, {-1, -1}, {1, 1 - 0x1p-50}}, -1, nn.Pattern{1, 0, 0}, nn.Pattern{1, 1, 0}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			rule := face.New(relus(t, c.pairs...), 0)
			s := set.Segment{From: []float64{-1}, To: []float64{2}}
			near := rule.Near(nn.RowMatrix([]float64{c.x}), []float64{face.Reach(s.From, s.To)})[0]
			f := face.Face{Codim: 1}
			f.Frame, f.Facets = face.OfSegment(s, []float64{c.x})
			e := rule.Executes(c.pattern, &f, near)
			if !slices.Equal(e.Pattern, c.want) || !slices.Equal(e.Doubt, c.doubt) {
				t.Errorf("executes %v, in doubt %v; want %v and %v", e.Pattern, e.Doubt, c.want, c.doubt)
			}
		})
	}
}

// TestNear: a place that is 0 but for the rounding of numbers near 1 is near the breakpoint.
func TestNear(t *testing.T) {
	rule := face.New(relus(t, [2]float64{1, 0}, [2]float64{1, -1}), 0)
	x := nn.RowMatrix([]float64{0x1p-52})
	if near := rule.Near(x, []float64{1})[0]; !slices.Equal(near, []face.Tie{{Unit: 0, Piece: 1}}) {
		t.Errorf("near ties %v, want that of unit 0", near)
	}
	if near := rule.Near(x, nil)[0]; len(near) > 0 {
		t.Errorf("near ties %v of a point that is exact", near)
	}
}

// TestInexact: a mean of three is not a sum with float64 weights, so that what ties behind it is
// in doubt; of four it is known.
func TestInexact(t *testing.T) {
	for n, want := range map[int]int{3: 2, 4: 0} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			net, err := nn.New([]nn.Node{
				{Inputs: []int{nn.Input}, Op: &nn.Reduce{Outer: 1, Axis: n, Inner: 1, Divisor: float64(n)}},
				{Inputs: []int{0}, Op: &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 2, Cols: 1, Stride: 1, Data: []float64{1, -1}}, Bias: make([]float64, 2)}}},
				{Inputs: []int{1}, Op: nn.ReLU()},
			}, []int{n}, nn.Meta{})
			if err != nil {
				t.Fatal(err)
			}
			from, to := make([]float64, n), make([]float64, n)
			from[0], to[0] = -1, 1
			f := face.Face{Codim: 1}
			f.Frame, f.Facets = face.OfSegment(set.Segment{From: from, To: to}, make([]float64, n))
			rule := face.New(net, 0)
			e := rule.Executes(nn.Pattern{0, 0}, &f, rule.Near(nn.NewMatrix(1, n), []float64{1})[0])
			if len(e.Doubt) != want {
				t.Errorf("%d ties in doubt, want %d", len(e.Doubt), want)
			}
		})
	}
}

// TestCommon: the ties of a face are those of all its places.
func TestCommon(t *testing.T) {
	a := []face.Tie{{0, 1}, {1, 1}, {1, 2}, {4, 1}}
	b := []face.Tie{{1, 2}, {2, 1}, {4, 1}}
	both := face.Common(nil, a, b)
	if !slices.Equal(both, []face.Tie{{1, 2}, {4, 1}}) {
		t.Errorf("common are %v", both)
	}
	if p := (nn.Pattern{0, 2, 0, 0, 1}); !face.IsUpper(p, both) || face.IsUpper(p, a) {
		t.Errorf("%v has the upper pieces of %v, not of %v", p, both, a)
	}
}
