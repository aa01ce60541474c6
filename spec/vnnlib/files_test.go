package vnnlib

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/set"
)

// TestFiles reads every property of the benchmarks and compares sizes.
func TestFiles(t *testing.T) {
	for _, test := range []struct {
		folder                 []string
		files, cases, disjunct int
	}{
		{[]string{"data", "acasxu", "vnnlib"}, 10, 11, 29},
		{[]string{"data", "vnncomp", "mnist_fc"}, 30, 30, 270},
		{[]string{"data", "vnncomp", "rl_benchmarks"}, 296, 296, 364},
		{[]string{"data", "vnncomp", "test"}, 4, 4, 4},
		{[]string{"data", "preimage", "invprop"}, 2, 2, 3},
	} {
		files, cases, disjuncts := 0, 0, 0
		err := filepath.WalkDir(shared.Path(t, test.folder...), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.Contains(filepath.Base(path), ".vnnlib") {
				return err
			}
			p, err := ReadFile(path)
			if err != nil {
				t.Error(err)
				return nil
			}
			files++
			cases += len(p.Cases)
			disjuncts += p.Disjuncts()
			for _, c := range p.Cases {
				if !c.Input.Box.Bounded() {
					t.Errorf("%s: unbounded input", path)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if files != test.files || cases != test.cases || disjuncts != test.disjunct {
			t.Errorf("%v: %d files, %d cases, %d disjuncts, want %d, %d, %d",
				test.folder, files, cases, disjuncts, test.files, test.cases, test.disjunct)
		}
	}
}

// TestProperty6 has a disjunction over inputs and one over outputs.
func TestProperty6(t *testing.T) {
	p, err := ReadFile(shared.Path(t, "data", "acasxu", "vnnlib", "prop_6.vnnlib"))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Cases) != 2 {
		t.Fatalf("%d cases, want 2", len(p.Cases))
	}
	for i, bounds := range [][2]float64{{0.11140846, 0.499999896}, {-0.499999896, -0.11140846}} {
		in := p.Cases[i].Input
		lower := []float64{-0.129289109, bounds[0], -0.499999896, -0.5, -0.5}
		upper := []float64{0.700434925, bounds[1], -0.499204121, 0.5, 0.5}
		if !slices.Equal(in.Box.Lo, lower) || !slices.Equal(in.Box.Hi, upper) {
			t.Errorf("case %d: box %v to %v, want %v to %v", i, in.Box.Lo, in.Box.Hi, lower, upper)
		}
		for j, o := range p.Cases[i].Outputs {
			want := set.HalfSpace{Normal: make([]float64, 5)}
			want.Normal[0], want.Normal[j+1] = -1, 1
			if len(o) != 1 || !slices.Equal(o[0].Normal, want.Normal) || o[0].Offset != 0 {
				t.Errorf("case %d, disjunct %d: %+v, want %+v", i, j, o, want)
			}
		}
	}
}

// TestSpotChecks compares single numbers of other files.
func TestSpotChecks(t *testing.T) {
	p, err := ReadFile(shared.Path(t, "data", "acasxu", "vnnlib", "prop_1.vnnlib"))
	if err != nil {
		t.Fatal(err)
	}
	h := p.Cases[0].Outputs[0][0]
	if h.Offset != -3.991125645861615 || !slices.Equal(h.Normal, []float64{-1, 0, 0, 0, 0}) {
		t.Errorf("property 1: output %+v", h)
	}
	p, err = ReadFile(shared.Path(t, "data", "preimage", "invprop", "double_integrator.vnnlib"))
	if err != nil {
		t.Fatal(err)
	}
	want := []set.HalfSpace{
		{Normal: []float64{1, 0}, Offset: 5},
		{Normal: []float64{-1, 0}, Offset: -4.5},
		{Normal: []float64{0, 1}, Offset: 0.25},
		{Normal: []float64{0, -1}, Offset: 0.25},
	}
	for i, h := range p.Cases[0].Outputs[0].HalfSpaces() {
		if !slices.Equal(h.Normal, want[i].Normal) || h.Offset != want[i].Offset {
			t.Errorf("double integrator: output %d is %+v, want %+v", i, h, want[i])
		}
	}
}
