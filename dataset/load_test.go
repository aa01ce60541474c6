package dataset

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/shared"
)

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if strings.HasSuffix(path, ".gz") {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		content = b.Bytes()
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestLoadFormats reads the same four points from every format.
func TestLoadFormats(t *testing.T) {
	want := []float64{1, 2, 3, 4, 5, 6, 7, 8}
	bytes8 := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	folder := t.TempDir()
	npy := npyBytes(1, header("|u1", "(4, 2)"), bytes8...)
	idx := append([]byte{0, 0, 8, 2, 0, 0, 0, 4, 0, 0, 0, 2}, bytes8...)
	for name, content := range map[string][]byte{
		"a.npy": npy, "b.npy.gz": npy, "c.idx": idx, "d-ubyte.gz": idx, "E.IDX": idx,
		"f.csv": []byte("1,2\n3,4\n5,6\n7,8\n"), "g.csv.gz": []byte("x,y\n1,2\n3,4\n5,6\n7,8\n"),
		"h.npz": zipBytes(t, map[string][]byte{"whatever.npy": npy}),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(folder, name)
			writeFile(t, path, content)
			p, err := Load(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if p.Rows != 4 || p.Dim != 2 || !slices.Equal(p.Data, want) || p.Labels != nil {
				t.Errorf("got %+v", p)
			}
			if row := p.Row(2); !slices.Equal(row, []float64{5, 6}) {
				t.Errorf("row 2 is %v", row)
			}
			if _, err := Load(path, Options{Dim: 3}); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("read as points of dimension 3: %v", err)
			}
		})
	}
}

func TestSplitShape(t *testing.T) {
	for _, test := range []struct {
		shape     []int
		dim, rows int // rows 0: refused
	}{
		{[]int{}, 1, 1},
		{[]int{}, 0, 0},
		{[]int{5}, 5, 1},
		{[]int{5}, 1, 5},
		{[]int{1}, 1, 1},
		{[]int{5}, 0, 0},
		{[]int{10}, 5, 0},
		{[]int{10, 5}, 5, 10},
		{[]int{10, 5}, 0, 10},
		{[]int{10, 5}, 1, 0},
		{[]int{10, 5}, 50, 1},
		{[]int{10, 1}, 1, 10},
		{[]int{7, 28, 28}, 784, 7},
		{[]int{7, 28, 28}, 0, 7},
		{[]int{5, 100, 784}, 784, 500},
		{[]int{5, 100, 784}, 785, 0},
		{[]int{7, 1, 28, 28, 1}, 784, 7},
	} {
		rows, ok := splitShape(test.shape, test.dim)
		if ok != (test.rows > 0) || ok && rows != test.rows {
			t.Errorf("%v as points of %d: %d, %v, want %d", test.shape, test.dim, rows, ok, test.rows)
		}
	}
}

func TestLoadNPZChoices(t *testing.T) {
	points := &Array{Shape: []int{2, 3}, Data: []float64{1, 2, 3, 4, 5, 6}}
	labels := &Array{Shape: []int{2, 1}, Data: []float64{7, 8}, Type: Int64}
	for _, test := range []struct {
		name, member string
		names        []string // of the points, then of the labels
		dim, rows    int
		want         string // part of the error, or empty
	}{
		{"names", "", []string{"X", "y"}, 3, 2, ""},
		{"other points, labels", "", []string{"clean", "label"}, 3, 2, ""},
		{"selected", ":clean", []string{"clean", "labels"}, 3, 2, ""},
		{"named among others", "", []string{"x", "other"}, 3, 2, ""},
		{"ambiguous", "", []string{"clean", "fog"}, 3, 2, "clean float64 (2, 3), fog int64 (2, 1)"},
		{"absent", ":x", []string{"clean", "y"}, 3, 2, `no member "x", found clean float64 (2, 3)`},
		{"labels of other points", ":clean", []string{"clean", "y"}, 2, 3, "2 labels, want one for each of 3 points"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.npz")
			a := *points
			a.Shape = []int{test.rows, test.dim}
			if err := WriteNPZ(path, Member{test.names[0], &a}, Member{test.names[1], labels}); err != nil {
				t.Fatal(err)
			}
			p, err := Load(path+test.member, Options{})
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), path) {
					t.Errorf("got %v, %v, want an error with %q", p, err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(p.Data, points.Data) || test.names[1] != "other" && !slices.Equal(p.Labels, []int{7, 8}) {
				t.Errorf("got %+v", p)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		writeFile(t, path, content)
		return path
	}
	notFinite := filepath.Join(folder, "nan.npy")
	if err := WriteNPY(notFinite, &Array{Shape: []int{2, 2}, Data: []float64{1, 2, 3, math.NaN()}, Type: Float32}); err != nil {
		t.Fatal(err)
	}
	good := write("good.npy", npyBytes(1, header("|u1", "(2, 1)"), 1, 2))
	for _, test := range []struct {
		name, path, want string
		options          Options
	}{
		{"absent", filepath.Join(folder, "absent.npy"), "absent.npy: no such file", Options{}},
		{"format", write("a.txt", nil), "the name says no format", Options{}},
		{"NaN", notFinite, "nan.npy: row 2, column 2 (counted from 1): NaN is not finite", Options{}},
		{"no points", write("e.npy", npyBytes(1, header("|u1", "(0, 2)"))), "has no points", Options{}},
		{"list", write("l.npy", npyBytes(1, header("|u1", "(2,)"), 1, 2)), "say the dimension", Options{}},
		{"shorter than declared", write("s.npy", npyBytes(1, header("<f8", "(200000000, 1)"), 1, 2)), "bytes, found", Options{}},
		{"longer than declared", write("t.npy", npyBytes(1, header("|u1", "(1, 1)"), 1, 2)), "data after the array", Options{}},
		{"damaged gzip", write("g.csv", []byte("1,2")) + ".gz", "g.csv.gz", Options{}},
		{"labels missing", good, "absent", Options{Labels: filepath.Join(folder, "absent.npy")}},
		{"labels too many", good, "has 4 labels, want one for each of 2", Options{Labels: notFinite}},
		{"division by a tiny number", good, "is not finite", Options{DivideBy: 5e-324}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := Load(test.path, test.options)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v, want an error with %q", p, err, test.want)
			}
		})
	}
}

func TestGzipChecksum(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy.gz")
	writeFile(t, path, npyBytes(1, header("|u1", "(2, 1)"), 1, 2))
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file[len(file)-8] ^= 1
	writeFile(t, strings.TrimSuffix(path, ".gz"), file)
	if err := os.Rename(strings.TrimSuffix(path, ".gz"), path); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, Options{}); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("error %v, want one about the checksum", err)
	}
}

// TestAmbiguousReference asks for points in an archive that holds two sets.
func TestAmbiguousReference(t *testing.T) {
	path := shared.Path(t, "reference", "repair", "mnist_test_fog_u8.npz")
	if _, err := Load(path, Options{}); err == nil ||
		!strings.Contains(err.Error(), "clean uint8 (10000, 784), fog uint8 (10000, 784), label uint8 (10000,)") {
		t.Errorf("error %v, want the list of members", err)
	}
	p, err := Load(path+":fog", Options{DivideBy: 255})
	if err != nil {
		t.Fatal(err)
	}
	if p.Rows != 10000 || p.Dim != 784 || len(p.Labels) != 10000 || slices.Max(p.Data) != 1 {
		t.Errorf("%d points of %d, %d labels, largest value %v", p.Rows, p.Dim, len(p.Labels), slices.Max(p.Data))
	}
}
