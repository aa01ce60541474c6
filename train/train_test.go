package train_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/train"
)

// rings are points labelled by their distance from the origin.
func rings(n int, seed uint64) *train.Data {
	random := rand.New(rand.NewPCG(seed, 0))
	d := &train.Data{X: nn.NewMatrix(n, 2), Labels: make([]int, n), Targets: nn.NewMatrix(n, 3)}
	for i := range n {
		x := d.X.Row(i)
		x[0], x[1] = float64(2*random.Float64())-1, float64(2*random.Float64())-1
		d.Labels[i] = min(2, int(2.5*math.Hypot(x[0], x[1])))
		d.Targets.Row(i)[d.Labels[i]] = 1
	}
	return d
}

func dense(t *testing.T, seed uint64, sizes ...int) *nn.Network {
	t.Helper()
	net, err := train.NewDense(seed, sizes...)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestLearns trains with every loss and optimizer until nearly all points of
// another sample get their class.
func TestLearns(t *testing.T) {
	for name, opt := range map[string]train.Options{
		"SGD":             {Optimizer: train.SGD{Rate: 0.1}},
		"momentum":        {Optimizer: train.SGD{Rate: 0.02, Momentum: 0.9}},
		"Adam":            {Optimizer: train.Adam{Rate: 0.005}},
		"squared":         {Optimizer: train.SGD{Rate: 0.05, Momentum: 0.9}, Loss: train.Squared{}},
		"smallest output": {Optimizer: train.SGD{Rate: 0.02, Momentum: 0.9}, Loss: train.CrossEntropy{Extremum: spec.Argmin}},
	} {
		t.Run(name, func(t *testing.T) {
			classifier := spec.Argmax
			if c, ok := opt.Loss.(train.CrossEntropy); ok {
				classifier = c.Extremum
			}
			opt.BatchSize = 16
			res, err := train.Run(context.Background(), dense(t, 1, 2, 32, 16, 3), rings(600, 1), opt,
				train.Schedule{Epochs: 60, Validation: rings(300, 2), Classifier: classifier})
			if err != nil {
				t.Fatal(err)
			}
			if best := res.Epochs[res.Best-1]; best.Correct < 270 {
				t.Errorf("%d of 300 points right after epoch %d, want at least 270", best.Correct, res.Best)
			}
		})
	}
}

// TestWorkers compares the parameters after training on different numbers of
// workers, with batches large enough to be shared.
func TestWorkers(t *testing.T) {
	var first *nn.Network
	for _, workers := range []int{1, 2, 5} {
		res, err := train.Run(context.Background(), dense(t, 3, 2, 300, 200, 3), rings(700, 4),
			train.Options{Optimizer: train.Adam{Rate: 0.01}, BatchSize: 350, Workers: workers, Penalty: train.Penalty{Sum: 1e-3, Max: 0.1}}, train.Schedule{Epochs: 3})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = res.Network
			continue
		}
		for _, i := range first.Layers() {
			a, b := first.Nodes[i].Op.(*nn.Dense), res.Network.Nodes[i].Op.(*nn.Dense)
			for k, v := range a.Weight.Data {
				if v != b.Weight.Data[k] {
					t.Fatalf("%d workers: weight %d of node %d is %v, with 1 it is %v", workers, k, i, b.Weight.Data[k], v)
				}
			}
		}
	}
}

// TestGradient compares one step of plain descent, which is the gradient, with
// finite differences of the loss, through every kind of node.
func TestGradient(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	layer := func(out, in int) *nn.Dense {
		p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = random.NormFloat64()
		}
		for i := range p.Bias {
			p.Bias[i] = random.NormFloat64()
		}
		return &nn.Dense{Params: p}
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Scale{Factor: []float64{2, 0.5}, Shift: []float64{1, 0}}},
		{Inputs: []int{0}, Op: layer(4, 2)},
		{Inputs: []int{1}, Op: nn.Tanh()},
		{Inputs: []int{2}, Op: &nn.Scale{Factor: []float64{1, 2, 3, 4}, Shift: []float64{0, 0, 1, 1}}},
		{Inputs: []int{3}, Op: layer(4, 4)},
		{Inputs: []int{4}, Op: nn.LeakyReLU(0.1)},
		{Inputs: []int{5}, Op: layer(3, 4)},
	}, []int{2}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	d := rings(7, 9)
	const rate = 1e-3
	for name, loss := range map[string]train.Loss{"cross-entropy": train.CrossEntropy{}, "smallest": train.CrossEntropy{Extremum: spec.Argmin}, "squared": train.Squared{}} {
		t.Run(name, func(t *testing.T) {
			checkGradient(t, net, d, train.Options{Loss: loss, Optimizer: train.SGD{Rate: rate}, BatchSize: 7}, rate)
		})
	}
}

// TestLayers checks that the layers named are trained, and no others.
func TestLayers(t *testing.T) {
	net := dense(t, 1, 2, 8, 8, 3)
	after := epoch(t, net, rings(20, 1), train.Options{Optimizer: train.Adam{Rate: 0.01}, Layers: []int{1, 3}})
	for k := 1; k <= 3; k++ {
		_, a, _ := net.Layer(k)
		_, b, _ := after.Layer(k)
		same := slices.Equal(a.Channel(nn.ValueChannel).Weight.Data, b.Channel(nn.ValueChannel).Weight.Data)
		if same != (k == 2) {
			t.Errorf("layer %d is the same: %v", k, same)
		}
	}
}

func epoch(t *testing.T, net *nn.Network, d *train.Data, opt train.Options) *nn.Network {
	t.Helper()
	after, _ := epochLoss(t, net, d, opt)
	return after
}

// epochLoss makes one pass; of a single batch, the loss is that before the step.
func epochLoss(t *testing.T, net *nn.Network, d *train.Data, opt train.Options) (*nn.Network, float64) {
	t.Helper()
	tr, err := train.New(net, opt)
	if err != nil {
		t.Fatal(err)
	}
	loss, err := tr.Epoch(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	after, err := tr.Network()
	if err != nil {
		t.Fatal(err)
	}
	return after, loss
}

// TestConvolution trains a small convolutional network, whose gradients are
// compared with finite differences, on images of bars.
func TestConvolution(t *testing.T) {
	window := func(channels, side, kernel, stride, pad int) nn.Window {
		two := func(n int) [2]int { return [2]int{n, n} }
		return nn.Window{Channels: channels, In: two(side), Kernel: two(kernel), Stride: two(stride), Dilation: two(1), Before: two(pad), After: two(pad)}
	}
	random := rand.New(rand.NewPCG(2, 3))
	params := func(out, in int) nn.Params {
		p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = random.NormFloat64() / math.Sqrt(float64(in))
		}
		return p
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Conv{Params: params(4, 9), Window: window(1, 8, 3, 1, 1), Groups: 1}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.MaxPool{Window: window(4, 8, 2, 2, 0)}},
		{Inputs: []int{2}, Op: &nn.Conv{Params: params(6, 18), Window: window(4, 4, 3, 1, 0), Groups: 2}},
		{Inputs: []int{3}, Op: nn.ReLU()},
		{Inputs: []int{4}, Op: &nn.Dense{Params: params(2, 24)}},
	}, []int{1, 8, 8}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	bars := func(n int, seed uint64) *train.Data {
		random := rand.New(rand.NewPCG(seed, 0))
		d := &train.Data{X: nn.NewMatrix(n, 64), Labels: make([]int, n)}
		for i := range n {
			x, at := d.X.Row(i), random.IntN(8)
			d.Labels[i] = i % 2
			for k := range x {
				x[k] = float64(0.2 * random.Float64())
				if across := k / 8; i%2 == 0 && across == at || i%2 == 1 && k%8 == at {
					x[k]++
				}
			}
		}
		return d
	}
	checkGradient(t, net, bars(5, 1), train.Options{Optimizer: train.SGD{Rate: 1e-3}, BatchSize: 5}, 1e-3)
	var first []float64
	for _, workers := range []int{1, 4} {
		res, err := train.Run(context.Background(), net, bars(200, 2), train.Options{Optimizer: train.Adam{Rate: 0.01}, BatchSize: 20, Workers: workers},
			train.Schedule{Epochs: 15, Validation: bars(100, 3)})
		if err != nil {
			t.Fatal(err)
		}
		if best := res.Epochs[res.Best-1].Correct; best < 95 {
			t.Errorf("%d of 100 bars right, want 95", best)
		}
		_, l, _ := res.Network.Layer(1)
		if w := l.Channel(nn.ValueChannel).Weight.Data; first == nil {
			first = w
		} else if !slices.Equal(first, w) {
			t.Error("the result depends on the number of workers")
		}
	}
}

// checkGradient compares a step of plain descent in one batch with finite
// differences of the loss by every weight and bias.
func checkGradient(t *testing.T, net *nn.Network, d *train.Data, opt train.Options, rate float64) {
	t.Helper()
	after := epoch(t, net, d, opt)
	for k := range net.Layers() {
		node, op, err := net.Layer(k + 1)
		if err != nil {
			t.Fatal(err)
		}
		p := op.Channel(nn.ValueChannel)
		q := after.Nodes[node].Op.(nn.Layer).Channel(nn.ValueChannel)
		check := func(of string, pick func(*nn.Params) []float64) {
			for i := range pick(p) {
				const h = 1e-5
				moved := func(by float64) float64 {
					c, m := net.Clone(), p.Clone()
					pick(&m)[i] += by
					c.Nodes[node].Op = op.WithParams(m, nil)
					_, loss := epochLoss(t, c, d, opt)
					return loss
				}
				want := (moved(h) - moved(-h)) / (2 * h)
				got := (pick(p)[i] - pick(q)[i]) / rate
				if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
					t.Errorf("layer %d, %s %d: gradient %v, finite difference %v", k+1, of, i, got, want)
				}
			}
		}
		check("weight", func(p *nn.Params) []float64 { return p.Weight.Data })
		check("bias", func(p *nn.Params) []float64 { return p.Bias })
	}
}

// TestPenalty checks that a penalty keeps the change small, and that training
// with it but no other reason to move does not move.
func TestPenalty(t *testing.T) {
	net, d := dense(t, 1, 2, 16, 3), rings(200, 3)
	change := func(p train.Penalty) (largest float64) {
		opt := train.Options{Optimizer: train.SGD{Rate: 0.05}, Layers: []int{2}, Penalty: p}
		res, err := train.Run(context.Background(), net, d, opt, train.Schedule{Epochs: 20})
		if err != nil {
			t.Fatal(err)
		}
		_, la, _ := net.Layer(2)
		_, lb, _ := res.Network.Layer(2)
		a, b := la.Channel(nn.ValueChannel), lb.Channel(nn.ValueChannel)
		for i, v := range a.Weight.Data {
			largest = max(largest, math.Abs(v-b.Weight.Data[i]))
		}
		return largest
	}
	free, held := change(train.Penalty{}), change(train.Penalty{Sum: 1, Max: 1})
	if !(held < free/2) {
		t.Errorf("largest change %v with a penalty, %v without: want less than half", held, free)
	}
}

// TestEarlyStop checks that patience ends training and the best network is kept.
func TestEarlyStop(t *testing.T) {
	val := rings(100, 8)
	res, err := train.Run(context.Background(), dense(t, 1, 2, 16, 3), rings(100, 7),
		train.Options{Optimizer: train.SGD{Rate: 0.1, Momentum: 0.9}}, train.Schedule{Epochs: 500, Validation: val, Patience: 5})
	if err != nil {
		t.Fatal(err)
	}
	if !res.StoppedEarly || len(res.Epochs) != res.Best+5 {
		t.Errorf("%d epochs with the best at %d, stopped early: %v", len(res.Epochs), res.Best, res.StoppedEarly)
	}
	correct, err := train.Correct(res.Network, val, spec.Argmax, 1)
	if err != nil || correct != res.Epochs[res.Best-1].Correct {
		t.Errorf("the network has %d right (%v), the best epoch %d", correct, err, res.Epochs[res.Best-1].Correct)
	}
}

func TestDiverges(t *testing.T) {
	d := rings(50, 1)
	for i := range d.X.Data {
		d.X.Data[i] = float64(d.X.Data[i] * 1e200)
	}
	_, err := train.Run(context.Background(), dense(t, 1, 2, 8, 3), d,
		train.Options{Optimizer: train.SGD{Rate: 1e200}}, train.Schedule{Epochs: 9})
	if !errors.Is(err, train.ErrDiverged) {
		t.Errorf("error %v, want ErrDiverged", err)
	}
}

func TestRefuses(t *testing.T) {
	net := dense(t, 1, 2, 4, 3)
	_, op, _ := net.Layer(1)
	v := op.Channel(nn.ActivationChannel).Clone()
	decoupled, err := net.WithLayer(1, &v)
	if err != nil {
		t.Fatal(err)
	}
	sgd := train.SGD{Rate: 0.1}
	for name, c := range map[string]struct {
		net *nn.Network
		opt train.Options
	}{
		"decoupled":    {decoupled, train.Options{Optimizer: sgd}},
		"no optimizer": {net, train.Options{}},
		"rate":         {net, train.Options{Optimizer: train.SGD{}}},
		"momentum":     {net, train.Options{Optimizer: train.SGD{Rate: 1, Momentum: 1}}},
		"decay":        {net, train.Options{Optimizer: train.Adam{Rate: 1, Beta1: 2}}},
		"layer":        {net, train.Options{Optimizer: sgd, Layers: []int{3}}},
		"no layers":    {net, train.Options{Optimizer: sgd, Layers: []int{}}},
		"batch":        {net, train.Options{Optimizer: sgd, BatchSize: -1}},
		"penalty":      {net, train.Options{Optimizer: sgd, Penalty: train.Penalty{Sum: math.NaN()}}},
	} {
		if _, err := train.New(c.net, c.opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	tr, err := train.New(net, train.Options{Optimizer: sgd})
	if err != nil {
		t.Fatal(err)
	}
	good := rings(5, 1)
	for name, d := range map[string]*train.Data{
		"empty":     {},
		"inputs":    {X: nn.NewMatrix(5, 3), Labels: good.Labels},
		"no labels": {X: good.X},
		"too few":   {X: good.X, Labels: good.Labels[:4]},
		"range":     {X: good.X, Labels: []int{0, 1, 2, 3, 0}},
		"targets":   {X: good.X, Labels: good.Labels, Targets: nn.NewMatrix(5, 2)},
	} {
		if _, err := tr.Epoch(context.Background(), d); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
