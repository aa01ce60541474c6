package tree

import (
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// The tests of this file are an enemy's: they look for steps and trees that prove what is
// false. Whether something is false is told by one input, followed in rational arithmetic
// through the cells: a cell that it lies in is not empty, a term that its output lies in is
// not out of reach, and no bound excludes it.

// attempts is how many are made: n with NETMEND_LONG=1, otherwise a share of them.
func attempts(n, share int) int {
	if os.Getenv("NETMEND_LONG") == "" {
		return n / share
	}
	return n
}

// victim is a false claim: the network at the input x, of the variables too, gives an
// output in every term of the target.
type victim struct {
	problem *Problem
	x       []float64
	values  [][]*big.Rat // of the activation channel, by node
	pieces  []int
}

// newVictim makes terms of one half-space each, exactly or nearly at the output for x,
// and one of two.
func newVictim(r *rand.Rand, net *nn.Network, lo, hi, x []float64) *victim {
	v := &victim{x: x}
	var values [2][][]*big.Rat
	values, v.pieces = exactly(net, x)
	v.values = values[0]
	y := values[1][len(net.Nodes)-1]
	halfSpace := func() set.HalfSpace {
		h := set.HalfSpace{Normal: make([]float64, len(y))}
		sum := new(big.Rat)
		for j := range y {
			if r.IntN(3) > 0 {
				h.Normal[j] = enemyNumber(r)
				sum.Add(sum, new(big.Rat).Mul(rat(h.Normal[j]), y[j]))
			}
		}
		h.Offset, _ = sum.Float64()
		if rat := new(big.Rat).SetFloat64(h.Offset); rat == nil || rat.Cmp(sum) < 0 {
			h.Offset = math.Nextafter(h.Offset, math.Inf(1))
		}
		if math.IsInf(h.Offset, 0) {
			return set.HalfSpace{Normal: make([]float64, len(y))}
		}
		return h
	}
	v.problem = &Problem{Net: net, Lo: lo, Hi: hi, Terms: [][]set.HalfSpace{{halfSpace()}, {halfSpace(), halfSpace()}}}
	return v
}

// enemyNumber has any size that a float64 has, and is often one of those at the ends.
func enemyNumber(r *rand.Rand) float64 {
	sign := float64(2*r.IntN(2) - 1)
	switch r.IntN(12) {
	case 0:
		return 0
	case 1:
		return float64(sign * math.MaxFloat64 * r.Float64())
	case 2:
		return float64(sign * float64(1+r.IntN(8)) * math.SmallestNonzeroFloat64)
	case 3:
		return float64(sign * math.Ldexp(1+r.Float64(), r.IntN(2000)-1000))
	case 4:
		return sign
	case 5:
		return math.Float64frombits(r.Uint64()&^(0x7ff<<52) | uint64(r.IntN(0x7ff))<<52)
	}
	return r.NormFloat64()
}

// enemyMultiplier is a multiplier from 0.
func enemyMultiplier(r *rand.Rand) float64 { return math.Abs(enemyNumber(r)) }

// enemyWeights are multipliers of n half-spaces, some several times.
func enemyWeights(r *rand.Rand, n int) []cert.Weight {
	var ws []cert.Weight
	if n == 0 {
		return ws
	}
	tame := r.IntN(2) == 0
	for range r.IntN(5) {
		w := cert.Weight{Row: r.IntN(n), Value: enemyMultiplier(r)}
		if tame {
			w.Value = math.Exp(4 * r.NormFloat64())
		}
		ws = append(ws, w)
	}
	return ws
}

// box is a random range, and a number in it.
func box(r *rand.Rand) (lo, hi, x float64) {
	switch r.IntN(5) {
	case 0:
		lo, hi = -r.Float64(), r.Float64()
	case 1:
		lo = float64(enemyNumber(r) / 4)
		hi = lo + float64(math.Abs(enemyNumber(r))/4)
	case 2:
		lo = r.NormFloat64()
		hi = lo + math.Ldexp(1, -r.IntN(60))
	case 3: // narrow, around 0
		hi = math.Ldexp(1, -r.IntN(1060))
		lo = -hi
	default:
		lo, hi = -1, 1
	}
	if !(math.Abs(lo) < math.MaxFloat64 && math.Abs(hi) < math.MaxFloat64) {
		lo, hi = -1, 1
	}
	x = min(max(float64(lo/2)+float64(hi/2), lo), hi)
	if r.IntN(2) == 0 {
		x = min(max(lo+float64(r.Float64()*(hi-lo)), lo), hi)
	}
	if r.IntN(4) == 0 {
		x = []float64{lo, hi}[r.IntN(2)]
	}
	return lo, hi, x
}

func enemyNetwork(t *testing.T, r *rand.Rand, in int) *nn.Network {
	t.Helper()
	number := r.NormFloat64
	switch r.IntN(3) {
	case 0:
		number = func() float64 { return enemyNumber(r) }
	case 1:
		number = func() float64 {
			if r.IntN(8) == 0 {
				return enemyNumber(r)
			}
			return r.NormFloat64()
		}
	}
	activations := []func() *nn.Piecewise{nn.ReLU, nn.ReLU, nn.HardTanh, func() *nn.Piecewise { return nn.LeakyReLU(enemyNumber(r)) }, nn.Step}
	return treetest.Network(t, []int{in, 3, 2, 2}, r.IntN(3) == 0, number, func() *nn.Piecewise { return activations[r.IntN(len(activations))]() })
}

// TestUnsoundSteps takes steps with multipliers of all sizes, on networks and boxes of all
// sizes, of which none may prove what is false.
func TestUnsoundSteps(t *testing.T) {
	var tried, states int
	for seed := uint64(0); tried < attempts(2_000_000, 50); seed++ {
		r := rand.New(rand.NewPCG(seed, 31))
		lo, hi, x := make([]float64, 2), make([]float64, 2), make([]float64, 2)
		for j := range x {
			lo[j], hi[j], x[j] = box(r)
		}
		v := newVictim(r, enemyNetwork(t, r, 2), lo, hi, x)
		for range r.IntN(3) {
			h := set.HalfSpace{Normal: []float64{enemyNumber(r), enemyNumber(r)}}
			at := new(big.Rat)
			for j, a := range h.Normal {
				at.Add(at, new(big.Rat).Mul(rat(a), rat(x[j])))
			}
			if h.Offset, _ = at.Float64(); rat(h.Offset) != nil {
				if rat(h.Offset).Cmp(at) < 0 {
					h.Offset = math.Nextafter(h.Offset, math.Inf(1))
				}
				if rat(h.Offset) != nil {
					v.problem.Cuts = append(v.problem.Cuts, h)
				}
			}
		}
		s, err := New(t.Context(), v.problem)
		if err != nil {
			continue
		}
		states++
		for range 300 {
			tried++
			if !v.survives(t, r, s) {
				break
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
	t.Logf("%d steps on %d domains", tried, states)
}

// survives takes a random step that is false, or may be, and looks at what it did; it
// reports whether the state is of further use.
func (v *victim) survives(t *testing.T, r *rand.Rand, s *State) bool {
	t.Helper()
	ws := enemyWeights(r, len(s.rows))
	switch k := r.IntN(15); {
	case k == 14 && s.back != nil:
		if s.Refine() != nil {
			return false
		}
	case k == 13 && s.back != nil:
		term := r.IntN(2)
		ok, err := s.CloseBack(term, enemyWeights(r, s.Columns(term)), ws)
		if ok {
			t.Errorf("a term that is met is closed by substitution")
		}
		return err == nil || err == ErrOverflow
	case k >= 12 && len(s.lo) > 0 && len(s.stack) < 6:
		i := r.IntN(len(s.lo))
		at, ok := s.Middle(i)
		if s.Halve(i) != nil {
			return !ok // there is no room for it
		}
		if v.x[s.c.vars[i]] > at {
			s.closeAll()
			s.Next()
		}
	case k >= 12:
	case k < 4:
		term := r.IntN(2)
		ok, err := s.Close(term, enemyWeights(r, s.Columns(term)), ws)
		if ok {
			t.Errorf("a term that is met is closed")
		}
		return err == nil
	case k < 6:
		ok, err := s.Empty(ws)
		if ok {
			t.Errorf("a cell that is not empty is closed")
		}
		return err == nil
	case k < 11:
		fact := &cert.Step{Kind: []cert.StepKind{cert.Low, cert.High, cert.Floor, cert.Ceil}[r.IntN(4)], Rows: ws}
		if fact.Kind >= cert.Floor {
			fact.Index = r.IntN(len(v.pieces))
		} else if len(s.lo) == 0 {
			return true
		} else {
			fact.Index = r.IntN(len(s.lo))
		}
		if err := s.Apply(fact); err != nil {
			return err == ErrOverflow
		}
	case len(s.stack) < 6:
		i := r.IntN(len(v.pieces))
		op := s.c.net.Nodes[s.c.nodeOf[i]].Op.(*nn.Piecewise)
		level := r.IntN(len(op.Breaks))
		if s.Split(i, level) != nil {
			return false
		}
		if v.pieces[i] > level {
			s.closeAll()
			s.Next()
		}
	}
	v.inCell(t, s)
	return true
}

// inCell fails the test where the state's cell excludes the input.
func (v *victim) inCell(t *testing.T, s *State) {
	t.Helper()
	var free []float64
	for k, j := range s.c.vars {
		free = append(free, v.x[j])
		if v.x[j] < s.lo[k] || v.x[j] > s.hi[k] {
			t.Errorf("input %d is %v, outside [%v, %v]", j, v.x[j], s.lo[k], s.hi[k])
		}
	}
	for i := range s.rows {
		if v := valueAt(s.rows[i].terms, free); v.Sign() > 0 {
			t.Errorf("half-space %d, %v, does not contain the point %v", i, s.rows[i].terms, free)
		}
	}
	for i, u := range s.units {
		node := s.c.nodeOf[i]
		var z *big.Rat
		if in := s.c.net.Nodes[node].Inputs[0]; in == nn.Input {
			z = rat(v.x[i-first(s.c.net, node)])
		} else {
			z = v.values[in][i-first(s.c.net, node)]
		}
		if v.pieces[i] < u.from || v.pieces[i] > u.to || finite(u.floor) && z.Cmp(rat(u.floor)) < 0 || finite(u.ceil) && z.Cmp(rat(u.ceil)) > 0 {
			t.Errorf("unit %d is %v, piece %d, not in pieces %d to %d and [%v, %v]", i, z, v.pieces[i], u.from, u.to, u.floor, u.ceil)
		}
	}
	if s.Done() {
		t.Errorf("a cell with an input in it counts as empty")
	}
}

// outputAt is the output of a network of dense layers and piecewise-affine functions
// without rounding: numbers with enough bits that nothing is lost.
func outputAt(t *testing.T, net *nn.Network, x []float64) []*big.Float {
	t.Helper()
	const bits = 20_000
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(v) }
	affine := func(slope float64, z *big.Float, offset *big.Float) *big.Float {
		p := new(big.Float).SetPrec(bits).Mul(number(slope), z)
		if y := new(big.Float).SetPrec(bits).Add(p, offset); p.Acc() == big.Exact && y.Acc() == big.Exact {
			return y
		}
		t.Fatal("too few bits")
		return nil
	}
	var v []*big.Float
	for _, a := range x {
		v = append(v, number(a))
	}
	for _, node := range net.Nodes {
		var y []*big.Float
		switch op := node.Op.(type) {
		case *nn.Dense:
			for j, b := range op.Bias {
				sum := number(b)
				for i, w := range op.Weight.Row(j) {
					sum = affine(w, v[i], sum)
				}
				y = append(y, sum)
			}
		case *nn.Piecewise:
			for _, z := range v {
				p := 0
				for p < len(op.Breaks) && z.Cmp(number(op.Breaks[p])) >= 0 {
					p++
				}
				y = append(y, affine(op.Slope[p], z, number(op.Offset[p])))
			}
		}
		v = y
	}
	return v
}

// TestRoundingAlone asks for what rounding errors alone could prove: on networks that are
// affine on the box, or nearly, with layers of all scales and terms that cancel, a term that
// the output meets at the very corner where it comes nearest to it, and nowhere inside.
func TestRoundingAlone(t *testing.T) {
	n, domains := attempts(200_000, 100), 0
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 37))
		lo, hi, x := make([]float64, 2), make([]float64, 2), make([]float64, 2)
		for j := range x {
			lo[j], hi[j], _ = box(r)
		}
		slopes := func() *nn.Piecewise { return nn.LeakyReLU(1 + math.Ldexp(r.Float64(), -30)) }
		net := treetest.Network(t, []int{2, 2, 2, 1}, false, r.NormFloat64, slopes)
		for _, i := range net.Layers() { // rows that nearly agree, and cancel in the last layer
			p := &net.Nodes[i].Op.(*nn.Dense).Params
			scale := math.Ldexp(1, []int{0, 0, -1000, 1000, -500, 500, r.IntN(2000) - 1000}[r.IntN(7)])
			nearly := func(v float64) float64 { return float64(v * (1 + math.Ldexp(r.Float64(), -10-r.IntN(45)))) }
			for k := range p.Weight.Data {
				p.Weight.Data[k] = float64(p.Weight.Data[k] * scale)
			}
			for j := range p.Bias {
				p.Bias[j] = float64(p.Bias[j] * scale)
				switch w := p.Weight.Row(j); {
				case len(p.Bias) == 1:
					w[1] = -nearly(w[0])
				case j == 1:
					p.Bias[1] = nearly(p.Bias[0])
					w[0], w[1] = nearly(p.Weight.Row(0)[0]), nearly(p.Weight.Row(0)[1])
				}
				if r.IntN(2) == 0 {
					p.Bias[j] = 0
				}
			}
		}
		// The corner where the output is least, one input after the other.
		copy(x, lo)
		at := func() *big.Float { return outputAt(t, net, x)[0] }
		for j := range x {
			below := at()
			x[j] = hi[j]
			if at().Cmp(below) > 0 {
				x[j] = lo[j]
			}
		}
		least := at()
		offset, _ := least.Float64()
		if !math.IsInf(offset, 0) && big.NewFloat(offset).Cmp(least) < 0 {
			offset = math.Nextafter(offset, math.Inf(1))
		}
		if math.IsInf(offset, 0) {
			continue
		}
		s, err := New(t.Context(), &Problem{Net: net, Lo: lo, Hi: hi, Terms: [][]set.HalfSpace{{{Normal: []float64{1}, Offset: offset}}}})
		if err != nil {
			continue
		}
		domains++
		for _, y := range []float64{1, enemyMultiplier(r)} {
			if ok, err := s.Close(0, []cert.Weight{{Value: y}}, nil); err == nil && ok {
				t.Fatalf("seed %d: a term that is met at %v is closed", seed, x)
			}
			if ok, err := s.CloseBack(0, []cert.Weight{{Value: y}}, nil); err == nil && ok {
				t.Fatalf("seed %d: a term that is met at %v is closed by substitution", seed, x)
			}
		}
	}
	t.Logf("%d of %d domains", domains, n)
}
