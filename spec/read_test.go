package spec_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	_ "github.com/netmend/netmend/spec/datafile" // the data files of specifications
)

// read parses text as a file s.json in the working directory.
func read(t *testing.T, text string) *spec.Spec {
	t.Helper()
	s, err := spec.Read(strings.NewReader(text), "s.json", ".")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// items wraps the list of items in a specification, from line 1 on.
func items(list string) string { return `{"version": 1, "items": [` + list + `]}` }

func TestReadHeader(t *testing.T) {
	s := read(t, `{"version": 1, "units": "normalised", "classifier": "argmin", "margin": 0.05,
		"items": [{"point": [1], "output": {"classes": [3, 1]}}]}`)
	if s.Units != "normalised" || s.Extremum != spec.Argmin || s.Margin != 0.05 {
		t.Errorf("units %q, classifier %v, margin %v", s.Units, s.Extremum, s.Margin)
	}
	want := spec.Output{Allowed: []int{3, 1}, Extremum: spec.Argmin}
	if got := s.Items[0].Output; !reflect.DeepEqual(got, want) {
		t.Errorf("output %v, want %v", got, want)
	}
}

func TestReadDefaults(t *testing.T) {
	s := read(t, items("\n"+`{"point": [1, -2e-3], "label": 7}`))
	want := &spec.Spec{Items: []spec.Item{{
		Name: "s.json:2: point", Point: []float64{1, -0.002}, Output: spec.Output{Allowed: []int{7}},
	}}}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
}

// TestHeaderAfterItems: the header's fields count wherever they stand.
func TestHeaderAfterItems(t *testing.T) {
	s := read(t, `{"items": [{"point": [1], "label": 0}], "classifier": "argmin", "version": 1}`)
	if s.Items[0].Output.Extremum != spec.Argmin {
		t.Error("the classifier's convention is lost when it stands behind the items")
	}
}

func TestReadInputs(t *testing.T) {
	s := read(t, items(`
		{"name": "a", "points": [[1, 2], [3, 4]], "labels": [5, 6]},
		{"name": "b", "segment": {"from": [0, 0], "to": [1, 1]}, "label": 1},
		{"name": "c", "segments": [{"from": [0, 0], "to": [1, 1]}, {"to": [2, 2], "from": [0, 1]}], "label": 1},
		{"name": "d", "polygon": [[0, 0], [1, 0], [0, 1]], "label": 1},
		{"name": "e", "keep": [8, 9]},
		{"name": "f", "keep": [[8, 9], [10, 11]]}`))
	var names []string
	for _, it := range s.Items {
		names = append(names, it.Name)
	}
	if got, want := strings.Join(names, ","), "a 0,a 1,b,c 0,c 1,d,e,f 0,f 1"; got != want {
		t.Fatalf("items %s, want %s", got, want)
	}
	if got := s.Items[1]; !reflect.DeepEqual(got.Point, []float64{3, 4}) || !reflect.DeepEqual(got.Output.Allowed, []int{6}) {
		t.Errorf("second point: %+v", got)
	}
	if got, want := *s.Items[4].Segment, (set.Segment{From: []float64{0, 1}, To: []float64{2, 2}}); !reflect.DeepEqual(got, want) {
		t.Errorf("segment %v, want %v", got, want)
	}
	if got := s.Items[5].Polygon.Vertices; !reflect.DeepEqual(got, [][]float64{{0, 0}, {1, 0}, {0, 1}}) {
		t.Errorf("polygon %v", got)
	}
	for i, it := range s.Items {
		if it.Keep != (i >= 6) {
			t.Errorf("%s: keep is %v", it.Name, it.Keep)
		}
	}
}

// TestEquation2 is equation (2) of the paper: -1 <= N(0.5) <= -0.8 as bounds
// and as the half-spaces it is turned into.
func TestEquation2(t *testing.T) {
	s := read(t, items(`
		{"point": [0.5], "output": {"bounds": {"0": [-1, -0.8]}}},
		{"point": [0.5], "output": {"halfspaces": [
			{"normal": [1], "offset": -0.8}, {"normal": [-1], "offset": 1}]}}`))
	bounds, halfSpaces := s.Items[0].Output.Given(0, 1), s.Items[1].Output.Given(0, 1)
	if !reflect.DeepEqual(bounds, halfSpaces) {
		t.Errorf("bounds %v, half-spaces %v", bounds, halfSpaces)
	}
}

func TestReadBoundsOpenSides(t *testing.T) {
	s := read(t, items(`{"point": [0], "output": {"argmin": [2, 0], "bounds": {"2": [null, 3], "0": [-1, null]}}}`))
	want := spec.Output{
		Allowed:  []int{2, 0},
		Extremum: spec.Argmin,
		Bounds: []spec.Bound{
			{Output: 2, Lower: math.Inf(-1), Upper: 3},
			{Output: 0, Lower: -1, Upper: math.Inf(1)},
		},
	}
	if got := s.Items[0].Output; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestReadEscapes: keys and names may be written with JSON's escapes, and a
// byte order mark may come first.
func TestReadEscapes(t *testing.T) {
	s := read(t, "\ufeff"+`{"ver\u0073ion": 1, "items": [{"name": "a\n\"\u00e9", "point": [1E+2], "label": 0}]}`)
	if it := s.Items[0]; it.Name != "a\n\"é" || it.Point[0] != 100 {
		t.Errorf("got %+v", it)
	}
}

// writeData puts data files for the tests below into a new folder.
func writeData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	array := func(typ dataset.Type, shape []int, data ...float64) *dataset.Array {
		return &dataset.Array{Shape: shape, Data: data, Type: typ}
	}
	err := dataset.WriteNPZ(
		filepath.Join(dir, "lines.npz"),
		dataset.Member{Name: "clean", Array: array(dataset.Uint8, []int{3, 2}, 0, 51, 255, 1, 2, 3)},
		dataset.Member{Name: "fog", Array: array(dataset.Uint8, []int{3, 2}, 7, 8, 9, 10, 11, 12)},
		dataset.Member{Name: "label", Array: array(dataset.Int64, []int{3}, 4, 5, 6)},
	)
	if err == nil {
		err = dataset.WriteNPY(filepath.Join(dir, "line.npy"), array(dataset.Float64, []int{3}, 1, 2, 3))
	}
	if err == nil {
		err = dataset.WriteNPY(filepath.Join(dir, "pair.npy"), array(dataset.Float64, []int{2}, 1, 2))
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "points.csv"), []byte("x,class,y\n1,0,2\n3,1,4\n"), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReadDataFiles(t *testing.T) {
	dir := writeData(t)
	point := func(name string, label int, x ...float64) spec.Item {
		return spec.Item{Name: name, Point: x, Output: spec.Output{Allowed: []int{label}}}
	}
	keep := func(name string, x ...float64) spec.Item { return spec.Item{Name: name, Point: x, Keep: true} }
	segment := func(name string, label int, from, to []float64) spec.Item {
		return spec.Item{Name: name, Segment: &set.Segment{From: from, To: to}, Output: spec.Output{Allowed: []int{label}}}
	}
	tests := []struct {
		name, item string
		want       []spec.Item
	}{
		{
			"segments", `{"name": "s", "segments": {"file": "lines.npz", "from": "clean", "to": "fog", "labels": "label", "count": 2}}`,
			[]spec.Item{
				segment("s 0 of lines.npz", 4, []float64{0, 51}, []float64{7, 8}),
				segment("s 1 of lines.npz", 5, []float64{255, 1}, []float64{9, 10}),
			},
		},
		{
			"segments from two files", `{"name": "s", "segments": {"from": {"file": "lines.npz", "data": "clean"},
				"to": {"file": "lines.npz", "data": "fog"}, "first": 2}, "label": 9}`,
			[]spec.Item{segment("s 2", 9, []float64{2, 3}, []float64{11, 12})},
		},
		{
			"division", `{"name": "p", "points": {"file": "lines.npz", "data": "clean", "labels": "label", "first": 1, "count": 1, "scale": "1/255"}}`,
			[]spec.Item{point("p 1 of lines.npz", 5, 1, 1.0/255)},
		},
		{
			"factor", `{"name": "p", "points": {"file": "points.csv", "labels": "class", "scale": -0.5}}`,
			[]spec.Item{point("p 0 of points.csv", 0, -0.5, -1), point("p 1 of points.csv", 1, -1.5, -2)},
		},
		{
			"column by number", `{"name": "p", "points": {"file": "points.csv", "labels": "3", "count": 1}}`,
			[]spec.Item{point("p 0 of points.csv", 2, 1, 0)},
		},
		{
			"labels elsewhere", `{"name": "p", "points": {"file": "line.npy", "dimension": 1, "labels": {"file": "lines.npz", "data": "label"}, "count": 1}}`,
			[]spec.Item{point("p 0 of line.npy", 4, 1)},
		},
		{
			"keep", `{"name": "k", "keep": {"file": "lines.npz", "data": "fog", "first": 1}}`,
			[]spec.Item{keep("k 1 of lines.npz", 9, 10), keep("k 2 of lines.npz", 11, 12)},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := spec.Read(strings.NewReader(items(test.item)), "s.json", dir)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(s.Items, test.want) {
				t.Errorf("got %+v, want %+v", s.Items, test.want)
			}
		})
	}
}

// TestReadFileRelative: data files are found beside the specification, whatever
// the working directory is.
func TestReadFileRelative(t *testing.T) {
	path := filepath.Join(writeData(t), "s.json")
	if err := os.WriteFile(path, []byte(items(`{"keep": {"file": "lines.npz", "data": "fog"}}`)), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, read := range []func(string) (*spec.Spec, error){spec.ReadFile, spec.ReadArgument} {
		s, err := read(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Items) != 3 {
			t.Errorf("%d items, want 3", len(s.Items))
		}
	}
	if _, err := spec.ReadFile(path + ".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestReadArgument(t *testing.T) {
	want := read(t, items(`{"name": "a", "point": [1], "label": 0}`))
	for _, text := range []string{
		`[{"name": "a", "point": [1], "label": 0}]`,
		` {"version": 1, "items": [{"name": "a", "point": [1], "label": 0}]}`,
	} {
		got, err := spec.ReadArgument(text)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
	_, err := spec.ReadArgument(`[{"point": [1], "lable": 0}]`)
	var at *spec.ParseError
	if !errors.As(err, &at) || at.Line != 1 || at.Column != 17 {
		t.Errorf("misspelt field: %v, want it at 1:17", err)
	}
}

// TestDocumentation reads the example of docs/SPEC.md.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "SPEC.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```json\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("no JSON example in docs/SPEC.md")
	}
	s := read(t, example)
	if len(s.Items) != 9 {
		t.Errorf("%d items, want 9", len(s.Items))
	}
	if err := s.Check(2, 3); err != nil {
		t.Error(err)
	}
}
