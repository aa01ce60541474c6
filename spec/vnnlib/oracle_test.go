package vnnlib

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// generator writes random formulas together with their truth at a point.
type generator struct {
	rng *rand.Rand
	n   int // inputs, and outputs
}

// truthAt decides a formula at the input x with the output y.
type truthAt func(x, y []float64) bool

// formula returns a formula as text and as a function that does not depend on
// the parser.
func (g *generator) formula(depth int) (string, truthAt) {
	kind := g.rng.IntN(6)
	if depth == 0 || kind > 3 {
		return g.comparison()
	}
	if kind == 3 {
		text, f := g.formula(depth - 1)
		return "(not " + text + ")", func(x, y []float64) bool { return !f(x, y) }
	}
	var texts []string
	var fs []truthAt
	for range g.rng.IntN(4) {
		text, f := g.formula(depth - 1)
		texts, fs = append(texts, text), append(fs, f)
	}
	all := kind == 0
	name := map[bool]string{true: "and", false: "or"}[all]
	return fmt.Sprintf("(%s %s)", name, strings.Join(texts, " ")), func(x, y []float64) bool {
		for _, f := range fs {
			if f(x, y) != all {
				return !all
			}
		}
		return all
	}
}

// comparison compares two sums of small integers and variables, of which values
// on a small grid are often equal.
func (g *generator) comparison() (string, truthAt) {
	side := func(kind string) (string, func(x, y []float64) float64) {
		c, k, i := g.rng.IntN(5)-2, g.rng.IntN(5)-2, g.rng.IntN(g.n)
		at := func(x, y []float64) float64 {
			v := x
			if kind == "Y" {
				v = y
			}
			return float64(float64(k)*v[i]) + float64(c)
		}
		if k == 1 && c == 0 {
			return fmt.Sprintf("%s_%d", kind, i), at
		}
		if k == 0 {
			return fmt.Sprint(c), at
		}
		return fmt.Sprintf("(+ (* %d %s_%d) %d)", k, kind, i, c), at
	}
	kind := []string{"X", "Y"}[g.rng.IntN(2)]
	l, lf := side(kind)
	r, rf := side(kind)
	op := []string{"<=", ">=", "<", ">", "="}[g.rng.IntN(5)]
	return fmt.Sprintf("(%s %s %s)", op, l, r), func(x, y []float64) bool {
		a, b := lf(x, y), rf(x, y)
		switch op {
		case "<=":
			return a <= b
		case ">=":
			return a >= b
		case "<":
			return a < b
		case ">":
			return a > b
		}
		return a == b
	}
}

// TestNormalForm compares the cases of random formulas with the formulas
// themselves, on a grid where ties abound.
func TestNormalForm(t *testing.T) {
	g := generator{rng: rand.New(rand.NewPCG(3, 4)), n: 2}
	inside, outside := 0, 0
	for range 400 {
		var text strings.Builder
		text.WriteString(declare(g.n, g.n))
		var fs []truthAt
		for range 1 + g.rng.IntN(3) {
			s, f := g.formula(3)
			fmt.Fprintf(&text, "(assert %s)\n", s)
			fs = append(fs, f)
		}
		p := mustRead(t, text.String())
		for range 200 {
			x, y := make([]float64, g.n), make([]float64, g.n)
			for i := range g.n {
				x[i], y[i] = float64(g.rng.IntN(13)-6)/2, float64(g.rng.IntN(13)-6)/2
			}
			want := true
			for _, f := range fs {
				want = want && f(x, y)
			}
			if got := p.Violated(x, y); got != want {
				t.Fatalf("%s\nat %v, %v: %v, want %v", text.String(), x, y, got, want)
			}
			if want && !p.closureHas(x, y) {
				t.Fatalf("%s\nthe closed cases miss %v, %v", text.String(), x, y)
			}
			if want {
				inside++
			} else {
				outside++
			}
		}
	}
	if inside < 5000 || outside < 5000 {
		t.Errorf("%d points inside, %d outside: the formulas are too simple", inside, outside)
	}
}

// closureHas tests membership in the closed half-spaces with rounded numbers,
// as the engines see them.
func (p *Property) closureHas(x, y []float64) bool {
	holds := func(c Conjunction, v []float64) bool {
		for _, h := range c.HalfSpaces() {
			if h.Slack(v) < 0 {
				return false
			}
		}
		return true
	}
	for _, c := range p.Cases {
		in := holds(c.Input.HalfSpaces, x)
		for i, v := range x {
			in = in && c.Input.Box.Lo[i] <= v && v <= c.Input.Box.Hi[i]
		}
		for _, o := range c.Outputs {
			if in && holds(o, y) {
				return true
			}
		}
	}
	return false
}
