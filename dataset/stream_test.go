package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestStreamIsLoad compares what streams deliver, in batches of several sizes,
// with what Load reads.
func TestStreamIsLoad(t *testing.T) {
	dir := t.TempDir()
	images := &Array{Shape: []int{5, 2, 3}, Type: Uint8}
	for i := range 30 {
		images.Data = append(images.Data, float64(7*i%256))
	}
	labels := &Array{Shape: []int{5}, Data: []float64{0, 1, 2, 1, 0}, Type: Int64}
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(
		WriteNPY(path("x.npy"), images),
		WriteNPY(path("y.npy"), labels),
		WriteNPZ(path("both.npz"), Member{"images", images}, Member{"label", labels}),
	); err != nil {
		t.Fatal(err)
	}
	npy, err := os.ReadFile(path("x.npy"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path("x.npy.gz"), npy) // compressed by its name
	idx := []byte{0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 3}
	for _, v := range images.Data {
		idx = append(idx, byte(v))
	}
	writeFile(t, path("t-images-idx3-ubyte"), idx)
	writeFile(t, path("t-labels-idx1-ubyte"), []byte{0, 0, 8, 1, 0, 0, 0, 5, 0, 1, 2, 1, 0})
	writeFile(t, path("head.csv"), []byte("a,label,b\n1,0,2\n3,1,4\n5,1,6\n"))
	writeFile(t, path("bare.csv"), []byte("1,2\n3,4\n5,6\n"))
	for _, c := range []struct {
		name string
		o    Options
	}{
		{"x.npy", Options{Dim: 6, DivideBy: 255}},
		{"x.npy", Options{Dim: 3}},
		{"x.npy", Options{Labels: path("y.npy"), Shape: []int{1, 2, 3}}},
		{"x.npy.gz", Options{Dim: 6, Labels: path("both.npz")}},
		{"both.npz", Options{Shape: []int{6}}},
		{"both.npz:images", Options{DivideBy: 3}},
		{"t-images-idx3-ubyte", Options{Shape: []int{2, 3}}},
		{"head.csv", Options{}},
		{"bare.csv", Options{LabelColumn: "2"}},
		{"bare.csv", Options{Dim: 2}},
	} {
		want, err := Load(path(c.name), c.o)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 2, 3, 100} {
			s, err := OpenStream(path(c.name), c.o)
			if err != nil {
				t.Fatal(err)
			}
			got := &Points{Dim: s.Dim, Labels: want.Labels[:0:0]}
			for {
				p, err := s.Next(n)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if p.Rows > n || p.Rows == 0 {
					t.Fatalf("%s: %d points in a batch of %d", c.name, p.Rows, n)
				}
				got.Rows += p.Rows
				got.Data = append(got.Data, p.Data...)
				got.Labels = append(got.Labels, p.Labels...)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if got.Rows != want.Rows || got.Dim != want.Dim || !slices.Equal(got.Data, want.Data) || !slices.Equal(got.Labels, want.Labels) {
				t.Errorf("%s in batches of %d: %+v, want %+v", c.name, n, got, want)
			}
		}
	}
}

// TestStreamRefuses checks that every bad file ends in an error that says why,
// when it is opened or when the fault is reached.
func TestStreamRefuses(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	a := &Array{Shape: []int{4, 3, 2}, Data: make([]float64, 24)}
	if err := errors.Join(
		WriteNPY(path("a.npy"), a),
		WriteNPY(path("three.npy"), &Array{Shape: []int{3}, Data: []float64{0, 1, 2}}),
		WriteNPY(path("half.npy"), &Array{Shape: []int{4}, Data: []float64{0, 1, 2, 0.5}}),
	); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path("a.npy"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path("short.npy"), whole[:len(whole)-9])
	writeFile(t, path("long.npy"), append(slices.Clone(whole), 1))
	writeFile(t, path("fortran.npy"), bytes.Replace(whole, []byte("'fortran_order': False"), []byte("'fortran_order': True "), 1))
	writeFile(t, path("few.csv"), []byte("1,2\n3,4\n"))
	writeFile(t, path("nan.csv"), []byte("1,2\n3,nan\n"))
	writeFile(t, path("ragged.csv"), []byte("1,2\n3\n"))
	writeFile(t, path("names.csv"), []byte("a,b\n"))
	for _, c := range []struct {
		name, want string
		o          Options
	}{
		{"absent.npy", "no such file", Options{}},
		{"a.txt", "no format", Options{}},
		{"a.npy", "dimension 5", Options{Dim: 5}},
		{"a.npy", "another order", Options{Dim: 6, Shape: []int{2, 3}}},
		{"a.npy", "3 labels", Options{Dim: 6, Labels: path("three.npy")}},
		{"a.npy", "no class", Options{Dim: 6, Labels: path("half.npy")}},
		{"short.npy", "data ends after", Options{Dim: 6}},
		{"long.npy", "data after the array", Options{Dim: 6}},
		{"fortran.npy", "column-major", Options{Dim: 6}},
		{"few.csv", "3 labels for", Options{Labels: path("three.npy")}},
		{"nan.csv", "not finite", Options{}},
		{"ragged.csv", "wrong number of fields", Options{}},
		{"names.csv", "no points", Options{}},
	} {
		err := drain(path(c.name), c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func drain(path string, o Options) error {
	s, err := OpenStream(path, o)
	if err != nil {
		return err
	}
	defer s.Close()
	for {
		if _, err := s.Next(1); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// TestLoadOrder checks that Load refuses another order of axes too.
func TestLoadOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := WriteNPY(path, &Array{Shape: []int{4, 3, 2}, Data: make([]float64, 24)}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		shape []int
		ok    bool
	}{{[]int{3, 2}, true}, {[]int{1, 3, 2}, true}, {[]int{2, 3}, false}, {[]int{6}, true}, {nil, true}} {
		if _, err := Load(path, Options{Dim: 6, Shape: c.shape}); (err == nil) != c.ok {
			t.Errorf("shape %v: error %v", c.shape, err)
		}
	}
}

// TestStreamHuge reads from a file with more elements than an array may have, of
// which no more than the batches asked for is taken into memory.
func TestStreamHuge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge.npy")
	const rows, dim = 1 << 21, 784
	writeFile(t, path, npyBytes(1, header("|u1", fmt.Sprintf("(%d, %d)", rows, dim))))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	// A sparse file: zeros that take no room.
	if err := os.Truncate(path, info.Size()+rows*dim); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, Options{}); err == nil {
		t.Error("Load takes more elements than an array may have")
	}
	s, err := OpenStream(path, Options{Dim: dim})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Rows != rows {
		t.Errorf("%d rows, want %d", s.Rows, rows)
	}
	for range 3 {
		p, err := s.Next(100)
		if err != nil || p.Rows != 100 || cap(p.Data) > 101*dim {
			t.Fatalf("%v, %v", p, err)
		}
	}
}
