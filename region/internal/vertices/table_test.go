package vertices

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/layers"
)

// random is a network of two layers, of functions with one breakpoint and with two, that are more
// units than a word has bits.
func random(t *testing.T, r *rand.Rand) *layers.Network {
	t.Helper()
	dense := func(out, in int) *nn.Dense {
		d := &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}}
		for i := range d.Weight.Data {
			d.Weight.Data[i] = r.NormFloat64()
		}
		for i := range d.Bias {
			d.Bias[i] = r.NormFloat64()
		}
		return d
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: dense(70, 3)},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: dense(40, 70)},
		{Inputs: []int{2}, Op: nn.HardTanh()},
		{Inputs: []int{3}, Op: dense(2, 40)},
	}, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := layers.Patterns(net)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestTable holds blocks, signs and what a cell settles to against the network's own values.
func TestTable(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 4))
		net := random(t, r)
		const eps = 0.05
		table := NewTable(net, [][]float64{slices.Repeat([]float64{eps}, 70), slices.Repeat([]float64{eps}, 80)})
		x := nn.NewMatrix(4, 3)
		for i := range x.Data {
			x.Data[i] = r.NormFloat64()
		}
		blocks := net.Entry[nn.ActivationChannel].Apply(x)
		var verts []int32
		for i := range x.Rows {
			v := table.Push(0)
			if err := table.Set(0, v, blocks.Row(i)); err != nil {
				t.Fatal(err)
			}
			verts = append(verts, int32(v))
		}
		if err := table.Ensure(1, verts); err != nil {
			t.Fatal(err)
		}
		values := net.Net.RunActivation(x, 1)
		for s, st := range net.Stages {
			want := values.Of(net.Net.Nodes[st.Node].Inputs[0])
			for _, v := range verts {
				z := table.Blocks[s].Row(int(v))
				above, below := table.Sign(s, int(v))
				for u, y := range want.Row(int(v)) {
					if math.Abs(z[u]-y) > 1e-12 {
						t.Fatalf("stage %d: unit %d is %v, want %v", s, u, z[u], y)
					}
					for k, b := range st.Op.Breaks {
						i := u*st.Breaks + k
						if up := above[i/64]>>(i&63)&1 != 0; up != (z[u]-b > eps) {
							t.Fatalf("stage %d: unit %d at %v counts as above %v: %v", s, u, z[u], b, up)
						}
						if down := below[i/64]>>(i&63)&1 != 0; down != (z[u]-b < -eps) {
							t.Fatalf("stage %d: unit %d at %v counts as below %v: %v", s, u, z[u], b, down)
						}
					}
				}
			}
		}
		settles(t, net, table, verts[:1])
		splits(t, net, table, verts)
	}
}

// settles has a cell of one vertex settle to the pattern of its values.
func settles(t *testing.T, net *layers.Network, table *Table, verts []int32) {
	t.Helper()
	settled := NewSettled(net)
	for s := range net.Stages {
		st := &net.Stages[s]
		var sides Sides
		sides.Reset(st.Words)
		sides.Narrow(table, s, verts)
		if k := sides.First(); k >= 0 {
			t.Fatalf("threshold %d splits one point", k)
		}
		settled.Settle(table, s, &sides, verts)
		for u, z := range table.Blocks[s].Row(int(verts[0]))[:st.Units] {
			piece, zero := 0, false
			for _, b := range st.Op.Breaks {
				if z-b >= -0.05 {
					piece++
				}
				zero = zero || math.Abs(z-b) <= 0.05
			}
			if got := settled.Pattern[st.Unit0+u]; int(got) != piece {
				t.Fatalf("unit %d at %v has piece %d, want %d", u, z, got, piece)
			}
			if slices.Contains(settled.Zero, int32(st.Unit0+u)) != zero {
				t.Fatalf("unit %d at %v vanishes: %v", u, z, !zero)
			}
		}
	}
}

// splits cuts an edge at every threshold that splits it.
func splits(t *testing.T, net *layers.Network, table *Table, verts []int32) {
	t.Helper()
	var sides Sides
	sides.Reset(net.Stages[0].Words)
	sides.Narrow(table, 0, verts[:2])
	for k := sides.First(); k >= 0; k = sides.First() {
		v := table.Push(0)
		p, q := table.Blocks[0].Row(0), table.Blocks[0].Row(1) // may have moved
		at := p[k] / (p[k] - q[k])
		table.Between(v, 0, 1, at, 0, k)
		z := table.Blocks[0].Row(v)
		above, below := table.Sign(0, v)
		if z[k] != 0 || (above[k/64]|below[k/64])>>(k&63)&1 != 0 {
			t.Fatalf("the unit that cuts has the value %v", z[k])
		}
		for u, y := range z {
			if want := p[u] + float64(at*(q[u]-p[u])); u != k && y != want {
				t.Fatalf("unit %d is %v between, want %v", u, y, want)
			}
		}
		sides.Decide(&net.Stages[0], k, true)
		if sides.Upper[k/64]>>(k&63)&1 == 0 {
			t.Fatalf("threshold %d is not decided", k)
		}
	}
	table.Truncate(len(verts))
}
