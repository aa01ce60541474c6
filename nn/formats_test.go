package nn_test

import (
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/eran"
	"github.com/netmend/netmend/nn/nnet"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/nn/polar"
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

// TestTextFiles reads every network of the test data in a text format.
func TestTextFiles(t *testing.T) {
	count := map[string]int{}
	err := filepath.WalkDir(shared.Path(t, "data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kind := filepath.Ext(path)
		read := map[string]func(r io.Reader) (*nn.Network, error){
			".nnet": func(r io.Reader) (*nn.Network, error) {
				return nnet.Read(r, path, nnet.Options{Units: nnet.Normalised})
			},
			".eran":    func(r io.Reader) (*nn.Network, error) { return eran.Read(r, path, eran.Options{}) },
			".tf":      func(r io.Reader) (*nn.Network, error) { return eran.Read(r, path, eran.Options{}) },
			".network": func(r io.Reader) (*nn.Network, error) { return polar.Read(r, path) },
		}[kind]
		if read == nil || testing.Short() && count[kind] > 5 {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		net, err := read(f)
		if err != nil {
			t.Error(err)
			return nil
		}
		count[kind]++
		if _, err := net.EvalPoint(make([]float64, net.InDim())); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{".nnet", ".eran", ".tf", ".network"} {
		if count[kind] == 0 {
			t.Errorf("no file %s", kind)
		}
	}
}
