package nnet

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
)

// small is |x| + 1 as 2-2-1 network on a raw input (x - 10) / 4, with outputs
// scaled by 3 and shifted by 0.5. Its second input does not matter.
const small = `// absolute value
// of a number
2,2,1,2,
2,2,1,
0,
-100.0,-1.0,
100.0,1.0,
10.0,0.0,0.5,
4.0,1.0,3.0,
1.0,0.0,
-1.0,0.0,
0.0,
0.0,
1.0,1.0,
1.0,
`

func TestRead(t *testing.T) {
	for _, test := range []struct {
		units Units
		x, y  float64
		nodes int
	}{
		{Normalised, -2, 3, 3},
		{Normalised, 5, 6, 3},
		{Raw, 2, 3*3 + 0.5, 5}, // (2 - 10) / 4 = -2
		{Raw, 30, 6*3 + 0.5, 5},
	} {
		n, err := Read(strings.NewReader(small), "small.nnet", Options{Units: test.units})
		if err != nil {
			t.Fatal(err)
		}
		y, err := n.EvalPoint([]float64{test.x, 7})
		if err != nil {
			t.Fatal(err)
		}
		if y[0] != test.y {
			t.Errorf("%s: f(%v) = %v, want %v", test.units, test.x, y[0], test.y)
		}
		if len(n.Nodes) != test.nodes || len(n.Layers()) != 2 {
			t.Errorf("%s: %d nodes, layers at %v, want %d nodes with 2 layers", test.units, len(n.Nodes), n.Layers(), test.nodes)
		}
		if n.Meta.Units != string(test.units) || n.Meta.Format != "nnet" || len(n.Meta.Notices) != 0 {
			t.Errorf("%s: metadata %+v", test.units, n.Meta)
		}
	}
}

// TestIdentityNormalisation: means of 0 and ranges of 1 need no nodes.
func TestIdentityNormalisation(t *testing.T) {
	for _, test := range []struct {
		means, ranges string
		nodes         int
	}{
		{"0,0,0", "1,1,1", 3},
		{"0,-0,0", "1,1,1", 3},
		{"0,0,0", "1,2,1", 4},
		{"0,0,7", "1,1,1", 4},
		{"1,0,0", "1,1,2", 5},
	} {
		text := strings.NewReplacer("10.0,0.0,0.5,", test.means, "4.0,1.0,3.0,", test.ranges).Replace(small)
		n, err := Read(strings.NewReader(text), "small.nnet", Options{Units: Raw})
		if err != nil {
			t.Fatal(err)
		}
		if len(n.Nodes) != test.nodes || n.Meta.Units != string(Raw) {
			t.Errorf("means %s, ranges %s: %d nodes in %q units, want %d in raw ones", test.means, test.ranges, len(n.Nodes), n.Meta.Units, test.nodes)
		}
	}
}

// TestSpacing reads the same network with other spacing.
func TestSpacing(t *testing.T) {
	want, err := Parse(strings.NewReader(small), "small.nnet")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]*strings.Replacer{
		"no comma at the end": strings.NewReplacer(",\n", "\n"),
		"spaces":              strings.NewReplacer(",", " ,  "),
		"carriage returns":    strings.NewReplacer("\n", "\r\n"),
		"empty lines":         strings.NewReplacer("\n", "\n\n"),
		"one number":          strings.NewReplacer("2,2,1,2,\n", "2\n"),
	} {
		got, err := Parse(strings.NewReader(change.Replace(small)), "small.nnet")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got.meansAt, got.rangesAt = want.meansAt, want.rangesAt
		if fmt.Sprint(*got) != fmt.Sprint(*want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	if _, err := Parse(strings.NewReader(strings.TrimSuffix(small, "\n")), "small.nnet"); err != nil {
		t.Errorf("no line feed at the end: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	replaced := func(old, with string) string {
		if strings.Count(small, old) == 0 {
			t.Fatalf("%q does not occur", old)
		}
		return strings.Replace(small, old, with, 1)
	}
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "s.nnet:1: the file ends, want the number of layers"},
		{"comments alone", "// a\n// b\n", "s.nnet:2: the file ends"},
		{"not a number", replaced("-1.0,0.0,\n0.0", "-1.0,zero,\n0.0"), `s.nnet:11: layer 1, weights of unit 2 of 2: found "zero" as number 2`},
		{"missing number", replaced("1.0,1.0,\n1.0", "1.0,,1.0,\n1.0"), `found "" as number 2`},
		{"short row", replaced("1.0,1.0,\n1.0", "1.0,\n1.0"), "s.nnet:14: layer 2, weights of unit 1 of 1: found 1 numbers, want 2"},
		{"long row", replaced("1.0,1.0,\n1.0", "1.0,1.0,1.0\n1.0"), "found 3 numbers, want 2"},
		{"NaN", replaced("1.0,1.0,\n1.0", "1.0,nan,\n1.0"), "s.nnet:14: layer 2, weights of unit 1 of 1: number 2 is NaN"},
		{"infinite bias", small[:len(small)-5] + "inf,\n", "layer 2, bias of unit 1 of 1: number 1 is +Inf"},
		{"beyond float64", replaced("1.0,1.0,\n1.0", "1.0,1e999,\n1.0"), `"1e999", is beyond the range`},
		{"truncated", small[:len(small)-5], "s.nnet:14: the file ends, want layer 2, bias of unit 1 of 1"},
		{"text at the end", small + "1,2\n", `s.nnet:16: found "1,2" after the last bias`},
		{"number of sizes", replaced("2,2,1,\n0", "2,1,\n0"), "s.nnet:4: found 2 layer sizes, want 3"},
		{"inputs differ", replaced("2,2,1,2,", "2,3,1,2,"), "s.nnet:4: the input has size 2, the first line says 3"},
		{"outputs differ", replaced("2,2,1,2,", "2,2,2,2,"), "the last layer has size 1, the first line says 2"},
		{"size zero", replaced("2,2,1,\n0", "2,0,1,\n0"), "number 2 is 0, want a positive integer"},
		{"size fractional", replaced("2,2,1,\n0", "2,2.5,1,\n0"), "number 2 is 2.5"},
		{"size huge", "1,2147483647,1,1\n2147483647,1\n0\n1\n", "found 1 numbers, want 2147483647"},
		{"rows huge", "1,1,2147483647,1\n1,2147483647\n0\n0\n0\n0,0\n1,1\n1\n", "s.nnet:8: the file ends, want layer 1, weights of unit 2 of 2147483647"},
		{"range zero", replaced("4.0,1.0,3.0,", "4.0,0.0,3.0"), "s.nnet:9: ranges: number 2 is 0"},
		{"mean missing", replaced("10.0,0.0,0.5,", "10.0,0.0"), "s.nnet:8: means: found 2 numbers, want 3"},
		{"bounds missing", replaced("-100.0,-1.0,", "-100.0"), "s.nnet:6: smallest inputs: found 1 numbers, want 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n, err := Read(strings.NewReader(test.text), "s.nnet", Options{Units: Raw})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v, want an error with %q", n, err, test.want)
			}
		})
	}
	if _, err := Read(strings.NewReader(small), "s.nnet", Options{}); err == nil || !strings.Contains(err.Error(), `s.nnet: nnet: units ""`) {
		t.Errorf("no units: %v", err)
	}
	n, err := Read(strings.NewReader(replaced("4.0,1.0,3.0,", "4.0,0.0,3.0")), "s.nnet", Options{Units: Normalised})
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Meta.Notices) != 1 || !strings.Contains(n.Meta.Notices[0], "s.nnet:9: ranges: number 2 is 0") {
		t.Errorf("notices %q, want one about the ranges", n.Meta.Notices)
	}
}

// flatNumbers returns all numbers of an NNet file in order, by another way of
// reading than the parser's.
func flatNumbers(t *testing.T, path string) []float64 {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []float64
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "//") {
			continue
		}
		for _, field := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' }) {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, v)
		}
	}
	return numbers
}

// plainEval evaluates the network that the numbers describe, straight from the
// format's definition. The first line has four numbers.
func plainEval(numbers, x []float64) (normalised, raw []float64) {
	layers, n := int(numbers[0]), len(x)
	sizes := numbers[4:][:layers+1]
	header := numbers[4+layers+1+1:]
	means, ranges := header[2*n:][:n+1], header[3*n+1:][:n+1]
	rest := header[4*n+2:]
	run := func(x []float64, rest []float64) []float64 {
		for layer := 1; layer <= layers; layer++ {
			out := int(sizes[layer])
			y := make([]float64, out)
			for i := range y {
				for j, v := range x {
					y[i] += float64(rest[i*len(x)+j] * v)
				}
			}
			rest = rest[out*len(x):]
			for i := range y {
				y[i] += rest[i]
				if layer < layers {
					y[i] = max(0, y[i])
				}
			}
			rest = rest[out:]
			x = y
		}
		return x
	}
	z := make([]float64, n)
	for i := range z {
		z[i] = (x[i] - means[i]) / ranges[i]
	}
	raw = run(z, rest)
	for i := range raw {
		raw[i] = float64(raw[i]*ranges[n]) + means[n]
	}
	return run(x, rest), raw
}

// maxRelative is the difference, relative to 1 + max|y|, that two evaluations
// in float64 with sums in another order may have: 784 terms of rounding error
// 1e-16, through up to 21 layers.
const maxRelative = 1e-10

func checkClose(t *testing.T, name string, got, want []float64) {
	t.Helper()
	scale := 1.0
	for _, v := range want {
		scale = max(scale, 1+math.Abs(v))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= maxRelative*scale) {
			t.Errorf("%s: got %v, want %v", name, got, want)
			return
		}
	}
}

// TestPublishedNetworks reads every NNet file there is and compares with an
// evaluation straight from the numbers.
func TestPublishedNetworks(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, folder := range []struct {
		elem  []string
		files int
	}{
		{[]string{"data", "acasxu", "nnet"}, 45},
		{[]string{"data", "cas", "hcas_nnet"}, 20},
		{[]string{"data", "cas", "vcas_nnet"}, 9},
		{[]string{"data", "preimage", "premap", "auto_park"}, 5},
		{[]string{"data", "reader_tests", "marabou", "nnet"}, 6},
	} {
		paths, err := filepath.Glob(filepath.Join(shared.Path(t, folder.elem...), "*.nnet"))
		if err != nil {
			t.Fatal(err)
		}
		if len(paths) < folder.files {
			t.Errorf("%d networks in %v, want at least %d", len(paths), folder.elem, folder.files)
		}
		for _, path := range paths {
			normalised, raw := readFile(t, path, Normalised), readFile(t, path, Raw)
			numbers := flatNumbers(t, path)
			x := make([]float64, normalised.InDim())
			for range 3 {
				for i := range x {
					x[i] = random.Float64() - 0.5
				}
				wantNormalised, wantRaw := plainEval(numbers, x)
				y, err := normalised.EvalPoint(x)
				if err != nil {
					t.Fatal(err)
				}
				checkClose(t, path+" normalised", y, wantNormalised)
				if y, err = raw.EvalPoint(x); err != nil {
					t.Fatal(err)
				}
				checkClose(t, path+" raw", y, wantRaw)
			}
		}
	}
}

func readFile(t *testing.T, path string, u Units) *nn.Network {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n, err := Read(file, path, Options{Units: u})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestHeaderWithoutNormalisation reads a network of JuliaReach whose ranges are
// zero: f(1) = 3 * 2 * 12.5 + 3.5 with 12.5 = 2 * 2 * 2.5 + 2.5.
func TestHeaderWithoutNormalisation(t *testing.T) {
	path := shared.Path(t, "data", "juliareach", "small_nnet.nnet")
	n := readFile(t, path, Normalised)
	y, err := n.EvalPoint([]float64{1})
	if err != nil {
		t.Fatal(err)
	}
	if y[0] != 78.5 || len(n.Meta.Notices) != 1 {
		t.Errorf("f(1) = %v with notices %q, want 78.5 and one notice", y, n.Meta.Notices)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := Read(file, "small_nnet.nnet", Options{Units: Raw}); err == nil || !strings.Contains(err.Error(), "small_nnet.nnet:6: means: found 1 numbers, want 2") {
		t.Errorf("raw units: %v", err)
	}
}

func TestWrite(t *testing.T) {
	f, err := Parse(strings.NewReader(small), "small.nnet")
	if err != nil {
		t.Fatal(err)
	}
	f.Layers[0].Weight.Data[0] = 0.1 + 0.2
	f.Layers[1].Bias[0] = -5e-324
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	g, err := Parse(&b, "small.nnet")
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(*f) != fmt.Sprint(*g) {
		t.Errorf("wrote %+v, read %+v", f, g)
	}

	n, err := f.Network(Normalised)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := FileOf(n)
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := bare.Write(&b); err != nil {
		t.Fatal(err)
	}
	// With the identity for a header, raw and normalised units agree.
	m, err := Read(&b, "bare.nnet", Options{Units: Raw})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range [][]float64{{-2, 0}, {3, 1}} {
		y, err := n.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		z, err := m.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(y, z) {
			t.Errorf("at %v: wrote %v, read %v", x, y, z)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	params := func(out, in int) nn.Params {
		return nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
	}
	chain := func(ops ...nn.Op) *nn.Network {
		var nodes []nn.Node
		for i, op := range ops {
			nodes = append(nodes, nn.Node{Name: fmt.Sprintf("n%d", i), Inputs: []int{i - 1}, Op: op})
		}
		n, err := nn.New(nodes, []int{2}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	dense := &nn.Dense{Params: params(2, 2)}
	value := params(2, 2)
	for name, n := range map[string]*nn.Network{
		`node 1 (Tanh "n1")`:                      chain(dense, nn.Tanh(), dense),
		`node 1 (Dense "n1")`:                     chain(dense, dense),
		`node 0 (Scale "n0")`:                     chain(&nn.Scale{Factor: make([]float64, 2), Shift: make([]float64, 2)}),
		"ends with a ReLU":                        chain(dense, nn.ReLU()),
		"the layer has separate value parameters": chain(&nn.Dense{Params: params(2, 2), Value: &value}),
	} {
		if _, err := FileOf(n); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
	notFinite := params(1, 1)
	notFinite.Bias[0] = math.NaN()
	for want, f := range map[string]*File{
		"no layers":                     {},
		"layer 2: input has 2 numbers":  {Layers: []nn.Params{params(2, 2), params(1, 3)}},
		"layer 1: bias [0] is NaN":      {Layers: []nn.Params{notFinite}},
		"bounds [1 2], want 1 numbers":  {Layers: []nn.Params{params(1, 1)}, Mins: []float64{1, 2}},
		"means: found 1 numbers, want":  {Layers: []nn.Params{params(1, 1)}, Means: []float64{1}},
		"ranges: number 1 is 0":         {Layers: []nn.Params{params(1, 1)}, Ranges: []float64{0, 1}},
		"layer 1: 0 inputs and 0 outpu": {Layers: []nn.Params{params(0, 0)}},
	} {
		var b bytes.Buffer
		if err := f.Write(&b); err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("error %v after %d bytes, want one with %q", err, b.Len(), want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add("1\n1,1\n0\n0\n0\n0\n0\n1\n2\n")
	f.Add("1,2147483647,1,1\n2147483647,1\n0\n1\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse(strings.NewReader(text), "f.nnet")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.nnet:") {
				t.Fatalf("error without the file: %v", err)
			}
			return
		}
		n, err := file.Network(Normalised)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.EvalPoint(make([]float64, n.InDim())); err != nil {
			t.Fatal(err)
		}
		if _, err := file.Network(Raw); err != nil {
			return
		}
		var b bytes.Buffer
		if err := file.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := Parse(&b, "f.nnet")
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(again.Layers) != fmt.Sprint(file.Layers) {
			t.Fatalf("wrote %v, read %v", file.Layers, again.Layers)
		}
	})
}
