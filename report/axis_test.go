package report

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestTicks(t *testing.T) {
	tests := []struct {
		r    Range
		want string
	}{
		{Range{0, 1}, "0 0.2 0.4 0.6 0.8 1.0"},
		{Range{-1, 2}, "−1.0 −0.5 0 0.5 1.0 1.5 2.0"},
		{Range{-1.04, 2.04}, "−1.0 −0.5 0 0.5 1.0 1.5 2.0"},
		{Range{0, 12}, "0 2 4 6 8 10 12"},
		{Range{99.97, 100.03}, "99.97 99.98 99.99 100.00 100.01 100.02 100.03"},
		{Range{0, 6e7}, "0 1e7 2e7 3e7 4e7 5e7 6e7"},
		{Range{-6e-7, 0}, "−6e−7 −5e−7 −4e−7 −3e−7 −2e−7 −1e−7 0"},
	}
	for _, test := range tests {
		var labels []string
		for _, tick := range ticks(test.r, 6) {
			labels = append(labels, tick.label)
		}
		if got := strings.Join(labels, " "); got != test.want {
			t.Errorf("%v: %s, want %s", test.r, got, test.want)
		}
	}
}

// TestTicksAreFewAndInside: for ranges of any size there are some ticks, not
// many, they lie inside and no two have the same label.
func TestTicksAreFewAndInside(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 10000 {
		width := math.Exp(40 * random.NormFloat64())
		from := float64(width * 100 * random.NormFloat64())
		r := Range{from, from + width}
		list := ticks(r, 5)
		if len(list) < 2 || len(list) > 12 {
			t.Fatalf("%v: %d ticks", r, len(list))
		}
		slack := float64(1e-6 * width)
		for i, tick := range list {
			if tick.value < r.From-slack || tick.value > r.To+slack {
				t.Fatalf("%v: tick %v lies outside", r, tick.value)
			}
			if i > 0 && !(tick.value > list[i-1].value) {
				t.Fatalf("%v: ticks %v do not ascend", r, list)
			}
		}
	}
}

func TestPadded(t *testing.T) {
	tests := []struct {
		values []float64
		want   Range
	}{
		{nil, Range{0, 1}},
		{[]float64{math.Inf(1), math.Inf(-1)}, Range{0, 1}},
		{[]float64{0, 10}, Range{-1, 11}},
		{[]float64{3}, Range{2.5, 3.5}},
		{[]float64{-100}, Range{-110, -90}},
	}
	for _, test := range tests {
		var e extent
		e.add(test.values...)
		if got := e.padded(0.1); got != test.want {
			t.Errorf("%v: %v, want %v", test.values, got, test.want)
		}
	}
}

func TestWrapped(t *testing.T) {
	style := textStyle{size: 12}
	width := textWidth("two words", style)
	got := strings.Join(wrapped("two words per  line incomprehensibilities end", width, style), "|")
	if want := "two words|per line|incomprehensibilities|end"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
