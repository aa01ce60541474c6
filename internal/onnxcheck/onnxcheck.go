// Package onnxcheck checks ONNX models with the checker of the onnx project, of Debian's
// package python3-onnx: types and shapes are inferred strictly. It is a test dependency
// only. Without it tests that need it are skipped, or fail if the environment variable
// NETMEND_REQUIRE_ORACLES is 1, as it is in continuous integration.
package onnxcheck

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// MaxOpset and MaxIR are the newest versions that the checker knows in Debian 12.
const (
	MaxOpset = 17
	MaxIR    = 8
)

// python is that of Debian, whose packages another one does not see.
const python = "/usr/bin/python3"

// Require skips the calling test where there is no checker.
func Require(t testing.TB) {
	t.Helper()
	if exec.Command(python, "-c", "import onnx.checker").Run() == nil {
		return
	}
	if os.Getenv("NETMEND_REQUIRE_ORACLES") == "1" {
		t.Fatal("there is no checker of ONNX files (Debian: python3-onnx)")
	}
	t.Skip("there is no checker of ONNX files (Debian: python3-onnx)")
}

// script prints a line for each file that is refused. Its names keep those of the models.
const script = `
import sys, os, onnx, onnx.checker
for name in sorted(os.listdir(sys.argv[1])):
    try:
        onnx.checker.check_model(onnx.load(os.path.join(sys.argv[1], name)), full_check=True)
    except Exception as e:
        print(name[:-5], "\t", " ".join(str(e).split()))
`

// Check reports every model, by its name, that the checker refuses.
func Check(t testing.TB, models map[string][]byte) {
	t.Helper()
	Require(t)
	dir := t.TempDir()
	names := map[string]string{}
	for name, data := range models {
		file := fmt.Sprintf("%06d", len(names))
		names[file] = name
		if err := os.WriteFile(filepath.Join(dir, file+".onnx"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(python, "-c", script, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("the checker ended with %v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		file, why, _ := strings.Cut(line, "\t")
		t.Errorf("%s: %s", names[strings.TrimSpace(file)], strings.TrimSpace(why))
	}
}
