package onnx

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/netmend/netmend/nn"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "net.onnx")
	n := chain(t, rand.New(rand.NewPCG(1, 1)), nn.ReLU())
	for range 2 { // new, then replaced
		if err := WriteFile(path, n, WriteOptions{Rounded: true}); err != nil {
			t.Fatal(err)
		}
		sameNetwork(t, readFile(t, path), n)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// A network that does not fit leaves the file alone.
	if err := WriteFile(path, chain(t, rand.New(rand.NewPCG(2, 2)), nn.LeakyReLU(1e39)), WriteOptions{DType: nn.Float32, Rounded: true}); err == nil {
		t.Error("a slope of 1e39 was written as float32")
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("the file has changed")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%d files in the folder (%v), want 1", len(entries), err)
	}
}

// A target that cannot be replaced is reported, and nothing is left beside it.
func TestWriteFileFails(t *testing.T) {
	n := chain(t, rand.New(rand.NewPCG(1, 1)), nn.ReLU())
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder.onnx")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder, filepath.Join(dir, "absent", "net.onnx")} {
		if err := WriteFile(path, n, WriteOptions{Rounded: true}); err == nil {
			t.Errorf("%s was written", path)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%d entries in the folder (%v), want 1", len(entries), err)
	}
}
