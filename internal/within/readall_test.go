package within_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/netmend/netmend/internal/within"
)

// allowing is a context that allows that many bytes at once.
func allowing(ctx context.Context, most int64) context.Context {
	return within.WithMemory(ctx, within.Memory{Need: func(bytes int64, what string) error {
		if bytes > most {
			return fmt.Errorf("%w: %s takes %d", within.ErrMemory, what, bytes)
		}
		return nil
	}})
}

// TestReadAll: what fits is read, whatever it is read from; what does not is read to its end,
// so that the error is that of the reader, or names the memory for all.
func TestReadAll(t *testing.T) {
	const size, times = 5 << 20, 3
	data := bytes.Repeat([]byte("01234567"), size/8)
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	file := func() io.Reader {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	stream := func() io.Reader { return iotest.HalfReader(bytes.NewReader(data)) }
	broken := errors.New("broken")
	read := func(ctx context.Context, r io.Reader, most int64) ([]byte, error) {
		return within.ReadAll(ctx, r, most, "reading", within.Times(times))
	}
	for name, from := range map[string]func() io.Reader{"file": file, "stream": stream} {
		if got, err := read(t.Context(), from(), size); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if got, err := read(t.Context(), from(), size-8); err != nil || len(got) != size-7 {
			t.Errorf("%s that is too long: %d bytes, %v, want one too many", name, len(got), err)
		}
		want := fmt.Sprintf("reading takes %d", times*size)
		if got, err := read(allowing(t.Context(), size/2), from(), size); got != nil || !errors.Is(err, within.ErrMemory) || !bytes.HasSuffix([]byte(err.Error()), []byte(want)) {
			t.Errorf("%s within half: %v, want %s", name, err, want)
		}
		if _, err := read(allowing(t.Context(), size/2), io.MultiReader(from(), iotest.ErrReader(broken)), 2*size); !errors.Is(err, broken) {
			t.Errorf("%s within half, which breaks: %v", name, err)
		}
	}
}

// TestGrow: what is appended is kept, for a few bytes at a time, and asked for.
func TestGrow(t *testing.T) {
	const n, most = 100_000, 8 * 125_000
	var list []int64
	var err error
	for i := range int64(n) {
		if list, err = within.Grow(allowing(t.Context(), most), list, 1, "reading"); err != nil {
			t.Fatal(err)
		}
		list = append(list, i)
	}
	for i, v := range list {
		if v != int64(i) {
			t.Fatalf("entry %d is %d", i, v)
		}
	}
	if _, err := within.Grow(allowing(t.Context(), most), list, n, "reading"); !errors.Is(err, within.ErrMemory) {
		t.Errorf("twice as many: %v", err)
	}
}

// TestNumbersRefused: the numbers that are left are counted.
func TestNumbersRefused(t *testing.T) {
	text := bytes.NewReader([]byte("[[1,2], [3 , 4.5]]\n\n6\t7e9,"))
	err := within.NumbersRefused(allowing(t.Context(), 1), text, 10, "reading", nil)
	if want := fmt.Sprintf("reading takes %d", 16*(10+6)); err == nil || !bytes.HasSuffix([]byte(err.Error()), []byte(want)) {
		t.Errorf("%v, want %s", err, want)
	}
}
