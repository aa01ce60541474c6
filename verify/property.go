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
	c := &checker{ctx: ctx, original: net, net: lowered, property: p, opt: opt}
	c.jumps, c.result = jumps(c.net), Result{Cases: len(p.Cases), Complete: true}
	if opt.MaxTime > 0 {
		// What is at work looks at the clock from time to time only.
		c.deadline = time.Now().Add(opt.MaxTime - min(opt.MaxTime/20, time.Second))
	}
	w, err := c.run()
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

// checker is one run of [Property].
type checker struct {
	ctx      context.Context
	original *nn.Network
	net      *nn.Network // without maxima
	property *vnnlib.Property
	opt      Options
	jumps    bool
	deadline time.Time
	result   Result
	opened   int  // how often a case was left open
	coarse   bool // some case is not resolved by float64
	doubt    doubt
	// unproven is a witness in float64 that package proof could not evaluate.
	unproven *Witness
	// trees are the proofs found, one a case; nil once a case has none.
	trees []*certify.Proof
	by    Ground // the weakest of the cases decided
}

// run goes through the cases, up to a witness.
func (c *checker) run() (*Witness, error) {
	judges := make([]*judge, c.result.Cases)
	for i := range judges {
		t, err := newTask(c.ctx, i, &c.property.Cases[i])
		if err != nil {
			return nil, err
		}
		judges[i] = &judge{c: c, net: c.net, t: t, workers: c.opt.Workers, jumps: c.jumps}
	}
	// Cheap searches for a witness, in all cases, before any proof.
	for _, j := range judges {
		if c.over() != nil {
			break
		}
		if w, err := j.attack(c.net); w != nil || err != nil {
			return w, err
		}
	}
	c.by = Proof
	for _, j := range judges {
		doubts := c.result.Borderline
		open := c.opened
		if w, err := c.decide(j); w != nil || err != nil {
			return w, err
		}
		if c.opened == open && c.result.Borderline == doubts {
			c.result.Decided++
		}
	}
	return nil, c.check()
}

// conclude gives the verdict once all cases have been gone through, or with a witness.
func (c *checker) conclude(w *Witness) {
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
func (c *checker) explain() {
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
func (c *checker) open(t *task, format string, args ...any) {
	c.result.Complete = false
	c.opened++
	c.note(t, format, args...)
}

// note gives a reason, where there is none yet.
func (c *checker) note(t *task, format string, args ...any) {
	if c.result.Reason == "" {
		c.result.Reason = fmt.Sprintf(format, args...)
		if c.result.Cases > 1 {
			c.result.Reason = fmt.Sprintf("case %d of %d: %s", t.index+1, c.result.Cases, c.result.Reason)
		}
	}
}

// over is why the work must end now: the context's error, or the time.
func (c *checker) over() error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if !c.deadline.IsZero() && !time.Now().Before(c.deadline) {
		return errTime
	}
	return nil
}

// decide searches a case to its end.
func (c *checker) decide(j *judge) (*Witness, error) {
	if c.opt.Arithmetic == Float64 {
		return c.decideInFloat(j)
	}
	if j.t.unbounded() >= 0 {
		return c.decideUnbounded(j)
	}
	p, err := c.prove(j)
	switch {
	case err != nil || p.witness != nil:
		return p.witness, err
	case p.holds:
		return nil, nil
	case p.end:
		c.open(j.t, "%s", p.reason)
		return nil, nil
	}
	// Bounds and the enumeration in float64 decide what split trees do not.
	c.note(j.t, "%s", p.reason)
	if c.excluded(j.t) {
		c.rests(Outward)
		return nil, nil
	}
	return c.decideInFloat(j)
}

// rests notes what the answer for a case rests on, where all hold.
func (c *checker) rests(by Ground) { c.by = max(c.by, by) }

// decideInFloat lets the engines decide a case.
func (c *checker) decideInFloat(j *judge) (*Witness, error) {
	t := j.t
	switch err := c.over(); err {
	case nil:
	case errTime:
		c.open(t, "%v", err)
		return nil, nil
	default:
		return nil, err
	}
	if t.unbounded() >= 0 {
		return c.decideUnbounded(j)
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
	return c.search(j)
}

func (c *checker) progress(t *task) {
	if c.opt.Progress != nil {
		c.opt.Progress(Progress{Case: t.index, Cases: c.result.Cases, Cells: c.result.Cells})
	}
}
