package repair

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// float32Run executes networks in float32: sums in a random order, products
// fused or not, small numbers flushed to zero or not; with order nil one after
// the other, not fused.
type float32Run struct {
	order       *rand.Rand
	fuse, flush bool
}

func (f *float32Run) round(x float64) float32 {
	y := float32(x)
	if f.flush && math.Abs(float64(y)) < 0x1p-126 {
		return 0
	}
	return y
}

func (f *float32Run) dense(p *nn.Params, x []float32) []float32 {
	y := make([]float32, p.Weight.Rows)
	for j := range y {
		at := make([]int, len(x)+1)
		for i := range at {
			at[i] = i
		}
		if f.order != nil {
			f.order.Shuffle(len(at), func(a, b int) { at[a], at[b] = at[b], at[a] })
		}
		var sum float32
		for _, i := range at {
			w, v := p.Bias[j], 1.0
			if i < len(x) {
				w, v = float64(f.round(p.Weight.Row(j)[i])), float64(f.round(float64(x[i])))
			}
			if f.fuse {
				sum = f.round(float64(w*v) + float64(sum))
			} else {
				sum = f.round(float64(f.round(float64(w*v))) + float64(sum))
			}
		}
		y[j] = sum
	}
	return y
}

// output executes a chain of dense layers and ReLUs.
func (f *float32Run) output(net *nn.Network, x []float64) []float64 {
	act := make([]float32, len(x))
	for i, v := range x {
		act[i] = float32(v)
	}
	value := act
	for _, node := range net.Nodes {
		switch op := node.Op.(type) {
		case *nn.Dense:
			same := &act[0] == &value[0] && !op.Decoupled()
			act, value = f.dense(op.Channel(nn.ActivationChannel), act), f.dense(op.Channel(nn.ValueChannel), value)
			if same {
				value = act
			}
		case *nn.Piecewise:
			same := &act[0] == &value[0]
			a, v := make([]float32, len(act)), make([]float32, len(act))
			for u, z := range act {
				if z >= 0 {
					a[u], v[u] = z, value[u]
				}
			}
			if act, value = a, v; same {
				value = act
			}
		}
	}
	y := make([]float64, len(value))
	for i, v := range value {
		y[i] = float64(v)
	}
	return y
}

// tieNetwork has two units that vanish together in real arithmetic, at x1 = 0.5,
// but not in float32: the second one's input is summed with 4096 and -4096, the
// inputs x0 and x2.
func tieNetwork(t testing.TB) (*nn.Network, *spec.Spec) {
	net := chain(t, 3,
		dense(t, []float64{0, 1, 0, -0.5}, []float64{1, 1, 1, -0.5}),
		nn.ReLU(),
		dense(t, []float64{1, -3, 0}))
	return net, specOf(
		segmentItem(t, between(-0.05, 0.05), []float64{4096, 0, -4096}, []float64{4096, 0.4999, -4096}),
		segmentItem(t, between(0.2, 0.3), []float64{4096, 0.51, -4096}, []float64{4096, 1, -4096}),
	)
}

// TestExecutionMayTakeAnotherPattern: at x1 = 0.4999 float32 makes the second
// unit active alone, a pattern of no linear region. A repair that is proven in
// real arithmetic fails there, one for executions does not.
func TestExecutionMayTakeAnotherPattern(t *testing.T) {
	net, s := tieNetwork(t)
	at := []float64{4096, 0.4999, -4096}
	opt := Options{Layer: 1, Norm: L1, DType: nn.Float32}
	r := mustRepair(t, net, s, opt)
	if y := (&float32Run{}).output(r.Network, at)[0]; y <= 0.1 {
		t.Errorf("without the option y = %g as executed, want a failure: more than 0.1", y)
	}
	if got, err := Check(t.Context(), r.Network, s, Options{DType: nn.Float32, Executed: true}); err != nil {
		t.Error(err)
	} else if m := got.Execution.MarginReached; m > -0.05 {
		t.Errorf("check reaches margin %g, want below -0.05", m)
	}
	opt.Executed = true
	robust := mustRepair(t, net, s, opt)
	for trial := range 1000 {
		if y := randomRun(trial).output(robust.Network, at)[0]; y > 0.05-robust.Check.Execution.MarginReached {
			t.Fatalf("y = %g as executed, want at most 0.05", y)
		}
	}
	if robust.Objective <= r.Objective {
		t.Errorf("objective %g, want more than %g: the requirement is stronger", robust.Objective, r.Objective)
	}
}

// TestExecutionMayTakeAnotherPatternInRuntime is the same in ONNX Runtime.
func TestExecutionMayTakeAnotherPatternInRuntime(t *testing.T) {
	ortest.Require(t)
	net, s := tieNetwork(t)
	at := [][]float64{{4096, float64(float32(0.4999)), -4096}}
	for _, executed := range []bool{false, true} {
		r := mustRepair(t, net, s, Options{Layer: 1, Norm: L1, DType: nn.Float32, Executed: executed})
		y := ortest.Run(t, export(t, r.Network, nn.Float32), at)[0][0]
		if holds := y <= 0.05; holds != executed {
			t.Errorf("executed %v: y = %g in ONNX Runtime", executed, y)
		}
	}
}

func randomRun(trial int) *float32Run {
	return &float32Run{order: random(uint64(trial)), fuse: trial%2 == 1, flush: trial%3 == 1}
}

// TestExecutedRandomNetworks: what is claimed of executions holds for any order
// of sums, at the vertices of the linear regions, next to them, and anywhere.
func TestExecutedRandomNetworks(t *testing.T) {
	r := random(21)
	repaired, beside, tight := 0, 0, math.Inf(1)
	for trial := range 100 {
		net := chain(t, 2,
			float32Dense(t, r, 6, 2), nn.ReLU(), float32Dense(t, r, 5, 6), nn.ReLU(), float32Dense(t, r, 2, 5))
		if trial%5 == 4 { // repaired before
			value := float32Dense(t, r, 5, 6).Params
			var err error
			if net, err = net.WithLayer(2, &value); err != nil {
				t.Fatal(err)
			}
		}
		corner := func() []float64 {
			return []float64{nn.Float32.Round(float64(r.Float64()*2) - 1), nn.Float32.Round(float64(r.Float64()*2) - 1)}
		}
		a, b := corner(), corner()
		items := []spec.Item{segmentItem(t, class(r.IntN(2)), a, b), pointItem(class(r.IntN(2)), corner()...)}
		if trial%2 == 0 {
			c := corner()
			items = []spec.Item{polygonItem(t, class(r.IntN(2)), a, b, c)}
		}
		s := specOf(items...)
		res := mustRun(t, net, s, Options{Layer: 1 + trial%3, Norm: L1, DType: nn.Float32, Executed: true})
		if res.Status != Repaired {
			continue
		}
		repaired++
		beside += res.Check.Execution.Beside
		least := res.Check.Execution.MarginReached
		p := newTestProblem(t, res.Network, s, Options{}.filled(t))
		check := func(item int, x []float64) {
			f := randomRun(r.IntN(1 << 20))
			e := -excess(&s.Items[item].Output, f.output(res.Network, x))
			tight = min(tight, e-least)
			if e < least {
				t.Fatalf("trial %d: margin %g as executed at %v, claimed %g", trial, e, x, least)
			}
		}
		for q := range int32(p.Vertices()) {
			x := roundedTo(nn.Float32, p.At(q))
			for range 20 {
				check(p.ItemOf(q), neighbour(r, x))
			}
		}
		for range 200 {
			check(randomPoint(r, s))
		}
	}
	t.Logf("%d repaired, %d patterns beside, closest to the claim %g", repaired, beside, tight)
	if repaired < 20 || beside < 100 {
		t.Errorf("%d repaired and %d patterns beside: too few to say anything", repaired, beside)
	}
}

func float32Dense(t testing.TB, r *rand.Rand, out, in int) *nn.Dense {
	t.Helper()
	rows := make([][]float64, out)
	for j := range rows {
		for range in + 1 {
			rows[j] = append(rows[j], nn.Float32.Round(r.NormFloat64()))
		}
	}
	return dense(t, rows...)
}
