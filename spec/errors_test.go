package spec_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/netmend/netmend/spec"
)

// TestReadErrors: where the error is and what it says, in full.
func TestReadErrors(t *testing.T) {
	const head = `{"version": 1, "items": [` // 25 characters
	tests := []struct{ text, want string }{
		// JSON itself.
		{"", `1:1: found the end of the text, want a JSON value`},
		{"{\n  \"version\": 1\n  \"items\": []}", `3:3: found '"', want ',' or '}'`},
		{`{"version" 1}`, `1:12: found '1', want ':'`},
		{`{version: 1}`, `1:2: found "version", want a field's name in double quotes`},
		{`{"version": 1,}`, `1:15: found '}', want a field's name in double quotes`},
		{`{"version": 1} x`, `1:16: found "x" after the end of the JSON text`},
		{`{"version": "1`, `1:15: found the end of the text in a string, want its closing quote`},
		{`{"version": "1\`, `1:16: found the end of the text in a string, want its closing quote`},
		{"{\"version\": \"a\nb\"}", `1:15: found '\n' in a string, want its closing quote`},
		{`{"version": "\q"}`, `1:13: string with an escape that JSON does not know`},
		{`{"version": 01}`, `1:13: found "01", want a JSON number`},
		{head + `{"point": [NaN]}]}`, `1:37: found "NaN", want a JSON value`},
		{head + `{"point": [-Infinity]}]}`, `1:37: found "-Infinity", want a JSON number`},
		{head + `{"point": [é]}]}`, `1:37: found 'é', want a JSON value`},
		{head + `{"name": "é", "point": [x]}]}`, `1:50: found "x", want a JSON value`},
		{strings.Repeat("[", 1000000), `1:33: nested more than 32 deep`},
		{strings.Repeat(`{"a":`, 1000000), `1:161: nested more than 32 deep`},

		// Header.
		{`[]`, `1:1: found a list, want a specification: an object`},
		{`{"items": []}`, `1:1: no field "version", want "version": 1`},
		{`{"version": 2, "items": []}`, `1:13: version 2 of the format, want 1`},
		{`{"version": "1", "items": []}`, `1:13: found "1", want the format's version`},
		{`{"version": 1}`, `1:1: no field "items", want a list of requirements`},
		{`{"version": 1, "item": []}`, `1:16: unknown field "item" in a specification, want one of "version", "units", "classifier", "margin", "items"`},
		{"{\"version\": 1,\n\"version\": 1}", `2:1: field "version" twice, first on line 1`},
		{`{"version": 1, "units": "Raw", "items": []}`, `1:25: units "Raw", want "raw" or "normalised" (or no such field)`},
		{`{"version": 1, "classifier": 1, "items": []}`, `1:30: classifier 1, want "argmax" or "argmin"`},
		{`{"version": 1, "margin": -1, "items": []}`, `1:26: margin -1, want a number that is not negative`},
		{`{"version": 1, "margin": 1e999, "items": []}`, `1:26: margin 1e999, want a number that is not negative`},
		{`{"version": 1, "items": []}`, `1:25: found an empty list, want a list of requirements`},
		{`{"version": 1, "items": {}}`, `1:25: found an object, want a list of requirements`},

		// Items.
		{head + `3]}`, `1:26: found 3, want an item: an object`},
		{head + `{"label": 1}]}`, `1:26: item without inputs, want one of "point", "points", "segment", "segments", "polygon", "keep"`},
		{head + `{"point": [1], "keep": [2]}]}`, `1:49: both "point" and "keep" in one item, want one`},
		{head + `{"point": [1]}]}`, `1:26: item without a requirement, want "output", "label" or labels`},
		{head + `{"point": [1], "label": 1, "output": {"argmax": 1}}]}`, `1:26: more than one of "output", "label" and labels, want one`},
		{head + `{"keep": [1], "label": 1}]}`, `1:26: a requirement on points to keep: their present class stays, want none`},
		{head + `{"point": [1], "label": -1}]}`, `1:50: found -1, want a class, an integer from 0`},
		{head + `{"point": [1], "label": 1.5}]}`, `1:50: found 1.5, want a class, an integer from 0`},
		{head + `{"point": [1], "label": 1e10}]}`, `1:50: found 1e10, want a class, an integer from 0`},
		{head + `{"points": [[1], [2]], "labels": [1]}]}`, `1:59: 1 labels for 2 input sets, want one for each`},
		{head + `{"point": [1], "label": 1, "name": ""}]}`, `1:61: name "", want a string`},

		// Input sets.
		{head + `{"point": [], "label": 1}]}`, `1:36: found an empty list, want a point, a list of numbers`},
		{head + `{"point": 1, "label": 1}]}`, `1:36: found 1, want a point, a list of numbers`},
		{head + `{"point": [1, "2"], "label": 1}]}`, `1:40: found "2", want a number`},
		{head + `{"point": [1, null], "label": 1}]}`, `1:40: found null, want a number`},
		{head + `{"point": [1, -1e309], "label": 1}]}`, `1:40: number -1e309 is too large for float64`},
		{head + `{"points": [1], "label": 1}]}`, `1:38: found 1, want a point, a list of numbers`},
		{head + `{"points": [], "label": 1}]}`, `1:37: found an empty list, want a list of points, or an object that names a data file`},
		{head + "\n{\"point\": [1, 2], \"label\": 1},\n{\"point\": [1], \"label\": 1}]}", `3:11: point with 1 numbers, the item on line 2 has 2`},
		{head + `{"segment": [[1], [2]], "label": 1}]}`, `1:38: found a list, want a segment: an object`},
		{head + `{"segment": {"from": [1]}, "label": 1}]}`, `1:38: segment without "to"`},
		{head + `{"segment": {"from": [1], "to": [1, 2]}, "label": 1}]}`, `1:58: point with 2 numbers, the item on line 1 has 1`},
		{head + `{"segment": {"from": [1], "to": [1]}, "label": 1}]}`, `1:38: segment with equal ends: give a point instead`},
		{head + `{"polygon": [[0, 0], [1, 1]], "label": 1}]}`, `1:38: polygon with 2 vertices, want at least 3`},
		{head + `{"polygon": [[0, 0], [1, 1], [2, 2]], "label": 1}]}`, `1:38: polygon: the vertices lie on one line; give a segment instead`},
		{
			head + `{"polygon": [[0, 0], [2, 0], [0.5, 0.5], [0, 2]], "label": 1}]}`,
			`1:38: polygon: not convex, or degenerate, at vertex 2: give the corners of a convex polygon in order around it`,
		},

		// Outputs.
		{head + `{"point": [1], "output": {}}]}`, `1:51: a requirement on the output that requires nothing`},
		{head + `{"point": [1], "output": [1]}]}`, `1:51: found a list, want a requirement on the output: an object`},
		{head + `{"point": [1], "output": {"argmax": "1"}}]}`, `1:62: found "1", want classes: a list of integers from 0`},
		{head + `{"point": [1], "output": {"argmax": 1, "argmin": 2}}]}`, `1:51: more than one of "argmax", "argmin" and "classes", want one`},
		{head + `{"point": [1], "output": {"classes": []}}]}`, `1:63: found an empty list, want classes: a list of integers from 0`},
		{head + `{"point": [1], "output": {"classes": 1}}]}`, `1:63: found 1, want classes: a list of integers from 0`},
		{head + `{"point": [1], "output": {"classes": [1, 2, 1]}}]}`, `1:70: class 1 twice`},
		{head + `{"point": [1], "output": {"halfspaces": [{"normal": [1]}]}}]}`, `1:67: half-space without "offset", want normal . y <= offset`},
		{head + `{"point": [1], "output": {"halfspaces": [{"offset": 1}]}}]}`, `1:67: half-space without "normal", want normal . y <= offset`},
		{head + `{"point": [1], "output": {"halfspaces": [{"normal": [0, 0], "offset": 1}]}}]}`, `1:78: normal of zeros only: it bounds nothing`},
		{head + `{"point": [1], "output": {"halfspaces": [{"normal": [1], "offset": null}]}}]}`, `1:93: found null, want the half-space's offset, a finite number`},
		{
			head + `{"point": [1], "output": {"halfspaces": [{"normal": [1], "offset": 1}, {"normal": [1, 2], "offset": 1}]}}]}`,
			`1:108: normal with 2 numbers, the one on line 1 has 1: want one for each output`,
		},
		{head + `{"point": [1], "output": {"bounds": {}}}]}`, `1:62: found no bounds, want an object such as {"0": [-1, null]}`},
		{head + `{"point": [1], "output": {"bounds": [0, 1]}}]}`, `1:62: found a list, want bounds: an object such as {"0": [-1, null]}`},
		{head + `{"point": [1], "output": {"bounds": {"y0": [0, 1]}}}]}`, `1:63: found "y0", want the number of an output in quotes, from "0"`},
		{head + `{"point": [1], "output": {"bounds": {"00": [0, 1]}}}]}`, `1:63: found "00", want the number of an output in quotes, from "0"`},
		{head + `{"point": [1], "output": {"bounds": {"0": [0, 1], "0": [0, 1]}}}]}`, `1:76: output 0 twice, first on line 1`},
		{head + `{"point": [1], "output": {"bounds": {"0": [0]}}}]}`, `1:68: found a list of another length than 2, want [lower, upper], null for an open side`},
		{head + `{"point": [1], "output": {"bounds": {"0": [1, 0]}}}]}`, `1:68: output 0 between 1 and 0: nothing lies there`},
		{head + `{"point": [1], "output": {"bounds": {"0": [null, null]}}}]}`, `1:68: bound on output 0 is open on both sides`},
		{head + `{"point": [1], "output": {"bounds": {"0": [1, "2"]}}}]}`, `1:72: found "2", want a finite number, or null for an open side`},
	}
	for _, test := range tests {
		_, err := spec.Read(strings.NewReader(test.text), "s.json", ".")
		shown := test.text[:min(len(test.text), 120)]
		if err == nil {
			t.Errorf("%s\nno error, want %s", shown, test.want)
			continue
		}
		if got, want := err.Error(), "s.json:"+test.want; got != want {
			t.Errorf("%s\ngot  %s\nwant %s", shown, got, want)
		}
		var at *spec.ParseError
		if !errors.As(err, &at) {
			t.Errorf("%s\nerror %T, want *spec.ParseError", shown, err)
		}
	}
}

// TestDataFileErrors: an error in or about a data file stands where the
// specification names it.
func TestDataFileErrors(t *testing.T) {
	dir := writeData(t)
	tests := []struct{ points, want string }{
		{`"points": {"data": "x"}`, `no field "file", want the path of a .npy, .npz, .csv or IDX file`},
		{`"points": {"file": ""}`, `found "", want the path of a data file`},
		{`"points": {"file": "lines.npz", "member": "x"}`, `unknown field "member" in points in a file`},
		{`"points": {"file": "lines.npz", "data": "none"}`, `none`},
		{`"points": {"file": "line.npy", "data": "x"}`, `only .npz files have named arrays`},
		{`"points": {"file": "line.npy", "labels": "x"}`, `only .npz and .csv files hold labels beside the points, want {"file": ...}`},
		{`"points": {"file": "line.npy"}`, `say the dimension`},
		{`"points": {"file": "lines.npz", "data": "clean", "first": 3}`, `rows 3 to 3 of `},
		{`"points": {"file": "lines.npz", "data": "clean", "first": 1, "count": 3}`, `rows 1 to 3 of `},
		{`"points": {"file": "lines.npz", "data": "clean", "count": 0}`, `found 0, want how many rows, at least 1`},
		{`"points": {"file": "lines.npz", "data": "clean", "first": -1}`, `found -1, want the number of the first row, from 0`},
		{`"points": {"file": "lines.npz", "data": "clean", "dimension": 0}`, `found 0, want the dimension of a point, at least 1`},
		{`"points": {"file": "lines.npz", "data": "clean", "dimension": 4}`, `dimension 4`},
		{`"points": {"file": "lines.npz", "data": "clean", "scale": 0}`, `scale 0, want a factor that is not 0`},
		{`"points": {"file": "lines.npz", "data": "clean", "scale": "1/0"}`, `scale "1/0", want a factor that is not 0`},
		{`"points": {"file": "lines.npz", "data": "clean", "scale": "255"}`, `scale "255", want a factor that is not 0`},
		{`"points": {"file": "lines.npz", "data": "clean", "scale": 1e308}`, `row 0, coordinate 1: scaled by 1e+308 it is beyond float64`},
		{`"points": {"file": "lines.npz", "data": "clean", "labels": {"file": "line.npy"}}, "labels": [0, 1, 2]`, `more than one of "output", "label" and labels`},
		{`"segments": {"file": "lines.npz", "from": "clean"}, "label": 0`, `segments without "to"`},
		{`"segments": {"from": {"file": "line.npy"}, "to": {"file": "pair.npy"}, "dimension": 1}, "label": 0`, `3 rows to start from and 2 to go to, want as many`},
		{`"segments": {"file": "lines.npz", "from": "clean", "to": "clean"}, "label": 0`, `row 0: segment with equal ends`},
		{`"segments": {"from": "clean", "to": "fog"}, "label": 0`, `no field "file"`},
		{`"keep": {"file": "points.csv", "labels": "class"}`, `points to keep: their present class stays`},
	}
	for _, test := range tests {
		_, err := spec.Read(strings.NewReader(items("\n\n{"+test.points+"}")), "s.json", dir)
		if err == nil || !strings.HasPrefix(err.Error(), "s.json:3:") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s\ngot  %v\nwant s.json:3: ... %s", test.points, err, test.want)
		}
	}
	_, err := spec.Read(strings.NewReader(items(`{"keep": {"file": "none.npy"}}`)), "s.json", dir)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing data file: %v, want fs.ErrNotExist", err)
	}
}

// TestTooManyValues: a text of tiny values ends with an error before it takes
// much memory.
func TestTooManyValues(t *testing.T) {
	if testing.Short() {
		t.Skip("parses 32 MiB")
	}
	const values = 1 << 24
	_, err := spec.Read(strings.NewReader("["+strings.Repeat("1,", values)+"1]"), "s.json", ".")
	want := fmt.Sprintf("s.json:1:%d: more than %d values", 2*values, values)
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
