package keypoint

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// absolute is x -> |x|.
func absolute(t *testing.T) *nn.Network {
	t.Helper()
	return papertest.Chain(t, 1, papertest.Dense([]float64{1, 0}, []float64{-1, 0}), nn.ReLU(), papertest.Dense([]float64{1, 1, 0}))
}

func polygon(t *testing.T, o spec.Output, vertices ...[]float64) spec.Item {
	t.Helper()
	p, err := set.NewPolygon(vertices)
	if err != nil {
		t.Fatal(err)
	}
	return spec.Item{Name: "polygon", Polygon: p, Output: o}
}

// options for a change of the layer at a node.
func options(node int) Options {
	return Options{Node: node, MaxBytes: 1 << 30, Workers: 2, Progress: func(string, int) {}}
}

func newKeys(t *testing.T, net *nn.Network, opt Options, items ...spec.Item) *Set {
	t.Helper()
	k, err := New(t.Context(), net, &spec.Spec{Items: items}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// described lists the key points, each with its point and the pieces of its tail.
func described(k *Set) []string {
	var all []string
	for i := range k.Keys {
		all = append(all, fmt.Sprintf("%v %v", k.At(k.VertexOf(&k.Keys[i])), []byte(k.Pattern(k.Keys[i].Tail))))
	}
	slices.Sort(all)
	return all
}

// TestKeyPoints: the vertices of |x| on a segment have the patterns of their regions, and at 0
// the one that executes there, of neither, where the change is before it; where no activation
// follows the change the points merge.
func TestKeyPoints(t *testing.T) {
	net := absolute(t)
	item := papertest.Segment(t, papertest.Between(-1, 1), []float64{-1}, []float64{2})
	for _, c := range []struct {
		node  int
		want  []string
		count Counts
	}{
		{0, []string{"[-1] [0 1]", "[0] [0 1]", "[0] [1 0]", "[0] [1 1]", "[2] [1 0]"}, Counts{Regions: 2, Cells: 2, Keys: 5, Rows: 10, FaceKeys: 1}},
		{2, []string{"[-1] []", "[0] []", "[2] []"}, Counts{Regions: 2, Cells: 2, Keys: 4, Rows: 8}},
	} {
		k := newKeys(t, net, options(c.node), item)
		if got := described(k); !slices.Equal(got, c.want) {
			t.Errorf("node %d: key points %q, want %q", c.node, got, c.want)
		}
		if got := k.Counts(); got != c.count {
			t.Errorf("node %d: %+v, want %+v", c.node, got, c.count)
		}
		for i, p := range k.Points {
			if x, y := k.At(p.Vertex)[0], k.Outputs.Row(i)[0]; y != math.Abs(x) {
				t.Errorf("node %d: output %g at %g", c.node, y, x)
			}
			if h := k.Inputs.Row(i); len(h) != 1+c.node/2 {
				t.Errorf("node %d: the layer's input is %v", c.node, h)
			}
		}
	}
}

// TestLearn: a violation becomes a key point once, one without a pattern is that of its
// item, and a piece that the enumeration did not
// find becomes a cell with all its vertices.
func TestLearn(t *testing.T) {
	item := papertest.Segment(t, papertest.Between(-1, 1), []float64{-1}, []float64{2})
	k := newKeys(t, absolute(t), options(0), item)
	known := len(k.Keys)
	at := proof.Place{
		Point: []float64{0.5}, Weights: []*big.Rat{big.NewRat(1, 2), big.NewRat(1, 2)}, Class: -1,
		Piece: [][]float64{{0.25}, {0.5}}, Pattern: nn.Pattern{0, 0},
	}
	keys, err := k.Learn(t.Context(), []proof.Place{at, at, {Point: []float64{1}, Class: -1}})
	if err != nil {
		t.Fatal(err)
	}
	if keys[0] < int32(known) || keys[1] != keys[0] || keys[2] != 0 || k.Learned() != 1 {
		t.Errorf("key points %v of which %d are new, after %d", keys, k.Learned(), known)
	}
	if k.Exact(keys[0]) == nil || k.Exact(0) != nil {
		t.Error("the violation of a key point is another")
	}
	if c := k.CellOf(&k.Keys[known]); c == nil || k.Centre(c)[0] != 0.375 || k.NeedOf(c) != 0 {
		t.Errorf("the piece is cell %+v", c)
	}
	if len(k.Keys) != known+3 || k.Outputs.Rows != len(k.Points) {
		t.Errorf("%d key points, and %d of %d points evaluated", len(k.Keys), k.Outputs.Rows, len(k.Points))
	}
	// What was there is found by its number.
	first := k.Keys[0]
	if key, ok := k.Find(k.VertexOf(&first), first.Tail, first.Need); !ok || key != 0 {
		t.Errorf("the first key point is %d, %v", key, ok)
	}
	k.Drop(0)
	if key := k.Add(k.VertexOf(&first), first.Tail, first.Need, true); key != 0 || k.Keys[0].Doubtful || !k.Keys[0].Dropped {
		t.Errorf("the first key point, added again, is %d, %+v", key, k.Keys[key])
	}
}

// TestLittleMemory: linearisations that do not fit are rebuilt, and say the same.
func TestLittleMemory(t *testing.T) {
	item := papertest.Segment(t, papertest.Between(-1, 1), []float64{-1}, []float64{2})
	much := newKeys(t, absolute(t), options(0), item)
	opt := options(0)
	opt.MaxBytes = 1
	little := newKeys(t, absolute(t), opt, item)
	if much.tails == nil || little.tails != nil || little.Batch != 1 {
		t.Fatalf("kept: %v with much memory, %v with little, in batches of %d", much.tails != nil, little.tails != nil, little.Batch)
	}
	for tail := range int32(much.Tails()) {
		a, i := much.Linearization([]int32{tail})
		b, j := little.Linearization([]int32{tail})
		if x, y := a.Slope[1].Row(int(i[0])), b.Slope[1].Row(int(j[0])); !slices.Equal(x, y) {
			t.Errorf("tail %d has slopes %v and %v", tail, x, y)
		}
	}
	if !slices.Equal(much.Outputs.Data, little.Outputs.Data) {
		t.Errorf("outputs %v and %v", much.Outputs.Data, little.Outputs.Data)
	}
}

// TestOverflow: the item at which the network overflows is named.
func TestOverflow(t *testing.T) {
	net := papertest.Chain(t, 1, papertest.Dense([]float64{1e300, 0}), nn.ReLU(), papertest.Dense([]float64{1e300, 0}))
	s := &spec.Spec{Items: []spec.Item{
		{Name: "small", Point: []float64{0}, Output: papertest.Between(-1, 1)},
		{Name: "large", Point: []float64{1}, Output: papertest.Between(-1, 1)},
	}}
	if _, err := New(t.Context(), net, s, options(0)); err == nil || !strings.HasPrefix(err.Error(), "large: ") {
		t.Errorf("the error is %v", err)
	}
}

// TestCutOfSharedEdge: a cell whose corners lie on the edge of another item, and
// go by that item's coordinates, is cut where two allowed classes tie.
func TestCutOfSharedEdge(t *testing.T) {
	// Classes 0 and 1 tie at x = 1.5.
	net := papertest.Chain(t, 2, papertest.Dense([]float64{1, 0, -1.5}, []float64{-1, 0, 1.5}, []float64{0, 1, -0.4}))
	o := spec.Output{Allowed: []int{0, 1}}
	k := newKeys(
		t, net, options(0),
		polygon(t, o, []float64{1, 0}, []float64{1, 1}, []float64{0, 1}, []float64{0, 0}),
		polygon(t, o, []float64{2, 1}, []float64{1, 1}, []float64{1, 0}, []float64{2, 0}),
		papertest.Segment(t, o, []float64{1, 1}, []float64{2, 1}),
	)
	want := map[int32][]string{
		0: {"[1 0] [1 1] [0 1] [0 0]"},
		1: {"[2 1] [1.5 1] [1.5 0] [2 0]", "[1.5 1] [1 1] [1 0] [1.5 0]"},
		2: {"[1 1] [1.5 1]", "[1.5 1] [2 1]"},
	}
	for _, c := range k.Cells {
		corners := ""
		for _, v := range c.Vertices {
			corners += fmt.Sprint(k.At(v)) + " "
		}
		ok := false
		for _, w := range want[c.Item] {
			ok = ok || corners == w+" "
		}
		if !ok {
			t.Errorf("item %d has a cell %s, want one of %q", c.Item, corners, want[c.Item])
		}
	}
	if len(k.Cells) != 5 {
		t.Errorf("%d cells, want 5", len(k.Cells))
	}
}
