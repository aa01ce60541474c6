package architecture

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFuzzSeeds: every fuzz target has seeds in files, which each run of the tests reads.
func TestFuzzSeeds(t *testing.T) {
	root := filepath.Join("..", "..")
	target := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range target.FindAllSubmatch(text, -1) {
			found++
			seeds := filepath.Join(filepath.Dir(path), "testdata", "fuzz", string(m[1]))
			if entries, err := os.ReadDir(seeds); err != nil || len(entries) == 0 {
				t.Errorf("%s: no seeds in %s (%v)", path, seeds, err)
			}
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Errorf("%d fuzz targets, error %v", found, err)
	}
}
