package spec_test

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// everything is a specification with every kind of item and requirement, and
// with numbers that are hard to print.
func everything(t *testing.T) *spec.Spec {
	t.Helper()
	segment, err := set.NewSegment([]float64{0, math.Copysign(0, -1)}, []float64{1e-300, math.MaxFloat64})
	if err != nil {
		t.Fatal(err)
	}
	polygon, err := set.NewPolygon([][]float64{{0, 0}, {0.1, 0}, {1.0 / 3, 1.0 / 7}})
	if err != nil {
		t.Fatal(err)
	}
	half := set.HalfSpace{Normal: []float64{1, 0, -math.Pi}, Offset: 5e-324}
	strictly := set.HalfSpace{Normal: []float64{1, 0, 0}, Offset: 2, Strict: true}
	return &spec.Spec{
		Units: "raw", Margin: 0.1, Extremum: spec.Argmin,
		Items: []spec.Item{
			{Name: "p \"quoted\" <&> é\n", Point: []float64{0.1, -2}, Output: spec.Output{Allowed: []int{2}, Extremum: spec.Argmin}},
			{Name: "s", Segment: &segment, Output: spec.Output{Allowed: []int{2, 0}, HalfSpaces: []set.HalfSpace{half, strictly}}},
			{Name: "g", Polygon: polygon, Output: spec.Output{
				Extremum: spec.Argmin, Bounds: []spec.Bound{{1, -1, math.Inf(1)}, {0, math.Inf(-1), 1e-7}},
			}},
			{Name: "k", Point: []float64{1e21, 4}, Keep: true},
		},
	}
}

func write(t *testing.T, s *spec.Spec) string {
	t.Helper()
	var b bytes.Buffer
	if err := spec.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteRoundTrip(t *testing.T) {
	want := everything(t)
	text := write(t, want)
	got := read(t, text)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read back from\n%s\ngot  %+v\nwant %+v", text, got, want)
	}
	if !math.Signbit(got.Items[1].Segment.From[1]) {
		t.Error("the sign of -0 is lost")
	}
	if again := write(t, got); again != text {
		t.Errorf("written again:\n%s\nwant\n%s", again, text)
	}
}

func TestWriteErrors(t *testing.T) {
	point := func(o spec.Output, x ...float64) spec.Spec {
		return spec.Spec{Items: []spec.Item{{Name: "a", Point: x, Output: o}}}
	}
	one := spec.Output{Allowed: []int{1}}
	kept := point(one, 1)
	kept.Items[0].Keep, kept.Items[0].Point = true, nil
	tests := []struct {
		s    spec.Spec
		want string
	}{
		{point(one, math.NaN()), "number NaN"},
		{point(one), "empty list"},
		{point(spec.Output{}, 1), "nothing is required"},
		{point(spec.Output{Bounds: []spec.Bound{{0, 2, 1}}}, 1), "nothing lies there"},
		{point(spec.Output{Bounds: []spec.Bound{{0, 1, 2}, {0, 1, 3}}}, 1), "two bounds on output 0"},
		{point(spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1}, Offset: math.Inf(1)}}}, 1), "number +Inf"},
		{spec.Spec{Margin: -1}, "margin -1"},
		{spec.Spec{Units: "metres"}, `units "metres"`},
		{kept, "only points can be kept"},
	}
	for _, test := range tests {
		var b bytes.Buffer
		if err := spec.Write(&b, &test.s); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want ... %s", err, test.want)
		}
	}
}

// TestWriteReportsTheWriter: an error of the underlying writer is not lost.
func TestWriteReportsTheWriter(t *testing.T) {
	if err := spec.Write(full{}, everything(t)); err != errFull {
		t.Errorf("got %v, want %v", err, errFull)
	}
}
