package executor_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/executor"
	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/nn"
)

// executeRounded evaluates a network with every node's output rounded to float32,
// one of the executions that an [executor.Execution] bounds, and returns all values.
func executeRounded(net *nn.Network, x []float64) [][]float64 {
	values := make([][]float64, len(net.Nodes))
	of := func(i int) []float64 {
		if i == nn.Input {
			return x
		}
		return values[i]
	}
	for i, node := range net.Nodes {
		y := make([]float64, net.Dim(i))
		switch op := node.Op.(type) {
		case nn.Affine:
			var src []nn.Matrix
			for _, j := range node.Inputs {
				src = append(src, nn.RowMatrix(of(j)))
			}
			op.Forward(nn.RowMatrix(y), src, nn.ValueChannel, true, 1)
		case nn.Activation:
			op.Apply(y, of(node.Inputs[0]))
		}
		for u := range y {
			y[u] = float64(float32(y[u]))
		}
		values[i] = y
	}
	return values
}

// executionNetwork is a random network with or without a convolution; node tail is
// the first of its last layers.
func executionNetwork(t *testing.T, r *rand.Rand, trial int) (net *nn.Network, tail int) {
	t.Helper()
	round := func(p nn.Params) nn.Params { return p.Round(nn.Float32) }
	in := 1 + r.IntN(8)
	width := in
	var ops []nn.Op
	switch trial % 4 {
	case 0:
		c := nntest.ConvTranspose(r)
		c.Params, c.Value = round(c.Params), nil
		in = c.Inputs * c.Positions()
		var err error
		if width, err = c.OutDim([]int{in}); err != nil {
			t.Fatal(err)
		}
		ops = append(ops, c, nn.ReLU())
	case 2:
		c := nntest.Conv(r)
		c.Params, c.Value = round(c.Params), nil
		in = c.Channels * c.In[0] * c.In[1]
		var err error
		if width, err = c.OutDim([]int{in}); err != nil {
			t.Fatal(err)
		}
		ops = append(ops, c, nn.ReLU())
	}
	ops = append(ops, &nn.Dense{Params: round(nntest.Params(r, 6, width))}, nn.LeakyReLU(0.25))
	tail = len(ops)
	ops = append(ops, &nn.Dense{Params: round(nntest.Params(r, 5, 6))}, nn.HardTanh(), &nn.Dense{Params: round(nntest.Params(r, 2, 5))})
	var nodes []nn.Node
	for i, op := range ops {
		nodes = append(nodes, nn.Node{Inputs: []int{i - 1}, Op: op})
	}
	net, err := nn.New(nodes, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net, tail
}

// An execution takes the pieces that are listed, where they are said to occur, and
// its output is as close to the affine piece as is claimed.
func TestExecution(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 1))
	listed, closest := 0, 0.0
	for trial := range 200 {
		net, tail := executionNetwork(t, r, trial)
		in, size := net.InDim(), math.Exp(-12*r.Float64())
		h := executor.Hulls{Points: nn.NewMatrix(3, in), First: []int{0, 3}, Radius: nn.NewMatrix(1, in)}
		middle := make([]float64, in)
		for d := range in {
			centre := r.NormFloat64()
			for v := range 3 {
				h.Points.Row(v)[d] = centre + float64(size*r.NormFloat64())
				middle[d] += h.Points.Row(v)[d] / 3
			}
			h.Radius.Row(0)[d] = float64(1e-6 * r.Float64())
		}
		h.Patterns = net.PatternsAt(nn.RowMatrix(middle), 1)
		ex, err := executor.New(net, nn.Float32)
		if err != nil {
			t.Fatal(err)
		}
		e, err := ex.Run(h)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			w := [3]float64{r.Float64(), r.Float64(), r.Float64()}
			total := w[0] + w[1] + w[2]
			x := make([]float64, in)
			for d := range in {
				for v := range 3 {
					x[d] += float64(w[v] / total * h.Points.Row(v)[d])
				}
				x[d] += float64((float64(2*r.Float64()) - 1) * h.Radius.Row(0)[d])
			}
			values := executeRounded(net, x)
			mixed := append(nn.Pattern(nil), h.Patterns[0]...)
			for i, node := range net.Nodes {
				f, ok := node.Op.(*nn.Piecewise)
				if !ok {
					continue
				}
				from, _ := net.Units(i)
				for u, z := range values[i-1] {
					unit, piece := from+u, uint8(f.Piece(z))
					if i > tail {
						mixed[unit] = piece
					}
					if piece == h.Patterns[0][unit] {
						continue
					}
					listed++
					exact := 0.0
					for v := range 3 {
						exact += float64(w[v] / total * e.UnitInput(unit, v))
					}
					if !mayExecute(e.Choices(0), unit, piece, exact) {
						t.Fatalf("trial %d: unit %d executes piece %d at %g, not listed in %v", trial, unit, piece, exact, e.Choices(0))
					}
				}
			}
			a := []float64{r.NormFloat64(), r.NormFloat64()}
			bound, err := e.OutputErrors(tail, []executor.Case{{Pattern: mixed, Normals: [][]float64{a}}})
			if err != nil {
				t.Fatal(err)
			}
			lin := net.LinearizePatterns([]nn.Pattern{mixed}, 0)
			y := net.RunLinear(h.Points, lin, []int32{0, 0, 0}, 1).Output()
			off := 0.0
			for o, v := range values[len(values)-1] {
				off += float64(a[o] * v)
				for v := range 3 {
					off -= float64(a[o] * w[v] / total * y.Row(v)[o])
				}
			}
			closest = max(closest, math.Abs(off)/bound[0])
			if math.Abs(off) > bound[0] {
				t.Fatalf("trial %d: the output is off by %g, the bound is %g", trial, math.Abs(off), bound[0])
			}
		}
	}
	t.Logf("%d pieces beside executed; the largest error is %.3g of its bound", listed, closest)
	if listed < 100 || closest < 0.05 {
		t.Errorf("%d pieces beside, errors up to %g of the bound: too few, or a bound that is of no use", listed, closest)
	}
}

func mayExecute(choices []executor.Choice, unit int, piece uint8, at float64) bool {
	for _, c := range choices {
		if c.Unit == unit && c.Piece == piece {
			return c.Lo <= at && at <= c.Hi
		}
	}
	return false
}

// A sum of three products and a bias is bounded by five roundings of its terms.
func TestExecutionOfOneSum(t *testing.T) {
	p := nn.Params{Weight: nn.NewMatrix(1, 3), Bias: []float64{-2}}
	copy(p.Weight.Data, []float64{1, 2, 4})
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: p}}}, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	for _, dtype := range []nn.DType{nn.Float32, nn.Float64} {
		ex, err := executor.New(net, dtype)
		if err != nil {
			t.Fatal(err)
		}
		e, err := ex.Run(executor.Hulls{
			Points: nn.RowMatrix([]float64{1, -1, 0}), First: []int{0, 1},
			Radius: nn.NewMatrix(1, 3), Patterns: make([]nn.Pattern, 1),
		})
		if err != nil {
			t.Fatal(err)
		}
		b, err := e.OutputErrors(1, []executor.Case{{Normals: [][]float64{{-3}}}})
		if err != nil {
			t.Fatal(err)
		}
		// Terms 1, -2, 0 and -2, of which the third does not count; at float64 our own
		// roundings add twice as many and a few.
		least, most := float64(3*3*5*dtype.UnitRoundoff()), float64(3*5*6*dtype.UnitRoundoff())
		if dtype == nn.Float64 {
			most = float64(most * 5)
		}
		if b[0] < least || b[0] > most {
			t.Errorf("%v: bound %g, want from %g to %g", dtype, b[0], least, most)
		}
	}
}

func TestExecutorErrors(t *testing.T) {
	network := func(weight float64, f nn.Op) *nn.Network {
		p := nn.Params{Weight: nn.NewMatrix(1, 1), Bias: []float64{0}}
		p.Weight.Data[0] = weight
		net, err := nn.New([]nn.Node{
			{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: p}},
			{Inputs: []int{0}, Op: f},
			{Inputs: []int{1}, Op: &nn.Dense{Params: p}},
		}, []int{1}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		return net
	}
	if _, err := executor.New(network(1, nn.Tanh()), nn.Float32); err == nil || !strings.Contains(err.Error(), "not piecewise affine") {
		t.Errorf("tanh: %v", err)
	}
	if _, err := executor.New(network(0.1, nn.ReLU()), nn.Float32); err == nil || !strings.Contains(err.Error(), "not a float32 number") {
		t.Errorf("0.1 in float32: %v", err)
	}
	ex, err := executor.New(network(0x1p70, nn.ReLU()), nn.Float32)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ex.Run(executor.Hulls{Points: nn.RowMatrix([]float64{1}), First: []int{0, 1}, Radius: nn.NewMatrix(1, 1), Patterns: []nn.Pattern{{1}}})
	var large *executor.RangeError
	if !errors.As(err, &large) || large.Node != 2 {
		t.Errorf("2^140 in float32: %v", err)
	}
}
