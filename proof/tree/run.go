package tree

import (
	"context"
	"errors"
	"fmt"

	"github.com/netmend/netmend/cert"
)

// Tally counts what a proof consists of.
type Tally struct {
	Splits, Steps int
}

// Add counts a step.
func (t *Tally) Add(step *cert.Step) {
	t.Steps++
	if step.Kind == cert.Split || step.Kind == cert.Halve {
		t.Splits++
	}
}

// Run executes the steps of a proof from the whole domain, and fails unless they
// prove the problem's claim.
func Run(ctx context.Context, p *Problem, steps []byte) (Tally, error) {
	var t Tally
	s, err := New(ctx, p)
	if err != nil {
		return t, err
	}
	r := cert.NewStepReader(steps)
	var step cert.Step
	for {
		for s.Done() {
			if s.Next() {
				continue
			}
			if r.More() {
				return t, errors.New("steps follow the end of the proof")
			}
			return t, nil
		}
		if !r.More() {
			return t, fmt.Errorf("the steps end, but %d cells are open", len(s.stack)+1)
		}
		if t.Steps%256 == 0 {
			if err := ctx.Err(); err != nil {
				return t, err
			}
		}
		if err := r.Next(&step); err != nil {
			return t, err
		}
		if err := s.Apply(&step); err != nil {
			return t, fmt.Errorf("step %d: %w", t.Steps+1, err)
		}
		t.Add(&step)
	}
}
