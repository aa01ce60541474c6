package onnx

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unsliced are the operators that are read for a whole sample only: they move or mix the
// entries of leading axes, or nothing is known of them. See sliced.
var unsliced = strings.Fields(`
	Constant ConstantOfShape Expand Pad Range ReduceMax ReduceMin ReduceProd Shape Size
	Squeeze Tile Unsqueeze
`)

// unsteady are the operators that change between opsets 7 and 13, or begin there: upgraded
// treats them alone, or they are not copied. See steady.
var unsteady = strings.Fields(`
	BatchNormalization Celu Clip ConstantOfShape Dropout Gelu GreaterOrEqual HardSwish
	LessOrEqual LogSoftmax Mod Pad Range ReduceSum Round Size Slice Softmax Split Squeeze
	Unsqueeze
`)

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
		if sliced[name] == slices.Contains(unsliced, name) && !operators[name].elementwise {
			t.Errorf("does %s keep the entries of leading axes apart? Add it to sliced in nn/onnx/batch.go, or to unsliced in nn/onnx/checklist_test.go", name)
		}
		if steady[name] == slices.Contains(unsteady, name) {
			t.Errorf("does %s mean in opset 13 what it means in those before? Add it to steady in nn/onnx/upgrade.go, or to unsteady in nn/onnx/checklist_test.go", name)
		}
		if !strings.Contains(docs, "`"+name+"`") {
			t.Errorf("%s is not documented: add it to the table of operators in docs/NETWORKS.md", name)
		}
	}
}
