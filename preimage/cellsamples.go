package preimage

import (
	"context"
	"math/rand/v2"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// defaultSamples of [CellsOptions].
const defaultSamples = 2000

// triesPerSample is how many points of the domain's bounding box are drawn for
// each sample wanted; a domain that fills less than a hundredth of its box gets
// fewer samples than asked for.
const triesPerSample = 100

// draw draws the samples: one half guides the search, the other measures it.
func (c *cellSearch) draw() error {
	n := c.opt.Samples
	if n == 0 {
		n = defaultSamples
	}
	if c.opt.Domain == nil {
		return nil
	}
	box := c.bounds[0]
	if box.Empty() || !box.Bounded() {
		return nil
	}
	random := rand.New(rand.NewPCG(c.opt.Seed, 0))
	guides := drawFrom(c.ctx, random, *c.opt.Domain, box, n)
	measures := drawFrom(c.ctx, random, *c.opt.Domain, box, n)
	c.guides = make([][]nn.Pattern, len(c.target))
	c.measures = make(map[string][]measured)
	for k, x := range []nn.Matrix{guides, measures} {
		y, err := c.net.EvalContext(c.ctx, x, 1)
		if err != nil {
			return err
		}
		for r, pattern := range c.net.PatternsAt(x, 1) {
			in := false
			for m, p := range c.target {
				if !meetsAll(p.Rows, y.Row(r)) {
					continue
				}
				in = true
				if k == 0 {
					c.guides[m] = append(c.guides[m], pattern)
				}
			}
			if in && k == 1 {
				c.hits++
				c.measures[string(pattern)] = append(c.measures[string(pattern)], measured{y.Row(r)})
			}
		}
	}
	return nil
}

// drawFrom draws up to n points of a domain, uniformly, from its bounding box, until ctx is over.
func drawFrom(ctx context.Context, r *rand.Rand, domain set.Polyhedron, box set.Box, n int) nn.Matrix {
	x := nn.NewMatrix(n, domain.Dim)
	found := 0
	for tries := 0; found < n && tries < triesPerSample*n && ctx.Err() == nil; tries++ {
		drawIn(r, box, x.Row(found))
		if domain.Contains(x.Row(found)) {
			found++
		}
	}
	return x.Slice(0, found)
}

// cover counts the samples that a new piece covers.
func (c *cellSearch) cover(at *choice) {
	key := string(at.pattern)
	left := c.measures[key][:0]
	for _, s := range c.measures[key] {
		if meetsAll(c.target[at.member].Rows, s.output) {
			c.covered++
		} else {
			left = append(left, s)
		}
	}
	if len(left) > 0 {
		c.measures[key] = left
	} else {
		delete(c.measures, key)
	}
}
