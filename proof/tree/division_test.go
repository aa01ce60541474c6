package tree_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/set"
)

// plane is the state of the identity of the square from 0 to 4, which is one cell.
func plane(t *testing.T, terms [][]set.HalfSpace) *tree.State {
	t.Helper()
	net, err := nn.New([]nn.Node{{
		Inputs: []int{nn.Input},
		Op:     &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 2, Cols: 2, Stride: 2, Data: []float64{1, 0, 0, 1}}, Bias: []float64{0, 0}}},
	}}, []int{2}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := tree.New(t.Context(), &tree.Problem{Net: net, Lo: []float64{0, 0}, Hi: []float64{4, 4}, Terms: terms})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// decide finds exact multipliers of rows, those of the box first; nil if there are none.
func decide(rows []tree.ExactRow, interior bool) []*big.Rat {
	if interior {
		rows = tree.Interior(rows)
	}
	order := []int{0, 2, 1, 3} // lower bounds first
	for i := 4; i < len(rows); i++ {
		order = append(order, i)
	}
	var halves []lp.Half
	for _, i := range order {
		halves = append(halves, lp.Half{Terms: rows[i].Terms, Strict: rows[i].Strict})
	}
	_, y := lp.Decide(halves, nil)
	if y == nil {
		return nil
	}
	back := make([]*big.Rat, len(rows))
	for k, i := range order {
		back[i] = y[k]
	}
	return back
}

// claim is the part of a square that was claimed to lie in a term.
type claim struct {
	term    int
	columns []tree.Column
}

func (c claim) has(terms [][]set.HalfSpace, x []float64) bool {
	if !inTerm(terms[c.term], x) {
		return false
	}
	for _, k := range c.columns {
		if h := terms[k.Term][k.Index]; inTerm([]set.HalfSpace{h}, x) == k.Outside {
			return false
		}
	}
	return true
}

func inTerm(term []set.HalfSpace, x []float64) bool {
	for _, h := range term {
		if v := float64(h.Normal[0]*x[0]) + float64(h.Normal[1]*x[1]) - h.Offset; v > 0 || v == 0 && h.Strict {
			return false
		}
	}
	return true
}

// TestDivision is led at random: whatever is done, a cell is reported only when every point of
// it that lies in a term lies in a part that was claimed.
func TestDivision(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	reported, missing := 0, 0
	for round := range 400 {
		var terms [][]set.HalfSpace
		for range 1 + r.IntN(3) {
			var term []set.HalfSpace
			for range 1 + r.IntN(3) {
				term = append(term, set.HalfSpace{
					Normal: []float64{float64(r.IntN(5) - 2), float64(r.IntN(5) - 2)}, Offset: float64(r.IntN(7) - 3), Strict: r.IntN(2) == 0,
				})
			}
			terms = append(terms, term)
		}
		faces := round%2 == 0
		s := plane(t, terms)
		d, err := s.Divide(!faces)
		if err != nil {
			t.Fatal(err)
		}
		var claims []claim
		open := true
		for steps := 0; open && steps < 40; steps++ {
			term := r.IntN(len(terms))
			switch r.IntN(4) {
			case 0:
				if index := r.IntN(len(terms[term])); steps < 20 && !faces {
					err = d.Split(term, index)
				}
			case 1:
				var rows []tree.ExactRow
				if rows, _, err = d.Rows(term); err != nil {
					t.Fatal(err)
				}
				if y := decide(rows, !faces); y != nil {
					if ok, err := d.Refute(term, y); err != nil || !ok {
						t.Fatalf("multipliers are refused: %v", err)
					}
				}
			case 2:
				claims = append(claims, claim{term, slices.Clone(d.Columns())})
				err = d.Claim(term)
			default:
				if open, err = d.Next(); err != nil {
					open, err = true, nil // something is not accounted for yet
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := d.Report(); err != nil {
			if missing++; s.Done() {
				t.Fatal("a cell of which parts are missing is done")
			}
			continue
		}
		if reported++; !s.Done() {
			t.Fatal("a cell that was reported is not done")
		}
		for i := range 41 {
			for j := range 41 {
				x := []float64{float64(i) / 10, float64(j) / 10}
				if !faces {
					x[0], x[1] = x[0]+0.0123, x[1]+0.0317 // on no boundary
				}
				if x[0] > 4 || x[1] > 4 || !slices.ContainsFunc(terms, func(h []set.HalfSpace) bool { return inTerm(h, x) }) {
					continue
				}
				if !slices.ContainsFunc(claims, func(c claim) bool { return c.has(terms, x) }) {
					t.Fatalf("%v, faces %v: %v lies in none of %v", terms, faces, x, claims)
				}
			}
		}
	}
	if reported < 100 || missing < 5 {
		t.Errorf("%d cells were reported, %d were not: the test is one-sided", reported, missing)
	}
}

// TestDivisionRefuses has steps that do not prove what they would have to.
func TestDivisionRefuses(t *testing.T) {
	// x0 <= 1, and x1 > 2.
	terms := [][]set.HalfSpace{
		{{Normal: []float64{1, 0}, Offset: 1}},
		{{Normal: []float64{0, -1}, Offset: -2, Strict: true}},
	}
	s := plane(t, terms)
	d, err := s.Divide(true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Next(); err == nil {
		t.Error("a part is left with all terms open")
	}
	if _, _, err := d.Report(); err == nil || s.Done() {
		t.Error("a cell is reported with all terms open")
	}
	rows, _, err := d.Rows(0)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]*big.Rat, len(rows))
	for i := range y {
		y[i] = big.NewRat(int64(i), 1)
	}
	if ok, err := d.Refute(0, y); ok || err != nil {
		t.Errorf("multipliers that prove nothing: %v, %v", ok, err)
	}
	if ok, err := d.Excludes(0, []float64{1}, nil); ok || err != nil {
		t.Errorf("weights that prove nothing: %v, %v", ok, err)
	}
	if err := d.Claim(0); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Next(); err == nil {
		t.Error("a claim of one term is taken for all")
	}
	for _, bad := range [][2]int{{-1, 0}, {2, 0}, {0, 1}, {0, -1}} {
		if d.Split(bad[0], bad[1]) == nil {
			t.Errorf("there is no half-space %v", bad)
		}
	}
	if err := d.Split(1, 0); err != nil { // x1 > 2 is at hand
		t.Fatal(err)
	}
	if d.Settled(1) {
		t.Error("a part that lies in a term is taken for one outside")
	}
	if err := d.Claim(1); err != nil {
		t.Fatal(err)
	}
	if more, err := d.Next(); !more || err != nil { // x1 <= 2, where term 0 was claimed before
		t.Fatal(more, err)
	}
	if more, err := d.Next(); more || err != nil {
		t.Fatal(more, err)
	}
	if _, n, err := d.Report(); n != 2 || err != nil || !s.Done() {
		t.Errorf("%d claims, %v", n, err)
	}
	if _, err := d.Next(); err == nil {
		t.Error("there is a part after the last")
	}
	if s.Next(); !s.Finished() {
		t.Error("all is done, but not finished")
	}
}

// TestFinished: cells that are left before they are done are missed.
func TestFinished(t *testing.T) {
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: nn.ReLU()}}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	problem := &tree.Problem{Net: net, Lo: []float64{-1}, Hi: []float64{1}, Terms: [][]set.HalfSpace{{}}}
	for _, test := range []struct {
		name   string
		detach bool
		lower  bool // is done
		upper  bool
		want   bool
	}{
		{"both", false, true, true, true},
		{"both, one detached", true, true, true, true},
		{"not the lower one", false, false, true, false},
		{"not the upper one", false, true, false, false},
		{"not the lower one, one detached", true, false, true, false},
		{"not the one that is detached", true, true, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := tree.New(t.Context(), problem)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Split(0, 0); err != nil {
				t.Fatal(err)
			}
			finish := func(s *tree.State, yes bool) {
				if !yes {
					return
				}
				d, err := s.Divide(true)
				if err != nil {
					t.Fatal(err)
				}
				if err := d.Claim(0); err != nil {
					t.Fatal(err)
				}
				if _, err := d.Next(); err != nil {
					t.Fatal(err)
				}
				if _, _, err := d.Report(); err != nil {
					t.Fatal(err)
				}
			}
			upper := s
			if test.detach {
				upper = s.Detach(t.Context())
			}
			finish(s, test.lower)
			s.Next()
			if s.Finished() {
				t.Error("finished with a cell put off")
			}
			finish(upper, test.upper)
			upper.Next()
			upper.Next() // leaves nothing again
			if s.Finished() != test.want {
				t.Errorf("finished: %v", s.Finished())
			}
		})
	}
}
