package train

import (
	"context"
	"errors"
	"fmt"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Schedule says how long a network is trained.
type Schedule struct {
	// Epochs is the largest number of passes over the data.
	Epochs int
	// Validation, if not nil, is labelled data on which the accuracy is
	// measured after each epoch. The network with the best one is returned.
	Validation *Data
	// Patience ends the training after this many epochs without a better
	// accuracy on Validation; 0 never does.
	Patience int
	// Classifier says which output is the class, for Validation.
	Classifier spec.Extremum
	// Progress is told of every epoch; may be nil.
	Progress func(Epoch)
}

// Epoch is the outcome of one pass over the data.
type Epoch struct {
	// Number from 1.
	Number int
	// Loss is the mean over the samples.
	Loss float64
	// Correct and Samples are of the validation data, 0 if there is none.
	Correct, Samples int
}

// Result is a trained network.
type Result struct {
	Network *nn.Network
	// Epochs has every pass made; Best is the number of the pass after which Network was taken.
	Epochs []Epoch
	Best   int
	// StoppedEarly reports whether Patience ended the training.
	StoppedEarly bool
}

// Run trains a copy of the network on the data.
func Run(ctx context.Context, net *nn.Network, d *Data, opt Options, s Schedule) (*Result, error) {
	if s.Epochs < 1 || s.Patience < 0 {
		return nil, fmt.Errorf("%d epochs with patience %d: want at least 1 and 0", s.Epochs, s.Patience)
	}
	t, err := New(net, opt)
	if err != nil {
		return nil, err
	}
	res, best := &Result{}, -1
	for k := 1; k <= s.Epochs; k++ {
		e := Epoch{Number: k}
		if e.Loss, err = t.Epoch(ctx, d); err != nil {
			return nil, fmt.Errorf("epoch %d: %w", k, err)
		}
		if s.Validation != nil {
			e.Samples = s.Validation.Len()
			if e.Correct, err = t.Correct(s.Validation, s.Classifier); err != nil {
				return nil, fmt.Errorf("validation data: %w", err)
			}
		}
		res.Epochs = append(res.Epochs, e)
		if s.Progress != nil {
			s.Progress(e)
		}
		if s.Validation == nil && k < s.Epochs {
			continue
		}
		if s.Validation == nil || e.Correct > best {
			best, res.Best = e.Correct, k
			if res.Network, err = t.Network(); err != nil {
				return nil, errors.Join(ErrDiverged, err)
			}
		} else if s.Patience > 0 && k-res.Best >= s.Patience {
			res.StoppedEarly = true
			break
		}
	}
	return res, nil
}
