package repair

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// float32Case is a random network and a requirement with room for rounding to
// float32.
func float32Case(t testing.TB, seed uint64) (*nn.Network, *spec.Spec) {
	t.Helper()
	r := random(seed)
	net := chain(t, 2, randomDense(r, 6, 2, false), nn.ReLU(), randomDense(r, 5, 6, false), nn.HardTanh(), randomDense(r, 3, 5, false))
	s := specOf(
		polygonItem(t, class(0, 1), []float64{-1, -1}, []float64{1, -1}, []float64{1, 1}, []float64{-1, 1}),
		segmentItem(t, class(2), []float64{2, 2}, []float64{3, 1}),
		pointItem(class(0), 0.1, -2.3),
	)
	s.Margin = 0.0625
	return net, s
}

// TestStored: what is claimed holds for the network as stored in either type,
// and a check of the file alone says the same.
func TestStored(t *testing.T) {
	repaired := 0
	for _, dtype := range []nn.DType{nn.Float32, nn.Float64} {
		for seed := range uint64(12) {
			net, s := float32Case(t, seed)
			for layer := 1; layer <= 3; layer++ {
				name := fmt.Sprintf("%v, seed %d, layer %d", dtype, seed, layer)
				res := mustRun(t, net, s, Options{Layer: layer, Norm: L1, DType: dtype})
				if res.Status != Repaired {
					continue
				}
				repaired++
				stored(t, name, net, res)
				file, err := onnx.Read(bytes.NewReader(export(t, res.Network, dtype)), "file", onnx.ReadOptions{})
				if err != nil {
					t.Fatal(err)
				}
				check, err := Recheck(t.Context(), net, file, s, RecheckOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if check.Verdict != RecheckHolds || check.Exact.MarginReached().Cmp(res.Proof.MarginReached()) < 0 {
					t.Errorf("%s: the file's check is %+v", name, check)
				}
				at := samples(s, random(seed), 200)
				y := evaluateAt(t, file, at)
				for i := range at {
					if e := excess(&s.Items[at[i].item].Output, y.Row(i)); e > -s.Margin+1e-9 {
						t.Errorf("%s: margin %g at %v", name, -e, at[i].x)
					}
				}
			}
		}
	}
	if repaired < 20 {
		t.Errorf("%d networks repaired, too few", repaired)
	}
}

// stored checks that all parameters have the type, and that the change is what
// the repaired network differs by from the original as stored.
func stored(t *testing.T, name string, net *nn.Network, res *Result) {
	t.Helper()
	_, d, err := res.Network.Layer(res.Layer)
	if err != nil {
		t.Fatal(err)
	}
	_, original, err := net.Layer(res.Layer)
	if err != nil {
		t.Fatal(err)
	}
	before, value := original.Channel(nn.ActivationChannel), d.Channel(nn.ValueChannel)
	for _, p := range []*nn.Params{d.Channel(nn.ActivationChannel), value} {
		for _, v := range append(append([]float64(nil), p.Weight.Data...), p.Bias...) {
			if res.DType.Round(v) != v {
				t.Errorf("%s: parameter %v is no %v", name, v, res.DType)
			}
		}
	}
	l1, linf := 0.0, 0.0
	for i := range before.Weight.Data {
		c := value.Weight.Data[i] - res.DType.Round(before.Weight.Data[i])
		if c != res.Change.Weight.Data[i] {
			t.Errorf("%s: weight %d changed by %g, the result says %g", name, i, c, res.Change.Weight.Data[i])
		}
		l1, linf = l1+math.Abs(c), max(linf, math.Abs(c))
	}
	for i := range before.Bias {
		c := value.Bias[i] - res.DType.Round(before.Bias[i])
		if c != res.Change.Bias[i] {
			t.Errorf("%s: bias %d changed by %g, the result says %g", name, i, c, res.Change.Bias[i])
		}
		l1, linf = l1+math.Abs(c), max(linf, math.Abs(c))
	}
	if math.Abs(l1-res.L1) > 1e-12*l1 || linf != res.Linf || res.Objective != res.L1 {
		t.Errorf("%s: l1 %g, linf %g, the result says %g, %g, objective %g", name, l1, linf, res.L1, res.Linf, res.Objective)
	}
}

func evaluateAt(t testing.TB, net *nn.Network, at []sample) nn.Matrix {
	t.Helper()
	y, err := net.Eval(points(t, at), 1)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// With single classes and half-spaces nothing is chosen, and the check of the
// file finds exactly what the result says.
func TestStoredSameClaim(t *testing.T) {
	repaired := 0
	for _, dtype := range []nn.DType{nn.Float32, nn.Float64} {
		for seed := range uint64(10) {
			net, s := float32Case(t, seed)
			s.Items[0].Output = spec.Output{HalfSpaces: []set.HalfSpace{{Normal: []float64{1, -1, 0}, Offset: 2}}}
			for layer := 1; layer <= 3; layer++ {
				res := mustRun(t, net, s, Options{Layer: layer, Norm: Linf, DType: dtype, Arithmetic: Float64})
				if res.Network == nil {
					continue
				}
				repaired++
				file, err := onnx.Read(bytes.NewReader(export(t, res.Network, dtype)), "file", onnx.ReadOptions{})
				if err != nil {
					t.Fatal(err)
				}
				check, err := Check(t.Context(), file, s, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if fmt.Sprint(*check) != fmt.Sprint(res.Check) {
					t.Errorf("%v, seed %d, layer %d: the file's check is\n%+v, the result's\n%+v", dtype, seed, layer, *check, res.Check)
				}
			}
		}
	}
	if repaired < 20 {
		t.Errorf("%d networks repaired, too few", repaired)
	}
}

// A file of float32 that float64 parameters cannot be stored in.
func TestStoredOverflow(t *testing.T) {
	net := chain(t, 1, dense(t, []float64{1e39, 0}), nn.ReLU(), dense(t, []float64{1e-39, 0}))
	s := specOf(pointItem(between(2, 3), 1))
	if _, err := Run(t.Context(), net, s, Options{Layer: 2, DType: nn.Float32}); err == nil {
		t.Error("1e39 is stored as float32")
	}
	if _, err := Run(t.Context(), net, s, Options{Layer: 2}); err != nil {
		t.Error(err)
	}
}
