package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/proof"
	prooftree "github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/region/polyhedron"
)

// proven is what the search for a split tree of a case ended with: a proof, a witness, or
// a reason for neither; end tells that nothing else is to be tried.
type proven struct {
	holds, end bool
	cut        bool // at the limit on cells
	witness    *Witness
	reason     string
}

// foundError ends a search at a witness.
type foundError struct{ witness *Witness }

func (e *foundError) Error() string { return "a witness was found" }

// firstCells is the number of cells up to which a split tree is looked for before anything
// else, for no more than a quarter of the time allowed,
// firstLarge the same where more than largeDim inputs vary: a cell takes longer then, and
// firstSmall where at most smallDim inputs vary and there are at most smallUnits units: some
// seconds' work, which is enough for most of what holds. What it is not enough for comes close
// to a violation, and is then divided at units alone.
const (
	firstCells = 128
	firstLarge = 4
	largeDim   = 64
	firstSmall = 5120
	smallDim   = 8
	smallUnits = 512
	// longSmall is the number of cells after which such a network's linear regions are enumerated
	// for longer, too: to divide it at units takes less than that where it does not help.
	longSmall = 1 << 18
)

// prove looks for a split tree that shows that a case does not occur, and for a witness
// on the way. Where that takes more than a few cells, the enumeration in float64, which
// goes through cells faster, looks for a witness first; where there are too many inputs for
// that, bounds of the outputs over the whole set are tried.
func (c *propertyRun) prove(t *task) (proven, error) {
	cells := firstCells
	small := c.small(t)
	switch {
	case t.free > largeDim:
		cells = firstLarge
	case small:
		cells = firstSmall
	}
	p, err := c.searchTree(t, certify.Options{MaxCells: cells})
	if err != nil || !p.cut {
		return p, err
	}
	if t.free > maxDim {
		empty := c.excluded(t)
		if !empty {
			if empty, _, err = c.divided(t, 0.5); err != nil {
				return p, err
			}
		}
		if empty {
			c.rests(Outward)
			return proven{holds: true}, nil
		}
	}
	w, done, err := c.hunt(t)
	if w != nil || err != nil {
		return proven{witness: w}, err
	}
	if small && !done {
		if p, err := c.searchTree(t, certify.Options{MaxCells: longSmall, AtUnits: true}); err != nil || !p.cut {
			return p, err
		}
	}
	if !done {
		if w, err := c.huntLonger(t); w != nil || err != nil {
			return proven{witness: w}, err
		}
	}
	return c.searchTree(t, certify.Options{AtUnits: true})
}

// small reports whether a few thousand cells of a case take a second or less.
func (c *propertyRun) small(t *task) bool {
	return t.free <= smallDim && c.net.PatternLen() <= smallUnits
}

// searchTree looks for a split tree, for no more than a quarter of the time allowed where cells
// are not divided at units alone. opt has MaxCells and AtUnits.
func (c *propertyRun) searchTree(t *task, opt certify.Options) (proven, error) {
	ctx, cancel := c.limited()
	defer cancel()
	if !opt.AtUnits && c.opt.MaxTime > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, c.opt.MaxTime/4)
		defer stop()
	}
	opt.Workers, opt.MaxBytes = c.opt.Workers, certify.DefaultMaxBytes
	opt.Try = func(x []float64) error {
		if w := c.candidate(t, x); w != nil {
			return &foundError{w}
		}
		return nil
	}
	for _, t := range c.trees {
		opt.MaxBytes -= int64(len(t.Steps))
	}
	looked := 0
	opt.Progress = func(cells int) {
		if looked = cells; c.opt.Progress != nil {
			c.opt.Progress(Progress{Case: t.index, Cases: c.result.Cases, Cells: c.result.Cells + cells})
		}
	}
	found, err := certify.Search(ctx, prooftree.OfCase(c.original, &c.property.Cases[t.index]), opt)
	var at *foundError
	var met *certify.MetError
	switch {
	case err == nil:
		c.trees = append(c.trees, found)
		return proven{holds: true}, nil
	case c.ctx.Err() != nil:
		return proven{}, c.ctx.Err()
	case errors.As(err, &at):
		return proven{witness: at.witness}, nil
	case errors.As(err, &met):
		w, failure := c.acceptedExactly(t, met)
		if w != nil {
			return proven{witness: w}, nil
		}
		return proven{reason: failure.Error()}, nil
	case ctx.Err() != nil:
		early := c.over() == nil // there is time for something else
		if !early {
			c.result.Cells += looked
		}
		return proven{end: !early, cut: early, reason: errTime.Error()}, nil
	}
	return proven{reason: err.Error(), cut: errors.Is(err, certify.ErrMaxCells)}, nil
}

// share is a time, or where there is a limit on time no more than a tenth of it.
func (c *propertyRun) share(t time.Duration) time.Duration {
	if c.opt.MaxTime > 0 {
		t = min(t, c.opt.MaxTime/10)
	}
	return t
}

// mostPrograms is the number of inputs that vary up to which linear programs over regions are
// fast.
const mostPrograms = 32

// shortSlice is how long the enumeration goes on at first where a split tree is looked for,
// too: samples find what it does not come to by then sooner than the rest of it.
const shortSlice = time.Second

// hunt looks for a witness by the enumeration in float64, where there is one, for a short
// time, and by samples. Nothing else comes of it. done tells that to go on is of no use.
func (c *propertyRun) hunt(t *task) (w *Witness, done bool, err error) {
	if c.net.SmoothNode() >= 0 || c.net.DiscontinuousNode() >= 0 || t.free > mostPrograms || t.unbounded() >= 0 {
		return nil, true, nil
	}
	defer func(result Result, coarse bool) { c.result, c.coarse = result, coarse }(c.result, c.coarse)
	if polyhedron.Faster(t.free, true) {
		w, _, err = c.meet(t, c.share(firstSlice))
		done = true
	} else {
		w, _, done, err = c.enumerate(t, pass{slice: c.share(shortSlice)})
		if done {
			return w, true, err
		}
	}
	if w == nil && err == nil {
		w, err = c.deepen(t)
	}
	return w, done, err
}

// huntLonger goes on with the enumeration in float64 after [propertyRun.hunt].
func (c *propertyRun) huntLonger(t *task) (*Witness, error) {
	defer func(result Result, coarse bool) { c.result, c.coarse = result, coarse }(c.result, c.coarse)
	w, _, _, err := c.enumerate(t, pass{slice: c.share(firstSlice)})
	return w, err
}

// limited is the context that ends with the time allowed.
func (c *propertyRun) limited() (context.Context, context.CancelFunc) {
	if c.deadline.IsZero() {
		return c.ctx, func() {}
	}
	return context.WithDeadlineCause(c.ctx, c.deadline, errTime)
}

// proofs notes the split trees, where all cases hold by them. Their steps were taken, and each
// cell found to be done, by states of package proof; where they are to be a certificate, what
// was written is read and checked too.
func (c *propertyRun) proofs() error {
	r := &c.result
	if c.opt.Arithmetic == Float64 || c.by != Proof || !r.Complete || r.Borderline > 0 {
		return nil
	}
	body := &cert.PropertyHolds{Trees: []cert.Tree{}}
	if !r.Unbounded {
		r.Cells = 0
	}
	for _, t := range c.trees {
		r.Cells += t.Splits + 1
		body.Trees = append(body.Trees, t.Steps)
	}
	if r.Unbounded {
		return nil
	}
	if c.opt.Certificate {
		ctx, cancel := c.limited()
		defer cancel()
		if _, err := proof.Holds(ctx, c.original, c.property, body, c.opt.Workers); err != nil {
			return c.refused(ctx, err)
		}
	}
	r.Proof = body
	return nil
}

// refused notes why a proof was not accepted; ctx is the one that ends with the time allowed.
func (c *propertyRun) refused(ctx context.Context, err error) error {
	r := &c.result
	switch {
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	case ctx.Err() != nil:
		r.Complete, r.Reason = false, "the time allowed ended while the proof was checked"
	default:
		r.Complete, r.Reason = false, fmt.Sprintf("the proof found was not accepted: %v", err)
	}
	return nil
}

// candidate is the witness at x, moved into the box, where it is one. It may be called
// from several goroutines.
func (c *propertyRun) candidate(t *task, x []float64) *Witness {
	t.clamp(x)
	if !t.contains(x) {
		return nil
	}
	y, err := c.net.EvalPoint(x)
	if err != nil {
		return nil
	}
	for k, term := range t.terms {
		if margin := term.slack(y); margin >= 0 {
			if w, _ := c.accepted(t, x, y, k); w != nil {
				return w
			}
		}
	}
	return nil
}

// accepted is the witness x, with the output y in float64, where package proof accepts
// it; otherwise why not.
func (c *propertyRun) accepted(t *task, x, y []float64, term int) (*Witness, error) {
	b, margin, err := certify.Witness(c.original, c.property, x, t.index, term)
	if err != nil {
		return nil, err
	}
	w := &Witness{Input: append([]float64(nil), x...), Output: append([]float64(nil), y...), Case: t.index, Term: term, Exact: true, Proof: b}
	if margin != nil {
		w.Margin, _ = margin.Float64()
	}
	for i, text := range b.Input {
		v, err := text.Rat()
		if err != nil {
			return nil, err
		}
		w.ExactInput = append(w.ExactInput, v)
		w.Input[i], _ = v.Float64()
	}
	return w, nil
}

// acceptedExactly is the witness that a search found in rational numbers.
func (c *propertyRun) acceptedExactly(t *task, m *certify.MetError) (*Witness, error) {
	// A float64 number close by is easier to use.
	x := rounded(m.Input)
	if w := c.candidate(t, x); w != nil {
		return w, nil
	}
	b, margin, err := certify.ExactWitness(c.original, c.property, m.Input, t.index, m.Term)
	if err != nil {
		return nil, err
	}
	w := &Witness{Input: rounded(m.Input), ExactInput: m.Input, Case: t.index, Term: m.Term, Exact: true, Proof: b}
	if margin != nil {
		w.Margin, _ = margin.Float64()
	}
	w.Output, err = c.net.EvalPoint(w.Input)
	return w, err
}
