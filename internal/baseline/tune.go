package baseline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/train"
)

// DefaultEpochs is the cap where none is given, the paper's.
const DefaultEpochs = 1000

// holdoutShare is the part of the repair set that [Modified] holds out.
const holdoutShare = 0.25

// Options of both methods.
type Options struct {
	// Optimizer takes the steps: in the paper [train.SGD] with rate 0.05 (FT[1])
	// or 0.01 (FT[2]) and momentum 0.9 on MNIST, 0.001 and 0.9 on ACAS Xu, and
	// 0.0001 without momentum on SqueezeNet.
	Optimizer train.Optimizer
	// BatchSize is 16 in the paper, and 2 for FT[1] on SqueezeNet.
	BatchSize int
	// Epochs is the cap; 0 means [DefaultEpochs].
	Epochs int
	// Layers restricts [FineTune] to some layers, from 1; nil means all.
	Layers []int
	// Penalty of [Modified]; nil means 1 for both parts.
	Penalty *train.Penalty
	// Classifier says which output is the class.
	Classifier spec.Extremum
	// Seed of the order of the samples and of the choice of the holdout set.
	Seed uint64
	// Workers is the number of goroutines; 0 means one per processor. The result
	// does not depend on it.
	Workers int
	// Progress is told of every epoch; may be nil.
	Progress func(Progress)
}

// Progress is how far a method is.
type Progress struct {
	Epoch            int
	Loss             float64
	Correct, Samples int
}

// Stop is why a method ended.
type Stop string

const (
	// Satisfied: all points of the repair set are classified as wanted.
	Satisfied Stop = "satisfied"
	// EpochLimit: the cap was reached.
	EpochLimit Stop = "epoch limit"
	// HoldoutDropped: the accuracy on the holdout set began to drop.
	HoldoutDropped Stop = "holdout accuracy dropped"
	// Diverged: the loss is no longer finite; the network is that after the
	// epoch before.
	Diverged Stop = "diverged"
)

// Result of a method.
type Result struct {
	// Network is an ordinary network of the same architecture.
	Network *nn.Network
	Stop    Stop
	Epochs  int
	// Correct of Samples points of the whole repair set are classified as
	// wanted.
	Correct, Samples int
	// Seconds is the wall-clock time.
	Seconds float64
}

// FineTune is the baseline FT: gradient descent on all parameters until the
// network classifies every sample as labelled, or until the cap. A cap or
// divergence is not an error; see [Result.Stop].
func FineTune(ctx context.Context, net *nn.Network, d *train.Data, o Options) (*Result, error) {
	return tune(ctx, net, d, nil, o)
}

// Modified is the baseline MFT for one layer, from 1. The repair set must have
// at least four samples, so that one is held out.
func Modified(ctx context.Context, net *nn.Network, layer int, d *train.Data, o Options) (*Result, error) {
	held := int(holdoutShare * float64(d.Len()))
	if held == 0 {
		return nil, fmt.Errorf("a repair set of %d samples: want at least 4, so that a quarter can be held out", d.Len())
	}
	if o.Penalty == nil {
		o.Penalty = &train.Penalty{Sum: 1, Max: 1}
	}
	o.Layers = []int{layer}
	// Not a stream of the shuffles, whose second seed is the epoch, from 1.
	order := rand.New(rand.NewPCG(o.Seed, 0)).Perm(d.Len())
	return tune(ctx, net, d, order[:held], o)
}

// tune descends on the samples that are not held out.
func tune(ctx context.Context, net *nn.Network, d *train.Data, held []int, o Options) (*Result, error) {
	start := time.Now()
	if o.Epochs == 0 {
		o.Epochs = DefaultEpochs
	}
	if o.Epochs < 0 {
		return nil, fmt.Errorf("%d epochs: want at least 1", o.Epochs)
	}
	cut, err := cutAt(net, o.Layers)
	if err != nil {
		return nil, err
	}
	d, err = cut.features(ctx, d, o.Workers)
	if err != nil {
		return nil, err
	}
	t, err := newTuning(cut, d, held, o)
	if err != nil {
		return nil, err
	}
	res, err := t.run(ctx)
	if err != nil {
		return nil, err
	}
	if res.Network, err = cut.join(res.Network); err != nil {
		return nil, err
	}
	res.Seconds = time.Since(start).Seconds()
	return res, nil
}

// tuning is one run of a method on the part of a network that it changes.
type tuning struct {
	opt                Options
	trainer            *train.Trainer
	all, used, holdout *train.Data // holdout is nil for FT
}

func newTuning(c *cut, d *train.Data, held []int, o Options) (*tuning, error) {
	t := &tuning{opt: o, all: d, used: d}
	options := train.Options{
		Loss: train.CrossEntropy{Extremum: o.Classifier}, Optimizer: o.Optimizer, BatchSize: o.BatchSize,
		Layers: c.layers, Seed: o.Seed, Workers: o.Workers,
	}
	if held != nil {
		out := make([]bool, d.Len())
		for _, i := range held {
			out[i] = true
		}
		var kept []int
		for i, h := range out {
			if !h {
				kept = append(kept, i)
			}
		}
		t.holdout, t.used = d.Select(held), d.Select(kept)
		options.Penalty = *o.Penalty
	}
	var err error
	t.trainer, err = train.New(c.tail, options)
	return t, err
}

func (t *tuning) run(ctx context.Context) (*Result, error) {
	res := &Result{Samples: t.all.Len(), Stop: EpochLimit}
	var err error
	if res.Correct, err = t.trainer.Correct(t.all, t.opt.Classifier); err != nil {
		return nil, err
	}
	heldBefore, err := t.heldCorrect()
	if err != nil {
		return nil, err
	}
	if res.Network, err = t.trainer.Network(); err != nil {
		return nil, err
	}
	if res.Correct == res.Samples {
		res.Stop = Satisfied
		return res, nil
	}
	for res.Epochs < t.opt.Epochs {
		loss, err := t.trainer.Epoch(ctx, t.used)
		if errors.Is(err, train.ErrDiverged) {
			res.Stop = Diverged
			return res, nil
		}
		if err != nil {
			return nil, err
		}
		net, err := t.trainer.Network()
		if err != nil {
			// The last step left a parameter that is not finite.
			res.Stop = Diverged
			return res, nil
		}
		res.Network = net
		res.Epochs++
		if res.Correct, err = t.trainer.Correct(t.all, t.opt.Classifier); err != nil {
			return nil, err
		}
		if t.opt.Progress != nil {
			t.opt.Progress(Progress{res.Epochs, loss, res.Correct, res.Samples})
		}
		held, err := t.heldCorrect()
		switch {
		case err != nil:
			return nil, err
		case res.Correct == res.Samples:
			res.Stop = Satisfied
			return res, nil
		case held < heldBefore:
			res.Stop = HoldoutDropped
			return res, nil
		}
		heldBefore = held
	}
	return res, nil
}

// heldCorrect counts the held out samples that are classified as wanted.
func (t *tuning) heldCorrect() (int, error) {
	if t.holdout == nil {
		return 0, nil
	}
	return t.trainer.Correct(t.holdout, t.opt.Classifier)
}
