package experiment

import (
	"context"
	"fmt"
	"time"

	"github.com/netmend/netmend/internal/baseline"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/train"
)

// Task is a buggy network and what is required of it.
type Task struct {
	Net  *nn.Network
	Spec *spec.Spec
	// Margin of provable repair.
	Margin float64
	// Drawdown and Generalisation open the data sets; nil if there is none.
	Drawdown, Generalisation func() metrics.Source
}

// Kind is a way of repairing.
type Kind string

const (
	// PR is provable repair of one layer.
	PR Kind = "pr"
	// FT is fine-tuning of all layers.
	FT Kind = "ft"
	// MFT is modified fine-tuning of one layer.
	MFT Kind = "mft"
)

// Method is a way of repairing with its parameters.
type Method struct {
	Kind Kind
	// Layer to change, from 1, for PR and MFT.
	Layer int
	// Layers that FT changes, from 1; nil means all.
	Layers []int
	// Norm and Bound (0 for the default) are for PR.
	Norm  repair.Norm
	Bound float64
	// The rest is for FT and MFT: steps, the cap, and how many points are drawn
	// from segments and polygons.
	SGD       train.SGD
	BatchSize int
	Epochs    int
	Samples   int
	Seed      uint64
	// Workers is the number of goroutines; 0 means one per processor.
	Workers int
	// Repairing and Tuning are told of progress; may be nil.
	Repairing func(repair.Progress)
	Tuning    func(baseline.Progress)
}

// Outcome is what a method came to.
type Outcome struct {
	// Status is that of the repair, or why the baseline stopped.
	Status string
	// Reason is why a repair is unknown.
	Reason string
	// KeyPoints of the repair, Epochs and Samples of the baseline.
	KeyPoints, Epochs, Samples int
	// Efficacy is measured on the samples that the baselines see; nil if the
	// method gave no network. For PR the proof covers every point.
	Efficacy, Drawdown, Generalisation *metrics.Score
	// Change of the parameters, all layers together.
	Change metrics.Change
	// Seconds of the method itself and of the measurements.
	Repair, Measure float64
}

// Run repairs the network and measures the result.
func (t *Task) Run(ctx context.Context, m Method) (*Outcome, error) {
	d, err := baseline.Sample(t.Net, t.Spec, m.Samples, m.Seed, m.Workers)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Samples: d.Len()}
	net, err := t.repair(ctx, m, d, o)
	if err != nil || net == nil {
		return o, err
	}
	start := time.Now()
	if err := t.measure(ctx, net, m, o); err != nil {
		return nil, err
	}
	o.Measure = time.Since(start).Seconds()
	changes, err := metrics.Changes(t.Net, net)
	o.Change = metrics.Total(changes)
	return o, err
}

// repair runs the method and returns its network, or nil if it has none.
func (t *Task) repair(ctx context.Context, m Method, d *train.Data, o *Outcome) (*nn.Network, error) {
	if m.Kind == PR {
		r, err := repair.Run(ctx, t.Net, t.Spec, repair.Options{
			Layer: m.Layer, Norm: m.Norm, Margin: &t.Margin, Bound: m.Bound, DType: nn.Float64, Workers: m.Workers,
			Progress: m.Repairing,
		})
		if err != nil {
			return nil, err
		}
		o.Status, o.Reason, o.KeyPoints, o.Repair = string(r.Status), r.Reason, r.Size.KeyPoints, r.Time.Total
		return r.Network, nil
	}
	opt := baseline.Options{
		Optimizer: m.SGD, BatchSize: m.BatchSize, Epochs: m.Epochs, Classifier: t.Spec.Extremum,
		Seed: m.Seed, Workers: m.Workers, Progress: m.Tuning,
	}
	var r *baseline.Result
	var err error
	switch m.Kind {
	case FT:
		opt.Layers = m.Layers
		r, err = baseline.FineTune(ctx, t.Net, d, opt)
	case MFT:
		r, err = baseline.Modified(ctx, t.Net, m.Layer, d, opt)
	default:
		err = fmt.Errorf("method %q: want %s, %s or %s", m.Kind, PR, FT, MFT)
	}
	if err != nil {
		return nil, err
	}
	o.Status, o.Epochs, o.Repair = string(r.Stop), r.Epochs, r.Seconds
	return r.Network, nil
}

// measure fills in efficacy, drawdown and generalisation.
func (t *Task) measure(ctx context.Context, net *nn.Network, m Method, o *Outcome) error {
	bound, err := t.Spec.Bind(t.Net.OutDim(), func(points [][]float64) ([][]float64, error) {
		x, err := nn.MatrixOf(points)
		if err != nil {
			return nil, err
		}
		y, err := t.Net.EvalContext(ctx, x, m.Workers)
		if err != nil {
			return nil, err
		}
		rows := make([][]float64, y.Rows)
		for i := range rows {
			rows[i] = y.Row(i)
		}
		return rows, nil
	})
	if err != nil {
		return err
	}
	// The same seed draws the same points as the baselines were given.
	sets := []struct {
		open  func() metrics.Source
		score **metrics.Score
	}{
		{func() metrics.Source { return metrics.FromSpec(bound, m.Samples, m.Seed) }, &o.Efficacy},
		{t.Drawdown, &o.Drawdown},
		{t.Generalisation, &o.Generalisation},
	}
	for _, s := range sets {
		if s.open == nil {
			continue
		}
		if *s.score, err = metrics.Measure(ctx, t.Net, net, s.open(), metrics.Options{Workers: m.Workers}); err != nil {
			return err
		}
	}
	return nil
}
