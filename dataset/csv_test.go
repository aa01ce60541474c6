package dataset

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestReadCSV(t *testing.T) {
	for _, test := range []struct {
		name, text, label string
		dim               int
		data              []float64
		labels            []int
	}{
		{"numbers", "1,2\n3,-4e1\n", "", 2, []float64{1, 2, 3, -40}, nil},
		{"no line feed, spaces, carriage returns", " 1, 2\r\n3 ,4", "", 2, []float64{1, 2, 3, 4}, nil},
		{"header", "a,b\n1,2\n", "", 2, []float64{1, 2}, nil},
		{"header with label", "a,Label,b\n1,2,3\n", "", 2, []float64{1, 3}, []int{2}},
		{"label by name", "a,class,label\n1,2,3\n", "class", 2, []float64{1, 3}, []int{2}},
		{"first column", "7,0.5,1\n3,1,2\n", "1", 2, []float64{0.5, 1, 1, 2}, []int{7, 3}},
		{"number despite header", "a,b\n1,2\n", "2", 1, []float64{1}, []int{2}},
		{"byte order mark, comments, empty lines", "\ufeff# written by hand\n\n1,2\n\n3,4\n", "", 2, []float64{1, 2, 3, 4}, nil},
		{"quoted", "\"a, b\",\"label\"\n\"1\",\"2\"\n", "", 1, []float64{1}, []int{2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := ReadCSV(strings.NewReader(test.text), "f.csv", test.label)
			if err != nil {
				t.Fatal(err)
			}
			if p.Dim != test.dim || !slices.Equal(p.Data, test.data) || !slices.Equal(p.Labels, test.labels) {
				t.Errorf("got %+v", p)
			}
			if p.Rows*p.Dim != len(p.Data) {
				t.Errorf("%d rows of %d do not make %d numbers", p.Rows, p.Dim, len(p.Data))
			}
		})
	}
}

func TestReadCSVRefuses(t *testing.T) {
	for _, test := range []struct{ name, text, label, want string }{
		{"empty", "", "", "f.csv: no points"},
		{"header alone", "a,b\n", "", "f.csv: no points after the header"},
		{"no number", "1,2\n3,x4\n", "", `f.csv:2:3: found "x4", want a number`},
		{"empty field", "1,2\n3,\n", "", `f.csv:2:3: found "", want a number`},
		{"header partly of numbers", "a,2\n3,4\n", "", `f.csv:1:1: found "a"`},
		{"NaN", "1,2\n3,4\n5,nan\n", "", "f.csv:3:3: row 3, column 2 (counted from 1): NaN is not finite"},
		{"infinite", "1,-Inf\n", "", "-Inf is not finite"},
		{"beyond float64", "1,1e999\n", "", "f.csv:1:3: \"1e999\" is beyond the range"},
		{"ragged", "1,2\n3\n", "", "f.csv:2:1: wrong number of fields, want 2"},
		{"open quote", "1,2\n\"3,4\n", "", "f.csv:"},
		{"label no integer", "label,a\n1.5,2\n", "", "f.csv:2:1: 1.5 is no class"},
		{"label negative", "label,a\n-1,2\n", "", "-1 is no class"},
		{"no such label column", "a,b\n1,2\n", "c", `no label column "c" in the header`},
		{"label name without header", "1,2\n", "c", "the file has no header"},
		{"label column beyond", "1,2\n", "3", "no label column 3, found 2"},
		{"label column twice", "label,label,a\n1,2,3\n", "", "columns 1 and 2 are both"},
		{"labels alone", "label\n1\n", "", "no column but the labels"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := ReadCSV(strings.NewReader(test.text), "f.csv", test.label)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v, want an error with %q", p, err, test.want)
			}
		})
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("1,2\n3,4\n", "")
	f.Add("label,a,b\n1,2,3\n", "")
	f.Add("\ufeff# c\n\"a\",b\n\n1,2", "1")
	f.Fuzz(func(t *testing.T, text, label string) {
		p, err := ReadCSV(strings.NewReader(text), "f.csv", label)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.csv:") {
				t.Fatalf("error without the file: %v", err)
			}
			return
		}
		if p.Rows < 1 || p.Dim < 1 || p.Rows*p.Dim != len(p.Data) || p.Labels != nil && len(p.Labels) != p.Rows {
			t.Fatalf("inconsistent: %+v", p)
		}
		for _, v := range p.Data {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%v is not finite", v)
			}
		}
	})
}
