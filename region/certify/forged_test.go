package certify_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/vnnlib"
)

// A falsehood is a problem whose claim an input refutes, by arithmetic in which nothing is
// rounded, and an honest proof of a claim that is like it, but true.
type falsehood struct {
	problem *tree.Problem
	honest  []cert.Step
}

// outputs are those of a network without rounding: numbers with enough bits that nothing is
// lost.
func outputs(t *testing.T, net *nn.Network, x []float64) []*big.Float {
	t.Helper()
	const bits = 20_000
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(v) }
	add := func(sum *big.Float, a float64, z *big.Float) *big.Float {
		p := new(big.Float).SetPrec(bits).Mul(number(a), z)
		y := new(big.Float).SetPrec(bits).Add(sum, p)
		if p.Acc() != big.Exact || y.Acc() != big.Exact {
			t.Fatal("too few bits")
		}
		return y
	}
	var values [][]*big.Float
	for _, node := range net.Nodes {
		var in, out []*big.Float
		if j := node.Inputs[0]; j != nn.Input {
			in = values[j]
		} else {
			for _, v := range x {
				in = append(in, number(v))
			}
		}
		switch op := node.Op.(type) {
		case *nn.Dense:
			for j, b := range op.Bias {
				sum := number(b)
				for i, w := range op.Weight.Row(j) {
					sum = add(sum, w, in[i])
				}
				out = append(out, sum)
			}
		case *nn.Scale:
			for j, v := range in {
				out = append(out, add(number(op.Shift[j]), op.Factor[j], v))
			}
		case *nn.Piecewise:
			for _, z := range in {
				p := 0
				for p < len(op.Breaks) && z.Cmp(number(op.Breaks[p])) >= 0 {
					p++
				}
				out = append(out, add(number(op.Offset[p]), op.Slope[p], z))
			}
		default:
			t.Fatalf("a node of kind %s", op.Kind())
		}
		values = append(values, out)
	}
	return values[len(values)-1]
}

// meets reports whether a point lies in the problem's set, and its output in a term.
func meets(t *testing.T, p *tree.Problem, x []float64) bool {
	t.Helper()
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(20_000).SetFloat64(v) }
	in := make([]*big.Float, len(x))
	for i, v := range x {
		if in[i] = number(v); v < p.Lo[i] || v > p.Hi[i] {
			return false
		}
	}
	inside := func(hs []set.HalfSpace, y []*big.Float) bool {
		for _, h := range hs {
			sum := number(-h.Offset)
			for j, a := range h.Normal {
				sum.Add(sum, new(big.Float).SetPrec(20_000).Mul(number(a), y[j]))
			}
			if sum.Sign() > 0 || sum.Sign() == 0 && h.Strict {
				return false
			}
		}
		return true
	}
	if !inside(p.Cuts, in) {
		return false
	}
	y := outputs(t, p.Net, x)
	return slices.ContainsFunc(p.Terms, func(term []set.HalfSpace) bool { return inside(term, y) })
}

// honest are the steps of a proof that the first output, or what half-spaces measure, stays
// away from the terms of p moved off by some amount.
func honest(t *testing.T, p *tree.Problem, by float64) []cert.Step {
	t.Helper()
	q := *p
	q.Exact, q.Terms = nil, nil
	for _, term := range p.Terms {
		moved := slices.Clone(term)
		for i := range moved {
			moved[i].Offset -= by
		}
		q.Terms = append(q.Terms, moved)
	}
	b, err := search(t.Context(), &q, certify.Options{Workers: 1, MaxBytes: 1 << 16})
	if err != nil {
		return nil
	}
	var steps []cert.Step
	for r := cert.NewStepReader(b); r.More(); {
		var s cert.Step
		if err := r.Next(&s); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, s)
	}
	return steps
}

// extreme is a multiplier as an enemy chooses it.
func extreme(r *rand.Rand) float64 {
	switch r.IntN(8) {
	case 0:
		return math.Nextafter(math.MaxFloat64, 0)
	case 1:
		return math.Ldexp(1+r.Float64(), r.IntN(2098)-1074)
	case 2:
		return float64(5e-324 * float64(r.IntN(5)))
	case 3:
		return 1
	}
	return math.Exp(5 * r.NormFloat64())
}

func extremeWeights(r *rand.Rand, n int) []cert.Weight {
	var ws []cert.Weight
	for range r.IntN(4) {
		ws = append(ws, cert.Weight{Row: r.IntN(max(n, 1)), Value: extreme(r)})
	}
	return ws
}

func extremeIntegers(r *rand.Rand, n int) []cert.Integer {
	var ws []cert.Integer
	for range r.IntN(4) {
		v := new(big.Int).Lsh(big.NewInt(1+r.Int64N(1<<40)), uint(r.IntN(1200)))
		ws = append(ws, cert.Integer{Row: r.IntN(max(n, 1)), Value: v})
	}
	return ws
}

// forgedStep is any step.
func forgedStep(r *rand.Rand, units, vars, rows, terms int) cert.Step {
	s := cert.Step{Kind: cert.Split + cert.StepKind(r.IntN(int(cert.EmptyExactly)))}
	switch s.Kind {
	case cert.Split, cert.Floor, cert.Ceil:
		s.Index = r.IntN(units)
	case cert.Low, cert.High:
		s.Index = r.IntN(max(vars, 1))
	case cert.Close, cert.CloseExactly:
		s.Index = r.IntN(terms)
	}
	switch s.Kind {
	case cert.Split:
	case cert.CloseExactly, cert.EmptyExactly:
		s.Exact = &cert.Combination{Units: extremeIntegers(r, 2*units), Cuts: extremeIntegers(r, 1), Columns: extremeIntegers(r, 2)}
	case cert.Close:
		s.Columns = extremeWeights(r, 2)
		fallthrough
	default:
		s.Rows = extremeWeights(r, rows)
	}
	return s
}

// changedSteps are those of an honest proof, some of them changed, left out, taken twice or
// exchanged.
func changedSteps(r *rand.Rand, honest []cert.Step, units, vars, terms int) []byte {
	steps := slices.Clone(honest)
	for range 1 + r.IntN(4) {
		if len(steps) == 0 {
			break
		}
		i := r.IntN(len(steps))
		s := &steps[i]
		switch r.IntN(6) {
		case 0:
			steps = append(steps[:i:i], steps[i+1:]...)
		case 1:
			steps = append(steps[:i+1:i+1], steps[i:]...)
		case 2:
			j := r.IntN(len(steps))
			steps[i], steps[j] = steps[j], steps[i]
		case 3:
			steps[i] = forgedStep(r, units, vars, 4, terms)
		default: // other multipliers
			s.Rows, s.Columns = slices.Clone(s.Rows), slices.Clone(s.Columns)
			for _, ws := range [][]cert.Weight{s.Rows, s.Columns} {
				for k := range ws {
					if r.IntN(2) == 0 {
						ws[k].Value = extreme(r)
					} else {
						ws[k].Value = min(ws[k].Value*math.Exp(20*r.NormFloat64()), math.MaxFloat64)
					}
				}
			}
		}
	}
	var b []byte
	for i := range steps {
		b = cert.AppendStep(b, &steps[i])
	}
	return b
}

// forge tries n trees for a falsehood, half of them changed proofs, half built step by step
// from whatever the checker takes, and fails the test where one proves it.
func (f *falsehood) forge(t *testing.T, r *rand.Rand, n int) {
	t.Helper()
	first, err := tree.New(t.Context(), f.problem)
	if err != nil {
		t.Fatal(err)
	}
	units, vars, terms := 0, first.Vars(), len(f.problem.Terms)
	for _, a := range first.Activations() {
		units = max(units, a[1])
	}
	for range n {
		if r.IntN(2) == 0 && len(f.honest) > 0 {
			if _, err := tree.Run(t.Context(), f.problem, changedSteps(r, f.honest, units, vars, terms)); err == nil {
				t.Fatal("a changed proof of something true proves what is false")
			}
			continue
		}
		s, err := tree.New(t.Context(), f.problem)
		if err != nil {
			t.Fatal(err)
		}
		for range 30 {
			step := forgedStep(r, units, vars, s.Rows(), terms)
			var err error
			switch step.Kind { // a proof that fails leaves the cell as it is
			case cert.Close:
				_, err = s.Close(step.Index, step.Columns, step.Rows)
			case cert.Empty:
				_, err = s.Empty(step.Rows)
			case cert.CloseExactly:
				_, _ = s.CloseExactly(step.Index, step.Exact)
			case cert.EmptyExactly:
				_, _ = s.EmptyExactly(step.Exact)
			default:
				if err = s.Apply(&step); err == tree.ErrOverflow {
					err = nil
				}
			}
			if err != nil {
				break
			}
			for s.Done() {
				if !s.Next() {
					t.Fatal("steps prove what is false")
				}
			}
		}
	}
}

// forgeries is how many trees are tried: n with NETMEND_LONG=1, otherwise a share of them.
func forgeries(n, share int) int {
	if os.Getenv("NETMEND_LONG") == "" {
		return n / share
	}
	return n
}

// TestForgedTrees is for random networks, with properties that an input violates just so.
func TestForgedTrees(t *testing.T) {
	const each = 300
	n, proofs := forgeries(100_000, 30), 0
	for seed := uint64(0); n > 0; seed++ {
		r := rand.New(rand.NewPCG(seed, 41))
		size := math.Ldexp(1, []int{0, 0, -40, 40, 300, -300}[r.IntN(6)])
		net := treetest.Network(t, []int{2, 4, 3, 2}, false, func() float64 { return float64(r.NormFloat64() * size) }, func() *nn.Piecewise {
			return []func() *nn.Piecewise{nn.ReLU, nn.ReLU, nn.HardTanh, nn.Step}[r.IntN(4)]()
		})
		width := math.Ldexp(1, -r.IntN(40))
		anywhere := func() float64 { return -width + float64(2*width*r.Float64()) }
		p := &tree.Problem{Net: net, Lo: []float64{-width, -width}, Hi: []float64{width, width}}
		if r.IntN(3) == 0 {
			p.Cuts = []set.HalfSpace{{Normal: []float64{1, math.Ldexp(1, r.IntN(40))}, Offset: float64(width / 2)}}
		}
		// The input of those tried whose first output is largest.
		var x []float64
		most := math.Inf(-1)
		for range 200 {
			try := []float64{anywhere(), anywhere()}
			y, err := net.EvalPoint(try)
			if err != nil || len(p.Cuts) > 0 && !p.Cuts[0].Contains(try) {
				continue
			}
			if y[0] > most {
				most, x = y[0], try
			}
		}
		if x == nil {
			continue
		}
		level := most - float64(math.Abs(most)*math.Ldexp(1, -r.IntN(50))) - 1e-300
		p.Terms = [][]set.HalfSpace{{{Normal: []float64{-1, 0}, Offset: -level}}}
		if !meets(t, p, x) {
			continue
		}
		f := &falsehood{p, honest(t, p, float64(math.Abs(most)*4)+1e-290)}
		if f.forge(t, r, each); len(f.honest) > 1 {
			proofs++
		}
		n -= each
	}
	if proofs == 0 {
		t.Error("no proof of several steps was changed")
	}
	t.Logf("%d proofs were changed", proofs)
}

// TestForgedTreesACAS is for properties of the ACAS Xu benchmark that an input violates.
func TestForgedTreesACAS(t *testing.T) {
	data := shared.Path(t, "data", "acasxu")
	const each = 100
	left, found, steps := forgeries(100_000, 1000), 0, 0
	property, err := vnnlib.ReadFile(filepath.Join(data, "vnnlib", "prop_2.vnnlib"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(data, "onnx", "ACASXU_run2a_[2-5]_*_batch_2000.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	for round := uint64(0); left > 0; round++ {
		for k, file := range files {
			if left <= 0 {
				break
			}
			r := rand.New(rand.NewPCG(round, uint64(k)))
			net, err := onnx.ReadFile(file, onnx.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			p := tree.OfCase(net, &property.Cases[0])
			x := make([]float64, len(p.Lo))
			ok := false
			for range 3000 {
				for j := range x {
					x[j] = p.Lo[j] + float64(r.Float64()*(p.Hi[j]-p.Lo[j]))
				}
				y, err := net.EvalPoint(x)
				if err != nil {
					t.Fatal(err)
				}
				if ok = slices.Max(y) == y[0]; ok {
					break
				}
			}
			if !ok || !meets(t, p, x) {
				continue
			}
			found++
			f := &falsehood{p, honest(t, p, 1e3)}
			steps = len(f.honest)
			f.forge(t, r, each)
			left -= each
		}
		if found == 0 {
			t.Fatal(fmt.Sprint("no violated property among ", strings.Join(files, ", ")))
		}
	}
	t.Logf("%d violated properties, the last with an honest proof of %d steps", found, steps)
}
