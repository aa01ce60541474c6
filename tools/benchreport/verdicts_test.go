package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVerdictTable(t *testing.T) {
	data := t.TempDir()
	write := func(text string, parts ...string) {
		path := filepath.Join(append([]string{data}, parts...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("onnx/a.onnx,vnnlib/p.vnnlib,116\nonnx/b.onnx,vnnlib/p.vnnlib,116\nonnx/a.onnx,vnnlib/q.vnnlib,5\n", "data", "acasxu", "instances.csv")
	write("onnx,vnnlib,verdict,timeout_s\na.onnx,p.vnnlib,holds,116\nb.onnx,p.vnnlib,holds,116\n", "reference", "preimage", "acas_verdicts.csv")
	// Network a holds on p, b is violated there; q is unknown in its five seconds.
	path := script(t, `case "$*" in
*a.onnx*p.vnnlib*116s) echo '{"verdict":"holds","seconds":{"total":1}}';;
*b.onnx*p.vnnlib*116s) echo '{"verdict":"violated","seconds":{"total":3}}'; exit 1;;
*a.onnx*q.vnnlib*5s) echo '{"verdict":"unknown","seconds":{"total":5}}'; exit 3;;
esac`)
	got, err := verdictTable(path, data, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| p | 2 | 1 | 1 | 0 | 1 of 2 | **4** | 3 |",
		"| q | 1 | 0 | 0 | 1 | 0 of 0 | **5** | 5 |",
		"| all | 3 | 1 | 1 | 1 | 1 of 2 | **9** | 5 |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if _, err := verdictTable(script(t, "echo '{}'"), data, 1); err == nil {
		t.Error("an answer without a verdict was accepted")
	}
}

func TestRunRejectsUnknownTable(t *testing.T) {
	err := run("", "", filepath.Join(t.TempDir(), "out.md"), 1, "repair,speed")
	if err == nil || !strings.Contains(err.Error(), `"speed"`) {
		t.Errorf("error %v, want one that names the table", err)
	}
}
