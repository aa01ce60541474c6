package experiment_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/digits"
	"github.com/netmend/netmend/internal/experiment"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/train"
)

// convolutional is a small network for digits: two convolutions with a pool
// between them, then classes by the mean over positions, as SqueezeNet's.
func convolutional(t *testing.T) *nn.Network {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	conv := func(in, out, side, kernel, stride int) *nn.Conv {
		p := nn.Params{Weight: nn.NewMatrix(out, in*kernel*kernel), Bias: make([]float64, out)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = random.NormFloat64() / float64(kernel)
		}
		return &nn.Conv{Params: p, Window: window(in, side, kernel, stride), Groups: 1}
	}
	net, err := nn.New([]nn.Node{
		{Name: "conv1", Inputs: []int{nn.Input}, Op: conv(1, 6, digits.Size, 4, 2)},
		{Name: "relu1", Inputs: []int{0}, Op: nn.ReLU()},
		{Name: "pool", Inputs: []int{1}, Op: &nn.MaxPool{Window: window(6, 13, 3, 2)}},
		{Name: "conv2", Inputs: []int{2}, Op: conv(6, 10, 6, 3, 1)},
		{Name: "relu2", Inputs: []int{3}, Op: nn.ReLU()},
		{Name: "dense", Inputs: []int{4}, Op: &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(digits.Classes, 160), Bias: make([]float64, digits.Classes)}}},
	}, []int{1, digits.Size, digits.Size}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := train.Run(context.Background(), net, experiment.Labels(digits.Generate(1200, 1)),
		train.Options{Optimizer: train.Adam{Rate: 0.005}}, train.Schedule{Epochs: 4})
	if err != nil {
		t.Fatal(err)
	}
	return r.Network
}

func window(channels, side, kernel, stride int) nn.Window {
	return nn.Window{
		Channels: channels, In: [2]int{side, side}, Kernel: [2]int{kernel, kernel},
		Stride: [2]int{stride, stride}, Dilation: [2]int{1, 1},
	}
}

// TestPhotographsSmall is Task 1 in small: the images of a set that a
// convolutional network gets wrong are repaired in each of its layers, the others
// are the drawdown set.
func TestPhotographsSmall(t *testing.T) {
	net, ctx := convolutional(t), context.Background()
	images := digits.Fog{Strength: 0.7, Decay: 1.75}.Over(digits.Generate(300, 5), 5)
	right := &dataset.Points{Dim: images.Dim}
	s := &spec.Spec{}
	for i := range images.Rows {
		y, err := net.EvalPoint(images.Row(i))
		if err != nil {
			t.Fatal(err)
		}
		if spec.Argmax.Prefers(y, nil) == images.Labels[i] {
			right.Rows++
			right.Data = append(right.Data, images.Row(i)...)
			right.Labels = append(right.Labels, images.Labels[i])
		} else if len(s.Items) < 12 {
			s.Items = append(s.Items, spec.Item{Name: "image", Point: images.Row(i), Output: spec.Output{Allowed: []int{images.Labels[i]}}})
		}
	}
	if len(s.Items) < 12 || right.Rows < 100 {
		t.Fatalf("%d wrong images and %d right ones, want 12 and 100", len(s.Items), right.Rows)
	}
	task := &experiment.Task{Net: net, Spec: s, Margin: 1e-3, Drawdown: experiment.Labelled(right)}
	for layer := 1; layer <= 3; layer++ {
		o, err := task.Run(ctx, experiment.Method{Kind: experiment.PR, Layer: layer})
		if err != nil {
			t.Fatal(err)
		}
		if o.Status != "repaired" || o.Efficacy.Before != 0 || o.Efficacy.After != 12 || o.Drawdown.Before != right.Rows {
			t.Errorf("PR, layer %d: %s %s, efficacy %+v, drawdown %+v", layer, o.Status, o.Reason, o.Efficacy, o.Drawdown)
		}
		t.Logf("layer %d: %s, drawdown %v", layer, o.Status, o.Drawdown)
	}
	for _, m := range []experiment.Method{{Kind: experiment.FT, Layers: []int{2, 3}}, {Kind: experiment.MFT, Layer: 2}} {
		m.SGD, m.BatchSize, m.Epochs = train.SGD{Rate: 0.01}, 2, 60
		o, err := task.Run(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		if o.Efficacy == nil || o.Efficacy.Points != 12 || o.Change.L0 == 0 {
			t.Errorf("%s: %+v", m.Kind, o)
		}
		t.Logf("%s: %s, efficacy %d, drawdown %v", m.Kind, o.Status, o.Efficacy.After, o.Drawdown)
	}
}
