package onnx

import (
	"runtime"
	"testing"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
)

// squeezeNet reads SqueezeNet and the first n of the crops, as the network wants
// them: BGR, less the means, channel by channel.
func squeezeNet(t testing.TB, crops ...int) (net *nn.Network, x nn.Matrix, labels, correct []int) {
	t.Helper()
	net, err := ReadFile(shared.Path(t, "data", "squeezenet", "SqueezeNet_fp16.onnx"), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	path := shared.Path(t, "data", "imagenet_samples", "crops.npz")
	rgb, err := dataset.Load(path+":rgb", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	column := func(member string) []int {
		p, err := dataset.Load(path+":"+member, dataset.Options{Dim: 1})
		if err != nil {
			t.Fatal(err)
		}
		var v []int
		for _, c := range crops {
			v = append(v, int(p.Data[c]))
		}
		return v
	}
	means := [3]float64{104, 117, 123}
	const plane = 224 * 224
	x = nn.NewMatrix(len(crops), 3*plane)
	for i, c := range crops {
		image, row := rgb.Row(c), x.Row(i)
		for p := range plane {
			for ch, mean := range means {
				row[ch*plane+p] = image[3*p+2-ch] - mean
			}
		}
	}
	return net, x, column("label"), column("correct")
}

// SqueezeNet answers as the list of crops says.
func TestSqueezeNet(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 400 pictures")
	}
	crops := []int{0, 1, 2, 3, 160, 161, 162, 399}
	net, x, labels, correct := squeezeNet(t, crops...)
	if net.InDim() != 3*224*224 || net.OutDim() != 1000 || len(net.Layers()) != 26 || net.Meta.DType != nn.Float32 {
		t.Fatalf("%d -> %d with %d layers in %v", net.InDim(), net.OutDim(), len(net.Layers()), net.Meta.DType)
	}
	y, err := net.Eval(x, runtime.GOMAXPROCS(0))
	if err != nil {
		t.Fatal(err)
	}
	for i, label := range labels {
		best := 0
		for c, v := range y.Row(i) {
			if v > y.Row(i)[best] {
				best = c
			}
		}
		if (best == label) != (correct[i] == 1) {
			t.Errorf("crop %d: class %d, label %d, correct %d", crops[i], best, label, correct[i])
		}
	}
}

// BenchmarkSqueezeNet evaluates 16 pictures: 0.35 billion products each.
func BenchmarkSqueezeNet(b *testing.B) {
	crops := make([]int, 16)
	for i := range crops {
		crops[i] = i
	}
	net, x, _, _ := squeezeNet(b, crops...)
	for b.Loop() {
		if _, err := net.Eval(x, runtime.GOMAXPROCS(0)); err != nil {
			b.Fatal(err)
		}
	}
}
