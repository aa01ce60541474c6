package verify

import (
	"errors"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
)

// firstSlice is how long the enumeration goes on before more samples are taken.
// Only where it takes longer can the witness depend on the machine.
const firstSlice = 4 * time.Second

// search enumerates the linear regions that meet the violation. Cells in which
// it finds no witness, but cannot exclude one, are looked at once more region by
// region.
func (c *propertyRun) search(t *task) (*Witness, error) {
	c.result.Searched++
	w, borderline, done, err := c.enumerate(t, pass{slice: firstSlice})
	if w == nil && err == nil && !done {
		if w, err = c.deepen(t); w == nil && err == nil {
			w, borderline, _, err = c.enumerate(t, pass{})
		}
	}
	if w == nil && err == nil && borderline > 0 && c.result.Complete {
		w, borderline, _, err = c.enumerate(t, pass{split: true})
	}
	c.result.Borderline += borderline
	if w == nil && err == nil && t.closest.x != nil {
		c.doubt.jumps = c.jumps
		c.doubt.consider(t.closest.x, t.closest.margin)
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
func (c *propertyRun) enumerate(t *task, by pass) (w *Witness, borderline int, done bool, err error) {
	widening, ok := c.widening(t)
	if !ok {
		c.open(t, "the network's values overflow float64 on the input set")
		return nil, 0, true, nil
	}
	t.closest = doubt{}
	opt := polytope.Options{
		Target: t.outputs(c.net.OutDim(), widening), Split: by.split, Workers: c.opt.Workers,
		MaxBytes: c.opt.MaxBytes, MaxCells: c.opt.MaxCells,
	}
	if by.loose != nil {
		opt.Target = opt.Target.Widen(by.loose)
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
		if w, err = c.try(t, t.candidates(cell.Points())); err != nil {
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
		return c.enumerate(t, by)
	case borderline > 0 && !r.Resolved():
		c.coarse = true
	}
	return nil, borderline, true, nil
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
				x.Row(1 + n + r)[k] = v + float64(inward*(middle[k]-v))
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
				x.Row(r)[k] = t.domain.Lo[k] + float64((t.domain.Hi[k]-t.domain.Lo[k])/2)
			case r>>i&1 != 0:
				x.Row(r)[k] = t.domain.Hi[k]
			}
		}
	}
	return x
}
