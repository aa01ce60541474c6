package spec

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/set"
)

func TestContradictions(t *testing.T) {
	point := func(o Output, x ...float64) Item { return Item{Point: x, Output: o} }
	class := func(k ...int) Output { return Output{Allowed: k} }
	smallest := func(k int) Output { return Output{Allowed: []int{k}, Extremum: Argmin} }
	between := func(i int, lo, hi float64) Output { return Output{Bounds: []Bound{{Output: i, Lower: lo, Upper: hi}}} }
	lead := Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1, -1, 0}}}} // y0 <= y1
	ahead := Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1, -1, 0}, Offset: -0.25}}}
	for _, c := range []struct {
		name   string
		a, b   Item
		margin float64
		want   bool
	}{
		{"two labels", point(class(0), 1, 2), point(class(2), 1, 2), 0, true},
		{"two labels, with a margin", point(class(0), 1, 2), point(class(2), 1, 2), 0.5, true},
		{"the same label", point(class(1), 1, 2), point(class(1), 1, 2), 0, false},
		{"zero and minus zero", point(class(0), 0, 2), point(class(1), math.Copysign(0, -1), 2), 0, true},
		{"other points", point(class(0), 1, 2), point(class(2), 1, math.Nextafter(2, 3)), 0, false},
		{"smallest", point(smallest(0), 1, 2), point(smallest(2), 1, 2), 0, true},
		{"several classes apart", point(class(0, 1), 1, 2), point(class(2), 1, 2), 0, true},
		{"several classes with one in common", point(class(0, 1), 1, 2), point(class(1, 2), 1, 2), 0, false},
		{"bounds", point(between(1, 0, 1), 1, 2), point(between(1, 2, 3), 1, 2), 0, true},
		{"bounds that touch", point(between(1, 0, 1), 1, 2), point(between(1, 1, 3), 1, 2), 0, false},
		{"bounds that touch, with a margin", point(between(1, 0, 1), 1, 2), point(between(1, 1, 3), 1, 2), 0.125, true},
		{"bounds of other outputs", point(between(1, 0, 1), 1, 2), point(between(0, 2, 3), 1, 2), 0, false},
		{"a half-space and a class", point(lead, 1, 2), point(class(0), 1, 2), 0, true},
		{"a class and a half-space", point(class(0), 1, 2), point(lead, 1, 2), 0, true},
		{"a half-space and its class", point(lead, 1, 2), point(class(1), 1, 2), 0, false},
		{"a half-space and the smallest", point(ahead, 1, 2), point(smallest(1), 1, 2), 0, true},
		{"a half-space and its smallest", point(ahead, 1, 2), point(smallest(0), 1, 2), 0, false},
	} {
		s := &Spec{Items: []Item{point(class(0), 7, 7), c.a, c.b}}
		found := s.Contradictions(3, c.margin)
		if (len(found) > 0) != c.want || len(found) > 1 {
			t.Errorf("%s: %+v", c.name, found)
			continue
		}
		if c.want {
			checkContradiction(t, c.name, s, found[0], c.margin)
			if found[0].Items != [2]int{1, 2} {
				t.Errorf("%s: items %v", c.name, found[0].Items)
			}
		}
	}
	own := &Spec{Items: []Item{point(Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1, 0}, Offset: 1}, {Normal: []float64{-1, 0}, Offset: -2}}}, 1)}}
	if found := own.Contradictions(2, 0); len(found) != 1 || found[0].Items != [2]int{0, 0} {
		t.Errorf("an item that contradicts itself: %+v", found)
	}
}

// checkContradiction checks that the half-spaces named are opposite.
func checkContradiction(t *testing.T, name string, s *Spec, c Contradiction, margin float64) {
	t.Helper()
	var h [2]set.HalfSpace
	for i, item := range c.Items {
		o := s.Items[item].Output
		class := c.Classes[i]
		if class < 0 && len(o.Allowed) > 0 {
			class = o.Allowed[0]
		}
		h[i] = o.Given(class, 3)[c.HalfSpaces[i]]
	}
	if !exclude(h[0], h[1], margin) {
		t.Errorf("%s: %+v and %+v do not exclude each other", name, h[0], h[1])
	}
}

// TestContradictionsAgainstGrid: what is found, no output of a grid meets; and two
// items of one class each and no half-space are found where no output meets both.
func TestContradictionsAgainstGrid(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	output := func() Output {
		var o Output
		if rng.IntN(3) > 0 {
			o.Extremum = Extremum(rng.IntN(2))
			o.Allowed = rng.Perm(3)[:1+rng.IntN(2)]
		}
		if o.Allowed == nil || rng.IntN(2) == 0 {
			n := []float64{0, 0, 0}
			n[rng.IntN(3)], n[rng.IntN(3)] = 1, -1
			o.HalfSpaces = append(o.HalfSpaces, set.HalfSpace{Normal: n, Offset: float64(rng.IntN(3) - 1), Strict: rng.IntN(2) == 0})
		}
		return o
	}
	meets := func(o Output, y []float64) bool {
		for _, p := range o.Violation(3, 0) {
			if p.Contains(y) {
				return false
			}
		}
		return true
	}
	contrary, plain := 0, 0
	for range 3000 {
		s := &Spec{Items: []Item{{Point: []float64{0}, Output: output()}, {Point: []float64{0}, Output: output()}}}
		a, b := s.Items[0].Output, s.Items[1].Output
		some := false
		for i := range 5 * 5 * 5 {
			y := []float64{float64(i%5) / 2, float64(i / 5 % 5), float64(i / 25)}
			some = some || meets(a, y) && meets(b, y)
		}
		found := s.Contradictions(3, 0)
		if len(found) > 0 {
			contrary++
			if some {
				t.Fatalf("%+v and %+v: %+v, but there is an output", a, b, found)
			}
			checkContradiction(t, "random", s, found[0], 0)
		}
		if len(a.HalfSpaces)+len(b.HalfSpaces) == 0 && a.Extremum == b.Extremum {
			plain++
			if (len(found) == 0) != some {
				t.Fatalf("%+v and %+v: %+v", a, b, found)
			}
		}
	}
	if contrary == 0 || plain == 0 {
		t.Error("nothing was tested")
	}
}

func TestWords(t *testing.T) {
	o := Output{
		HalfSpaces: []set.HalfSpace{{Normal: []float64{-1, 0, 2.5}, Offset: 0.5}, {Normal: []float64{0, 1, -1}, Strict: true}, {Normal: []float64{0, 0, 0}, Offset: -1}},
		Bounds:     []Bound{{Output: 1, Lower: math.Inf(-1), Upper: 3}}, Allowed: []int{2, 0},
	}
	for i, want := range []string{"-y0 + 2.5*y2 <= 0.5", "y1 - y2 < 0", "0 <= -1", "y1 <= 3", "class 2 beats class 1", "half-space 5"} {
		if got := o.Words(i, 2, 3, 0); got != want {
			t.Errorf("half-space %d: %q, want %q", i, got, want)
		}
	}
	o = Output{Allowed: []int{1}, Extremum: Argmin}
	if got, want := o.Words(1, -1, 3, 0.25), "class 1 beats class 2 (the smallest output is the class), by 0.25 or more"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
