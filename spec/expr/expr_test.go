package expr

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// describe writes a union compactly: "[1 -1]<=0 & ... | ...".
func describe(u set.Union) string {
	var all []string
	for _, p := range u {
		var rows []string
		for _, h := range p.Rows {
			sign := "<="
			if h.Strict {
				sign = "<"
			}
			rows = append(rows, fmt.Sprintf("%v%s%v", h.Normal, sign, h.Offset))
		}
		all = append(all, strings.Join(rows, " & "))
	}
	return strings.Join(all, " | ")
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		text string
		want string
	}{
		{"y0 <= y1", "[1 -1 0]<=0"},
		{"y0>=y1", "[-1 1 0]<=0"},
		{"Y_0 < y_2", "[1 0 -1]<0"},
		{"y0 > 1", "[-1 0 0]<-1"},
		{"y0 != 1", "[-1 0 0]<-1 | [1 0 0]<1"},
		{"y0 - y1 in [-0.1,0.1]", "[-1 1 0]<=0.1 & [1 -1 0]<=0.1"},
		{"y0 in [100,105]", "[-1 0 0]<=-100 & [1 0 0]<=105"},
		{"2*y0 + y2 >= 1.5", "[-2 0 -1]<=-1.5"},
		{"-(y0 - 3*(y1 - 1))/2 <= 1e-1 + y0*0.5", "[-1 1.5 0]<=1.6"},
		{"0.1*y0 + 0.2*y0 <= 0.3", "[0.3 0 0]<=0.3"},
		{"y0 == 1", "[1 0 0]<=1 & [-1 0 0]<=-1"},
		{"-1 <= y0 <= y1 < 2", "[-1 0 0]<=1 & [1 -1 0]<=0 & [0 1 0]<2"},
		{"argmax == 1", "[1 -1 0]<=0 & [0 -1 1]<=0"},
		{"argmin = 1", "[-1 1 0]<=0 & [0 1 -1]<=0"},
		{"argmax != 1", "[-1 1 0]<0 | [0 1 -1]<0"},
		{"argmin != 0", "[-1 1 0]<0 | [-1 0 1]<0"},
		{"not argmax == 1", "[-1 1 0]<0 | [0 1 -1]<0"},
		{"not argmax != 1", "[1 -1 0]<=0 & [0 -1 1]<=0"},
		{"not y0 <= y1", "[-1 1 0]<0"},
		{"not y0 < y1", "[-1 1 0]<=0"},
		{"not not y0 <= y1", "[1 -1 0]<=0"},
		{"not y0 in [1, 2]", "[1 0 0]<1 | [-1 0 0]<-2"},
		{"not (y0 <= 1 and y1 <= 2)", "[-1 0 0]<-1 | [0 -1 0]<-2"},
		{"not (y1 <= 0 or y0 == 1)", "[0 -1 0]<0 & [-1 0 0]<-1 | [0 -1 0]<0 & [1 0 0]<1"},
		{"y0 <= 1 or y1 <= 2 and y2 <= 3", "[1 0 0]<=1 | [0 1 0]<=2 & [0 0 1]<=3"},
		{"(y0 <= 1 or y1 <= 2) and y2 <= 3", "[0 0 1]<=3 & [1 0 0]<=1 | [0 0 1]<=3 & [0 1 0]<=2"},
		{"((y0)) <= ((1))", "[1 0 0]<=1"},
		{"(y0 + y1) <= 1 and (y0 <= 2)", "[1 1 0]<=1 & [1 0 0]<=2"},
		{"1 <= 2 and y0 <= 1", "[1 0 0]<=1"},
		{"y0 <= y0 - 1", ""},
		{"y0 < y0", ""},
		{"\ty0\n<=\r\n+-+1", "[1 0 0]<=-1"},
	} {
		u, err := Parse(test.text, "output", 3)
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if got := describe(u); got != test.want {
			t.Errorf("%q\ngives %s\nwant  %s", test.text, got, test.want)
		}
		if err := u.Validate(); err != nil {
			t.Errorf("%q: %v", test.text, err)
		}
	}
	for text, members := range map[string]int{"argmax == 0": 1, "argmax != 0": 0, "1 <= 1": 1} {
		if u, err := Parse(text, "output", 1); err != nil || len(u) != members {
			t.Errorf("%q of one output: %v, %v, want %d members", text, u, err, members)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "output:1:1: found the end, want a number",
		"y0":                         "output:1:1: found a number or a sum, want a comparison",
		"y0 <= 1 and y1":             "output:1:13: found a number or a sum",
		"y0 <=":                      "output:1:6: found the end",
		"y0 <= 1 2":                  `output:1:9: found "2", want and, or, or the end`,
		"y0 <= y3":                   "output:1:7: there is no output y3: the network has outputs y0 to y2",
		"argmax == 3":                "output:1:11: there is no output 3",
		"argmax == -1":               `output:1:11: found "-"`,
		"argmax == 1.0":              `output:1:11: found "1.0"`,
		"argmax <= 1":                `output:1:8: found "<=" after argmax, want == or !=`,
		"argmax":                     "output:1:7: found the end after argmax",
		"y0 <= argmax":               `output:1:7: found "argmax"`,
		"y0 * y1 <= 1":               "output:1:4: a product of two variables is not linear",
		"1 / y1 <= 1":                "output:1:5: only division by a number other than 0",
		"y0 / (1 - 1) <= 1":          "output:1:6: only division",
		"(y0 <= 1) + 2 <= 3":         "output:1:1: found a comparison, want a number",
		"-(y0 <= 1) <= 3":            "output:1:2: found a comparison",
		"(y0 <= 1) <= 3":             "output:1:1: found a comparison",
		"(y0 <= 1":                   `output:1:9: found the end, want ")"`,
		"y0 in [1, 2":                `output:1:12: found the end, want "]"`,
		"y0 in 1":                    `output:1:7: found "1", want "[" after in`,
		"y0 in [2, 1]":               "output:1:4: nothing lies in the interval",
		"y0 in [y1, 1]":              "output:1:8: the end of an interval is a number",
		"x0 <= 1":                    `output:1:1: found "x0", want an output`,
		"7y <= 1":                    `output:1:2: found "y"`,
		"y <= 1":                     "output:1:1: ",
		"y01 <= 1":                   "output:1:1: ",
		"y0 <= 1.2.3":                `output:1:7: "1.2.3" is not a decimal number`,
		"y0 <= 1e999":                "output:1:7: ",
		"y0 <= 1 &\nß":               `output:1:9: found "&"`,
		"y0 <= 1 and\n ß y1":         `output:2:2: found "ß"`,
		strings.Repeat("(", 5000):    "nested more than 500 deep",
		strings.Repeat("not ", 5000): "nested more than 500 deep",
		"1e300*y0*1e300 <= 1":        "beyond the range of float64",
		strings.Repeat("argmax != 0 and ", 30) + "y0 <= 1": "the disjunctive normal form has more than",
	} {
		_, err := Parse(text, "output", 3)
		var at *spec.ParseError
		if !errors.As(err, &at) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: error %v, want a ParseError with %q", text, err, want)
		}
	}
	if _, err := Parse("argmax == 0", "output", 100000); err == nil || !strings.Contains(err.Error(), "coefficients") {
		t.Errorf("100,000 outputs: %v", err)
	}
}

// TestTies: a tie belongs to each class of it, and to no complement.
func TestTies(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const m = 4
	for k := range m {
		for _, name := range []string{"argmax", "argmin"} {
			is, err := Parse(fmt.Sprintf("%s == %d", name, k), "o", m)
			if err != nil {
				t.Fatal(err)
			}
			isNot, err := Parse(fmt.Sprintf("%s != %d", name, k), "o", m)
			if err != nil {
				t.Fatal(err)
			}
			for range 300 {
				y := make([]float64, m)
				for i := range y {
					y[i] = float64(rng.IntN(4))
				}
				best, others := slices.Max(y), slices.Clone(y)
				if name == "argmin" {
					best = slices.Min(y)
				}
				others = slices.Delete(others, k, k+1)
				beaten := slices.ContainsFunc(others, func(v float64) bool { return v != y[k] && (v > y[k]) == (name == "argmax") })
				if is.Contains(y) != (y[k] == best) || isNot.Contains(y) != beaten {
					t.Fatalf("%s and %d at %v: equal %v, not equal %v", name, k, y, is.Contains(y), isNot.Contains(y))
				}
			}
		}
	}
}

func TestParseBox(t *testing.T) {
	b, err := ParseBox(" -1:1, 0.5 ,-inf:3 , 2:inf,1e-3:+2", "input")
	if err != nil {
		t.Fatal(err)
	}
	lo, hi := []float64{-1, 0.5, math.Inf(-1), 2, 1e-3}, []float64{1, 0.5, 3, math.Inf(1), 2}
	if !slices.Equal(b.Lo, lo) || !slices.Equal(b.Hi, hi) {
		t.Errorf("box %v, want %v to %v", b, lo, hi)
	}
	for text, want := range map[string]string{
		"":           "input:1:1: found no number",
		"1,":         "input:1:3: found no number",
		"1:":         "input:1:3: found no number",
		"1:2:3":      `input:1:3: "2:3" is not a decimal number`,
		"0:1, x:2":   `input:1:6: "x" is not a decimal number`,
		"0:1,2:1":    "input:1:5: input 1: the lower end 2 is above the upper end 1",
		"nan":        "input:1:1: ",
		"inf":        "input:1:1: input 0: want -inf as a lower end",
		"0:1,-inf":   "input:1:5: input 1: want -inf as a lower end",
		"inf:inf":    "input:1:1: input 0",
		"0:1e400":    "input:1:3: ",
		"0x10:0x12":  "input:1:1: ",
		"0:1;0:1":    "input:1:3: ",
		"1:2,\n0:-1": "input:1:5: ",
	} {
		_, err := ParseBox(text, "input")
		var at *spec.ParseError
		if !errors.As(err, &at) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want a ParseError with %q", text, err, want)
		}
	}
}

// FuzzParse: every text gives a valid union of polyhedra, or an error
// with a position inside the text.
func TestParseObjective(t *testing.T) {
	c, constant, err := ParseObjective("x0 - 2 * (x2 - 1) / 4 + 0.5", "--maximise", 3)
	if want := []float64{1, 0, -0.5}; err != nil || !slices.Equal(c, want) || constant != 1 {
		t.Errorf("%v + %v, %v; want %v + 1", c, constant, err, want)
	}
	for _, text := range []string{"", "y0", "x3", "x0 <= 1", "x0 x1", "argmax", "(x0 <= 1)", "x0 * x1", "1e999 * x0"} {
		if _, _, err := ParseObjective(text, "--maximise", 3); err == nil {
			t.Errorf("no error for %q", text)
		} else {
			checkPlace(t, err, text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("y0 <= y1 and not (2*y0 - y2/3 in [-0.1, 1e3] or argmax != 2)", 3)
	f.Add("-1 <= y0 < 2 or argmin == 0", 1)
	f.Add("((y0)) = -(-1)", 2)
	f.Fuzz(func(t *testing.T, text string, outputs int) {
		if outputs < 1 || outputs > 20 {
			t.Skip("few outputs are as good")
		}
		u, err := Parse(text, "o", outputs)
		if err != nil {
			checkPlace(t, err, text)
			return
		}
		if err := u.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, p := range u {
			if p.Dim != outputs {
				t.Fatalf("polyhedron %+v", p)
			}
		}
	})
}

// FuzzParseBox: every text gives a box that is not empty, or an error with a
// position inside the text.
func FuzzParseBox(f *testing.F) {
	f.Add("-1:1,0.5, -inf:1e3")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBox(text, "i")
		if err != nil {
			checkPlace(t, err, text)
			return
		}
		if b.Empty() || b.Validate() != nil || b.Dim() != 1+strings.Count(text, ",") {
			t.Fatalf("box %v", b)
		}
	})
}

func checkPlace(t *testing.T, err error, text string) {
	t.Helper()
	var at *spec.ParseError
	if !errors.As(err, &at) || at.Line < 1 || at.Line > 1+strings.Count(text, "\n") || at.Column < 1 || at.Column > len(text)+1 {
		t.Fatalf("error without a place in the text: %v", err)
	}
}
