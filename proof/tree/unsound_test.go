package tree

import (
	"math"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// TestUnsoundStepOfEachKind has, of each kind of step, ones that would be false if they
// proved anything: of multipliers that prove too little, that overflow, and that are no
// multipliers. The input (0.5, 0.5) is in every cell below, and its output in the term.
func TestUnsoundStepOfEachKind(t *testing.T) {
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 2, Cols: 2, Stride: 2, Data: []float64{1, 1, 1e10, -1e10}}, Bias: []float64{0, 0}}}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 2, Stride: 2, Data: []float64{1, 1}}, Bias: []float64{0}}}},
	}, []int{2}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	p := &Problem{
		Net: net, Lo: []float64{-1, -1}, Hi: []float64{1, 1},
		// Row 0 cuts nothing off that is needed, row 1 has a large coefficient.
		Cuts:  []set.HalfSpace{{Normal: []float64{1, 1}, Offset: 1}, {Normal: []float64{1e10, -1e10}, Offset: 1}},
		Terms: [][]set.HalfSpace{{{Normal: []float64{-1}, Offset: -0.5}}, {{Normal: []float64{1}, Offset: 1.5}}},
	}
	one := func(y float64) []cert.Weight { return []cert.Weight{{Row: 1, Value: y}} }
	multipliers := map[string][]cert.Weight{
		"none": nil, "weak": {{Row: 0, Value: 1}}, "zero": one(0), "tiny": one(5e-324), "one": one(1), "huge": one(1e300),
		"overflow": one(math.MaxFloat64 / 2), "largest": one(math.Nextafter(math.MaxFloat64, 0)),
		"many": {{Row: 1, Value: 1e300}, {Row: 1, Value: 1e300}, {Row: 0, Value: 1e308}, {Row: 0, Value: 1e308}},
		"NaN":  one(math.NaN()), "infinite": one(math.Inf(1)), "negative": one(-1), "no such row": {{Row: 2, Value: 1}}, "row -1": {{Row: -1, Value: 1}},
	}
	for name, ws := range multipliers {
		for _, kind := range []cert.StepKind{cert.Low, cert.High, cert.Floor, cert.Ceil, cert.Close, cert.CloseBack, cert.Empty} {
			for index := range 2 {
				s, err := New(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				step := &cert.Step{Kind: kind, Index: index, Rows: ws}
				if kind == cert.Close || kind == cert.CloseBack {
					step.Columns = []cert.Weight{{Row: 0, Value: 1}}
					if name != "no such row" && name != "row -1" && len(ws) > 0 {
						step.Columns[0].Value = ws[0].Value
					}
				}
				err = s.Apply(step)
				if (kind == cert.Close || kind == cert.CloseBack || kind == cert.Empty) && err == nil {
					t.Errorf("%v with %s of %d is accepted", kind, name, index)
				}
				if s.Done() || s.lo[0] > 0.5 || s.lo[1] > 0.5 || s.hi[0] < 0.5 || s.hi[1] < 0.5 || s.units[0].floor > 1 || s.units[0].ceil < 1 || s.units[1].floor > 0 || s.units[1].ceil < 0 {
					t.Errorf("%v with %s of %d excludes (0.5, 0.5): box [%v, %v], units %+v", kind, name, index, s.lo, s.hi, s.units)
				}
			}
		}
	}
	// A split proves nothing: one part closed is not both, nor can one be left out.
	for name, step := range map[string]cert.Step{
		"of a unit that is not there": {Kind: cert.Split, Index: 2}, "at a breakpoint that is not there": {Kind: cert.Split, Level: 1},
		"of an input that is not there": {Kind: cert.Halve, Index: 2}, "of input -1": {Kind: cert.Halve, Index: -1},
		"of unit -1": {Kind: cert.Split, Index: -1}, "at breakpoint -1": {Kind: cert.Split, Level: -1},
	} {
		s, err := New(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if s.Apply(&step) == nil {
			t.Errorf("a split %s is accepted", name)
		}
	}
	// Both units below their breakpoints give 0, which is not in the first term.
	p.Terms = p.Terms[:1]
	var steps []byte
	for _, step := range []cert.Step{
		{Kind: cert.Split, Index: 0},
		{Kind: cert.Split, Index: 1},
		{Kind: cert.Close, Columns: []cert.Weight{{Value: 1}}},
	} {
		steps = cert.AppendStep(steps, &step)
	}
	if _, err := Run(t.Context(), p, steps); err == nil {
		t.Error("a proof of one part of a split is accepted for both")
	}
}
