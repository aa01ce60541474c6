package onnx

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOperatorsAreCovered: every operator that is read is in the random graphs that are
// compared with ONNX Runtime, and in the documentation.
func TestOperatorsAreCovered(t *testing.T) {
	read := func(pattern string) string {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		var all strings.Builder
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
		return all.String()
	}
	attack, docs := read("attack_*_test.go"), read("../../docs/NETWORKS.md")
	var names []string
	for name := range operators {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !strings.Contains(attack, `"`+name+`"`) {
			t.Errorf("%s is in no random graph: add a step to nn/onnx/attack_steps_test.go", name)
		}
		if !strings.Contains(docs, "`"+name+"`") {
			t.Errorf("%s is not documented: add it to the table of operators in docs/NETWORKS.md", name)
		}
	}
}
