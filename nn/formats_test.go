package nn_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/nnet"
	"github.com/netmend/netmend/nn/onnx"
)

// TestACASFormatsAgree reads the 45 ACAS Xu networks from their three published
// forms, two in ONNX and one in NNet: the same networks within the rounding of
// their weights to float32.
func TestACASFormatsAgree(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared.Path(t, "data", "acasxu", "nnet"), "*.nnet"))
	if err != nil || len(files) != 45 {
		t.Fatalf("%d networks (%v), want 45", len(files), err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	x := nn.NewMatrix(50, 5)
	for i := range x.Data {
		x.Data[i] = r.Float64() - 0.5
	}
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		net, err := nnet.Read(f, path, nnet.Options{Units: nnet.Normalised})
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		want, err := net.Eval(x, 1)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".nnet") + ".onnx"
		for _, folder := range []string{"onnx", "onnx_eran"} {
			other, err := onnx.ReadFile(shared.Path(t, "data", "acasxu", folder, name), onnx.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := other.Eval(x, 1)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range want.Data {
				if d := math.Abs(got.Data[i] - v); d > 1e-6 {
					t.Fatalf("%s in %s: outputs differ by %g", name, folder, d)
				}
			}
		}
	}
}
