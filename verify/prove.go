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
func (c *checker) prove(j *judge) (proven, error) {
	cells := firstCells
	small := j.t.free <= smallDim && c.net.PatternLen() <= smallUnits
	switch {
	case j.t.free > largeDim:
		cells = firstLarge
	case small:
		cells = firstSmall
	}
	p, err := c.searchTree(j, certify.Options{MaxCells: cells})
	if err != nil || !p.cut {
		return p, err
	}
	if j.t.free > maxDim {
		empty := c.excluded(j.t)
		if !empty {
			if empty, _, err = c.divided(j.t, 0.5); err != nil {
				return p, err
			}
		}
		if empty {
			c.rests(Outward)
			return proven{holds: true}, nil
		}
	}
	w, done, err := c.hunt(j)
	if w != nil || err != nil {
		return proven{witness: w}, err
	}
	if small && !done {
		if p, err := c.searchTree(j, certify.Options{MaxCells: longSmall, AtUnits: true}); err != nil || !p.cut {
			return p, err
		}
	}
	if !done {
		if w, err := c.huntLonger(j); w != nil || err != nil {
			return proven{witness: w}, err
		}
	}
	return c.searchTree(j, certify.Options{AtUnits: true})
}

// searchTree looks for a split tree, for no more than a quarter of the time allowed where cells
// are not divided at units alone. opt has MaxCells and AtUnits.
func (c *checker) searchTree(j *judge, opt certify.Options) (proven, error) {
	ctx, cancel := c.limited()
	defer cancel()
	if !opt.AtUnits && c.opt.MaxTime > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, c.opt.MaxTime/4)
		defer stop()
	}
	opt.Workers, opt.MaxBytes = c.opt.Workers, certify.DefaultMaxBytes
	opt.Try = func(x []float64) error {
		if w := j.candidate(x); w != nil {
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
			c.opt.Progress(Progress{Case: j.t.index, Cases: c.result.Cases, Cells: c.result.Cells + cells})
		}
	}
	found, err := certify.Search(ctx, prooftree.OfCase(c.original, &c.property.Cases[j.t.index]), opt)
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
		w, failure := j.acceptedExactly(met)
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
func (c *checker) share(t time.Duration) time.Duration {
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
func (c *checker) hunt(j *judge) (w *Witness, done bool, err error) {
	if c.net.SmoothNode() >= 0 || c.net.DiscontinuousNode() >= 0 || j.t.free > mostPrograms || j.t.unbounded() >= 0 {
		return nil, true, nil
	}
	defer func(result Result, coarse bool) { c.result, c.coarse = result, coarse }(c.result, c.coarse)
	if polyhedron.Faster(j.t.free, true) {
		w, _, err = c.meet(j, c.share(firstSlice))
		done = true
	} else {
		w, _, done, err = c.enumerate(j, pass{slice: c.share(shortSlice)})
		if done {
			return w, true, err
		}
	}
	if w == nil && err == nil {
		w, err = c.deepen(j)
	}
	return w, done, err
}

// huntLonger goes on with the enumeration in float64 after [checker.hunt].
func (c *checker) huntLonger(j *judge) (*Witness, error) {
	defer func(result Result, coarse bool) { c.result, c.coarse = result, coarse }(c.result, c.coarse)
	w, _, _, err := c.enumerate(j, pass{slice: c.share(firstSlice)})
	return w, err
}

// limited is the context that ends with the time allowed.
func (c *checker) limited() (context.Context, context.CancelFunc) {
	if c.deadline.IsZero() {
		return c.ctx, func() {}
	}
	return context.WithDeadlineCause(c.ctx, c.deadline, errTime)
}

// check notes the split trees, where all cases hold by them. Their steps were taken, and each
// cell found to be done, by states of package proof; where they are to be a certificate, what
// was written is read and checked too.
func (c *checker) check() error {
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
func (c *checker) refused(ctx context.Context, err error) error {
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
func (j *judge) candidate(x []float64) *Witness {
	j.t.clamp(x)
	if !j.t.contains(x) {
		return nil
	}
	y, err := j.net.EvalPoint(x)
	if err != nil {
		return nil
	}
	for k, term := range j.t.terms {
		if margin := slack(term, y); margin >= 0 {
			if w, _ := j.accepted(x, y, k); w != nil {
				return w
			}
		}
	}
	return nil
}

// accepted is the witness x, with the output y in float64, where package proof accepts
// it; else why not.
func (j *judge) accepted(x, y []float64, term int) (*Witness, error) {
	b, margin, err := certify.Witness(j.c.original, j.c.property, x, j.t.index, term)
	if err != nil {
		return nil, err
	}
	w := &Witness{Input: append([]float64(nil), x...), Output: append([]float64(nil), y...), Case: j.t.index, Term: term, Exact: true, Proof: b}
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
func (j *judge) acceptedExactly(m *certify.MetError) (*Witness, error) {
	// A float64 number close by is easier to use.
	x := rounded(m.Input)
	if w := j.candidate(x); w != nil {
		return w, nil
	}
	b, margin, err := certify.ExactWitness(j.c.original, j.c.property, m.Input, j.t.index, m.Term)
	if err != nil {
		return nil, err
	}
	w := &Witness{Input: rounded(m.Input), ExactInput: m.Input, Case: j.t.index, Term: m.Term, Exact: true, Proof: b}
	if margin != nil {
		w.Margin, _ = margin.Float64()
	}
	w.Output, err = j.net.EvalPoint(w.Input)
	return w, err
}
