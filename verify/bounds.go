package verify

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// maxDim is the number of inputs that may vary for the enumeration of linear
// regions.
const maxDim = 12

// maxBoxes is the number of boxes that an input set is divided into where no
// enumeration of linear regions is possible and no time limit is given.
const maxBoxes = 1 << 12

// divide encloses the violation's preimage from above by dividing the box, and
// notes that the case is open unless nothing remains of it.
func (c *propertyRun) divide(t *task) error {
	empty, boxes, err := c.divided(t, 0.9)
	if err != nil || empty {
		return err
	}
	why := fmt.Sprintf("%d inputs vary, too many for the enumeration of linear regions", t.free)
	if i := c.net.SmoothNode(); i >= 0 {
		why = fmt.Sprintf("the activation %s is not piecewise affine", c.net.Nodes[i].Op.Kind())
	}
	c.open(t, "%s, and neither samples nor bounds on %d boxes decide", why, boxes)
	return nil
}

// divided reports whether nothing remains of the violation's preimage on boxes that the
// input set is divided into, in a share of the time that is left.
func (c *propertyRun) divided(t *task, share float64) (empty bool, boxes int, err error) {
	widen, err := c.roundingOfTerms(t)
	if err != nil {
		return false, 0, err
	}
	opt := preimage.ApproximateOptions{OverOnly: true, Measure: 1, Workers: c.opt.Workers, MaxBoxes: maxBoxes}
	if !c.deadline.IsZero() {
		// Bounding one box is not interrupted.
		opt.MaxTime = max(time.Duration(share*float64(time.Until(c.deadline))), time.Nanosecond)
		opt.MaxBoxes = 0
	}
	a, err := preimage.Approximate(c.ctx, c.net, set.Box{Lo: t.domain.Lo, Hi: t.domain.Hi}, t.outputs(c.net.OutDim(), widen), opt)
	if err != nil {
		return false, 0, err
	}
	return len(a.Over.Pieces) == 0, a.Boxes, nil
}

// roundingOfTerms is the error of a half-space's own numbers, which are rounded
// once each, over the image of the box: infinite if that has no bounds. It fails with the cause of
// the context.
func (c *propertyRun) roundingOfTerms(t *task) (func(h *set.HalfSpace) float64, error) {
	image, err := preimage.ImageBox(c.ctx, c.net, set.Box{Lo: t.domain.Lo, Hi: t.domain.Hi})
	if c.ctx.Err() != nil {
		return nil, context.Cause(c.ctx)
	}
	return func(h *set.HalfSpace) float64 {
		if err != nil {
			return math.Inf(1)
		}
		size := math.Abs(h.Offset)
		for k, a := range h.Normal {
			if a != 0 {
				size += float64(math.Abs(a) * max(math.Abs(image.Lo[k]), math.Abs(image.Hi[k])))
			}
		}
		return float64(0x1p-50 * size)
	}, nil
}

// excluded reports whether bounds of the image over the whole box keep it away from
// every term.
func (c *propertyRun) excluded(t *task) bool {
	ctx, stop := c.limited()
	defer stop()
	z, err := preimage.ImageZonotopeOfBox(ctx, c.net, set.Box{Lo: t.domain.Lo, Hi: t.domain.Hi})
	if err != nil {
		return false
	}
	widen, err := c.roundingOfTerms(t)
	if err != nil {
		return false
	}
	for _, term := range t.terms {
		if c.over() != nil {
			return false
		}
		out := false
		for i := range term {
			h := &term[i]
			row := nn.NewMatrix(1, len(h.Normal))
			copy(row.Row(0), h.Normal)
			least := z.Image(row, []float64{0}).BoundingBox().Lo[0]
			if least > h.Offset+widen(h) {
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
