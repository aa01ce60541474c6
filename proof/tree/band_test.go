package tree

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// randomNetwork has two hidden layers and a scaling behind the last. Parameters
// are small integers where whole, so that ties are common and exact.
func randomNetwork(t *testing.T, r *rand.Rand, in int, decoupled, whole bool) *nn.Network {
	t.Helper()
	number := func() float64 {
		if whole {
			return float64(r.IntN(5) - 2)
		}
		return float64(r.NormFloat64() * math.Pow(10, float64(r.IntN(5)-2)))
	}
	activations := []func() *nn.Piecewise{nn.ReLU, nn.HardTanh, func() *nn.Piecewise { return nn.LeakyReLU(-0.25) }, nn.Step}
	net := treetest.Network(t, []int{in, 5, 4, 2}, decoupled, number, func() *nn.Piecewise { return activations[r.IntN(len(activations))]() })
	scale := &nn.Scale{Factor: []float64{number(), number()}, Shift: []float64{number(), number()}}
	nodes := append(net.Nodes, nn.Node{Inputs: []int{len(net.Nodes) - 1}, Op: scale})
	net, err := nn.New(nodes, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// exactly evaluates a network in rational arithmetic: what the function of each unit
// is applied to, the piece that executes, and the value of every node in both
// channels.
func exactly(net *nn.Network, x []float64) (values [2][][]*big.Rat, pieces []int) {
	input := make([]*big.Rat, len(x))
	for i, v := range x {
		input[i] = rat(v)
	}
	of := func(ch, j int) []*big.Rat {
		if j == nn.Input {
			return input
		}
		return values[ch][j]
	}
	for _, node := range net.Nodes {
		var out [2][]*big.Rat
		for ch := range values {
			in := of(ch, node.Inputs[0])
			switch op := node.Op.(type) {
			case *nn.Dense:
				p := op.Channel(nn.Channel(ch))
				for j := range p.Bias {
					sum := rat(p.Bias[j])
					for i, w := range p.Weight.Row(j) {
						sum.Add(sum, new(big.Rat).Mul(rat(w), in[i]))
					}
					out[ch] = append(out[ch], sum)
				}
			case *nn.Scale:
				for j, v := range in {
					y := new(big.Rat).Mul(rat(op.Factor[j]), v)
					out[ch] = append(out[ch], y.Add(y, rat(op.Shift[j])))
				}
			case *nn.Piecewise:
				for j, v := range in {
					p := 0
					for p < len(op.Breaks) && of(0, node.Inputs[0])[j].Cmp(rat(op.Breaks[p])) >= 0 {
						p++
					}
					if ch == 0 {
						pieces = append(pieces, p)
					}
					y := new(big.Rat).Mul(rat(op.Slope[p]), v)
					out[ch] = append(out[ch], y.Add(y, rat(op.Offset[p])))
				}
			}
		}
		for ch := range values {
			values[ch] = append(values[ch], out[ch])
		}
	}
	return values, pieces
}

func rat(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }

// valueAt is an affine form at the variables of x, exactly.
func valueAt(terms []float64, x []float64) *big.Rat {
	sum := rat(terms[0])
	for k, a := range terms[1:] {
		sum.Add(sum, new(big.Rat).Mul(rat(a), rat(x[k])))
	}
	return sum
}

func column(m nn.Matrix, i int) []float64 {
	var c []float64
	for k := range m.Rows {
		c = append(c, m.Row(k)[i])
	}
	return c
}

// TestEnclosures follows points through random splits and facts, of ordinary and
// decoupled networks with ties: box, half-spaces, ranges of units and bands contain
// them, in exact arithmetic.
func TestEnclosures(t *testing.T) {
	inside, splits := 0, 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		whole := seed%3 == 0
		net := randomNetwork(t, r, 3, seed%2 == 0, whole)
		p := &Problem{Net: net, Lo: []float64{-2, 1, 0.1}, Hi: []float64{2, 3, math.Nextafter(0.1, 1)}}
		if seed%4 == 0 {
			p.Cuts = []set.HalfSpace{{Normal: []float64{1, -1, 3}, Offset: 0.5}}
		}
		if seed%5 == 0 {
			p.Lo[2], p.Hi[2] = -1e3, 2e3
		}
		p.Terms = [][]set.HalfSpace{{{Normal: []float64{1, -0.1}, Offset: -3}}}
		for range 12 {
			x := []float64{-2 + float64(4*r.Float64()), 1 + float64(2*r.Float64()), p.Lo[2] + float64(r.Float64()*(p.Hi[2]-p.Lo[2]))}
			if whole {
				for j := range 2 {
					x[j] = float64(math.Round(2*x[j]) / 2)
				}
			}
			if len(p.Cuts) > 0 && !p.Cuts[0].Contains(x) {
				continue
			}
			s, err := New(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			values, pieces := exactly(net, x)
			for range 12 {
				splits++
				if step(t, r, s, pieces) {
					break
				}
				inside++
				contains(t, s, net, x, values, pieces)
				if t.Failed() {
					t.Fatalf("network %d", seed)
				}
			}
		}
	}
	if inside < splits/2 {
		t.Errorf("only %d of %d splits were looked at", inside, splits)
	}
}

// step splits at random, goes to the side where a point with the given pieces lies,
// and adds facts from random multipliers. It reports whether nothing is left to split.
func step(t *testing.T, r *rand.Rand, s *State, pieces []int) bool {
	t.Helper()
	i := r.IntN(len(pieces))
	all := spans(t, s)
	p := all[i]
	if p.From == p.To {
		for i, p = range all {
			if p.From < p.To {
				break
			}
		}
		if p.From == p.To {
			return true
		}
	}
	level := p.From + r.IntN(p.To-p.From)
	if err := s.Split(i, level); err != nil {
		t.Fatal(err)
	}
	if upper := pieces[i] > level; upper && r.IntN(2) == 0 {
		*s = *s.Detach(t.Context())
	} else if upper {
		s.closeAll()
		s.Next()
	}
	var ws []cert.Weight
	for k := range s.Rows() {
		if r.IntN(2) == 0 {
			ws = append(ws, cert.Weight{Row: k, Value: math.Exp(4 * r.NormFloat64())})
		}
	}
	kinds := []cert.StepKind{cert.Low, cert.High, cert.Floor, cert.Ceil}
	fact := &cert.Step{Kind: kinds[r.IntN(4)], Rows: ws}
	if fact.Index = r.IntN(s.Vars()); fact.Kind >= cert.Floor {
		fact.Index = r.IntN(len(pieces))
	}
	if err := s.Apply(fact); err != nil {
		t.Fatal(err)
	}
	if s.Done() {
		t.Fatal("a cell with a point in it counts as empty")
	}
	return false
}

// spans are those of all units.
func spans(t *testing.T, s *State) []Span {
	t.Helper()
	var all []Span
	for _, units := range s.Activations() {
		var err error
		if all, err = s.Spans(all, units); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func contains(t *testing.T, s *State, net *nn.Network, x []float64, values [2][][]*big.Rat, pieces []int) {
	t.Helper()
	var free []float64
	for k, j := range s.c.vars {
		free = append(free, x[j])
		if x[j] < s.lo[k] || x[j] > s.hi[k] {
			t.Errorf("input %d is %v, outside [%v, %v]", j, x[j], s.lo[k], s.hi[k])
		}
	}
	for i := range s.rows {
		if v := valueAt(s.rows[i].terms, free); v.Sign() > 0 {
			t.Errorf("half-space %d does not contain the point: %v", i, v)
		}
	}
	all := spans(t, s)
	for i, p := range pieces {
		from, to, lo, hi := all[i].From, all[i].To, all[i].Lo, all[i].Hi
		v := values[0][net.Nodes[s.c.nodeOf[i]].Inputs[0]][i-first(net, s.c.nodeOf[i])]
		if p < from || p > to || from < to && (v.Cmp(rat(lo)) < 0 || v.Cmp(rat(hi)) > 0) {
			t.Errorf("unit %d is %v, piece %d, not in pieces %d to %d and [%v, %v]", i, v, p, from, to, lo, hi)
		}
	}
	if err := s.aimed(); err != nil {
		t.Fatal(err)
	}
	for ch := range s.bands {
		for i, b := range s.bands[ch] {
			if net.Decoupled() || ch == 0 {
				inBand(t, b, free, values[ch][i], i)
			}
		}
	}
	y := values[1][len(net.Nodes)-1]
	goal := new(big.Rat).Sub(y[0], new(big.Rat).Mul(rat(0.1), y[1]))
	inBand(t, s.goal, free, []*big.Rat{goal.Add(goal, rat(3))}, -1)
}

func first(net *nn.Network, node int) int {
	from, _ := net.Units(node)
	return from
}

func inBand(t *testing.T, b *band, x []float64, values []*big.Rat, node int) {
	t.Helper()
	for j, v := range values {
		centre, radius := valueAt(column(b.centre, j), x), valueAt(column(b.radius, j), x)
		if off := centre.Sub(v, centre); off.Abs(off).Cmp(radius) > 0 {
			t.Errorf("number %d of node %d is %v, off by %v with a radius of %v", j, node, v, off, radius)
		}
	}
}
