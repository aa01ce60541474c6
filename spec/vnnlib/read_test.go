package vnnlib

import (
	"compress/gzip"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// declare declares n inputs and m outputs.
func declare(n, m int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "(declare-const X_%d Real)\n", i)
	}
	for i := range m {
		fmt.Fprintf(&b, "(declare-const Y_%d Real)\n", i)
	}
	return b.String()
}

func mustRead(t *testing.T, text string) *Property {
	t.Helper()
	p, err := Read(strings.NewReader(text), "p.vnnlib")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// describe writes cases compactly: box, half-spaces, then outputs.
func describe(p *Property) string {
	half := func(h HalfSpace) string {
		relation := "<="
		if h.Strict {
			relation = "<"
		}
		return fmt.Sprintf("%v %s %v", h.Normal, relation, h.Offset)
	}
	var b strings.Builder
	for _, c := range p.Cases {
		for i := range c.Input.Box.Lo {
			fmt.Fprintf(&b, "[%v,%v]", c.Input.Box.Lo[i], c.Input.Box.Hi[i])
		}
		for _, h := range c.Input.HalfSpaces {
			b.WriteString(" & " + half(h))
		}
		for _, o := range c.Outputs {
			b.WriteString(" :")
			for _, h := range o {
				b.WriteString(" " + half(h))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestRead(t *testing.T) {
	for _, test := range []struct{ name, asserts, want string }{
		{
			"bounds", "(assert (<= X_0 0.5)) (assert (>= X_0 -1)) (assert (<= 2 X_1)) (assert (>= Y_0 3))",
			"[-1,0.5][2,+Inf] : [-1 0] <= -3\n",
		},
		{
			"tightest", "(assert (and (<= X_0 3) (<= X_0 2) (<= X_0 4) (>= X_0 0.25) (>= X_0 0.5)))",
			"[0.5,2][-Inf,+Inf] :\n",
		},
		{
			"equality", "(assert (= X_0 0.5)) (assert (= Y_0 Y_1 1))",
			"[0.5,0.5][-Inf,+Inf] : [1 -1] <= 0 [-1 1] <= 0 [0 1] <= 1 [0 -1] <= -1\n",
		},
		{"chain", "(assert (<= -1 X_0 1 X_1 2))", "[-1,1][1,2] :\n"},
		{
			"strict", "(assert (< X_0 1)) (assert (> Y_0 Y_1))",
			"[-Inf,1][-Inf,+Inf] & [1 0] < 1 : [-1 1] < 0\n",
		},
		{
			"sums", "(assert (<= (+ (* 2 X_0) (- X_1) 0.1) (+ 0.3 X_0))) (assert (>= (- Y_0 Y_1 0.5) (* 3 (- 2))))",
			"[-Inf,+Inf][-Inf,+Inf] & [1 -1] <= 0.2 : [-1 1] <= 5.5\n",
		},
		{"scaled bound", "(assert (<= (* -4 X_0) 1)) (assert (<= (+ X_0 X_0) 3))", "[-0.25,1.5][-Inf,+Inf] :\n"},
		{
			"two outputs conjunctions", "(assert (or (<= Y_0 Y_1) (and (>= Y_0 1) (<= Y_1 2))))",
			"[-Inf,+Inf][-Inf,+Inf] : [1 -1] <= 0 : [-1 0] <= -1 [0 1] <= 2\n",
		},
		{
			"inputs and outputs", "(assert (or (and (<= X_0 1) (<= Y_0 5)) (and (>= X_0 2) (<= Y_0 6)) (and (<= X_0 1) (>= Y_1 7)))) (assert (>= X_0 0))",
			"[0,1][-Inf,+Inf] : [1 0] <= 5 : [0 -1] <= -7\n[2,+Inf][-Inf,+Inf] : [1 0] <= 6\n",
		},
		{
			"outputs for all cases", "(assert (or (<= X_0 1) (>= X_0 2))) (assert (or (<= Y_0 3) (<= Y_1 4)))",
			"[-Inf,1][-Inf,+Inf] : [1 0] <= 3 : [0 1] <= 4\n[2,+Inf][-Inf,+Inf] : [1 0] <= 3 : [0 1] <= 4\n",
		},
		{"contradiction", "(assert (or (<= X_0 1) (>= X_0 4))) (assert (>= X_0 2)) (assert (<= X_0 3))", ""},
		{
			"negation", "(assert (not (or (> X_0 1) (and (<= Y_0 Y_1) (< Y_0 2)))))",
			"[-Inf,1][-Inf,+Inf] : [-1 1] < 0 : [-1 0] <= -2\n",
		},
		{"constants", "(assert (and true (<= 1 2) (or false (<= X_0 0)) (not (< 1 1))))", "[-Inf,0][-Inf,+Inf] :\n"},
		{"never", "(assert (or)) (assert (<= Y_0 1))", ""},
		{"never outputs", "(assert (or (and (<= Y_0 1) (<= 2 1))))", ""},
		{"cancels", "(assert (or (<= Y_0 Y_0) (<= X_0 1)))", "[-Inf,+Inf][-Inf,+Inf] :\n[-Inf,1][-Inf,+Inf] :\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := describe(mustRead(t, declare(2, 2)+test.asserts))
			if got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

// TestLayout: spacing and comments do not matter, SMT-LIB's other commands mean
// nothing.
func TestLayout(t *testing.T) {
	want := mustRead(t, declare(1, 1)+"(assert (and (<= X_0 1) (>= Y_0 2)))")
	for _, text := range []string{
		"(declare-const X_0 Real)(declare-const Y_0 Real)(assert(and(<= X_0 1)(>= Y_0 2)))",
		"; first\r\n(declare-const\n\tX_0 Real ; ) (\n)\r\n(declare-fun Y_0 () Real)\n(assert\n(and\n(<= X_0\n1\n)(>= Y_0;\n2)))\n; last",
		`(set-logic QF_LRA)(set-info :source |a ( quoted "one|)(set-info :status "un(sat")` + declare(1, 1) +
			"(assert (and (<= X_0 1) (>= Y_0 2)))(check-sat)(get-model)(exit)",
	} {
		if got := mustRead(t, text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngives %+v\nwant %+v", text, got, want)
		}
	}
}

// TestExactNumbers: the exact decimal numbers decide where the rounded ones
// cannot.
func TestExactNumbers(t *testing.T) {
	p := mustRead(t, declare(1, 1)+"(assert (<= X_0 0.1)) (assert (>= X_0 0.3)) (assert (>= Y_0 (* 0.1 3)))")
	if p.Contradictory != 1 || len(p.Cases) != 0 {
		t.Errorf("%d cases, %d contradictory", len(p.Cases), p.Contradictory)
	}
	// 0.1 as float64 is larger than 0.1; both bounds round to it.
	p = mustRead(t, declare(1, 1)+"(assert (<= X_0 0.1)) (assert (>= X_0 0.10000000000000000001))")
	if p.Contradictory != 1 {
		t.Error("bounds that only round to the same number are no contradiction")
	}
	p = mustRead(t, declare(1, 1)+"(assert (<= X_0 0.1)) (assert (>= X_0 -0.1)) (assert (>= Y_0 (* 0.1 3)))")
	in := p.Cases[0].Input
	if in.UpperText[0] != "0.1" || in.LowerText[0] != "-0.1" || in.Box.Hi[0] != 0.1 || in.Box.Lo[0] != -0.1 {
		t.Errorf("bounds %+v", in)
	}
	if in.Contains([]float64{0.1}) || !in.Contains([]float64{math.Nextafter(0.1, 0)}) {
		t.Error("0.1 in float64 is above 0.1")
	}
	h := p.Cases[0].Outputs[0][0]
	if h.OffsetText != "-0.3" || h.Offset != -0.3 {
		t.Errorf("0.1 * 3 gives %v (%s)", h.Offset, h.OffsetText)
	}
	if h.Contains([]float64{0.3}) { // 0.3 in float64 is below 0.3
		t.Error("0.3 in float64 is at least 0.3")
	}
	p = mustRead(t, declare(1, 2)+"(assert (<= (+ (* 0.1 Y_0) Y_1) 1)) (assert (<= (* 3 X_0) 1))")
	h = p.Cases[0].Outputs[0][0]
	if want := []string{"0.1", "1"}; !reflect.DeepEqual(h.CoefficientText, want) {
		t.Errorf("coefficients %q, want %q", h.CoefficientText, want)
	}
	if in := p.Cases[0].Input; in.UpperText[0] != "1/3" || in.Box.Hi[0] != 1.0/3 || !in.Contains([]float64{1.0 / 3}) {
		t.Errorf("bound %v (%s)", in.Box.Hi[0], in.UpperText[0])
	}
}

func TestReadErrors(t *testing.T) {
	two := declare(2, 2) // four lines
	for _, test := range []struct {
		text, want string
	}{
		{"", "1:1: the file asserts nothing"},
		{two, "5:1: the file asserts nothing"},
		{two + "(assert (<= X_0 X_2))", "5:17: X_2 is not declared"},
		{two + "(assert (<= X_0 Z_2))", `5:17: found "Z_2", want a number or a variable`},
		{two + "(assert (<= X_0 X_01))", `5:17: found "X_01"`},
		{two + "(assert (<= X_0 0.5)", `5:21: found the end of the file, want ")"`},
		{two + "(assert (<= X_0 0.5)))", `5:22: found ")", want "("`},
		{two + "(assert (<= X_0 1e999))", `5:17: "1e999" is beyond the range`},
		{two + "(assert (<= X_0 1e-99999999))", "5:17: "},
		{two + "(assert (<= X_0 0x1))", "5:17: "},
		{two + "(assert (<= X_0 nan))", "5:17: "},
		{two + "(assert (<= X_0))", "5:10: found 1 terms after <="},
		{two + "(assert (=> (<= X_0 1) (<= Y_0 1)))", `5:10: found "=>", want and`},
		{two + "(assert (not))", "5:10: found 0 formulas after not, want 1"},
		{two + "(assert X_0)", `5:9: found "X_0", want a formula`},
		{two + "(assert (<= X_0 Y_0))", "5:10: a comparison of inputs with outputs is not supported"},
		{two + "(assert (<= (* X_0 X_1) 1))", "5:14: a product of two variables is not linear"},
		{two + "(assert (<= (/ X_0 2) 1))", `5:14: found "/", want +, - or *`},
		{two + "(assert (<= (+) 1))", "5:14: found no term after +"},
		{two + "\n\n   (foo)", `7:5: the command "foo" is not supported`},
		{two + "x", `5:1: found "x", want "("`},
		{two + "()", `5:2: found ")", want a command`},
		{two + `(set-info "a`, `5:11: the text that starts with " here does not end`},
		{two + "(set-info a (b)", `5:16: the file ends within "set-info"`},
		{two + "(assert true)(check-sat)(assert true)", "5:26: found assert after check-sat"},
		{two + "(declare-const X_1 Real)", "5:16: X_1 is declared a second time"},
		{"(declare-const X_0 Int)", `1:20: X_0 has the type "Int", want Real`},
		{"(declare-const X_9999999 Real)", "1:16: "},
		{"(declare-fun X_0 (Real) Real)", "1:19: "},
		{"(declare-const Y_0 Real)(assert true)", "1:38: the file declares no variable X_0"},
		{"(declare-const X_0 Real)(assert true)", "1:38: the file declares no variable Y_0"},
		{"(declare-const X_0 Real)(declare-const Y_0 Real)\n(declare-const Y_2 Real)(assert true)", "2:16: Y_2 is declared, Y_1 is not"},
		{two + "(assert " + strings.Repeat("(and ", 2000) + strings.Repeat(")", 2001), "5:5014: formulas are nested more than 1000 deep"},
		{two + "(assert (<= " + strings.Repeat("(+ ", 2000), "terms are nested more than 1000 deep"},
		{two + "(assert (and" + strings.Repeat("(or (<= Y_0 1) (<= Y_1 2))", 30) + "))", "disjuncts"},
		{two + strings.Repeat("(assert (or (and (<= X_0 1) (<= Y_0 1)) (<= Y_1 2)))\n", 30), "disjuncts"},
		{two + strings.Repeat("(assert (or (<= X_0 1) (<= X_1 2)))(assert (or (<= Y_0 1) (<= Y_1 2)))\n", 15) +
			"(assert (or (and (<= X_0 1) (<= Y_0 1)) (<= Y_1 2)))", "disjuncts"},
	} {
		_, err := Read(strings.NewReader(test.text), "p.vnnlib")
		var at *spec.ParseError
		if !errors.As(err, &at) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.80q...: error %v, want a ParseError with %q", test.text, err, test.want)
		}
	}
	broken := errors.New("disk on fire")
	if _, err := Read(iotest.ErrReader(broken), "p"); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

// TestManyDisjuncts reads what benchmarks with learned indices have: thousands
// of disjuncts over an input interval and an output bound.
func TestManyDisjuncts(t *testing.T) {
	const n = 10000
	var b strings.Builder
	b.WriteString(declare(1, 1) + "(assert (or\n")
	for i := range n {
		fmt.Fprintf(&b, "(and (>= X_0 %d.25) (<= X_0 %d.75) (<= Y_0 %d.5))\n", i, i, i)
		fmt.Fprintf(&b, "(and (>= X_0 %d.25) (<= X_0 %d.75) (>= Y_0 %d.5))\n", i, i, i+1)
	}
	b.WriteString("))")
	p := mustRead(t, b.String())
	if len(p.Cases) != n || p.Disjuncts() != 2*n {
		t.Fatalf("%d cases, %d disjuncts", len(p.Cases), p.Disjuncts())
	}
	last := p.Cases[n-1]
	want := set.HalfSpace{Normal: []float64{-1}, Offset: -n - 0.5}
	if last.Input.Box.Lo[0] != n-0.75 || last.Input.Box.Hi[0] != n-0.25 || !reflect.DeepEqual(last.Outputs[1][0].HalfSpace, want) {
		t.Errorf("last case %+v", last)
	}
}

func TestReadFile(t *testing.T) {
	text := declare(1, 1) + "(assert (<= X_0 1))"
	dir := t.TempDir()
	plain, zipped := filepath.Join(dir, "a.gz"), filepath.Join(dir, "b.vnnlib")
	if err := os.WriteFile(plain, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(zipped, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, "c.vnnlib") // named without the ending
	if err := os.WriteFile(left+".gz", []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{plain, zipped, left} {
		p, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if describe(p) != "[-Inf,1] :\n" {
			t.Errorf("%s: %s", path, describe(p))
		}
	}
	if err := os.WriteFile(zipped, []byte(b.String()[:20]), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(zipped); err == nil || !strings.Contains(err.Error(), zipped) {
		t.Errorf("truncated file: error %v", err)
	}
	if _, err := ReadFile(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
