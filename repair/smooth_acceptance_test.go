package repair

import (
	"fmt"
	"testing"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/spec"
)

// mnistPoints is a network on MNIST that is not piecewise affine, with n of its
// errors on the test set to mend by margin 0.05, n foggy and rotated eights that
// are wrong as well, and n right answers to keep.
func mnistPoints(t testing.TB, activation string, n int) (*nn.Network, *spec.Spec) {
	t.Helper()
	net, err := onnx.ReadFile(shared.Path(t, "data", "derived_onnx", "aprnn_mnist_"+activation+"_3_100.onnx"), onnx.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	test, err := dataset.Load(shared.Path(t, "data", "mnist", "idx", "t10k-images-idx3-ubyte.gz"), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range test.Data {
		test.Data[i] /= 255
	}
	eights, err := dataset.Load(shared.Path(t, "data", "mnist", "aprnn_cc-by-nc-nd", "eval_3_reassure_100_uniq_ap_buggy_points.npy"), dataset.Options{Dim: net.InDim()})
	if err != nil {
		t.Fatal(err)
	}
	for range eights.Rows {
		eights.Labels = append(eights.Labels, 8)
	}
	s := &spec.Spec{Margin: 0.05}
	for _, set := range []struct {
		name string
		*dataset.Points
		keep int
	}{{"test", test, n}, {"eight", eights, 0}} {
		classes, err := classesOf(net, set.Points)
		if err != nil {
			t.Fatal(err)
		}
		wrong, kept := 0, 0
		for i, k := range classes {
			it := spec.Item{Name: fmt.Sprintf("%s %d", set.name, i), Point: set.Row(i)}
			switch right := k == set.Labels[i]; {
			case !right && wrong < n:
				wrong++
				it.Output = spec.Output{Allowed: []int{set.Labels[i]}}
			case right && kept < set.keep:
				kept++
				it.Keep = true
			default:
				continue
			}
			s.Items = append(s.Items, it)
		}
		if wrong < n || kept < set.keep {
			t.Fatalf("%d wrong and %d right points, want %d and %d", wrong, kept, n, set.keep)
		}
	}
	return net, s
}

func classesOf(net *nn.Network, p *dataset.Points) ([]int, error) {
	y, err := net.Eval(nn.Matrix{Rows: p.Rows, Cols: p.Dim, Stride: p.Dim, Data: p.Data}, 0)
	if err != nil {
		return nil, err
	}
	classes := make([]int, y.Rows)
	for i := range classes {
		classes[i] = spec.Argmax.Prefers(y.Row(i), nil)
	}
	return classes, nil
}

// TestSmoothReference repairs the GELU and the hard-swish network at points: the
// change is minimal by its dual bound, every point has its class by the margin,
// by our evaluation and by ONNX Runtime's of the exported file.
func TestSmoothReference(t *testing.T) {
	n := 50
	if testing.Short() {
		n = 5
	}
	for _, activation := range []string{"gelu", "hardswish"} {
		net, s := mnistPoints(t, activation, n)
		for layer := 2; layer <= 3; layer++ {
			for _, norm := range []Norm{Mix, L1} {
				t.Run(fmt.Sprintf("%s, layer %d, %s", activation, layer, norm), func(t *testing.T) {
					r, err := Run(t.Context(), net, s, Options{Norm: norm, Layer: layer, Arithmetic: Float64})
					if err != nil {
						t.Fatal(err)
					}
					t.Logf("%+v %+v margin %.12g rounding %.3g obj %.12g lower %.12g", r.Size, r.Time, r.Check.MarginReached, r.Check.RoundingBound, r.Objective, r.LowerBound)
					if r.Status != Found || r.Found != Repaired {
						t.Fatalf("%s: %s", r.Status, r.Reason)
					}
					// The objective pays for the check's rounding bound, which is up to
					// 4e-9 here.
					const gap = 2e-9
					if r.Objective == 0 || r.Objective-r.LowerBound > gap*r.Objective {
						t.Errorf("objective %.15g, lower bound %.15g", r.Objective, r.LowerBound)
					}
					if got := r.Check.MarginReached - r.Check.RoundingBound; got < s.Margin {
						t.Errorf("margin %g, want %g", got, s.Margin)
					}
					meetsPoints(t, net, r.Network, s, evalRows(t, r.Network))
					t.Run("runtime", func(t *testing.T) {
						model := export(t, r.Network, nn.Float32)
						loose := *s
						loose.Margin = 0.049 // the runtime computes in float32
						meetsPoints(t, net, r.Network, &loose, func(x [][]float64) [][]float64 { return ortest.Run(t, model, x) })
					})
				})
			}
		}
	}
}
