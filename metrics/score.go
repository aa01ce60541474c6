package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
)

// Options say how networks are compared.
type Options struct {
	// Confidence level of the intervals; 0 means [DefaultConfidence].
	Confidence float64
	// Batch is the number of points evaluated at once; 0 chooses one for which
	// the networks take little memory. The result does not depend on it.
	Batch int
	// Workers is the number of goroutines; 0 means one per processor. The result
	// does not depend on it.
	Workers int
	// Progress is told how many points are done; may be nil.
	Progress func(points int)
}

// Score is how a network does on a set of points before and after its repair.
type Score struct {
	// Points is the size of the set; Before and After count those that are right before
	// and after the repair.
	Points, Before, After int
	// Fixed are wrong before and right after, Broken right before and wrong
	// after.
	Fixed, Broken int
	// AccuracyBefore and AccuracyAfter are shares with Wilson intervals; Change
	// is the second minus the first with the interval for paired shares.
	AccuracyBefore, AccuracyAfter, Change Interval
	// Seconds is the wall-clock time.
	Seconds float64
}

// Efficacy is the accuracy after the repair.
func (s *Score) Efficacy() Interval { return s.AccuracyAfter }

// Drawdown is the accuracy lost.
func (s *Score) Drawdown() Interval { return s.Change.negated() }

// Generalisation is the accuracy gained.
func (s *Score) Generalisation() Interval { return s.Change }

// Measure evaluates both networks on all points of a source. It fails if their inputs or
// outputs differ in number, for points of the wrong dimension, for an empty source and with
// the errors of the source.
func Measure(ctx context.Context, original, repaired *nn.Network, src Source, o Options) (*Score, error) {
	start := time.Now()
	o, err := o.withDefaults(original, repaired)
	if err != nil {
		return nil, err
	}
	var c Paired
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := src.Next(o.Batch)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := c.add(ctx, original, repaired, b, o.Workers); err != nil {
			return nil, err
		}
		if o.Progress != nil {
			o.Progress(c.n())
		}
	}
	if c.n() == 0 {
		return nil, errors.New("there are no points")
	}
	s := c.score(o.Confidence)
	s.Seconds = time.Since(start).Seconds()
	return s, nil
}

func (o Options) withDefaults(original, repaired *nn.Network) (Options, error) {
	if original.InDim() != repaired.InDim() || original.OutDim() != repaired.OutDim() {
		return o, fmt.Errorf("the repaired network has %d inputs and %d outputs, the original %d and %d",
			repaired.InDim(), repaired.OutDim(), original.InDim(), original.OutDim())
	}
	if o.Confidence == 0 {
		o.Confidence = DefaultConfidence
	}
	if o.Batch == 0 {
		o.Batch = min(original.EvalRows(), repaired.EvalRows())
	}
	if o.Batch < 0 {
		return o, fmt.Errorf("batches of %d points: want at least 1", o.Batch)
	}
	o.Workers = parallel.Workers(o.Workers)
	return o, checkConfidence(o.Confidence)
}

// add counts a batch.
func (c *Paired) add(ctx context.Context, original, repaired *nn.Network, b *Batch, workers int) error {
	before, err := original.EvalContext(ctx, b.X, workers)
	if err != nil {
		return err
	}
	after, err := repaired.EvalContext(ctx, b.X, workers)
	if err != nil {
		return err
	}
	for r := range b.X.Rows {
		switch first, second := b.Right(r, before.Row(r)), b.Right(r, after.Row(r)); {
		case first && second:
			c.Both++
		case first:
			c.First++
		case second:
			c.Second++
		default:
			c.None++
		}
	}
	return nil
}

func (c Paired) score(confidence float64) *Score {
	n := c.n()
	s := &Score{Points: n, Before: c.Both + c.First, After: c.Both + c.Second, Fixed: c.Second, Broken: c.First}
	s.AccuracyBefore = Wilson(s.Before, n, confidence)
	s.AccuracyAfter = Wilson(s.After, n, confidence)
	s.Change = c.Difference(confidence)
	return s
}
