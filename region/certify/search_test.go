package certify_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/set"
)

// random is a network with two hidden layers, of small integers where whole, and with
// value parameters of its own where decoupled.
func random(t *testing.T, r *rand.Rand, in, width int, whole, decoupled bool) *nn.Network {
	t.Helper()
	number := func() float64 {
		if v := r.NormFloat64(); !whole {
			return v
		}
		return float64(r.IntN(5) - 2)
	}
	return treetest.Network(t, []int{in, width, width, 2}, decoupled, number, func() *nn.Piecewise {
		if r.IntN(3) == 0 {
			return nn.HardTanh()
		}
		return nn.ReLU()
	})
}

// TestSearchAgreesWithSamples asks, of random networks with 1 to 8 inputs, some
// without width, whether the first output exceeds a level: there is a proof, which is
// accepted, where the level lies beyond what bounds allow, none where a sample exceeds
// it, and one or none between.
func TestSearchAgreesWithSamples(t *testing.T) {
	proofs, refused := 0, 0
	for seed := range uint64(90) {
		r := rand.New(rand.NewPCG(seed, 7))
		in := 1 + int(seed)%8
		net := random(t, r, in, 3+r.IntN(4), seed%3 == 0, seed%4 == 1)
		p := &tree.Problem{Net: net}
		for range in {
			lo := float64(r.IntN(4) - 2)
			p.Lo, p.Hi = append(p.Lo, lo), append(p.Hi, lo+float64(r.IntN(3)))
		}
		if seed%2 == 0 {
			h := set.HalfSpace{Normal: make([]float64, in), Offset: 1}
			for j := range h.Normal {
				h.Normal[j] = float64(r.IntN(3) - 1)
			}
			p.Cuts = append(p.Cuts, h)
		}
		highest := highestSample(t, r, p)
		for _, gap := range []float64{-0.01, 0, 0.02, 0.5, 2} {
			level := highest + float64(gap*(1+math.Abs(highest)))
			if math.IsInf(highest, -1) {
				level = 0 // no sample lies in the set
			}
			p.Terms = [][]set.HalfSpace{{{Normal: []float64{-1, 0}, Offset: -level}}}
			steps, err := search(t.Context(), p, certify.Options{Workers: 1 + int(seed)%3})
			if err != nil && !errors.Is(err, certify.ErrTarget) {
				t.Fatalf("network %d: %v", seed, err)
			}
			if err != nil {
				refused++
				continue
			}
			proofs++
			if gap <= 0 && !math.IsInf(highest, -1) {
				t.Errorf("network %d: a sample reaches %v, but there is a proof that none reaches %v", seed, highest, level)
			}
			if _, err := tree.Run(t.Context(), p, steps); err != nil {
				t.Errorf("network %d: %v", seed, err)
			}
		}
	}
	if proofs < 100 || refused < 100 {
		t.Errorf("%d proofs, %d refused: want more of each", proofs, refused)
	}
}

// highestSample is the largest first output at random points and corners of a
// problem's set; -Inf where none was met.
func highestSample(t *testing.T, r *rand.Rand, p *tree.Problem) float64 {
	t.Helper()
	const samples = 3000
	var rows [][]float64
	for range samples {
		x := make([]float64, len(p.Lo))
		for j, lo := range p.Lo {
			switch r.IntN(4) {
			case 0:
				x[j] = lo
			case 1:
				x[j] = p.Hi[j]
			default:
				x[j] = lo + float64(r.Float64()*(p.Hi[j]-lo))
			}
		}
		inside := true
		for _, h := range p.Cuts {
			inside = inside && h.Contains(x)
		}
		if inside {
			rows = append(rows, x)
		}
	}
	highest := math.Inf(-1)
	if len(rows) == 0 {
		return highest
	}
	x, err := nn.MatrixOf(rows)
	if err != nil {
		t.Fatal(err)
	}
	y, err := p.Net.Eval(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range y.Rows {
		highest = max(highest, y.Row(i)[0])
	}
	return highest
}

// absolute is |x1| + ... + |xn| as a network.
func absolute(t *testing.T, n int) *nn.Network {
	t.Helper()
	first := nn.Params{Weight: nn.NewMatrix(2*n, n), Bias: make([]float64, 2*n)}
	last := nn.Params{Weight: nn.NewMatrix(1, 2*n), Bias: []float64{0}}
	for j := range n {
		first.Weight.Row(2 * j)[j], first.Weight.Row(2*j + 1)[j] = 1, -1
	}
	for i := range last.Weight.Data {
		last.Weight.Data[i] = 1
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: first}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.Dense{Params: last}},
	}, []int{n}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestSearchDisjunction excludes two terms, of which one needs both its half-spaces.
func TestSearchDisjunction(t *testing.T) {
	net := absolute(t, 2)
	p := &tree.Problem{Net: net, Lo: []float64{-1, -1}, Hi: []float64{1, 1}}
	p.Terms = [][]set.HalfSpace{
		{{Normal: []float64{-1}, Offset: -2.001}},
		{{Normal: []float64{1}, Offset: 1}, {Normal: []float64{-1}, Offset: -1.25}},
	}
	steps, err := search(t.Context(), p, certify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Run(t.Context(), p, steps); err != nil {
		t.Error(err)
	}
	p.Terms[1][1].Offset = -0.75
	if _, err := search(t.Context(), p, certify.Options{}); !errors.Is(err, certify.ErrTarget) {
		t.Errorf("%v, want ErrTarget: |x1| + |x2| = 0.9 lies in the second term", err)
	}
	if _, err := tree.Run(t.Context(), p, steps); err == nil {
		t.Error("the proof is accepted for a target that can be reached")
	}
}

// TestSearchTie has a target that the network reaches in one point, and one that it
// misses by a rounding.
func TestSearchTie(t *testing.T) {
	p := &tree.Problem{Net: absolute(t, 3), Lo: []float64{-1, -1, -1}, Hi: []float64{1, 1, 1}}
	p.Terms = [][]set.HalfSpace{{{Normal: []float64{1}, Offset: 0}}}
	if _, err := search(t.Context(), p, certify.Options{}); !errors.Is(err, certify.ErrTarget) {
		t.Errorf("%v, want ErrTarget: the output is 0 at 0", err)
	}
	p.Terms[0][0].Offset = -1e-12
	steps, err := search(t.Context(), p, certify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Run(t.Context(), p, steps); err != nil {
		t.Error(err)
	}
}

func TestSearchRefuses(t *testing.T) {
	p := &tree.Problem{Net: absolute(t, 1), Lo: []float64{math.Inf(-1)}, Hi: []float64{1}}
	if _, err := search(t.Context(), p, certify.Options{}); err == nil || err.Error() != "input 0 is unbounded: bound every input" {
		t.Errorf("unbounded input: %v", err)
	}
	p.Lo[0] = -1
	p.Terms = [][]set.HalfSpace{{{Normal: []float64{-1}, Offset: -2}}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if _, err := search(ctx, p, certify.Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without time: %v", err)
	}
	net := random(t, rand.New(rand.NewPCG(1, 1)), 4, 12, false, false)
	q := &tree.Problem{Net: net, Lo: []float64{-1, -1, -1, -1}, Hi: []float64{1, 1, 1, 1}, Terms: [][]set.HalfSpace{{{Normal: []float64{-1, 0}, Offset: -60}}}}
	q.Terms[0][0].Offset = -highestSample(t, rand.New(rand.NewPCG(2, 2)), q) - 0.1
	if _, err := search(t.Context(), q, certify.Options{MaxBytes: 100}); !errors.Is(err, certify.ErrMaxBytes) {
		t.Errorf("with 100 bytes: %v", err)
	}
}

// TestMutations changes bytes of a proof at random. Most of what comes out is no
// proof; what is accepted is one, so it must not be accepted for a false claim.
func TestMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	net := random(t, r, 3, 6, false, false)
	p := &tree.Problem{Net: net, Lo: []float64{-1, -1, -1}, Hi: []float64{1, 1, 1}}
	highest := highestSample(t, r, p)
	target := func(level float64) { p.Terms = [][]set.HalfSpace{{{Normal: []float64{-1, 0}, Offset: -level}}} }
	target(highest + 0.05)
	steps, err := search(t.Context(), p, certify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	target(highest - 1e-9)
	if _, err := tree.Run(t.Context(), p, steps); err == nil {
		t.Fatal("the proof is accepted for a false claim")
	}
	for range 3000 {
		b := append([]byte(nil), steps...)
		for range 1 + r.IntN(3) {
			switch i := r.IntN(len(b)); r.IntN(3) {
			case 0:
				b[i] ^= 1 << r.IntN(8)
			case 1:
				b = append(b[:i], b[min(len(b), i+1+r.IntN(20)):]...)
			default:
				b[i] = byte(r.IntN(256))
			}
			if len(b) == 0 {
				break
			}
		}
		if _, err := tree.Run(t.Context(), p, b); err == nil {
			t.Fatal("a changed proof is accepted for a false claim")
		}
	}
}

// TestMissingStep leaves out a step of a proof, a branch, or takes one twice.
func TestMissingStep(t *testing.T) {
	p := &tree.Problem{Net: absolute(t, 2), Lo: []float64{-1, -1}, Hi: []float64{1, 1}}
	p.Terms = [][]set.HalfSpace{{{Normal: []float64{-1}, Offset: -2.001}}}
	steps, err := search(t.Context(), p, certify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := stepsOf(t, steps)
	if _, err := tree.Run(t.Context(), p, steps[:len(steps)-1]); err == nil {
		t.Error("accepted without its last byte")
	}
	for i, s := range all {
		if s.Kind == cert.Low || s.Kind == cert.High || s.Kind == cert.Refine {
			continue // may not be needed
		}
		for _, times := range []int{0, 2} {
			var b []byte
			for k := range all {
				n := 1
				if k == i {
					n = times
				}
				for range n {
					b = cert.AppendStep(b, &all[k])
				}
			}
			if _, err := tree.Run(t.Context(), p, b); err == nil {
				t.Errorf("accepted with step %d of %d (kind %d) %d times", i, len(all), s.Kind, times)
			}
		}
	}
}

func stepsOf(t *testing.T, steps []byte) []cert.Step {
	t.Helper()
	var all []cert.Step
	for r := cert.NewStepReader(steps); r.More(); {
		var s cert.Step
		if err := r.Next(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// search is [certify.Search], whose proofs must have as many steps as they say.
func search(ctx context.Context, p *tree.Problem, opt certify.Options) ([]byte, error) {
	found, err := certify.Search(ctx, p, opt)
	if err != nil {
		return nil, err
	}
	var tally tree.Tally
	for r := cert.NewStepReader(found.Steps); r.More(); {
		var s cert.Step
		if err := r.Next(&s); err != nil {
			return nil, err
		}
		tally.Add(&s)
	}
	if tally != found.Tally {
		return nil, fmt.Errorf("%d splits and %d steps, but the proof says %d and %d", tally.Splits, tally.Steps, found.Splits, found.Tally.Steps)
	}
	return found.Steps, nil
}
