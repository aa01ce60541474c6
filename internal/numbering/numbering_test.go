package numbering

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
)

// picture is a node whose values are a picture.
type picture struct {
	node, channels, height, width int
}

// pictureNetwork builds random networks of pictures whose numbers are small integers,
// or halves of such, so that float64 has no rounding.
type pictureNetwork struct {
	t     *testing.T
	r     *rand.Rand
	nodes []nn.Node
}

func (b *pictureNetwork) add(op nn.Op, inputs ...int) int {
	b.nodes = append(b.nodes, nn.Node{Inputs: inputs, Op: op})
	return len(b.nodes) - 1
}

func (b *pictureNetwork) integers(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(b.r.IntN(5) - 2)
	}
	return x
}

func (b *pictureNetwork) params(out, in int) nn.Params {
	return nn.Params{Weight: nn.Matrix{Rows: out, Cols: in, Stride: in, Data: b.integers(out * in)}, Bias: b.integers(out)}
}

// window is one of the given size, padded or not.
func (b *pictureNetwork) window(p picture, size, stride int) nn.Window {
	pad := b.r.IntN(2)
	return nn.Window{
		Channels: p.channels, In: [2]int{p.height, p.width}, Kernel: [2]int{size, size},
		Stride: [2]int{stride, stride}, Dilation: [2]int{1, 1}, Before: [2]int{pad, 0}, After: [2]int{0, pad},
	}
}

// conv adds a convolution, decoupled as often as not.
func (b *pictureNetwork) conv(p picture, out, size int) picture {
	c := &nn.Conv{Window: b.window(p, size, 1), Groups: 1}
	if p.channels%2 == 0 && b.r.IntN(2) == 0 {
		c.Groups = 2
		out += out % 2
	}
	c.Params = b.params(out, c.Channels/c.Groups*c.Elements())
	if b.r.IntN(2) == 0 {
		v := b.params(out, c.Channels/c.Groups*c.Elements())
		c.Value = &v
	}
	return picture{b.add(c, p.node), out, c.Out(0), c.Out(1)}
}

// step adds a random operation.
func (b *pictureNetwork) step(p picture) picture {
	n := p.channels * p.height * p.width
	q := p
	switch b.r.IntN(9) {
	case 0, 1:
		return b.conv(p, 1+b.r.IntN(3), 2)
	case 2, 3:
		clip, err := nn.Clip(-1, 4)
		if err != nil {
			b.t.Fatal(err)
		}
		jump := &nn.Piecewise{Breaks: []float64{0, 2}, Slope: []float64{0.5, 1, 0}, Offset: []float64{0, 1, 3}}
		fs := []*nn.Piecewise{nn.ReLU(), nn.ReLU(), nn.ReLU(), nn.LeakyReLU(0.5), clip, nn.Step(), jump}
		q.node = b.add(fs[b.r.IntN(len(fs))], p.node)
	case 4:
		m := &nn.MaxPool{Window: b.window(p, 2, 1+b.r.IntN(2))}
		q = picture{b.add(m, p.node), p.channels, m.Out(0), m.Out(1)}
	case 5:
		m := &nn.AveragePool{Window: b.window(p, 2, 1+b.r.IntN(2)), CountPadding: b.r.IntN(2) == 0}
		q = picture{b.add(m, p.node), p.channels, m.Out(0), m.Out(1)}
	case 6:
		s := &nn.Scale{Factor: make([]float64, n), Shift: make([]float64, n)}
		for c := range p.channels {
			f, o := b.integers(1)[0], b.integers(1)[0]
			for i := range n / p.channels {
				s.Factor[c*n/p.channels+i], s.Shift[c*n/p.channels+i] = f, o
			}
		}
		q.node = b.add(s, p.node)
	case 7: // two branches
		one := b.add(&nn.Conv{Params: b.params(p.channels, p.channels), Window: nn.Window{
			Channels: p.channels, In: [2]int{p.height, p.width}, Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1},
		}, Groups: 1}, p.node)
		if b.r.IntN(2) == 0 {
			q.node = b.add(&nn.Max{Inputs: 3, Dim: n}, one, p.node, one)
		} else {
			q.node = b.add(&nn.Sum{Coefficients: []float64{1, b.integers(1)[0], 0.5}}, p.node, one, one)
		}
	case 8: // shifted, with a constant at the border
		from := make([]int32, n)
		for i := range from {
			from[i] = int32(i) - 1
		}
		shifted := b.add(&nn.Take{In: n, From: from, Fill: b.integers(1)[0]}, p.node)
		both := b.add(&nn.Concat{Dims: []int{n, n}}, p.node, shifted)
		q.node = b.add(&nn.Reduce{Outer: 1, Axis: 2, Inner: n, Divisor: 2}, both)
	}
	return q
}

// randomPictures are the vertices of a set of pictures on plain backgrounds.
func randomPictures(r *rand.Rand, rows, size int) nn.Matrix {
	x := nn.NewMatrix(rows, size)
	for i := range rows {
		background := float64(r.IntN(3) - 1)
		for j := range x.Row(i) {
			if x.Row(i)[j] = background; r.IntN(8) == 0 {
				x.Row(i)[j] = float64(r.IntN(7) - 3)
			}
		}
	}
	return x
}

// mixtures are points of the hull of the rows of x, with dyadic weights.
func mixtures(r *rand.Rand, x nn.Matrix, n int) nn.Matrix {
	m := nn.NewMatrix(n, x.Cols)
	for i := range n {
		for range 8 {
			for j, v := range x.Row(r.IntN(x.Rows)) {
				m.Row(i)[j] += float64(v / 8)
			}
		}
	}
	return m
}

// TestIdentities: values of equal class are equal, in both channels of random
// decoupled networks, at points of the set where the known pieces execute. No value
// is rounded, so that equal means equal.
func TestIdentities(t *testing.T) {
	trials := 400
	if testing.Short() {
		trials = 100
	}
	shared, idle, partly := 0, 0, 0
	for seed := range uint64(trials) {
		r := rand.New(rand.NewPCG(seed, 77))
		b := &pictureNetwork{t: t, r: r}
		p := b.conv(picture{nn.Input, 1 + r.IntN(2), 5, 4}, 2, 2)
		in := []int{b.nodes[0].Op.(*nn.Conv).Channels, 5, 4}
		for range 3 + r.IntN(3) {
			if p.height > 1 && p.width > 1 {
				p = b.step(p)
			}
		}
		b.add(nn.ReLU(), p.node)
		if r.IntN(2) == 0 {
			b.add(&nn.Dense{Params: b.params(3, p.channels*p.height*p.width)}, len(b.nodes)-1)
			b.add(nn.ReLU(), len(b.nodes)-1)
		}
		net, err := nn.New(b.nodes, in, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		if r.IntN(4) > 0 {
			net = net.LowerSelections()
		}
		d := New(net)
		for range 4 { // one after the other, with the same scratch
			hull := randomPictures(r, 1+r.IntN(3), net.InDim())
			x := mixtures(r, hull, 40)
			patterns := net.PatternsAt(x, 1)
			pieces := append(nn.Pattern(nil), patterns[0]...)
			for _, q := range patterns[1 : 1+r.IntN(3)] {
				for u := range pieces {
					if q[u] != pieces[u] || r.IntN(20) == 0 {
						pieces[u] = UnknownPiece
						partly++
					}
				}
			}
			d.Find(hull, pieces)
			n := 0
			for i, q := range patterns {
				if agrees(q, pieces) {
					copy(x.Row(n), x.Row(i))
					n++
				}
			}
			x = x.Slice(0, n)
			s, f := checkIdentities(t, d, net.RunActivation(x, 1), net.Run(x, 1))
			shared += s
			idle += f
			if t.Failed() {
				t.Fatalf("seed %d: %d points", seed, n)
			}
		}
	}
	t.Logf("%d values shared a class, %d units were idle, %d unknown", shared, idle, partly)
	if shared < 50*trials || idle < 10*trials || partly < trials {
		t.Error("too few to tell")
	}
}

// agrees reports whether a pattern has the pieces that are known.
func agrees(p nn.Pattern, pieces []uint8) bool {
	for u, k := range pieces {
		if k != UnknownPiece && p[u] != k {
			return false
		}
	}
	return true
}

// checkIdentities compares the classes with the values in both channels, and counts the
// values that share a class with an earlier one and the idle units.
func checkIdentities(t *testing.T, d *Identities, act, value *nn.Trace) (shared, idle int) {
	t.Helper()
	type unit struct{ node, unit int }
	first := map[int32]unit{}
	for i := nn.Input; i <= d.last; i++ {
		for u, c := range d.of(i) {
			constant, isConstant := d.value[c]
			f, known := first[c]
			if !known {
				first[c] = unit{i, u}
				f = unit{i, u}
			} else {
				shared++
			}
			for _, trace := range []*nn.Trace{act, value} {
				for r := range trace.Of(i).Rows {
					v, w := trace.Of(i).Row(r)[u], trace.Of(f.node).Row(r)[f.unit]
					if v != w || isConstant && v != constant {
						t.Errorf("node %d unit %d is %v, node %d unit %d of its class %v, constant %v %v", i, u, v, f.node, f.unit, w, isConstant, constant)
						return shared, idle
					}
				}
			}
		}
		if i == nn.Input {
			continue
		}
		f, ok := d.net.Nodes[i].Op.(*nn.Piecewise)
		if !ok {
			continue
		}
		in := d.net.Nodes[i].Inputs[0]
		for u := range d.net.Dim(i) {
			for k := range f.Breaks {
				if !d.Idle(i, u, uint8(k+1)) {
					continue
				}
				idle++
				for _, trace := range []*nn.Trace{act, value} {
					for r := range trace.Of(in).Rows {
						if z := trace.Of(in).Row(r)[u]; float64(f.Slope[k]*z)+f.Offset[k] != float64(f.Slope[k+1]*z)+f.Offset[k+1] {
							t.Errorf("node %d unit %d is idle, and %v at %v, %v above", i, u, float64(f.Slope[k]*z)+f.Offset[k], z, float64(f.Slope[k+1]*z)+f.Offset[k+1])
							return shared, idle
						}
					}
				}
			}
		}
	}
	return shared, idle
}
