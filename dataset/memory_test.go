package dataset

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/within"
)

// allowing returns a context that allows that many bytes, and keeps the largest amount that
// was asked for.
func allowing(ctx context.Context, bytes int64) (limited context.Context, most *int64, refused error) {
	refused, most = errors.New("too much"), new(int64)
	return within.WithMemory(ctx, within.Memory{
		Left: func() int64 { return bytes },
		Need: func(n int64, _ string) error {
			if *most = max(*most, n); n > bytes {
				return refused
			}
			return nil
		},
	}), most, refused
}

// TestReadingAsksFirst: in every format the memory for the numbers is asked for, and
// reading is refused where there is less.
func TestReadingAsksFirst(t *testing.T) {
	const rows, dim = 2000, 50
	a := &Array{Shape: []int{rows, dim}, Data: make([]float64, rows*dim), Type: Uint8}
	for i := range a.Data {
		a.Data[i] = float64(i % 251)
	}
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	var npy, zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if err := errors.Join(EncodeNPY(&npy, a), EncodeNPY(z, a), z.Close(), WriteNPZ(path("a.npz"), Member{"x", a}),
		os.WriteFile(path("a.npy"), npy.Bytes(), 0o644), os.WriteFile(path("a.npy.gz"), zipped.Bytes(), 0o644),
		os.WriteFile(path("a.csv"), []byte(strings.Repeat(strings.Repeat("1,", dim-1)+"1\n", rows)), 0o644)); err != nil {
		t.Fatal(err)
	}
	const whole = 8 * rows * dim
	for _, name := range []string{"a.npy", "a.npy.gz", "a.npz", "a.csv"} {
		ctx, asked, _ := allowing(t.Context(), math.MaxInt64)
		if p, err := LoadContext(ctx, path(name), Options{Dim: dim}); err != nil || p.Rows != rows {
			t.Errorf("%s without a limit: %v", name, err)
		}
		if *asked < whole || *asked > 2*whole {
			t.Errorf("%s: asked for %d bytes, want %d to twice that", name, *asked, whole)
		}
		ctx, _, refused := allowing(t.Context(), whole/2)
		if _, err := LoadContext(ctx, path(name), Options{Dim: dim}); !errors.Is(err, refused) {
			t.Errorf("%s within half: %v, want the refusal", name, err)
		}
		s, err := OpenStreamContext(ctx, path(name), Options{Dim: dim})
		if err != nil {
			t.Fatal(err)
		}
		read := 0
		for {
			p, err := s.Next(100)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s by hundreds within half: %v", name, err)
			}
			read += p.Rows
		}
		if err := s.Close(); err != nil || read != rows {
			t.Errorf("%s by hundreds: %d points, %v", name, read, err)
		}
	}
}
