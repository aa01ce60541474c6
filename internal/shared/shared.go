// Package shared finds the test data that lies next to a checkout of the
// project: the networks, data sets and reference results in the folder
// "shared" beside the repository root. None of it is part of the project, so
// every test that reads it skips where it is absent.
//
// The package is imported by tests only.
package shared

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Path returns the absolute path of the file or folder elem... below the
// shared folder. The test is skipped, naming the missing path, where there is
// no such file or folder.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	path, err := find(dir, elem...)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("test data is absent: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// find resolves elem... below the shared folder of the repository that dir
// lies in. The repository root is the nearest folder upwards with a go.mod.
// The error is fs.ErrNotExist, wrapped, where root or file is missing.
func find(dir string, elem ...string) (string, error) {
	root := dir
	for {
		_, err := os.Stat(filepath.Join(root, "go.mod"))
		if err == nil {
			break
		}
		parent := filepath.Dir(root)
		if parent == root {
			return "", fmt.Errorf("no go.mod in %s or above: %w", dir, fs.ErrNotExist)
		}
		root = parent
	}
	path := filepath.Join(append([]string{filepath.Dir(root), "shared"}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		return "", err
	}
	return path, nil
}
