//go:build unix

package atomicfile_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netmend/netmend/internal/atomicfile"
)

// stage stages a text and fails the test where that fails.
func stage(t *testing.T, b *atomicfile.Batch, path, text string) {
	t.Helper()
	n, err := b.Stage(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil || n != int64(len(text)) {
		t.Fatalf("%d bytes, %v", n, err)
	}
}

// contents fails the test where a file has others.
func contents(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s: %q, %v, want %q", path, got, err, want)
	}
}

// names fails the test where the files in a folder are others.
func names(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder has %q, want %q", got, want)
	}
}

// TestTogether: nothing is there before the commit, all after it, with the
// permissions of what was there.
func TestTogether(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "new", "inner", "b")
	if err := os.WriteFile(a, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	var batch atomicfile.Batch
	if err := batch.Folder(filepath.Dir(b)); err != nil {
		t.Fatal(err)
	}
	stage(t, &batch, a, "new a")
	stage(t, &batch, b, "new b")
	contents(t, a, "old")
	if paths, err := batch.Commit(t.Context()); err != nil || len(paths) != 2 {
		t.Fatalf("%v, %v", paths, err)
	}
	contents(t, a, "new a")
	contents(t, b, "new b")
	if info, err := os.Stat(a); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v: want the permissions as they were", info.Mode(), err)
	}
	names(t, dir, "a", "new")
	names(t, filepath.Dir(b), "b")
	batch.Discard()
	contents(t, b, "new b")
}

// TestNotAtAll: what is discarded, or comes too late, leaves nothing.
func TestNotAtAll(t *testing.T) {
	for name, end := range map[string]func(*atomicfile.Batch) error{
		"discarded": func(b *atomicfile.Batch) error { b.Discard(); return errors.New("discarded") },
		"late": func(b *atomicfile.Batch) error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := b.Commit(ctx)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var b atomicfile.Batch
			if err := b.Folder(filepath.Join(dir, "folder")); err != nil {
				t.Fatal(err)
			}
			stage(t, &b, filepath.Join(dir, "a"), "a")
			stage(t, &b, filepath.Join(dir, "folder", "b"), "b")
			if end(&b) == nil {
				t.Error("no error")
			}
			names(t, dir)
			if _, err := b.Stage(filepath.Join(dir, "c"), func(io.Writer) error { return nil }); err == nil {
				t.Error("a file could be added afterwards")
			}
		})
	}
}

// TestTakenBack: the second file cannot be put in its place, so the first is as it was.
func TestTakenBack(t *testing.T) {
	dir := t.TempDir()
	a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	if err := os.WriteFile(a, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	var batch atomicfile.Batch
	stage(t, &batch, a, "new a")
	stage(t, &batch, c, "new c")
	stage(t, &batch, b, "new b")
	if err := os.Mkdir(b, 0o700); err != nil { // in the way
		t.Fatal(err)
	}
	if _, err := batch.Commit(t.Context()); err == nil || !strings.Contains(err.Error(), b) {
		t.Errorf("error %v, want one that names %s", err, b)
	}
	contents(t, a, "old")
	names(t, dir, "a", "b")
}

// TestWrittenThrough: symbolic links, hard links, FIFOs and devices stay what they are.
func TestWrittenThrough(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(
		os.WriteFile(path("target"), []byte("old"), 0o600),
		os.Symlink("target", path("link")),
		os.Symlink("absent", path("dangling")),
		os.WriteFile(path("first"), []byte("old"), 0o600),
		os.Link(path("first"), path("second")),
		syscall.Mkfifo(path("fifo"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		data, _ := os.ReadFile(path("fifo"))
		read <- string(data)
	}()
	var b atomicfile.Batch
	for _, name := range []string{"link", "dangling", "second", "fifo"} {
		stage(t, &b, path(name), name)
	}
	stage(t, &b, os.DevNull, "nothing")
	if _, err := b.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "fifo" {
		t.Errorf("the FIFO gave %q", got)
	}
	contents(t, path("target"), "link")
	contents(t, path("absent"), "dangling")
	contents(t, path("first"), "second")
	for name, want := range map[string]os.FileMode{"link": os.ModeSymlink, "dangling": os.ModeSymlink, "fifo": os.ModeNamedPipe, os.DevNull: os.ModeDevice | os.ModeCharDevice} {
		if !filepath.IsAbs(name) {
			name = path(name)
		}
		if info, err := os.Lstat(name); err != nil || info.Mode().Type() != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	names(t, dir, "absent", "dangling", "fifo", "first", "link", "second", "target")
}

// TestFIFOWithoutReader: the commit waits for one until its time is over, and then
// nothing is written.
func TestFIFOWithoutReader(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	var b atomicfile.Batch
	stage(t, &b, filepath.Join(dir, "a"), "a")
	stage(t, &b, fifo, "b")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.Commit(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	names(t, dir, "fifo")
}

// TestFull: a device that takes nothing fails the commit of all.
func TestFull(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	var b atomicfile.Batch
	stage(t, &b, filepath.Join(dir, "a"), "a")
	stage(t, &b, full, "b")
	if _, err := b.Commit(t.Context()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v, want no space left", err)
	}
	names(t, dir)
}

// TestSameFile: two outputs by two names of one file are refused.
func TestSameFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	var b atomicfile.Batch
	stage(t, &b, filepath.Join(dir, "a"), "a")
	if _, err := b.Stage(filepath.Join(dir, "link"), func(io.Writer) error { return nil }); err == nil {
		t.Error("no error")
	}
	b.Discard()
	names(t, dir, "link")
}
