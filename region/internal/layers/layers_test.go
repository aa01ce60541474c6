package layers

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// TestRelax holds lines against the function, and their area against what is
// known of the ReLU.
func TestRelax(t *testing.T) {
	clip, err := nn.Clip(-0.5, 2)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for _, f := range []*nn.Piecewise{nn.ReLU(), nn.LeakyReLU(0.1), nn.LeakyReLU(-1), nn.LeakyReLU(3), nn.HardTanh(), clip} {
		for range 200 {
			lo := float64(-3 * r.Float64())
			hi := lo + float64(6*r.Float64())
			from, to := f.Piece(lo), f.Piece(hi)
			if from == to {
				continue
			}
			lower, upper := relax(f, from, to, lo, hi)
			for range 50 {
				z := []float64{lo + float64(r.Float64()*(hi-lo))}
				y := make([]float64, 1)
				f.Apply(y, z)
				if l := float64(lower.slope*z[0]) + lower.offset; l > y[0]+1e-12 {
					t.Errorf("%s on [%v, %v]: the lower line is %v at %v, the function %v", f.Kind(), lo, hi, l, z[0], y[0])
				}
				if u := float64(upper.slope*z[0]) + upper.offset; u < y[0]-1e-12 {
					t.Errorf("%s on [%v, %v]: the upper line is %v at %v, the function %v", f.Kind(), lo, hi, u, z[0], y[0])
				}
			}
		}
	}
	for _, test := range []struct{ lo, hi, lowerSlope, upperSlope, upperOffset float64 }{
		{-1, 3, 1, 0.75, 0.75}, {-3, 1, 0, 0.25, 0.75},
	} {
		lower, upper := relax(nn.ReLU(), 0, 1, test.lo, test.hi)
		if lower != (line{test.lowerSlope, 0}) || math.Abs(upper.slope-test.upperSlope) > 1e-15 || math.Abs(upper.offset-test.upperOffset) > 1e-15 {
			t.Errorf("ReLU on [%v, %v]: %+v, %+v, want %+v", test.lo, test.hi, lower, upper, test)
		}
	}
}

// normalParams are normally distributed.
func normalParams(r *rand.Rand, out, in int) nn.Params {
	return nn.Params{Weight: normal(r, out, in), Bias: normal(r, 1, out).Row(0)}
}

// normal is a matrix of normally distributed numbers.
func normal(r *rand.Rand, rows, cols int) nn.Matrix {
	m := nn.NewMatrix(rows, cols)
	for i := range m.Data {
		m.Data[i] = r.NormFloat64()
	}
	return m
}

// random is a ReLU network with an input that goes past the first layer, and
// value parameters of its own where decoupled.
func random(t *testing.T, r *rand.Rand, in, width, out int, decoupled bool) *nn.Network {
	t.Helper()
	var nodes []nn.Node
	dense := func(out, in, from int) int {
		d := &nn.Dense{Params: normalParams(r, out, in)}
		if decoupled {
			v := normalParams(r, out, in)
			d.Value = &v
		}
		nodes = append(nodes, nn.Node{Inputs: []int{from}, Op: d})
		return len(nodes) - 1
	}
	relu := func(from int) int {
		nodes = append(nodes, nn.Node{Inputs: []int{from}, Op: nn.ReLU()})
		return len(nodes) - 1
	}
	dense(out, width, relu(dense(width, width, relu(dense(width, in, nn.Input)))))
	net, err := nn.New(nodes, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestMaps holds the maps of the pattern at a point against evaluation there.
func TestMaps(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		net := random(t, r, 4, 6, 3, seed%2 == 0)
		n, err := New(net)
		if err != nil {
			t.Fatal(err)
		}
		n.Aim(set.Union{
			set.Whole(3).With(set.HalfSpace{Normal: []float64{1, 2, 3}, Offset: 4}),
			set.Whole(3).With(set.HalfSpace{Normal: []float64{0, -1, 0}, Offset: 1}),
		})
		x := []float64{0.5, r.NormFloat64(), -1.5, r.NormFloat64()}
		n.Restrict([]int{1, 3}, x)
		m := MapsOf(n, net.PatternsAt(nn.RowMatrix(x), 1)[0])
		y, err := net.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		for column, want := range []float64{y[0] + float64(2*y[1]) + float64(3*y[2]) - 4, -y[1] - 1} {
			if got := m.GoalAt([]float64{x[1], x[3]}, column); math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
				t.Errorf("network %d: column %d of the goal is %v, want %v", seed, column, got, want)
			}
		}
	}
}

// TestBounder has no stage settled: the verdicts on small boxes agree with
// samples, and both occur.
func TestBounder(t *testing.T) {
	seen := map[Verdict]int{}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		net := random(t, r, 3, 6, 2, seed%3 == 0)
		n, err := New(net)
		if err != nil {
			t.Fatal(err)
		}
		goal := []set.HalfSpace{{Normal: []float64{1, -1}, Offset: r.NormFloat64()}, {Normal: []float64{1, 1}, Offset: 3}}
		n.Aim(set.Union{set.Whole(2).With(goal...)})
		n.Restrict([]int{0, 1, 2}, nil)
		b := NewBounder(n)
		b.GoalOnly = seed%2 == 0
		for k := range 3 {
			b.Lo[k] = r.NormFloat64()
			b.Hi[k] = b.Lo[k] + float64(0.3*r.Float64())
		}
		onBox := func(rows nn.Matrix) []float64 {
			var least []float64
			for i := range rows.Rows {
				v := rows.Row(i)[0]
				for k, c := range rows.Row(i)[1:] {
					v += min(c*b.Lo[k], c*b.Hi[k])
				}
				least = append(least, v)
			}
			return least
		}
		b.Extremes = onBox
		m := NewMaps(n)
		m.Enter()
		b.Range = func(unit int) (lo, hi float64) {
			rows := nn.NewMatrix(2, 4)
			for k := range 4 {
				rows.Row(0)[k], rows.Row(1)[k] = m.At[nn.ActivationChannel][0].Row(k)[unit], -m.At[nn.ActivationChannel][0].Row(k)[unit]
			}
			least := onBox(rows)
			return least[0], -least[1]
		}
		pieces := func(unit int) (from, to int) {
			lo, hi := b.Range(unit)
			return n.Stages[0].Op.Piece(lo), n.Stages[0].Op.Piece(hi)
		}
		verdict, _ := b.Judge(m, 0, pieces, make([]float64, 2))
		seen[verdict]++
		for range 200 {
			x := make([]float64, 3)
			for k := range x {
				x[k] = b.Lo[k] + float64(r.Float64()*(b.Hi[k]-b.Lo[k]))
			}
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			in := goal[0].Slack(y) >= 0 && goal[1].Slack(y) >= 0
			if in && verdict == Outside || !in && verdict == Inside {
				t.Errorf("network %d: verdict %v, but at %v the output %v is inside: %v", seed, verdict, x, y, in)
				break
			}
		}
	}
	for _, v := range []Verdict{Undecided, Inside, Outside} {
		if seen[v] == 0 {
			t.Errorf("the verdict %v never occurs: %v", v, seen)
		}
	}
}
