package experiment

import (
	"context"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/digits"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/train"
)

// Digits sizes an experiment on generated digits: hidden layers of the network,
// the images it is trained on, passes over them, and images to test on.
type Digits struct {
	Hidden                []int
	Train, Epochs, Tested int
	Seed                  uint64
}

// FullDigits has the size of the paper's network for MNIST, 784-100-100-10.
func FullDigits() Digits {
	return Digits{Hidden: []int{100, 100}, Train: 6000, Epochs: 8, Tested: 2000, Seed: 1}
}

// SmallDigits takes a moment.
func SmallDigits() Digits {
	return Digits{Hidden: []int{32, 32}, Train: 1500, Epochs: 5, Tested: 500, Seed: 1}
}

// Network trains the network; the same sizes and seed give the same bits.
func (d Digits) Network(ctx context.Context, workers int) (*nn.Network, error) {
	sizes := append(append([]int{digits.Size * digits.Size}, d.Hidden...), digits.Classes)
	net, err := train.NewDense(d.Seed, sizes...)
	if err != nil {
		return nil, err
	}
	r, err := train.Run(ctx, net, Labels(digits.Generate(d.Train, d.Seed)),
		train.Options{Optimizer: train.SGD{Rate: 0.05, Momentum: 0.9}, Seed: d.Seed, Workers: workers},
		train.Schedule{Epochs: d.Epochs})
	if err != nil {
		return nil, err
	}
	return r.Network, nil
}

// Lines is Task 2 on generated digits: the first lines of the images that the
// network is tested on, which were not trained on, under fog.
func (d Digits) Lines(ctx context.Context, lines, workers int) (*Task, error) {
	net, err := d.Network(ctx, workers)
	if err != nil {
		return nil, err
	}
	clean := digits.Generate(lines+d.Tested, d.Seed+1)
	fog := digits.DefaultFog.Over(clean, d.Seed+1)
	s, err := Lines(Part(clean, 0, lines), Part(fog, 0, lines))
	if err != nil {
		return nil, err
	}
	return &Task{
		Net: net, Spec: s, Margin: LinesMargin,
		Drawdown: Labelled(Part(clean, lines, clean.Rows)), Generalisation: Labelled(Part(fog, lines, fog.Rows)),
	}, nil
}

// LinesMargin is the margin of the published artefact for Task 2.
const LinesMargin = 0.05

// Labels makes training data of labelled points, sharing memory.
func Labels(p *dataset.Points) *train.Data {
	return &train.Data{X: nn.AsMatrix(p.Data, p.Rows, p.Dim), Labels: p.Labels}
}
