package verify

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/spec/vnnlib"
)

// TestACASVerdicts compares a sample of the ACAS Xu instances with the verdicts on
// which the tools of VNN-COMP 2021 to 2023 agree.
// Without -short it takes more of them.
func TestACASVerdicts(t *testing.T) {
	data := shared.Path(t, "data", "acasxu")
	file, err := os.Open(shared.Path(t, "reference", "preimage", "acas_verdicts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	first, step := 1, 13
	if testing.Short() {
		first, step = 8, 30 // of each property, those that are soon decided
	}
	for i := first; i < len(rows); i += step {
		name, prop, want := rows[i][0], rows[i][1], rows[i][2]
		net, err := onnx.ReadFile(filepath.Join(data, "onnx", name), onnx.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := vnnlib.ReadFile(filepath.Join(data, "vnnlib", prop))
		if err != nil {
			t.Fatal(err)
		}
		r := mustDecide(t, net, p, Options{MaxTime: 116 * time.Second})
		if r.Verdict.String() != want {
			t.Errorf("%s, %s: %v (%s), want %s", name, prop, r.Verdict, r.Reason, want)
		}
	}
}

// TestCompetitionExamples decides the small instances of VNN-COMP.
func TestCompetitionExamples(t *testing.T) {
	data := shared.Path(t, "data", "vnncomp", "test")
	for _, c := range []struct {
		net, prop string
		want      Verdict
	}{
		{"test_nano.onnx", "test_nano.vnnlib", Holds},
		{"test_tiny.onnx", "test_tiny.vnnlib", Holds},
		{"test_small.onnx", "test_small.vnnlib", Holds},
		{"test_sat.onnx", "test_prop.vnnlib", Violated},
		{"test_unsat.onnx", "test_prop.vnnlib", Holds},
	} {
		net, err := onnx.ReadFile(filepath.Join(data, c.net), onnx.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := vnnlib.ReadFile(filepath.Join(data, c.prop))
		if err != nil {
			t.Fatal(err)
		}
		if r := mustDecide(t, net, p, Options{}); r.Verdict != c.want {
			t.Errorf("%s: %v (%s), want %v", c.net, r.Verdict, r.Reason, c.want)
		}
	}
}
