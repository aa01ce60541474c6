package shared

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestFind(t *testing.T) {
	top := t.TempDir()
	deep := filepath.Join(top, "checkout", "a", "b")
	data := filepath.Join(top, "shared", "data")
	for _, dir := range []string{deep, data} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := find(deep, "data"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("without go.mod: error %v, want fs.ErrNotExist", err)
	}
	if err := os.WriteFile(filepath.Join(top, "checkout", "go.mod"), []byte("module x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := find(deep, "data")
	if err != nil || got != data {
		t.Errorf("find data = %q, %v; want %q", got, err, data)
	}
	if _, err := find(deep, "data", "absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent file: error %v, want fs.ErrNotExist", err)
	}
}

func TestPathSkipsWhereAbsent(t *testing.T) {
	var inner *testing.T
	t.Run("inner", func(t *testing.T) {
		inner = t
		Path(t, "no", "such", "file")
		t.Error("Path returned for a file that does not exist")
	})
	if !inner.Skipped() {
		t.Error("Path did not skip the test")
	}
}
