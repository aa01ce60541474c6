package verify

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/vnnlib"
)

// maxDim is the number of inputs that may vary for the enumeration of linear
// regions.
const maxDim = 12

// Property decides whether some input of the network fulfils p, which states a
// violation: [Holds] means that none does.
//
// Limits give [Unknown]. It fails where the numbers of inputs or outputs differ,
// where the network's values overflow, and with ctx.Err().
func Property(ctx context.Context, net *nn.Network, p *vnnlib.Property, opt Options) (*Result, error) {
	net = net.LowerSelections()
	if p.Inputs != net.InDim() || p.Outputs != net.OutDim() {
		return nil, fmt.Errorf("the property has %d inputs and %d outputs, the network %d and %d", p.Inputs, p.Outputs, net.InDim(), net.OutDim())
	}
	c := &checker{ctx: ctx, net: net, opt: opt, jumps: jumps(net), result: Result{Cases: len(p.Cases), Complete: true}}
	if opt.MaxTime > 0 {
		// The enumeration looks at the clock from time to time only.
		c.deadline = time.Now().Add(opt.MaxTime - min(opt.MaxTime/20, time.Second))
	}
	tasks := make([]*task, len(p.Cases))
	judges := make([]*judge, len(p.Cases))
	for i := range p.Cases {
		tasks[i] = newTask(i, &p.Cases[i])
		judges[i] = &judge{net: net, t: tasks[i], workers: opt.Workers, jumps: c.jumps, over: func() bool { return c.over() != nil }}
	}
	// Cheap searches for a witness, in all cases, before any enumeration.
	for i := range tasks {
		if err := c.over(); err != nil {
			break
		}
		w, err := judges[i].attack(net)
		if err != nil {
			return nil, err
		}
		if w != nil {
			return c.violated(w), nil
		}
	}
	for i := range tasks {
		w, err := c.decide(judges[i])
		if err != nil {
			return nil, err
		}
		if w != nil {
			return c.violated(w), nil
		}
	}
	c.conclude()
	return &c.result, nil
}

// checker is one run of [Property].
type checker struct {
	ctx      context.Context
	net      *nn.Network
	opt      Options
	jumps    bool
	deadline time.Time
	result   Result
	coarse   bool // some case is not resolved by float64
	doubt    doubt
	// tied has, by pattern, whether all units that vanish on a cell do so exactly.
	tied map[string]bool
}

func (c *checker) violated(w *Witness) *Result {
	r := c.result
	r.Verdict, r.Witness, r.Reason, r.Complete = Violated, w, "", false
	return &r
}

// conclude gives the verdict once all cases have been gone through without a
// witness.
func (c *checker) conclude() {
	r := &c.result
	if r.Complete && r.Borderline == 0 {
		r.Verdict = Holds
		if r.Cases == 0 {
			r.Reason = "the property's assertions contradict each other: it has no inputs and outputs at all"
		}
		return
	}
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
	t := j.t
	if err := c.over(); errors.Is(err, errTime) {
		c.open(t, "%v", err)
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if k := t.unbounded(); k >= 0 {
		c.open(t, "input %d is unbounded: bound every input", k)
		return nil, nil
	}
	if t.free > 2 || c.net.SmoothNode() >= 0 {
		if c.excluded(t) {
			return nil, nil
		}
		if err := c.over(); errors.Is(err, errTime) {
			c.open(t, "%v", err)
			return nil, nil
		}
	}
	if c.net.SmoothNode() >= 0 || t.free > maxDim {
		return nil, c.divide(t)
	}
	if i := c.net.DiscontinuousNode(); i >= 0 {
		c.open(t, "the activation %s is not continuous: the enumeration of linear regions does not take it", c.net.Nodes[i].Op.Kind())
		return nil, nil
	}
	return c.search(j)
}

// maxBoxes is the number of boxes that an input set is divided into where no
// enumeration of linear regions is possible and no time limit is given.
const maxBoxes = 1 << 12

// divide encloses the violation's preimage from above by dividing the box, and
// notes that the case is open unless nothing remains of it.
func (c *checker) divide(t *task) error {
	why := fmt.Sprintf("%d inputs vary, too many for the enumeration of linear regions", t.free)
	if i := c.net.SmoothNode(); i >= 0 {
		why = fmt.Sprintf("the activation %s is not piecewise affine", c.net.Nodes[i].Op.Kind())
	}
	target := set.Union{}
	widen := c.roundingOfTerms(t)
	for _, term := range t.outputs(widen) {
		target = append(target, set.Polyhedron{Dim: c.net.OutDim(), Rows: term})
	}
	opt := preimage.ApproximateOptions{OverOnly: true, Measure: 1, Workers: c.opt.Workers, MaxBoxes: maxBoxes}
	if !c.deadline.IsZero() {
		// Bounding one box is not interrupted.
		opt.MaxTime = max(time.Until(c.deadline)*9/10, time.Nanosecond)
		opt.MaxBoxes = 0
	}
	a, err := preimage.Approximate(c.ctx, c.net, set.Box{Lo: t.domain.Lo, Hi: t.domain.Hi}, target, opt)
	if err != nil {
		return err
	}
	if len(a.Over.Pieces) > 0 {
		c.open(t, "%s, and neither samples nor bounds on %d boxes decide", why, a.Boxes)
	}
	return nil
}

// roundingOfTerms is the error of a half-space's own numbers, which are rounded
// once each, over the image of the box.
func (c *checker) roundingOfTerms(t *task) func(h *set.HalfSpace) float64 {
	image, err := preimage.ImageBox(c.net, set.Box{Lo: t.domain.Lo, Hi: t.domain.Hi})
	return func(h *set.HalfSpace) float64 {
		size := math.Abs(h.Offset)
		for k, a := range h.Normal {
			if err == nil && a != 0 {
				size += math.Abs(a) * max(math.Abs(image.Lo[k]), math.Abs(image.Hi[k]))
			}
		}
		return 0x1p-50 * size
	}
}

// excluded tells whether bounds of the image over the whole box keep it away from
// every term.
func (c *checker) excluded(t *task) bool {
	z, err := preimage.ImageZonotope(c.net, set.BoxZonotope(set.Box{Lo: t.domain.Lo, Hi: t.domain.Hi}))
	if err != nil {
		return false
	}
	widen := c.roundingOfTerms(t)
	for _, term := range t.terms {
		out := false
		for i := range term {
			h := &term[i]
			row := nn.NewMatrix(1, len(h.Normal))
			copy(row.Row(0), h.Normal)
			least := z.Image(row, []float64{0}).BoundingBox().Lo[0]
			if least > h.Offset+widen(&h.HalfSpace) {
				out = true
				break
			}
		}
		if !out {
			return false
		}
	}
	return true
}

// firstSlice is how long the enumeration goes on before more samples are taken.
// Only where it takes longer can the witness depend on the machine.
const firstSlice = 4 * time.Second

// search enumerates the linear regions that meet the violation. Cells in which
// it finds no witness, but cannot exclude one, are looked at once more region by
// region.
func (c *checker) search(j *judge) (*Witness, error) {
	c.result.Searched++
	w, borderline, done, err := c.enumerate(j, pass{slice: firstSlice})
	if w == nil && err == nil && !done {
		if w, err = c.deepen(j); w == nil && err == nil {
			w, borderline, _, err = c.enumerate(j, pass{})
		}
	}
	if w == nil && err == nil && borderline > 0 && c.result.Complete {
		w, borderline, _, err = c.enumerate(j, pass{split: true})
	}
	c.result.Borderline += borderline
	if w == nil && err == nil && c.jumps && c.result.Complete {
		w, err = c.faces(j)
	}
	if w == nil && err == nil && j.closest.x != nil {
		c.doubt.jumps = c.jumps
		c.doubt.consider(j.closest.x, j.closest.margin)
	}
	return w, err
}

// pass is how an enumeration goes about it: region by region or not, for no longer
// than a slice of time, where it is not 0, and with the violation moved outward by the
// tolerances of an earlier one.
type pass struct {
	split bool
	slice time.Duration
	loose []float64
}

// enumerate enumerates once. done tells that the enumeration, or the work as a whole,
// has come to an end. Where float64 does not resolve the network on the input set, so
// that small cells may have been left out, it looks again for what comes close.
func (c *checker) enumerate(j *judge, by pass) (w *Witness, borderline int, done bool, err error) {
	t := j.t
	widening, ok := c.widening(t)
	if !ok {
		c.open(t, "the network's values overflow float64 on the input set")
		return nil, 0, true, nil
	}
	j.closest = doubt{}
	opt := polytope.Options{
		Target: t.outputs(widening), Split: by.split, Workers: c.opt.Workers,
		MaxBytes: c.opt.MaxBytes, MaxCells: c.opt.MaxCells,
	}
	if by.loose != nil {
		opt.Target = opt.Target.Loosen(by.loose)
	}
	if !c.deadline.IsZero() {
		opt.MaxTime = max(time.Until(c.deadline), time.Nanosecond)
	}
	sliced := by.slice > 0 && (opt.MaxTime == 0 || by.slice < opt.MaxTime)
	if sliced {
		opt.MaxTime = by.slice
	}
	r, err := polytope.Enumerate(c.ctx, c.net, t.widened(), opt, func(cell *polytope.Cell) error {
		c.result.Cells++
		c.progress(t)
		var err error
		if w, err = j.try(t.candidates(cell.Points())); err != nil {
			return err
		}
		if w != nil {
			return polytope.ErrEnough
		}
		borderline++
		return nil
	})
	switch {
	case err != nil || w != nil:
		return w, borderline, true, err
	case sliced && errors.Is(r.Stopped, polytope.ErrMaxTime):
		return nil, borderline, false, nil
	case r.Stopped != nil:
		c.open(t, "%v", r.Stopped)
	case by.loose == nil && borderline == 0 && !r.Resolved():
		by.loose = r.Tolerances
		return c.enumerate(j, by)
	case borderline > 0 && !r.Resolved():
		c.coarse = true
	}
	return nil, borderline, true, nil
}

func (c *checker) progress(t *task) {
	if c.opt.Progress != nil {
		c.opt.Progress(Progress{Case: t.index, Cases: c.result.Cases, Cells: c.result.Cells})
	}
}

// candidates are points of a cell that may be witnesses: its middle, its corners,
// and, where half-spaces cut the input set, points just inside the corners, as
// rounding may put a corner on the wrong side.
func (t *task) candidates(corners nn.Matrix) nn.Matrix {
	const inward = 1e-6
	n := corners.Rows
	total := 1 + n
	if t.cut {
		total += n
	}
	x := nn.NewMatrix(total, corners.Cols)
	middle := x.Row(0)
	for r := range n {
		for k, v := range corners.Row(r) {
			middle[k] += v / float64(n)
		}
		copy(x.Row(1+r), corners.Row(r))
	}
	if t.cut {
		for r := range n {
			for k, v := range corners.Row(r) {
				x.Row(1 + n + r)[k] = v + inward*(middle[k]-v)
			}
		}
	}
	return x
}

// boxCorners are the corners of the box, in the coordinates that are not
// constant, and its middle.
func (t *task) boxCorners() nn.Matrix {
	var vary []int
	for k, lo := range t.domain.Lo {
		if lo < t.domain.Hi[k] {
			vary = append(vary, k)
		}
	}
	n := 1 << len(vary)
	x := nn.NewMatrix(n+1, len(t.domain.Lo))
	for r := range n + 1 {
		copy(x.Row(r), t.domain.Lo)
		for i, k := range vary {
			switch {
			case r == n:
				x.Row(r)[k] = t.domain.Lo[k] + (t.domain.Hi[k]-t.domain.Lo[k])/2
			case r>>i&1 != 0:
				x.Row(r)[k] = t.domain.Hi[k]
			}
		}
	}
	return x
}
