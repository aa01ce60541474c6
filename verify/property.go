package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/spec/vnnlib"
)

// Property decides whether some input of the network satisfies p, which states a violation:
// [Holds] means that none does.
//
// If the network has an end, the property is about the outputs of its file, unless p is
// stated before the end already (package final); outputs in the result are the network's.
//
// Limits give [Unknown]. It fails if the numbers of inputs or outputs differ,
// where the network's values overflow, and with ctx.Err().
func Property(ctx context.Context, net *nn.Network, p *vnnlib.Property, opt Options) (*Result, error) {
	if net.Meta.End != nil && !p.BeforeEnd {
		return behindEnd(ctx, net, p, opt)
	}
	if p.Inputs != net.InDim() || p.Outputs != net.OutDim() {
		return nil, fmt.Errorf("the property has %d inputs and %d outputs, the network %d and %d", p.Inputs, p.Outputs, net.InDim(), net.OutDim())
	}
	lowered, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return nil, err
	}
	c := &propertyRun{run: newRun(ctx, lowered, opt, len(p.Cases)), original: net, property: p}
	c.result.Complete = true
	if opt.MaxTime > 0 {
		// What is at work looks at the clock from time to time only.
		c.deadline = time.Now().Add(opt.MaxTime - min(opt.MaxTime/20, time.Second))
	}
	w, err := c.cases()
	if err != nil {
		return nil, err
	}
	c.conclude(w)
	if r := &c.result; r.Verdict == Unknown && c.over() == errTime {
		r.TimedOut = true
		if r.Cases > 1 {
			r.Reason += fmt.Sprintf("; the search was done with %d of %d cases, and found no violation there", r.Decided, r.Cases)
		}
	}
	return &c.result, nil
}

// propertyRun is one run of [Property].
type propertyRun struct {
	run
	original *nn.Network
	property *vnnlib.Property
	deadline time.Time
	opened   int  // how often a case was left open
	coarse   bool // some case is not resolved by float64
	// unproven is a witness in float64 that package proof could not evaluate.
	unproven *Witness
	// trees are the proofs found, one a case; nil once a case has none.
	trees []*certify.Proof
	by    Ground // the weakest of the cases decided
}

// cases goes through the cases, up to a witness.
func (c *propertyRun) cases() (*Witness, error) {
	tasks := make([]*task, c.result.Cases)
	for i := range tasks {
		var err error
		if tasks[i], err = newTask(c.ctx, i, &c.property.Cases[i]); err != nil {
			return nil, err
		}
	}
	// Cheap searches for a witness, in all cases, before any proof.
	for _, t := range tasks {
		if c.over() != nil {
			break
		}
		if w, err := c.attack(t); w != nil || err != nil {
			return w, err
		}
	}
	c.by = Proof
	for _, t := range tasks {
		doubts := c.result.Borderline
		open := c.opened
		if w, err := c.decide(t); w != nil || err != nil {
			return w, err
		}
		if c.opened == open && c.result.Borderline == doubts {
			c.result.Decided++
		}
	}
	return nil, c.proofs()
}

// conclude gives the verdict once all cases have been gone through, or with a witness.
func (c *propertyRun) conclude(w *Witness) {
	r := &c.result
	if w == nil && c.unproven != nil {
		w = c.unproven
	}
	switch {
	case w != nil && w.Exact:
		r.Verdict, r.By, r.Witness, r.Reason, r.Complete = Violated, Proof, w, "", false
	case w != nil:
		r.Verdict, r.Found, r.Witness, r.Complete = Unproven, Violated, w, false
		if r.Reason = w.doubt; c.opt.Arithmetic == Float64 {
			r.Reason = ""
		}
	case !r.Complete || r.Borderline > 0:
		c.explain()
	case r.Cases == 0:
		r.Verdict, r.By = Holds, Proof
		r.Reason = "the property's assertions contradict each other: it has no inputs and outputs at all"
	case c.by == Engine:
		r.Verdict, r.Found = Unproven, Holds
		if c.jumps && r.Reason == "" {
			r.Reason = onFaces
		}
	default:
		r.Verdict, r.By, r.Reason = Holds, c.by, ""
	}
}

// onFaces limits what float64 finds of a network that jumps.
const onFaces = "the network may jump on faces of linear regions, where float64 does not tell which pieces execute"

// explain says why the answer is unknown.
func (c *propertyRun) explain() {
	r := &c.result
	if r.Reason == "" && c.coarse {
		r.Reason = "the input set is so large that float64 does not resolve the network on it, and a violation may be missed: " +
			"divide the input set, or leave out inputs that do not occur"
	}
	if r.Reason == "" {
		r.Reason = c.doubt.reason(r.Borderline, "violation")
	}
}

// open notes that a case could not be searched to its end.
func (c *propertyRun) open(t *task, format string, args ...any) {
	c.result.Complete = false
	c.opened++
	c.note(t, format, args...)
}

// note gives a reason, where there is none yet.
func (c *propertyRun) note(t *task, format string, args ...any) {
	if c.result.Reason == "" {
		c.result.Reason = fmt.Sprintf(format, args...)
		if c.result.Cases > 1 {
			c.result.Reason = fmt.Sprintf("case %d of %d: %s", t.index+1, c.result.Cases, c.result.Reason)
		}
	}
}

// over is why the work must end now: the context's error, or the time.
func (c *propertyRun) over() error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if !c.deadline.IsZero() && !time.Now().Before(c.deadline) {
		return errTime
	}
	return nil
}

// decide searches a case to its end.
func (c *propertyRun) decide(t *task) (*Witness, error) {
	if c.opt.Arithmetic == Float64 {
		return c.decideInFloat(t)
	}
	if t.unbounded() >= 0 {
		return c.decideUnbounded(t)
	}
	p, err := c.prove(t)
	switch {
	case err != nil || p.witness != nil:
		return p.witness, err
	case p.holds:
		return nil, nil
	case p.end:
		c.open(t, "%s", p.reason)
		return nil, nil
	}
	// Bounds and the enumeration in float64 decide what split trees do not.
	c.note(t, "%s", p.reason)
	if c.excluded(t) {
		c.rests(Outward)
		return nil, nil
	}
	return c.decideInFloat(t)
}

// rests notes what the answer for a case rests on, where all hold.
func (c *propertyRun) rests(by Ground) { c.by = max(c.by, by) }

// decideInFloat lets the engines decide a case.
func (c *propertyRun) decideInFloat(t *task) (*Witness, error) {
	switch err := c.over(); err {
	case nil:
	case errTime:
		c.open(t, "%v", err)
		return nil, nil
	default:
		return nil, err
	}
	if t.unbounded() >= 0 {
		return c.decideUnbounded(t)
	}
	if c.opt.Arithmetic == Float64 && c.excluded(t) {
		c.rests(Engine)
		return nil, nil
	}
	if c.net.SmoothNode() >= 0 || t.free > maxDim {
		c.rests(Outward)
		if c.opt.Arithmetic == Float64 {
			c.rests(Engine)
		}
		return nil, c.divide(t)
	}
	if i := c.net.DiscontinuousNode(); i >= 0 {
		c.open(t, "the activation %s is not continuous: the enumeration of linear regions does not take it", c.net.Nodes[i].Op.Kind())
		return nil, nil
	}
	c.rests(Engine)
	return c.search(t)
}

func (c *propertyRun) progress(t *task) {
	if c.opt.Progress != nil {
		c.opt.Progress(Progress{Case: t.index, Cases: c.result.Cases, Cells: c.result.Cells})
	}
}
