// Package golden compares what a test makes with a file that is part of the repository, and
// writes that file with go test -update: the one flag for all golden files.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// Update is set by go test -update: write golden files instead of comparing them. Look at
// the change before you commit it.
var Update = flag.Bool("update", false, "write golden files instead of comparing them; look at the change before you commit it")

// Compare fails the test if the file at path does not contain exactly the bytes of got, or
// writes them with -update.
func Compare(t testing.TB, path string, got []byte) {
	t.Helper()
	want, err := os.ReadFile(path)
	if err == nil && bytes.Equal(got, want) {
		return
	}
	if !*Update {
		t.Errorf("%s is out of date (%v); run this test with -update and look at the change", path, err)
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, got, 0o666); err != nil {
		t.Fatal(err)
	}
}
