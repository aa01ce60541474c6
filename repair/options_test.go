package repair

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

func TestOptionsRefused(t *testing.T) {
	net := figure3(t)
	number := func(v float64) *float64 { return &v }
	ok := equation2()
	list := func(ps ...Parameter) Free { return Free{Kind: FreeList, List: ps} }
	huge := chain(t, 1, dense(t, []float64{1e200, 0}), nn.ReLU(), dense(t, []float64{1e200, 0}))
	classes := chain(t, 1, dense(t, []float64{1, 0}, []float64{-1, 0}))
	for _, c := range []struct {
		name string
		net  *nn.Network
		spec *spec.Spec
		opt  Options
		want string
	}{
		{"layer 0", net, ok, Options{}, "no layer 0"},
		{"layer 3", net, ok, Options{Layer: 3}, "layers 1 to 2"},
		{"negative layer", net, ok, Options{Layer: -1}, "no layer -1"},
		{"norm", net, ok, Options{Layer: 1, Norm: "l3"}, `"l3": want l1, linf, mix or l2`},
		{"weights", net, ok, Options{Layer: 1, L1Weight: -1, LinfWeight: 1}, "want numbers >= 0"},
		{"NaN weight", net, ok, Options{Layer: 1, L1Weight: math.NaN()}, "want numbers >= 0"},
		{"bound", net, ok, Options{Layer: 1, Bound: -1}, "bound -1"},
		{"NaN bound", net, ok, Options{Layer: 1, Bound: math.NaN()}, "bound NaN"},
		{"infinite bound", net, ok, Options{Layer: 1, Bound: math.Inf(1)}, "bound +Inf"},
		{"margin", net, ok, Options{Layer: 1, Margin: number(-1)}, "margin -1"},
		{"NaN margin", net, ok, Options{Layer: 1, Margin: number(math.NaN())}, "margin NaN"},
		{"margin of the spec", net, &spec.Spec{Items: ok.Items, Margin: -1}, Options{Layer: 1}, "margin -1"},
		{"NaN margin of the spec", net, &spec.Spec{Items: ok.Items, Margin: math.NaN()}, Options{Layer: 1}, "margin NaN"},
		{"empty list", net, ok, Options{Layer: 1, Free: list()}, "the list of free parameters is empty"},
		{"unknown kind", net, ok, Options{Layer: 1, Free: Free{Kind: "some"}}, `"some": want all, weights, biases, nonzero or list`},
		{"output of a parameter", net, ok, Options{Layer: 1, Free: list(Parameter{3, 0})}, "outputs 0 to 2"},
		{"input of a parameter", net, ok, Options{Layer: 1, Free: list(Parameter{0, 2})}, "inputs 0 to 0"},
		{"negative parameter", net, ok, Options{Layer: 1, Free: list(Parameter{-1, 0})}, "(output -1, input 0)"},
		{"empty spec", net, specOf(), Options{Layer: 1}, "specification is empty"},
		{"dimension", net, specOf(pointItem(between(0, 1), 1, 2)), Options{Layer: 1}, "lies in 2 dimensions, the network has 1 inputs"},
		{"no set", net, specOf(spec.Item{Name: "nothing", Output: between(0, 1)}), Options{Layer: 1}, "nothing: the input set lies in 0 dimensions"},
		{"class", net, specOf(pointItem(class(1), 1)), Options{Layer: 1}, "class 1: the network has outputs 0 to 0"},
		{"nothing required", classes, specOf(pointItem(class(0, 1), 1)), Options{Layer: 1}, "nothing is required"},
		{"keep", net, specOf(spec.Item{Name: "kept", Point: []float64{1}, Keep: true}), Options{Layer: 1}, "no classes to keep"},
		{"bounds", net, specOf(pointItem(between(1, 0), 1)), Options{Layer: 1}, "nothing lies there"},
		{"half-space", net, specOf(pointItem(spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1, 1}}}}, 1)), Options{Layer: 1}, "2 coefficients, the network has 1 outputs"},
		{"NaN half-space", net, specOf(pointItem(spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{math.NaN()}}}}, 1)), Options{Layer: 1}, "NaN"},
		{"infinite offset", net, specOf(pointItem(spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1}, Offset: math.Inf(-1)}}}, 1)), Options{Layer: 1}, "-Inf"},
		{"NaN point", net, specOf(pointItem(between(0, 1), math.NaN())), Options{Layer: 1}, "NaN"},
		{"infinite point", net, specOf(pointItem(between(0, 1), math.Inf(1))), Options{Layer: 1}, "+Inf"},
		{"overflow", huge, specOf(pointItem(between(0, 1), 1)), Options{Layer: 2}, "overflow"},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, err := Run(t.Context(), c.net, c.spec, c.opt)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if err == nil {
				t.Logf("%s: %s, %+v", res.Status, res.Reason, res.Check)
			}
		})
	}
}

func TestOptionsDefaults(t *testing.T) {
	o := Options{}.filled(t)
	if o.Norm != Mix || o.Bound != DefaultBound || o.L1Weight != 1 || o.LinfWeight != 1 || o.Workers < 1 || o.Progress == nil {
		t.Errorf("%+v", o)
	}
	for _, n := range []Norm{L1, Linf, Mix, L2} {
		if got, err := ParseNorm(string(n)); err != nil || got != n {
			t.Errorf("%s is read as %s, error %v", n, got, err)
		}
	}
	if _, err := ParseNorm(""); err == nil {
		t.Error(`"" is a norm`)
	}
}

func TestFreeMask(t *testing.T) {
	p := &dense(t, []float64{1, 0, 5}, []float64{0, -2, 0}).Params
	for _, c := range []struct {
		free Free
		want string
	}{
		{Free{}, "[]"},
		{Free{Kind: FreeAll}, "[]"},
		{Free{Kind: FreeWeights}, "[true true false true true false]"},
		{Free{Kind: FreeBiases}, "[false false true false false true]"},
		{Free{Kind: FreeNonzero}, "[true false true false true false]"},
		{Free{Kind: FreeList, List: []Parameter{{1, BiasInput}, {0, 1}}}, "[false true false false false true]"},
	} {
		got, err := c.free.Mask(p)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%+v: %v, want %s", c.free, got, c.want)
		}
	}
}

// The weights of the mix are of the mean and of the maximum.
func TestMixWeights(t *testing.T) {
	for _, c := range []struct{ l1, linf float64 }{{1, 1}, {6, 0}, {0, 1}, {3, 0.5}} {
		r := mustRun(t, figure3(t), equation2(), Options{Layer: 1, L1Weight: c.l1, LinfWeight: c.linf})
		if want := c.l1*r.L1/6 + float64(c.linf*r.Linf); math.Abs(r.Objective-want) > 1e-12 {
			t.Errorf("%+v: objective %g, want %g", c, r.Objective, want)
		}
	}
}

func TestBoundBinds(t *testing.T) {
	free := mustRepair(t, figure3(t), equation2(), Options{Layer: 1, Norm: L1, Free: drawnEdges})
	if free.BoundBinds {
		t.Errorf("the bound 3 binds a change of %g", free.Linf)
	}
	tight := mustRepair(t, figure3(t), equation2(), Options{Layer: 1, Norm: L1, Free: drawnEdges, Bound: 1})
	if !tight.BoundBinds || tight.Linf > 1 || tight.Objective <= free.Objective {
		t.Errorf("bound 1: binds %v, change %g, objective %g", tight.BoundBinds, tight.Linf, tight.Objective)
	}
}

func TestInterrupted(t *testing.T) {
	net, s := float32Case(t, 2)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := Run(cancelled, net, s, Options{Layer: 1}); !errors.Is(err, context.Canceled) || (r != nil && r.Status != Unknown) {
		t.Errorf("cancelled before: %+v, error %v", r, err)
	}
	if _, err := Check(cancelled, net, s, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("check cancelled before: error %v", err)
	}
	if _, _, err := Auto(cancelled, net, s, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("auto cancelled before: error %v", err)
	}
	for _, norm := range []Norm{L1, Linf, Mix, L2} {
		ctx, cancel := context.WithCancel(t.Context())
		later := 0
		r, err := Run(ctx, net, s, Options{Layer: 1, Norm: norm, Progress: func(p Progress) {
			if ctx.Err() != nil {
				later++
			}
			if p.Phase == "solve" {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, context.Canceled) || r == nil || r.Status != Unknown || r.Network != nil || r.Reason != "interrupted" {
			t.Errorf("%s: cancelled while solving: %+v, error %v", norm, r, err)
		}
		if later > 3 {
			t.Errorf("%s: %d more steps after the interrupt", norm, later)
		}
	}
}

func TestTimeLimit(t *testing.T) {
	net, s := float32Case(t, 2)
	r, err := Run(t.Context(), net, s, Options{Layer: 1, MaxTime: time.Nanosecond})
	if err != nil || r.Status != Unknown || r.Reason != "the time limit was reached" || r.Network != nil {
		t.Errorf("%+v, error %v", r, err)
	}
	best, all, err := Auto(t.Context(), net, s, Options{MaxTime: time.Nanosecond})
	if err != nil || best.Status != Unknown || len(all) != 3 {
		t.Errorf("auto: %+v of %d, error %v", best, len(all), err)
	}
}

// outcomeOf says all of a result but the time it took.
func outcomeOf(t testing.TB, r *Result) string {
	t.Helper()
	c := *r
	c.Time = Seconds{}
	c.Network, c.Change = nil, nil
	shown, err := json.Marshal([]any{c.Proof, c.Rows, c.Contradiction, c.Conflict})
	if err != nil {
		t.Fatal(err)
	}
	c.Proof, c.Rows, c.Contradiction, c.Conflict = nil, nil, nil, nil
	text := fmt.Sprintf("%+v%s", c, shown)
	if r.Network != nil {
		text += fmt.Sprintf("%+v", *r.Change) + string(export(t, r.Network, r.DType))
	}
	return text
}

// The result is the same, to the byte, for any number of workers.
func TestWorkers(t *testing.T) {
	mnist, lines := mnistLines(t, 10)
	small, s := float32Case(t, 2)
	for _, c := range []struct {
		name  string
		net   *nn.Network
		spec  *spec.Spec
		layer int
		norm  Norm
	}{
		{"lines, layer 2", mnist, lines, 2, L1},
		{"lines, layer 3", mnist, lines, 3, Mix},
		{"small, layer 1", small, s, 1, Mix},
		{"small, layer 2", small, s, 2, Linf},
		{"small, layer 3", small, s, 3, L1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.net == mnist {
				t.Skip("repairs a real network three times")
			}
			want := ""
			for _, workers := range []int{1, 2, 5} {
				r := mustRun(t, c.net, c.spec, Options{Layer: c.layer, Norm: c.norm, Workers: workers})
				got := outcomeOf(t, r)
				if want == "" {
					want = got
				} else if got != want {
					t.Errorf("%d workers: another result than one", workers)
				}
			}
		})
	}
}

func TestAuto(t *testing.T) {
	net, s := float32Case(t, 2)
	best, all, err := Auto(t.Context(), net, s, Options{Norm: L1})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 {
		t.Fatalf("%d layers, want 3", len(all))
	}
	for i, r := range all {
		if r.Layer != i+1 {
			t.Errorf("result %d is of layer %d", i, r.Layer)
		}
		single := mustRun(t, net, s, Options{Norm: L1, Layer: i + 1})
		if outcomeOf(t, single) != outcomeOf(t, r) {
			t.Errorf("layer %d: %s %g, alone %s %g", i+1, r.Status, r.Objective, single.Status, single.Objective)
		}
		if r.Status == Repaired && (best.Status != Repaired || r.Objective < best.Objective) {
			t.Errorf("layer %d is better than the best, %d", i+1, best.Layer)
		}
	}
	// An impossible one: no layer does it.
	s.Items = append(s.Items, pointItem(class(0), 1, 1), pointItem(class(1), 1, 1))
	best, all, err = Auto(t.Context(), net, s, Options{Norm: L1})
	if err != nil || best.Status != Infeasible || len(all) != 3 {
		t.Errorf("%s of %d layers, error %v", best.Status, len(all), err)
	}
}

// TestInterruptedCut: a repair at hand is not lost to an interrupt while one is looked
// for that asks for less extra margin.
func TestInterruptedCut(t *testing.T) {
	net := chain(t, 1, &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 1, Stride: 1, Data: []float64{1000}}, Bias: []float64{0}}})
	s := &spec.Spec{Items: []spec.Item{pointItem(spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1}, Offset: 999}}}, 1)}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	checks := 0
	r, err := Run(ctx, net, s, Options{Layer: 1, DType: nn.Float64, Progress: func(p Progress) {
		if p.Phase == "check" {
			checks++
			cancel()
		}
	}})
	if err != nil || r.Status != Found || r.Found != Repaired || r.Network == nil || !(r.Objective < 1.0001) {
		t.Fatalf("after %d checks: %+v, %v", checks, r, err)
	}
}
