package layers

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// convolutional is a random network of two branches of convolutions with groups,
// strides, dilations and padding, a pool of either kind, and two dense layers behind
// their difference. The input goes past the first activation.
func convolutional(t *testing.T, r *rand.Rand, decoupled bool) *nn.Network {
	t.Helper()
	var nodes []nn.Node
	add := func(op nn.Op, in ...int) int {
		nodes = append(nodes, nn.Node{Name: fmt.Sprint(len(nodes)), Inputs: in, Op: op})
		return len(nodes) - 1
	}
	conv := func(in, out, groups int, w nn.Window, from int) int {
		w.Channels = in
		p := normalParams(r, out, in/groups*w.Kernel[0]*w.Kernel[1])
		c := &nn.Conv{Params: p, Window: w, Groups: groups}
		if decoupled {
			v := normalParams(r, p.Weight.Rows, p.Weight.Cols)
			c.Value = &v
		}
		return add(c, from)
	}
	one, two := [2]int{1, 1}, [2]int{2, 2}
	half := nn.Window{In: [2]int{6, 6}, Kernel: [2]int{3, 3}, Stride: two, Dilation: one, Before: one, After: one}
	same := nn.Window{In: [2]int{3, 3}, Kernel: [2]int{3, 3}, Stride: one, Dilation: one, Before: one, After: one}
	wide := nn.Window{In: [2]int{3, 3}, Kernel: two, Stride: one, Dilation: two, Before: one, After: one}
	point := nn.Window{In: [2]int{6, 6}, Kernel: one, Stride: two, Dilation: one}
	x := add(nn.ReLU(), conv(2, 4, 1+r.IntN(2), half, nn.Input)) // 4 x 3 x 3
	a := conv(4, 4, 1<<r.IntN(3), same, x)
	a = conv(4, 4, 1, wide, a)
	b := conv(2, 4, 2, point, nn.Input)
	if r.IntN(2) == 0 {
		b = add(nn.LeakyReLU(1), b) // of one piece
	}
	y := add(&nn.Sum{Coefficients: []float64{1, -2}}, a, b)
	pool := same
	pool.Channels = 4
	if r.IntN(2) == 0 {
		y = add(&nn.AveragePool{Window: pool, CountPadding: r.IntN(2) == 0}, y)
	} else {
		y = add(&nn.MaxPool{Window: pool}, y)
	}
	y = add(nn.ReLU(), add(&nn.Concat{Dims: []int{36, 72}}, y, nn.Input))
	y = add(&nn.Dense{Params: normalParams(r, 3, 108)}, y)
	if r.IntN(2) == 0 { // ends in a convolution
		conv(3, 2, 1, nn.Window{In: one, Kernel: one, Stride: one, Dilation: one}, y)
	}
	net, err := nn.New(nodes, []int{2, 6, 6}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net.LowerSelections()
}

// TestChain holds the operations between activations against their matrix: the
// values, restricted and pulled back, agree; absolute values bound those of the
// matrix, and are theirs where nothing cancels.
func TestChain(t *testing.T) {
	chains, exact := 0, 0
	agree := func(what string, got, want, size nn.Matrix) {
		t.Helper()
		for i := range want.Rows {
			for k, v := range want.Row(i) {
				if math.Abs(got.Row(i)[k]-v) > 1e-13*size.Row(i)[k] {
					t.Fatalf("%s: entry %d, %d is %v, want %v", what, i, k, got.Row(i)[k], v)
				}
			}
		}
	}
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 7))
		n, err := New(convolutional(t, r, seed%3 == 0))
		if err != nil {
			t.Fatal(err)
		}
		maps := []Affine{n.Entry[nn.ActivationChannel], n.Entry[nn.ValueChannel]}
		for i := range n.Stages {
			maps = append(maps, n.Stages[i].Next[:]...)
		}
		for _, a := range maps {
			c, ok := a.linear.(*chain)
			if !ok {
				continue
			}
			chains++
			m := c.matrix()
			rows := 3
			if seed == 0 {
				rows = c.batch() + 2 // more than go through at a time
			}
			x := normal(r, rows, c.width)
			positive := nn.NewMatrix(rows, c.width)
			for i, v := range x.Data {
				positive.Data[i] = math.Abs(v)
			}
			size, want, got := nn.NewMatrix(rows, a.Out), nn.NewMatrix(rows, a.Out), nn.NewMatrix(rows, a.Out)
			c.forwardAbs(size, positive, rows)
			m.forward(want, x, 1)
			c.forward(got, x, 1)
			agree("forward", got, want, size)
			m.forwardAbs(want, positive, 2)
			c.forwardAbs(got, positive, 2)
			same := true
			for i := range want.Data {
				if got.Data[i] < want.Data[i]*(1-1e-12) {
					t.Fatalf("absolute value %d is %v, less than that of the matrix, %v", i, got.Data[i], want.Data[i])
				}
				same = same && got.Data[i] <= want.Data[i]*(1+1e-12)
			}
			if same {
				exact++
			}
			free := []int{0, 3, c.width - 1}
			base := x.Row(0)
			some, other := c.restrict(free, base), m.restrict(free, base)
			agree("restricted", some.w, other.w, ones(size, len(free)))
			agree("fixed", nn.RowMatrix(some.bias), nn.RowMatrix(other.bias), size)
			normals, offsets := normal(r, 2, a.Out), []float64{1, -2}
			some, other = c.after(normals, offsets), m.after(normals, offsets)
			scale := nn.NewMatrix(c.width, 2)
			for i := range scale.Data {
				scale.Data[i] = 1e3
			}
			agree("pulled back", some.w, other.w, scale)
			agree("constant", nn.RowMatrix(some.bias), nn.RowMatrix(other.bias), scale)
		}
	}
	if chains == 0 || exact == 0 || exact == chains {
		t.Errorf("%d chains, of %d the absolute values are those of the matrix: want some, and some that cancel", chains, exact)
	}
}

// ones are as many rows of 1e3, a size for coefficients.
func ones(like nn.Matrix, rows int) nn.Matrix {
	m := nn.NewMatrix(rows, like.Cols)
	for i := range m.Data {
		m.Data[i] = 1e3
	}
	return m
}

// TestRepresentation has convolutions as operations and dense layers as matrices, and
// large segments without weights as operations, too.
func TestRepresentation(t *testing.T) {
	isChain := func(a Affine) bool { _, ok := a.linear.(*chain); return ok }
	r := rand.New(rand.NewPCG(1, 8))
	n, err := New(random(t, r, 3, 6, 2, false))
	if err != nil {
		t.Fatal(err)
	}
	if isChain(n.Entry[0]) || isChain(n.Stages[0].Next[0]) {
		t.Error("dense layers are no matrix")
	}
	if n, err = New(convolutional(t, r, false)); err != nil {
		t.Fatal(err)
	}
	if !isChain(n.Entry[0]) {
		t.Error("a convolution has been expanded")
	}
	const large = 1 << 14 // 2^28 entries
	from := make([]int32, large)
	for i := range from {
		from[i] = int32(large - 1 - i)
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: nn.ReLU()},
		{Inputs: []int{0}, Op: &nn.Take{In: large, From: from}},
		{Inputs: []int{1}, Op: nn.ReLU()},
	}, []int{large}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if n, err = New(net); err != nil {
		t.Fatal(err)
	}
	if !isChain(n.Entry[0]) || !isChain(n.Stages[0].Next[0]) {
		t.Error("a large permutation has been expanded")
	}
}

// TestConvolutionalMaps holds the maps of the pattern at a point, with a few free
// coordinates, against evaluation there.
func TestConvolutionalMaps(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 9))
		net := convolutional(t, r, seed%2 == 0)
		n, err := New(net)
		if err != nil {
			t.Fatal(err)
		}
		normals := [][]float64{normal(r, 1, net.OutDim()).Row(0), normal(r, 1, net.OutDim()).Row(0)}
		n.Aim(terms(normals))
		x := normal(r, 1, net.InDim()).Row(0)
		free := []int{1, 30, 71}
		n.Restrict(free, x)
		m := MapsOf(n, net.PatternsAt(nn.RowMatrix(x), 1)[0])
		y, err := net.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		at := []float64{x[free[0]], x[free[1]], x[free[2]]}
		for column, a := range normals {
			want, size := 0.0, 1.0
			for k, v := range y {
				want += float64(a[k] * v)
				size += math.Abs(a[k] * v)
			}
			if got := m.GoalAt(at, column); math.Abs(got-want) > 1e-10*size {
				t.Errorf("network %d: column %d of the goal is %v, want %v", seed, column, got, want)
			}
		}
	}
}

// terms are half-spaces normal . y <= 0, a term each.
func terms(normals [][]float64) set.Union {
	var ts set.Union
	for _, a := range normals {
		ts = append(ts, set.Whole(len(a)).With(set.HalfSpace{Normal: a}))
	}
	return ts
}

// TestMatrix has the matrix of one dense layer behind a permutation, found from its
// few outputs, equal that found from its inputs.
func TestMatrix(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 10))
	from := make([]int32, 30)
	for i, j := range r.Perm(30) {
		from[i] = int32(j)
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Take{In: 30, From: from}},
		{Inputs: []int{0}, Op: &nn.Dense{Params: normalParams(r, 3, 30)}},
	}, []int{30}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	c := &compiler{net: net}
	c.uses(nil)
	chain, _ := c.chain(nil, nil, nn.ActivationChannel)
	all := make([]int, 30)
	for k := range all {
		all[k] = k
	}
	got, want := chain.matrix(), chain.restrict(all, nil)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the matrix is %v, want %v", got, want)
	}
}

// TestPatterns holds the values before every stage against the network's own, for networks with
// convolutions and connections that go past a stage: what [Patterns] sums, and in which order, is
// what the nodes do.
func TestPatterns(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 14))
		net := convolutional(t, r, seed%2 == 0).LowerSelections()
		l, err := Patterns(net)
		if err != nil {
			t.Fatal(err)
		}
		x := normal(r, 3, net.InDim())
		values := net.RunActivation(x, 1)
		next := &l.Entry[nn.ActivationChannel]
		for s := range l.Stages {
			st := &l.Stages[s]
			blocks, sizes := next.Apply(x), next.Magnitudes(absolute(x))
			want := values.Of(net.Nodes[st.Node].Inputs[0])
			for i := range want.Rows {
				for u, y := range want.Row(i) {
					if math.Abs(blocks.Row(i)[u]-y) > 1e-11*(1+math.Abs(y)) {
						t.Fatalf("stage %d: unit %d is %v, want %v", s, u, blocks.Row(i)[u], y)
					}
				}
				for u := range sizes.Cols {
					if sizes.Row(i)[u] < math.Abs(blocks.Row(i)[u])*(1-1e-12) {
						t.Fatalf("stage %d: the terms of unit %d have the size %v, their sum is %v", s, u, sizes.Row(i)[u], blocks.Row(i)[u])
					}
				}
			}
			x, next = nn.NewMatrix(blocks.Rows, st.Width), &st.Next[nn.ActivationChannel]
			for i := range blocks.Rows {
				st.Post(x.Row(i), blocks.Row(i))
			}
		}
	}
}

func absolute(m nn.Matrix) nn.Matrix {
	a := nn.NewMatrix(m.Rows, m.Cols)
	for i, v := range m.Data {
		a.Data[i] = math.Abs(v)
	}
	return a
}
