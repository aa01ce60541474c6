package tree

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// touched is a claim about a network of small integers, many of whose units vanish or
// are alike, that the input x, which executes the cell's pieces, and its output touch: the
// output lies on the boundary of the term, or x on that of a cut.
func touched(t *testing.T, r *rand.Rand) (*Problem, []float64, []int) {
	t.Helper()
	number := func() float64 { return float64(r.IntN(3) - 1) }
	stair := func() *nn.Piecewise {
		return &nn.Piecewise{Breaks: []float64{0, 1}, Slope: []float64{0, 0, 0}, Offset: []float64{-1, 0, 1}}
	}
	activations := []func() *nn.Piecewise{nn.ReLU, nn.HardTanh, nn.Step, stair}
	in := 1 + r.IntN(3)
	net := treetest.Network(t, []int{in, 2 + r.IntN(3), 2 + r.IntN(2), 2}, r.IntN(3) == 0, number, activations[r.IntN(len(activations))])
	var x []float64
	inputs := set.Whole(in)
	for j := range in {
		lo := float64(r.IntN(3) - 2)
		hi := lo + float64(r.IntN(4))
		x = append(x, lo+float64(r.IntN(int(hi-lo)+1)))
		for _, sign := range []float64{-1, 1} {
			h := set.HalfSpace{Normal: make([]float64, in), Offset: -lo}
			if h.Normal[j] = sign; sign > 0 {
				h.Offset = hi
			}
			inputs.Rows = append(inputs.Rows, h)
		}
	}
	through := func(y []*big.Rat, strict bool) set.HalfSpace {
		h := set.HalfSpace{Strict: strict}
		for _, v := range y {
			a := number()
			f, _ := v.Float64()
			h.Normal = append(h.Normal, a)
			h.Offset += float64(a * f)
		}
		return h
	}
	if r.IntN(2) == 0 {
		inputs.Rows = append(inputs.Rows, through(rationals(x), false))
	}
	values, pieces := exactly(net, x)
	y := values[1][len(net.Nodes)-1]
	term := set.Whole(2)
	for range 1 + r.IntN(2) {
		term.Rows = append(term.Rows, through(y, false))
	}
	return OfSets(net, inputs, set.Union{term}), x, pieces
}

func rationals(x []float64) []*big.Rat {
	var rs []*big.Rat
	for _, v := range x {
		rs = append(rs, new(big.Rat).SetFloat64(v))
	}
	return rs
}

// follow splits the cell at some units, and takes the side of the pieces that x executes.
func follow(t *testing.T, r *rand.Rand, s *State, pieces []int) {
	t.Helper()
	for u, piece := range pieces {
		op := s.c.net.Nodes[s.c.nodeOf[u]].Op.(*nn.Piecewise)
		for level := range op.Breaks {
			if r.IntN(5) == 0 {
				continue
			}
			if err := s.divide(Side{u, level, piece > level}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestExactStepsAreSound tries random multipliers on cells and terms that are touched: as
// the input is in the cell, and its output in the term, none may be accepted. With a
// boundary of the term excluded, where the output lies, some are.
func TestExactStepsAreSound(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	tried, computed, accepted := 0, 0, 0
	for range attempts(20_000, 10) {
		p, _, pieces := touched(t, r)
		strict := r.IntN(4) == 0
		if strict {
			p.Exact.Terms[0][0].Strict = true
		}
		s, err := New(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		follow(t, r, s, pieces)
		for range 20 {
			x := &cert.Combination{}
			some := func(rows, most int) []cert.Integer {
				var ws []cert.Integer
				for range r.IntN(most + 1) {
					if rows > 0 {
						ws = append(ws, cert.Integer{Row: r.IntN(rows), Value: big.NewInt(1 + r.Int64N(3))})
					}
				}
				return ws
			}
			x.Units, x.Cuts = some(2*len(pieces), 3), some(len(p.Cuts), 1)
			step := &cert.Step{Kind: cert.EmptyExactly, Exact: x}
			if r.IntN(2) == 0 {
				step.Kind, x.Columns = cert.CloseExactly, some(len(p.Terms[0]), 2)
			}
			tried++
			if _, err := s.combination(0, x); err == nil {
				computed++
			}
			if s.Apply(step) != nil {
				continue
			}
			uses := false
			for _, w := range x.Columns {
				uses = uses || w.Row == 0
			}
			if !strict || !uses {
				t.Fatalf("a step of kind %d with %+v excludes an input that is there", step.Kind, x)
			}
			accepted++
			break
		}
	}
	if computed < tried/10 || accepted < 20 {
		t.Errorf("of %d steps %d were computed, and %d proved what strictness excludes", tried, computed, accepted)
	}
}

// TestExactStepErrors has steps that name what is not there, and others out of place.
func TestExactStepErrors(t *testing.T) {
	net := treetest.Network(t, []int{1, 1, 1}, false, func() float64 { return 1 }, nn.ReLU)
	whole := set.Whole(1).With(set.HalfSpace{Normal: []float64{1}, Offset: 1}).With(set.HalfSpace{Normal: []float64{-1}, Offset: 3})
	p := OfSets(net, whole, set.Union{set.Whole(1).With(set.HalfSpace{Normal: []float64{-1}, Offset: -5})})
	one := func(row int) []cert.Integer { return []cert.Integer{{Row: row, Value: big.NewInt(1)}} }
	for name, step := range map[string]*cert.Step{
		"a unit that is not there":      {Kind: cert.EmptyExactly, Exact: &cert.Combination{Units: one(2)}},
		"a unit below the first":        {Kind: cert.EmptyExactly, Exact: &cert.Combination{Units: one(-1)}},
		"a cut that is not there":       {Kind: cert.EmptyExactly, Exact: &cert.Combination{Cuts: one(0)}},
		"a column that is not there":    {Kind: cert.CloseExactly, Exact: &cert.Combination{Columns: one(1)}},
		"a column of an empty cell":     {Kind: cert.EmptyExactly, Exact: &cert.Combination{Columns: one(0)}},
		"a term that is not there":      {Kind: cert.CloseExactly, Index: 1, Exact: &cert.Combination{}},
		"a unit whose piece is unknown": {Kind: cert.CloseExactly, Exact: &cert.Combination{Columns: one(0)}},
		"an end that is not there":      {Kind: cert.EmptyExactly, Exact: &cert.Combination{Units: one(0)}},
		"nothing":                       {Kind: cert.EmptyExactly, Exact: &cert.Combination{}},
	} {
		s, err := New(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if s.Apply(step) == nil {
			t.Errorf("%s: accepted", name)
		}
		if s.Done() {
			t.Errorf("%s: closes the cell", name)
		}
	}
	// Without exact numbers there are no exact steps.
	p.Exact = nil
	s, err := New(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Split(0, 0); err != nil {
		t.Fatal(err)
	}
	if s.Apply(&cert.Step{Kind: cert.CloseExactly, Exact: &cert.Combination{Columns: one(0)}}) == nil {
		t.Error("an exact step without exact numbers is accepted")
	}
}
